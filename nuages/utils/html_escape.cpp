// The hot part of html.hpp: escaping. Everything the template engine prints passes here.
#include <nuages/utils/html.hpp>

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace nuages::utils {
namespace {

// What stands for a special character; eight bytes, so that it is copied in one go.
struct Replacement {
    char text[8] = {};
    std::size_t size = 0;
    constexpr Replacement() = default;
    constexpr Replacement(std::string_view from) : size(from.size()) {
        for (std::size_t i = 0; i < from.size(); ++i) text[i] = from[i];
    }
};
constexpr Replacement kReplacements[] = {{"&amp;"}, {"&lt;"}, {"&gt;"}, {"&quot;"}, {"&#x27;"}};

const Replacement& replacement(char c) {
    return kReplacements[c == '&' ? 0 : c == '<' ? 1 : c == '>' ? 2 : c == '"' ? 3 : 4];
}

// '&' and '\'' differ in one bit, so do '<' and '>'.
constexpr bool is_special_slow(char c) { return (c & ~1) == '&' || (c & ~2) == '<' || c == '"'; }

struct SpecialTable {
    bool of[256] = {};
    constexpr SpecialTable() {
        for (int i = 0; i < 256; ++i) of[i] = is_special_slow(static_cast<char>(i));
    }
};
constexpr SpecialTable kSpecial;

#ifdef __SSE2__
// A bit for each special character of the sixteen bytes at AT.
unsigned special_mask(const char* at) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i ampersand = _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8(~1)), _mm_set1_epi8('&'));
    const __m128i angle = _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8(~2)), _mm_set1_epi8('<'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quote, _mm_or_si128(ampersand, angle))));
}
#endif

// The first special character at or after `at`, or `end`.
const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        if (const unsigned mask = special_mask(at)) return at + __builtin_ctz(mask);
    }
#endif
    while (at != end && !kSpecial.of[static_cast<unsigned char>(*at)]) ++at;
    return at;
}

constexpr std::size_t kShortMax = 256;

// Text of at most kShortMax bytes, put together on the stack: one append.
void append_short(std::string& out, const char* text, std::size_t size) {
    char from[kShortMax + 16];
    char buffer[kShortMax * 6 + 16];
    std::memcpy(from, text, size);
    const char* at = from;
    const char* const end = from + size;
    char* to = buffer;
#ifdef __SSE2__
    std::memset(from + size, 0, 16);  // nothing special behind the text
    while (at < end) {
        std::memcpy(to, at, 16);
        const unsigned mask = special_mask(at);
        if (mask == 0) {
            at += 16;
            to += 16;
            continue;
        }
        const int plain = __builtin_ctz(mask);
        const Replacement& special = replacement(at[plain]);
        std::memcpy(to + plain, special.text, sizeof special.text);
        to += static_cast<std::size_t>(plain) + special.size;
        at += plain + 1;
    }
    to -= at - end;  // copied from behind the text
#else
    for (; at != end; ++at) {
        if (!kSpecial.of[static_cast<unsigned char>(*at)]) {
            *to++ = *at;
            continue;
        }
        const Replacement& special = replacement(*at);
        std::memcpy(to, special.text, sizeof special.text);
        to += special.size;
    }
#endif
    out.append(buffer, static_cast<std::size_t>(to - buffer));
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    const char* special = find_special(at, end);
    if (special == end) {
        out.append(at, text.size());
        return;
    }
    if (text.size() <= kShortMax) return append_short(out, text.data(), text.size());
    for (;; special = find_special(at, end)) {
        out.append(at, static_cast<std::size_t>(special - at));
        if (special == end) return;
        const Replacement& known = replacement(*special);
        out.append(known.text, known.size);
        at = special + 1;
    }
}

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    append_escaped(out, text);
    return out;
}

}  // namespace nuages::utils
