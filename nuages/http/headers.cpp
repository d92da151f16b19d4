#include <nuages/http/headers.hpp>

namespace nuages::http {
namespace {

constexpr char fold(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c | 0x20);
    return c == '_' ? '-' : c;
}

}  // namespace

bool header_name_equals(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (fold(a[i]) != fold(b[i])) return false;
    return true;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const HeaderView& field : *this)
        if (header_name_equals(field.name, name)) return field.value;
    return std::nullopt;
}

}  // namespace nuages::http
