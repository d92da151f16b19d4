#include "deb822.hpp"

#include <algorithm>
#include <cstring>

using nuages::Failure;
using nuages::Result;

namespace catalogue {
namespace {

constexpr std::size_t kChunkBytes = 64 << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_without_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

bool is_blank(std::string_view line) { return std::all_of(line.begin(), line.end(), is_space); }

std::string_view without_space_around(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// deb822(5): any printable ASCII but space and colon, not starting with '#' or '-'.
bool is_field_name(std::string_view name) {
    if (name.empty() || name.front() == '#' || name.front() == '-') return false;
    return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

/// The line of TEXT that starts at OFFSET, without its line feed.
std::string_view line_at(std::string_view text, std::size_t offset) {
    const std::size_t end = text.find('\n', offset);
    return text.substr(offset, end == std::string_view::npos ? end : end - offset);
}

/// How many bytes the UTF-8 sequence at the start of TEXT has; 0 where it is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;   // no overlong form
        const unsigned high = lead == 0xed ? 0x9f : 0xbf;  // no surrogate
        return follows(1, low, high) && follows(2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
        const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
        return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

bool is_clean_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            if ((byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f) return false;
            ++i;
        } else {
            const std::size_t length = utf8_length(text.substr(i));
            if (length == 0) return false;
            i += length;
        }
    }
    return true;
}

Failure malformed(std::uint64_t line, std::string_view reason) {
    return {"line " + std::to_string(line) + ": " + std::string(reason)};
}

const StanzaField* Stanza::find(std::string_view name) const {
    for (const StanzaField& field : fields) {
        if (equal_without_case(field.name, name)) return &field;
    }
    return nullptr;
}

std::string_view Stanza::operator[](std::string_view name) const {
    const StanzaField* field = find(name);
    return field ? field->value : std::string_view{};
}

StanzaReader::StanzaReader(Source source) : source_(std::move(source)), buffer_(kChunkBytes, '\0') {}

std::optional<Result<Stanza>> StanzaReader::next() {
    if (!skip_blank_lines()) return std::nullopt;
    const std::uint64_t line = line_;
    const std::optional<std::size_t> size = stanza_size();
    if (!size) {
        discard_stanza();
        return malformed(line, "the stanza is longer than " + std::to_string(kMaxStanzaBytes) + " bytes");
    }
    const std::string_view text = buffered().substr(0, *size);
    consume(*size);
    return split(text, line);
}

/// Reads once more; false at the end of the input. Views into the buffer end here.
bool StanzaReader::fill() {
    if (ended_) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(std::min(2 * end_, kMaxStanzaBytes + kChunkBytes));
    const std::size_t bytes = source_(buffer_.data() + end_, buffer_.size() - end_);
    ended_ = bytes == 0;
    end_ += bytes;
    read_ += bytes;
    return !ended_;
}

void StanzaReader::consume(std::size_t bytes) {
    const std::string_view text = buffered().substr(0, bytes);
    line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    begin_ += bytes;
}

/// False where nothing but blank lines is left.
bool StanzaReader::skip_blank_lines() {
    for (;;) {
        const std::string_view text = buffered();
        std::size_t blank = 0;  // up to the end of the last line that is blank
        std::size_t i = 0;
        while (i < text.size() && (is_space(text[i]) || text[i] == '\n')) {
            if (text[i++] == '\n') blank = i;
        }
        if (i < text.size()) {
            consume(blank);
            return true;
        }
        // All that is buffered is white space. Of a line that has not ended only the fact of its space matters.
        consume(blank);
        if (buffered().size() > 1) begin_ = end_ - 1;
        if (!fill()) {
            begin_ = end_;
            return false;
        }
    }
}

/// The bytes up to the blank line that ends the stanza, or nothing where it is too long.
std::optional<std::size_t> StanzaReader::stanza_size() {
    std::size_t offset = 0;  // of the first line that has not been looked at
    for (;;) {
        const std::string_view text = buffered();
        for (std::size_t end; (end = text.find('\n', offset)) != std::string_view::npos; offset = end + 1) {
            if (is_blank(text.substr(offset, end - offset))) return offset;
            if (end >= kMaxStanzaBytes) return std::nullopt;
        }
        if (text.size() > kMaxStanzaBytes) return std::nullopt;
        if (!fill()) return is_blank(buffered().substr(offset)) ? offset : buffered().size();
    }
}

/// Moves on to the next blank line, however far that is.
void StanzaReader::discard_stanza() {
    bool blank = false;  // is the line so far?
    do {
        const std::string_view text = buffered();
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n') {
                if (blank) return consume(i);
                blank = true;
            } else if (!is_space(text[i])) {
                blank = false;
            }
        }
        consume(text.size());
    } while (fill());
}

Result<Stanza> StanzaReader::split(std::string_view text, std::uint64_t line) {
    fields_.clear();
    std::uint64_t number = line;
    for (std::size_t offset = 0; offset < text.size(); ++number) {
        const std::string_view row = line_at(text, offset);
        const std::size_t next = std::min(text.size(), offset + row.size() + 1);
        if (!is_clean_text(row)) return malformed(number, "control characters, or not UTF-8");
        if (is_space(row.front())) {
            if (fields_.empty()) return malformed(number, "a continuation line that continues no field");
            StanzaField& field = fields_.back();
            field.value = {field.value.data(), text.data() + offset + row.size()};
        } else {
            const std::size_t colon = row.find(':');
            if (colon == std::string_view::npos) return malformed(number, "a line without a colon");
            const std::string_view name = row.substr(0, colon);
            if (!is_field_name(name))
                return malformed(number, "not a field name: \"" + std::string(name.substr(0, 40)) + '"');
            if (Stanza{text, fields_, line}.find(name)) {
                return malformed(number, "the field " + std::string(name) + " stands twice");
            }
            if (fields_.size() == kMaxStanzaFields) return malformed(number, "too many fields");
            fields_.push_back({name, row.substr(colon + 1), number});
        }
        offset = next;
    }
    for (StanzaField& field : fields_) {
        const std::string_view value = without_space_around(field.value);
        if (!value.empty()) {
            field.line += static_cast<std::uint64_t>(std::count(field.value.data(), value.data(), '\n'));
        }
        field.value = value;
    }
    return Stanza{text, fields_, line};
}

}  // namespace catalogue
