// Any bytes, in pieces of any size: no crash, no overread, every view inside the stanza, every byte dealt with,
// and the same answer however the input is cut.
#include "../catalogue/debian_control.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

/// What there is in TEXT, read in pieces of CHUNK bytes.
std::string digest(std::string_view text, std::size_t chunk) {
    catalogue::StanzaReader reader{[text, chunk, offset = std::size_t{0}](char* out, std::size_t size) mutable {
        const std::size_t bytes = std::min({chunk, size, text.size() - offset});
        text.copy(out, bytes, offset);
        offset += bytes;
        return bytes;
    }};
    std::string out;
    std::uint64_t last_line = 0;
    while (auto stanza = reader.next()) {
        if (!*stanza) {
            out += stanza->error() + '\n';
            continue;
        }
        require((*stanza)->line > last_line);
        last_line = (*stanza)->line;
        require(catalogue::is_clean_text((*stanza)->text));
        auto record = catalogue::parse_package(**stanza);
        if (!record) {
            out += record.error() + '\n';
            continue;
        }
        require(!record->name.empty());
        out.append(record->name).append(record->summary).append(record->maintainer_name);
        for (const auto& relation : record->relations) {
            require(!relation.name.empty() && relation.group > 0);
            require(relation.comparison.empty() == relation.version.empty());
            out.append(relation.name).append(relation.comparison).append(relation.version);
        }
        for (const auto& provided : record->provides) out.append(provided.name).append(provided.version);
        for (const auto& tag : record->tags) out.append(tag);
        out += '\n';
    }
    require(reader.position() == text.size());
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t chunk = size > 0 ? data[0] % 61 + 1 : 1;
    require(digest(text, chunk) == digest(text, 1 << 20));
    return 0;
}
