#include <nuages/utils/ip.hpp>

#include <cstdint>
#include <vector>

namespace nuages::utils {
namespace {

struct Ipv6 {
    std::uint16_t words[8]{};

    bool is_ipv4_mapped() const {
        for (int i = 0; i < 5; ++i)
            if (words[i] != 0) return false;
        return words[5] == 0xffff;
    }
    std::string dotted_tail() const {
        std::string out;
        for (int shift : {8, 0}) out += std::to_string(words[6] >> shift & 255) + ".";
        for (int shift : {8, 0}) out += std::to_string(words[7] >> shift & 255) + (shift ? "." : "");
        return out;
    }
};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0;;) {
        const std::size_t end = text.find(separator, start);
        parts.push_back(text.substr(start, end - start));
        if (end == text.npos) return parts;
        start = end + 1;
    }
}

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
    std::uint32_t address = 0;
    const auto octets = split(text, '.');
    if (octets.size() != 4) return std::nullopt;
    for (std::string_view octet : octets) {
        if (octet.empty() || octet.size() > 3 || (octet.size() > 1 && octet[0] == '0')) return std::nullopt;
        unsigned number = 0;
        for (char c : octet) {
            if (c < '0' || c > '9') return std::nullopt;
            number = number * 10 + static_cast<unsigned>(c - '0');
        }
        if (number > 255) return std::nullopt;
        address = address << 8 | number;
    }
    return address;
}

std::optional<std::uint16_t> parse_hextet(std::string_view text) {
    if (text.empty() || text.size() > 4) return std::nullopt;
    unsigned number = 0;
    for (char c : text) {
        const char l = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9') {
            number = number * 16 + static_cast<unsigned>(c - '0');
        } else if (l >= 'a' && l <= 'f') {
            number = number * 16 + static_cast<unsigned>(l - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return static_cast<std::uint16_t>(number);
}

std::optional<Ipv6> parse_ipv6(std::string_view text, std::size_t max_length) {
    if (text.size() > max_length) return std::nullopt;
    if (const std::size_t percent = text.find('%'); percent != text.npos) {
        const std::string_view zone = text.substr(percent + 1);
        if (zone.empty() || zone.find('%') != zone.npos) return std::nullopt;
        text = text.substr(0, percent);
    }
    auto parts = split(text, ':');
    if (parts.size() < 3) return std::nullopt;
    std::optional<std::uint32_t> tail;
    if (parts.back().find('.') != std::string_view::npos) {
        tail = parse_ipv4(parts.back());
        if (!tail) return std::nullopt;
        parts.back() = "0";
        parts.push_back("0");
    }
    if (parts.size() > 9) return std::nullopt;

    std::size_t gap = 0;  // index of the empty part inside; 0 for none
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
        if (!parts[i].empty()) continue;
        if (gap != 0) return std::nullopt;
        gap = i;
    }
    std::size_t high = parts.size(), low = 0;
    if (gap != 0) {
        high = gap;
        low = parts.size() - gap - 1;
        if (parts.front().empty() && --high != 0) return std::nullopt;
        if (parts.back().empty() && --low != 0) return std::nullopt;
        if (high + low > 7) return std::nullopt;
    } else if (parts.size() != 8) {
        return std::nullopt;
    }
    Ipv6 address;
    for (std::size_t i = 0; i < high; ++i) {
        const auto word = parse_hextet(parts[i]);
        if (!word) return std::nullopt;
        address.words[i] = *word;
    }
    for (std::size_t i = 0; i < low; ++i) {
        const auto word = parse_hextet(parts[parts.size() - low + i]);
        if (!word) return std::nullopt;
        address.words[8 - low + i] = *word;
    }
    if (tail) {
        address.words[6] = static_cast<std::uint16_t>(*tail >> 16);
        address.words[7] = static_cast<std::uint16_t>(*tail);
    }
    return address;
}

// The first of the longest runs of at least two zero words becomes "::" (RFC 5952).
std::string compressed(const Ipv6& address) {
    int best = -1, best_size = 1;
    for (int i = 0; i < 8; ++i) {
        int size = 0;
        while (i + size < 8 && address.words[i + size] == 0) ++size;
        if (size > best_size) best = i, best_size = size;
    }
    std::string out;
    for (int i = 0; i < 8; ++i) {
        if (i == best) {
            out += "::";
            i += best_size - 1;
            continue;
        }
        if (!out.empty() && out.back() != ':') out += ':';
        constexpr char kDigits[] = "0123456789abcdef";
        bool started = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const int digit = address.words[i] >> shift & 15;
            started = started || digit != 0 || shift == 0;
            if (started) out += kDigits[digit];
        }
    }
    return out;
}

}  // namespace

bool is_valid_ipv4_address(std::string_view text) { return parse_ipv4(text).has_value(); }

bool is_valid_ipv6_address(std::string_view text) { return parse_ipv6(text, kMaxIpv6AddressLength).has_value(); }

std::optional<std::string> clean_ipv6_address(std::string_view text, bool unpack_ipv4, std::size_t max_length) {
    const auto address = parse_ipv6(text, max_length);
    if (!address) return std::nullopt;
    if (address->is_ipv4_mapped()) return (unpack_ipv4 ? "" : "::ffff:") + address->dotted_tail();
    return compressed(*address);
}

}  // namespace nuages::utils
