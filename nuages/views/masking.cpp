#include <nuages/views/detail/masking.hpp>

#include <algorithm>

namespace nuages::views::detail {

namespace {

constexpr std::string_view kMask = "********************";

bool contains_upper(std::string_view text, std::string_view word) {
    const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; };
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

bool is_secret(std::string_view name) {
    for (const std::string_view word :
         {"API", "AUTH", "TOKEN", "KEY", "SECRET", "PASS", "SIGNATURE", "COOKIE", "SESSION"}) {
        if (contains_upper(name, word)) return true;
    }
    return false;
}

/// "postgres://ada:secret@db/x" becomes "postgres://ada:********************@db/x", wherever it stands.
std::string without_passwords(std::string_view text) {
    std::string out;
    for (;;) {
        const std::size_t scheme = text.find("://");
        if (scheme == std::string_view::npos) break;
        const std::size_t start = scheme + 3;
        const std::size_t stop = std::min(text.find_first_of("/ '\"\n", start), text.size());
        const std::size_t at = text.substr(0, stop).rfind('@');
        const std::size_t colon = text.find(':', start);
        if (at != std::string_view::npos && at > start && colon < at) {
            out.append(text.substr(0, colon + 1)).append(kMask);
            text.remove_prefix(at);
        } else {
            out.append(text.substr(0, start));
            text.remove_prefix(start);
        }
    }
    return out.append(text);
}

}  // namespace

std::string masked(std::string_view name, std::string_view value) {
    if (is_secret(name)) return std::string(kMask);
    return without_passwords(value);
}

}  // namespace nuages::views::detail
