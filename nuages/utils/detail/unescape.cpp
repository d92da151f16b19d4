#include <nuages/utils/detail/markup.hpp>
#include <nuages/utils/html.hpp>

#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace nuages::utils {
namespace {

struct Entity {
    std::string_view name;
    std::string_view text;
};
constexpr Entity kEntities[] = {
#include <nuages/utils/detail/entities.inc>
};
constexpr std::size_t kEntityNameMax = 32;

// Windows-1252 in the place of C1 controls, as browsers read them.
constexpr char32_t kC1[] = {0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                            0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                            0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

const Entity* find_entity(std::string_view name) {
    const auto found =
        std::lower_bound(std::begin(kEntities), std::end(kEntities), name,
                         [](const Entity& entity, std::string_view wanted) { return entity.name < wanted; });
    return found != std::end(kEntities) && found->name == name ? found : nullptr;
}

void append_numbered(std::string& out, std::uint64_t code) {
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return append_utf8(out, 0xfffd);
    if (code >= 0x80 && code <= 0x9f) return append_utf8(out, kC1[code - 0x80]);
    const bool invalid = (code < 0x20 && code != '\t' && code != '\n' && code != '\f' && code != '\r') ||
                         code == 0x7f || code == 0x0b || (code >= 0xfdd0 && code <= 0xfdef) ||
                         (code & 0xfffe) == 0xfffe;
    if (code == '\r') return append_utf8(out, '\r');
    if (!invalid) append_utf8(out, static_cast<char32_t>(code));
}

// "#123;" or "#x1f;" at the front of `text`: appends the character and returns the length read; 0 for none.
std::size_t take_number(std::string& out, std::string_view text) {
    const bool hexadecimal = text.size() > 1 && (text[1] == 'x' || text[1] == 'X');
    std::size_t i = hexadecimal ? 2 : 1;
    const std::size_t start = i;
    std::uint64_t code = 0;
    for (; i < text.size(); ++i) {
        const char c = text[i], l = static_cast<char>(c | 0x20);
        unsigned digit;
        if (c >= '0' && c <= '9') {
            digit = static_cast<unsigned>(c - '0');
        } else if (hexadecimal && l >= 'a' && l <= 'f') {
            digit = static_cast<unsigned>(l - 'a' + 10);
        } else {
            break;
        }
        code = std::min<std::uint64_t>(code * (hexadecimal ? 16 : 10) + digit, 0x110000);
    }
    if (i == start) return 0;
    append_numbered(out, code);
    return i + (i < text.size() && text[i] == ';');
}

std::size_t take_name(std::string& out, std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && size < kEntityNameMax &&
           std::string_view("\t\n\f <&#;").find(text[size]) == std::string_view::npos)
        ++size;
    if (size == 0) return 0;
    const bool closed = size < text.size() && text[size] == ';';
    if (const Entity* entity = find_entity(text.substr(0, size + closed))) {
        out += entity->text;
        return size + closed;
    }
    for (std::size_t shorter = size; shorter > 1; --shorter) {
        if (const Entity* entity = find_entity(text.substr(0, shorter))) {
            out += entity->text;
            return shorter;
        }
    }
    return 0;
}

}  // namespace

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t reference = std::min(text.find('&', i), text.size());
        out.append(text.substr(i, reference - i));
        i = reference;
        if (i == text.size()) break;
        const std::string_view rest = text.substr(i + 1);
        const std::size_t taken = !rest.empty() && rest[0] == '#' ? take_number(out, rest) : take_name(out, rest);
        if (taken == 0) out += '&';
        i += 1 + taken;
    }
    return out;
}

}  // namespace nuages::utils
