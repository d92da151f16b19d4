#include <nuages/server/detail/octets.hpp>

#include <arpa/inet.h>

namespace nuages::server::detail {

bool is_ipv6(std::string_view text) noexcept {
    char address[INET6_ADDRSTRLEN];
    if (text.size() >= sizeof address || text.find('\0') != std::string_view::npos) return false;
    address[text.copy(address, text.size())] = '\0';
    in6_addr parsed;
    return ::inet_pton(AF_INET6, address, &parsed) == 1;
}

}  // namespace nuages::server::detail
