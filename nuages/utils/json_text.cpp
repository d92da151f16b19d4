#include <nuages/utils/json_text.hpp>
#include <nuages/utils/utf8.hpp>

#include <cstdint>
#include <cstring>

namespace nuages::utils {
namespace {

// 0: stands for itself; 'u': \u00XX; else the letter after the backslash.
constexpr char escape_of(unsigned char c) {
    switch (c) {
        case '"': return '"';
        case '\\': return '\\';
        case '\b': return 'b';
        case '\f': return 'f';
        case '\n': return 'n';
        case '\r': return 'r';
        case '\t': return 't';
        default: return c < 0x20 ? 'u' : '\0';
    }
}

struct EscapeTable {
    char of[256];
    constexpr EscapeTable() : of() {
        for (int c = 0; c < 256; ++c) of[c] = escape_of(static_cast<unsigned char>(c));
    }
};
constexpr EscapeTable kEscapes;

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighs = 0x8080808080808080u;

// Whether one of eight bytes is a quote, a backslash or a control character. May err on the side of true.
bool has_special(std::uint64_t word) {
    const std::uint64_t quote = word ^ kOnes * '"', backslash = word ^ kOnes * '\\';
    return (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) | ((word - kOnes * 0x20) & ~word)) & kHighs;
}

void append_unit(std::string& out, unsigned unit) {
    constexpr char kDigits[] = "0123456789abcdef";
    out.append({'\\', 'u', kDigits[unit >> 12], kDigits[unit >> 8 & 15], kDigits[unit >> 4 & 15], kDigits[unit & 15]});
}

void append_special(std::string& out, char c) {
    const char escape = kEscapes.of[static_cast<unsigned char>(c)];
    if (escape == 'u') return append_unit(out, static_cast<unsigned char>(c));
    out += '\\';
    out += escape;
}

void append_utf8_content(std::string& out, std::string_view text) {
    std::size_t start = 0, i = 0;
    while (i < text.size()) {
        if (i + 8 <= text.size()) {
            std::uint64_t word;
            std::memcpy(&word, text.data() + i, 8);
            if (!has_special(word)) {
                i += 8;
                continue;
            }
        }
        if (kEscapes.of[static_cast<unsigned char>(text[i])] != 0) {
            out.append(text.data() + start, i - start);
            append_special(out, text[i]);
            start = i + 1;
        }
        ++i;
    }
    out.append(text.data() + start, i - start);
}

void append_ascii_content(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x7f) {
            if (kEscapes.of[byte] != 0)
                append_special(out, text[i]);
            else
                out += text[i];
            ++i;
        } else {
            const Utf8Step step = utf8_step(text, i);
            append_json_escape(out, step.code_point);
            i += step.size;
        }
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, JsonCharacters characters) {
    out += '"';
    if (characters == JsonCharacters::utf8)
        append_utf8_content(out, text);
    else
        append_ascii_content(out, text);
    out += '"';
}

void append_json_escape(std::string& out, char32_t c) {
    if (c < 0x10000) return append_unit(out, static_cast<unsigned>(c));
    append_unit(out, 0xd800 + static_cast<unsigned>((c - 0x10000) >> 10));
    append_unit(out, 0xdc00 + static_cast<unsigned>((c - 0x10000) & 0x3ff));
}

}  // namespace nuages::utils
