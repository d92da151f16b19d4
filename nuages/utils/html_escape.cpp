// The hot part of html.hpp: escaping. Everything the template engine prints passes here.
#include <nuages/utils/html.hpp>

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace nuages::utils {
namespace {

std::string_view replacement(char c) {
    switch (c) {
        case '&': return "&amp;";
        case '<': return "&lt;";
        case '>': return "&gt;";
        case '"': return "&quot;";
        case '\'': return "&#x27;";
        default: return {};
    }
}

// '&' and '\'' differ in one bit, so do '<' and '>'.
bool is_special(char c) { return (c & ~1) == '&' || (c & ~2) == '<' || c == '"'; }

// The first special character at or after `at`, or `end`.
const char* find_special(const char* at, const char* end) {
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        const __m128i ampersand = _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8(~1)), _mm_set1_epi8('&'));
        const __m128i angle = _mm_cmpeq_epi8(_mm_and_si128(block, _mm_set1_epi8(~2)), _mm_set1_epi8('<'));
        const int mask = _mm_movemask_epi8(_mm_or_si128(quote, _mm_or_si128(ampersand, angle)));
        if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
    }
#endif
    while (at != end && !is_special(*at)) ++at;
    return at;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
    const char* at = text.data();
    const char* const end = at + text.size();
    for (;;) {
        const char* special = find_special(at, end);
        out.append(at, static_cast<std::size_t>(special - at));
        if (special == end) return;
        out.append(replacement(*special));
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
