// UTF-8, one sequence at a time. Ill-formed input is cut as Python's decoder cuts it (the longest beginning of a
// sequence that could have gone on is one error), so that replacement characters come out alike.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nuages::utils {

struct Utf8Step {
    char32_t code_point;  // U+FFFD when ill-formed
    std::size_t size;     // bytes to go on by; at least 1
    bool well_formed;
};

/// The sequence that starts at `at`, which must be inside `text`.
constexpr Utf8Step utf8_step(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const unsigned lead = byte(at);
    if (lead < 0x80) return {lead, 1, true};
    if (lead < 0xc2 || lead > 0xf4) return {0xfffd, 1, false};
    const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t code_point = lead & (0x7f >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const unsigned next = byte(at + i);
        unsigned low = 0x80, high = 0xbf;
        if (i == 1 && lead == 0xe0) low = 0xa0;   // overlong
        if (i == 1 && lead == 0xed) high = 0x9f;  // surrogates
        if (i == 1 && lead == 0xf0) low = 0x90;   // overlong
        if (i == 1 && lead == 0xf4) high = 0x8f;  // past U+10FFFF
        if (next < low || next > high) return {0xfffd, i, false};
        code_point = code_point << 6 | (next & 0x3f);
    }
    return {code_point, size, true};
}

constexpr void append_utf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            out += static_cast<char>(0xe0 | c >> 12);
        } else {
            out += static_cast<char>(0xf0 | c >> 18);
            out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        }
        out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    }
    out += static_cast<char>(0x80 | (c & 0x3f));
}

/// Whether all of `text` is well-formed UTF-8.
bool is_utf8(std::string_view text);
/// `text` with every ill-formed sequence replaced by U+FFFD.
std::string to_utf8_replacing(std::string_view text);
/// Bytes read as ISO 8859-1, as UTF-8.
std::string latin1_to_utf8(std::string_view bytes);
/// The number of code points.
std::size_t utf8_length(std::string_view text);
/// Code points of well-formed text.
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);

}  // namespace nuages::utils
