// Classes of bytes in HTTP messages (RFC 9110, 5.5 and 5.6).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace nuages::server::detail {

inline constexpr auto kTokenTable = [] {
    std::array<bool, 256> table{};
    for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<std::size_t>(c)] = true;
    return table;
}();

constexpr bool is_token(char c) { return kTokenTable[static_cast<unsigned char>(c)]; }
constexpr bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_token(c); });
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Without spaces and tabs at its ends: no other byte is white space here (not \x85, not \xa0).
constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Only ASCII from '!' to '~', but no '#'; not empty.
inline bool is_visible(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

/// No control character but the tab. Eight bytes at a time.
inline bool is_field_value(std::string_view text) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    const auto is_allowed = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
    };
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, text.data() + i, 8);
        const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
        const std::uint64_t del = word ^ (kOnes * 0x7f);
        const std::uint64_t is_del = (del - kOnes) & ~del;
        if (((below_space | is_del) & kHighs) == 0) continue;
        if (!std::all_of(text.data() + i, text.data() + i + 8, is_allowed)) return false;
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(), is_allowed);
}

/// The address between the brackets of a host: "::1". No zone, no address of the future.
bool is_ipv6(std::string_view text) noexcept;

inline constexpr auto kHostTable = [] {
    std::array<bool, 256> table{};
    for (int c = 0; c < 128; ++c) table[static_cast<std::size_t>(c)] = kTokenTable[static_cast<std::size_t>(c)];
    for (const char c : std::string_view("!#$%&'*+^`|")) table[static_cast<std::size_t>(c)] = false;
    return table;
}();

/// A host name or address with an optional port up to 65535: letters, digits, '-', '.', '_', '~', or an IPv6 address in
/// brackets.
inline bool is_host(std::string_view text) noexcept {
    std::size_t end = 0;
    if (text.starts_with('[')) {
        end = text.find(']');
        if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return false;
        ++end;
    } else {
        while (end < text.size() && kHostTable[static_cast<unsigned char>(text[end])]) ++end;
        if (end == 0) return false;
    }
    if (end == text.size()) return true;
    const std::string_view port = text.substr(end + 1);
    if (text[end] != ':' || port.empty() || port.size() > 5) return false;
    unsigned number = 0;
    for (const char c : port) {
        if (!is_digit(c)) return false;
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number <= 65535;
}

}  // namespace nuages::server::detail
