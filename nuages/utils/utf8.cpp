#include <nuages/utils/utf8.hpp>

#include <cstdint>
#include <cstring>

namespace nuages::utils {
namespace {

// The number of leading ASCII bytes.
std::size_t ascii_prefix(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, 8);
        if (word & 0x8080808080808080u) break;
    }
    while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
    return i;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = ascii_prefix(text); i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        if (!step.well_formed) return false;
        i += step.size;
    }
    return true;
}

std::string to_utf8_replacing(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        if (step.well_formed) {
            out.append(text.substr(i, step.size));
        } else {
            out.append("\xef\xbf\xbd");
        }
        i += step.size;
    }
    return out;
}

std::string latin1_to_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (char c : bytes) append_utf8(out, static_cast<unsigned char>(c));
    return out;
}

std::size_t utf8_length(std::string_view text) {
    std::size_t length = 0;
    for (char c : text) length += (c & 0xc0) != 0x80;
    return length;
}

std::u32string to_utf32(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        out += step.code_point;
        i += step.size;
    }
    return out;
}

std::string to_utf8(std::u32string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char32_t c : text) append_utf8(out, c);
    return out;
}

}  // namespace nuages::utils
