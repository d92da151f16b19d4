#include <nuages/utils/unicode.hpp>

#include <nuages/utils/utf8.hpp>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <vector>

namespace nuages::utils {
namespace {

using Utf16 = std::vector<char16_t>;

Utf16 to_utf16(std::string_view text) {
    Utf16 out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        i += step.size;
        if (step.code_point < 0x10000) {
            out.push_back(static_cast<char16_t>(step.code_point));
        } else {
            out.push_back(static_cast<char16_t>(0xd7c0 + (step.code_point >> 10)));
            out.push_back(static_cast<char16_t>(0xdc00 + (step.code_point & 0x3ff)));
        }
    }
    return out;
}

std::string from_utf16(const char16_t* text, std::size_t size) {
    std::string out;
    for (std::size_t i = 0; i < size; ++i) {
        char32_t c = text[i];
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < size) c = 0x10000 + ((c - 0xd800) << 10) + (text[++i] - 0xdc00);
        append_utf8(out, c);
    }
    return out;
}

// Runs an ICU function that fills a buffer, with as much room as it asks for.
template <class F> std::string transform(std::string_view text, F&& call) {
    const Utf16 from = to_utf16(text);
    Utf16 to(from.size() + 16);
    for (;;) {
        UErrorCode error = U_ZERO_ERROR;
        const int size =
            call(to.data(), static_cast<int>(to.size()), from.data(), static_cast<int>(from.size()), &error);
        if (error == U_BUFFER_OVERFLOW_ERROR) {
            to.resize(static_cast<std::size_t>(size));
            continue;
        }
        return U_FAILURE(error) ? std::string(text) : from_utf16(to.data(), static_cast<std::size_t>(size));
    }
}

bool is_ascii(std::string_view text) {
    for (char c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}

std::string normalize(std::string_view text, const UNormalizer2* (*instance)(UErrorCode*)) {
    if (is_ascii(text)) return std::string(text);
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* normalizer = instance(&error);
    if (U_FAILURE(error)) return std::string(text);
    return transform(text, [&](char16_t* to, int room, const char16_t* from, int size, UErrorCode* failed) {
        return unorm2_normalize(normalizer, from, size, to, room, failed);
    });
}

}  // namespace

bool is_space(char32_t c) {
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f);
    return c == 0x85 || u_isUWhiteSpace(static_cast<UChar32>(c));
}

bool is_control_category(char32_t c) {
    constexpr unsigned kMask = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CS_MASK | U_GC_CO_MASK | U_GC_CN_MASK;
    return (U_GET_GC_MASK(static_cast<UChar32>(c)) & kMask) != 0;
}

bool is_word(char32_t c) {
    if (c < 0x80) return (c >= '0' && c <= '9') || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool is_combining(char32_t c) { return c >= 0x300 && u_getCombiningClass(static_cast<UChar32>(c)) != 0; }

std::string_view strip_unicode(std::string_view text) {
    while (!text.empty()) {
        const Utf8Step step = utf8_step(text, 0);
        if (!is_space(step.code_point)) break;
        text.remove_prefix(step.size);
    }
    while (!text.empty()) {
        std::size_t start = text.size() - 1;
        while (start > 0 && (text[start] & 0xc0) == 0x80 && text.size() - start < 4) --start;
        if (!is_space(utf8_step(text, start).code_point)) break;
        text = text.substr(0, start);
    }
    return text;
}

std::string to_upper(std::string_view text) {
    if (!is_ascii(text))
        return transform(text, [](char16_t* to, int room, const char16_t* from, int size, UErrorCode* error) {
            return u_strToUpper(to, room, from, size, "", error);
        });
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
    return out;
}

std::string to_lower(std::string_view text) {
    if (!is_ascii(text))
        return transform(text, [](char16_t* to, int room, const char16_t* from, int size, UErrorCode* error) {
            return u_strToLower(to, room, from, size, "", error);
        });
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

namespace {
// The capital that begins a word: not always the upper case ("\u01c6" has three).
std::string title_of(char32_t c, std::string_view character) {
    const auto simple = static_cast<char32_t>(u_totitle(static_cast<UChar32>(c)));
    if (simple == c && static_cast<char32_t>(u_toupper(static_cast<UChar32>(c))) == c) return to_upper(character);
    std::string out;
    append_utf8(out, simple);
    return out;
}
}  // namespace

std::string to_title(std::string_view text) {
    std::string out;
    bool inside = false;
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        const std::string_view character = text.substr(i, step.size);
        i += step.size;
        const bool letter = u_isalpha(static_cast<UChar32>(step.code_point));
        out += !letter ? std::string(character) : inside ? to_lower(character) : title_of(step.code_point, character);
        inside = letter || (inside && is_combining(step.code_point));
    }
    return out;
}

std::string ascii_digits(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        const int digit = step.code_point < 0x80 ? -1 : u_charDigitValue(static_cast<UChar32>(step.code_point));
        if (digit >= 0) {
            out += static_cast<char>('0' + digit);
        } else {
            out += text.substr(i, step.size);
        }
        i += step.size;
    }
    return out;
}

std::string normalize_nfkd(std::string_view text) { return normalize(text, unorm2_getNFKDInstance); }
std::string normalize_nfkc(std::string_view text) { return normalize(text, unorm2_getNFKCInstance); }
std::string normalize_nfc(std::string_view text) { return normalize(text, unorm2_getNFCInstance); }

}  // namespace nuages::utils
