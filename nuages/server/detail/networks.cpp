#include <nuages/server/detail/networks.hpp>

#include <nuages/base/error.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace nuages::server::detail {

bool Networks::parse(std::string_view text, Bytes& bytes, bool& is_v4) {
    char copy[INET6_ADDRSTRLEN] = "";
    if (text.size() >= sizeof copy) return false;
    std::memcpy(copy, text.data(), text.size());
    bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
    is_v4 = inet_pton(AF_INET, copy, bytes.data() + 12) == 1;
    return is_v4 || inet_pton(AF_INET6, copy, bytes.data()) == 1;
}

Networks::Networks(const std::vector<std::string>& list) {
    for (const std::string& text : list) {
        if (text == "*") {
            all_ = true;
            continue;
        }
        const std::size_t slash = std::min(text.find('/'), text.size());
        Network network{};
        bool is_v4 = false;
        unsigned bits = 0;
        bool is_good = parse(std::string_view(text).substr(0, slash), network.bytes, is_v4);
        const unsigned bits_max = is_v4 ? 32 : 128;
        bits = bits_max;
        if (is_good && slash < text.size()) {
            const char* const end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
            is_good = error == std::errc() && stop == end && bits <= bits_max;
        }
        if (!is_good)
            throw Error("\"" + text + "\" is no address or network: expected one like 10.0.0.1, 10.0.0.0/8, 2001:db8::/32, or *.");
        network.bits = is_v4 ? bits + 96 : bits;
        networks_.push_back(network);
    }
}

bool Networks::contain(std::string_view address) const {
    if (all_ || address.empty()) return true;
    Bytes bytes;
    bool is_v4;
    if (!parse(address, bytes, is_v4)) return false;
    for (const Network& network : networks_) {
        const std::size_t whole = network.bits / 8;
        if (std::memcmp(bytes.data(), network.bytes.data(), whole) != 0) continue;
        const unsigned rest = network.bits % 8;
        if (rest == 0 || (bytes[whole] ^ network.bytes[whole]) >> (8 - rest) == 0) return true;
    }
    return false;
}

}  // namespace nuages::server::detail
