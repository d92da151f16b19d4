// Who really asks, as proxies say it in headers: X-Forwarded-For and -Proto, or Forwarded (RFC 7239).
#pragma once

#include <nuages/http/headers.hpp>
#include <nuages/server/detail/networks.hpp>

#include <cstdint>
#include <string_view>

namespace nuages::server::detail {

/// Whether a header of that name is for proxies to send: from anybody else it is a lie.
bool is_proxy_header(std::string_view name) noexcept;

/// The views are into the headers.
struct Origin {
    std::string_view address;  ///< empty: not said
    std::uint16_t port = 0;    ///< 0: not said
    enum class Scheme : std::uint8_t { unsaid, http, https } scheme = Scheme::unsaid;
};

/// What HEADERS, sent by a trusted peer, say. Each proxy appends whom it talks to, so the list is read from its end, and
/// the first address that is not trusted itself is the client's: whatever stands before it the client has made up.
/// X-Forwarded-* wins over Forwarded. What is no address ends the search.
Origin origin_of(const http::Headers& headers, const Networks& trusted);

}  // namespace nuages::server::detail
