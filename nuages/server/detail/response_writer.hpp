// From a Response to bytes. The framing headers (Content-Length, Transfer-Encoding, Connection) are the server's own:
// whatever a view wrote there does not reach the wire, so a response can't be framed in two ways.
#pragma once

#include <nuages/http/response.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::server::detail {

/// What the head says about the message.
struct MessageFrame {
    bool is_head = false;          ///< answers HEAD: no body, but the length that GET would have
    bool keep_alive = true;        ///< false: adds Connection: close
    int minor_version = 1;         ///< the client's; 0 is told when the connection is kept
    std::string_view date_line;    ///< "Date: ...\r\n"
    std::string_view server_line;  ///< "Server: ...\r\n" or empty
};

/// True for the statuses whose responses never have a body.
constexpr bool is_bodiless(int status) noexcept { return status < 200 || status == 204 || status == 304; }

/// Appends RESPONSE's head to OUT, with the empty line. Returns false when the view asked to close the connection
/// (then FRAME's keep_alive was overruled).
bool append_head(std::string& out, const http::Response& response, const MessageFrame& frame);

/// Appends a complete plain-text response that closes the connection.
void append_error(std::string& out, int status, std::string_view text, const MessageFrame& frame);

}  // namespace nuages::server::detail
