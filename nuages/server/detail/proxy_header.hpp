// The PROXY protocol's header (haproxy.org/download/2.9/doc/proxy-protocol.txt), versions 1 (text) and 2 (binary):
// whom a proxy talks for, told once before the first byte of the connection.
#pragma once

#include <nuages/server/detail/sockets.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nuages::server::detail {

/// Longer headers are refused; version 1 has at most 107 bytes.
inline constexpr std::size_t kProxyHeaderMax = 4096;

enum class ProxyState : std::uint8_t { complete, need_more, bad };

struct ProxyHeader {
    std::size_t size = 0;        ///< of the header in bytes
    bool has_addresses = false;  ///< false: the proxy speaks for itself, or for what has no IP address
    Endpoint source;
    Endpoint destination;
};

/// Reads the header at the front of BYTES. The outcome does not depend on how many bytes come after it, nor on how they
/// came in.
ProxyState parse_proxy_header(std::string_view bytes, ProxyHeader& header);

}  // namespace nuages::server::detail
