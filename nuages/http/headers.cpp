#include <nuages/http/headers.hpp>

#include <algorithm>

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

bool may_be_trailer(std::string_view name) noexcept {
    for (const std::string_view known :
         {"authorization", "cache-control", "connection", "content-encoding", "content-length", "content-range", "content-type",
          "cookie", "expect", "forwarded", "host", "keep-alive", "max-forwards", "origin", "proxy-authorization", "set-cookie", "te",
          "trailer", "transfer-encoding", "upgrade"}) {
        if (header_name_equals(name, known)) return false;
    }
    return true;
}

bool list_contains(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        std::string_view part = list.substr(0, list.find(','));
        list.remove_prefix(std::min(part.size() + 1, list.size()));
        while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
        while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
        if (header_name_equals(part, token)) return true;
    }
    return false;
}

}  // namespace nuages::http
