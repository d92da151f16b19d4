#include <nuages/server/detail/proxy_header.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace nuages::server::detail {

namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view kText = "PROXY ";
constexpr std::size_t kTextMax = 107;
constexpr std::size_t kBinaryHead = 16;

std::string_view take_word(std::string_view& rest) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(std::min(space + 1, rest.size()));
    return word;
}

bool read_port(std::string_view text, std::uint16_t& port) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size();
}

bool read_address(std::string_view text, int family, Endpoint& endpoint) {
    if (text.size() >= sizeof endpoint.address) return false;
    const std::string copy(text);
    sockaddr_storage name{};
    name.ss_family = static_cast<sa_family_t>(family);
    void* const target = family == AF_INET ? static_cast<void*>(&reinterpret_cast<sockaddr_in&>(name).sin_addr)
                                           : static_cast<void*>(&reinterpret_cast<sockaddr_in6&>(name).sin6_addr);
    if (inet_pton(family, copy.c_str(), target) != 1) return false;
    endpoint = endpoint_of(name);
    return true;
}

ProxyState parse_text(std::string_view bytes, ProxyHeader& header) {
    const std::size_t end = bytes.substr(0, kTextMax).find('\n');
    if (end == bytes.npos) return bytes.size() < kTextMax ? ProxyState::need_more : ProxyState::bad;
    if (bytes[end - 1] != '\r') return ProxyState::bad;
    header.size = end + 1;
    std::string_view rest = bytes.substr(kText.size(), end - 1 - kText.size());
    if (rest.find_first_of(std::string_view("\r\0", 2)) != rest.npos) return ProxyState::bad;
    const std::string_view family = take_word(rest);
    if (family == "UNKNOWN") return ProxyState::complete;  // whatever follows is to be ignored
    if (family != "TCP4" && family != "TCP6") return ProxyState::bad;
    const int number = family == "TCP4" ? AF_INET : AF_INET6;
    const std::string_view source = take_word(rest), destination = take_word(rest);
    const std::string_view source_port = take_word(rest), destination_port = rest;
    header.has_addresses = true;
    const bool is_good = read_address(source, number, header.source) &&
                         read_address(destination, number, header.destination) &&
                         read_port(source_port, header.source.port) &&
                         read_port(destination_port, header.destination.port);
    return is_good ? ProxyState::complete : ProxyState::bad;
}

// Both addresses, then both ports, each in network order.
template <std::size_t kAddress> void read_pair(const char* at, int family, ProxyHeader& header) {
    for (Endpoint* endpoint : {&header.source, &header.destination}) {
        sockaddr_storage name{};
        name.ss_family = static_cast<sa_family_t>(family);
        char* const target = family == AF_INET ? reinterpret_cast<char*>(&reinterpret_cast<sockaddr_in&>(name).sin_addr)
                                               : reinterpret_cast<char*>(&reinterpret_cast<sockaddr_in6&>(name).sin6_addr);
        const std::size_t index = endpoint == &header.source ? 0 : 1;
        std::memcpy(target, at + index * kAddress, kAddress);
        *endpoint = endpoint_of(name);
        std::uint16_t port = 0;
        std::memcpy(&port, at + 2 * kAddress + 2 * index, sizeof port);
        endpoint->port = ntohs(port);
    }
    header.has_addresses = true;
}

ProxyState parse_binary(std::string_view bytes, ProxyHeader& header) {
    if (bytes.size() < kBinaryHead) return ProxyState::need_more;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned command = byte(12), family = byte(13);
    const std::size_t length = static_cast<std::size_t>(byte(14)) << 8 | byte(15);
    if (command != 0x20 && command != 0x21) return ProxyState::bad;
    if (kBinaryHead + length > kProxyHeaderMax) return ProxyState::bad;
    constexpr unsigned kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21, kUnixStream = 0x31;
    const bool is_proxied = command == 0x21;
    const std::size_t wanted = !is_proxied ? 0 : family == kTcp4 ? 12 : family == kTcp6 ? 36 : family == kUnixStream ? 216 : 0;
    if (is_proxied && family != kUnspecified && wanted == 0) return ProxyState::bad;
    if (length < wanted) return ProxyState::bad;
    if (bytes.size() < kBinaryHead + length) return ProxyState::need_more;
    header.size = kBinaryHead + length;
    const char* const addresses = bytes.data() + kBinaryHead;
    if (is_proxied && family == kTcp4) read_pair<4>(addresses, AF_INET, header);
    if (is_proxied && family == kTcp6) read_pair<16>(addresses, AF_INET6, header);
    return ProxyState::complete;
}

bool may_start(std::string_view bytes, std::string_view with) {
    return with.starts_with(bytes.substr(0, with.size()));
}

}  // namespace

ProxyState parse_proxy_header(std::string_view bytes, ProxyHeader& header) {
    header = {};
    if (bytes.starts_with(kText)) return parse_text(bytes, header);
    if (bytes.starts_with(kSignature)) return parse_binary(bytes, header);
    return may_start(bytes, kText) || may_start(bytes, kSignature) ? ProxyState::need_more : ProxyState::bad;
}

}  // namespace nuages::server::detail
