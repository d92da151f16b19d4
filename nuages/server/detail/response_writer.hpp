// From a Response to bytes. The framing headers (Content-Length, Transfer-Encoding, Connection) are the server's own:
// whatever a view wrote there does not reach the wire, so a response can't be framed in two ways.
#pragma once

#include <nuages/http/response.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::server::detail {

/// A header that goes with all responses.
struct OwnHeader {
    std::string name;
    std::string line;  ///< with its end
};

/// What the head says about the message.
struct MessageFrame {
    bool is_head = false;          ///< answers HEAD: no body, but the length that GET would have
    bool keep_alive = true;        ///< false: adds Connection: close
    int minor_version = 1;         ///< the client's; 0 is told when the connection is kept
    std::string_view date_line;    ///< "Date: ...\r\n"
    std::string_view server_line;  ///< "Server: ...\r\n" or empty
    const std::vector<OwnHeader>* headers = nullptr;  ///< unless the response has a field of that name
};

/// Reads "Name: value" lines. Throws Error naming the one that is none, or that the server writes itself.
std::vector<OwnHeader> read_headers(const std::vector<std::string>& lines);

/// True for the statuses whose responses never have a body.
constexpr bool is_bodiless(int status) noexcept { return status < 200 || status == 204 || status == 304; }

/// How the end of a body is told.
enum class Framing : std::uint8_t { length, chunks, close };

/// What the head has promised.
struct SentHead {
    bool keep_alive = true;  ///< false as well when the view asked to close the connection
    Framing framing = Framing::length;
    std::uint64_t length = 0;  ///< of a streaming body with Framing::length
};

/// Appends RESPONSE's head to OUT, with the empty line. A streaming body is framed by the length that the view set, or
/// by chunks, or towards HTTP/1.0 by the connection's end.
SentHead append_head(std::string& out, const http::Response& response, const MessageFrame& frame);

/// Appends DATA, which is not empty, as a chunk (RFC 9112, 7.1); an empty one ends the body: append_last_chunk().
void append_chunk(std::string& out, std::string_view data);
/// TRAILERS: lines with their ends, or empty.
void append_last_chunk(std::string& out, std::string_view trailers = {});

/// Appends a complete plain-text response that closes the connection.
void append_error(std::string& out, int status, std::string_view text, const MessageFrame& frame);

}  // namespace nuages::server::detail
