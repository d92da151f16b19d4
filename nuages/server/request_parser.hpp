// An incremental, strict parser of HTTP/1.1 requests (RFC 9112): head, Content-Length and chunked bodies.
// It holds no bytes: it looks at the connection's buffer, remembers how far it got, and gives views into it. Chunks are
// joined in place, so a body is always one view. Whatever could be framed in two ways is refused: RFC 9112 section 6.3
// leaves the choice, and every smuggling attack lives on that choice.
// The outcome never depends on how the bytes were split: only whole lines are judged, and lengths before contents.
#pragma once

#include <nuages/http/headers.hpp>
#include <nuages/server/limits.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace nuages::server {

/// Why a request was refused. After any of these the connection must be closed.
enum class ParseError : std::uint8_t {
    none,
    bad_request_line,
    bad_target,
    bad_version,
    unsupported_version,
    unsupported_method,
    request_line_too_long,
    bad_line_end,
    bad_header_name,
    bad_header_value,
    folded_header,
    headers_too_large,
    bad_host,
    bad_content_length,
    bad_transfer_encoding,
    unsupported_transfer_encoding,
    ambiguous_length,
    unsupported_expectation,
    body_too_large,
    bad_chunk_size,
    chunk_line_too_long,
    bad_chunk_end,
    bad_trailer,
};

/// The status that answers it: 400, 413, 414, 417, 431, 501 or 505.
int status_of(ParseError error) noexcept;
/// One sentence for the log and the response's body.
std::string_view describe(ParseError error) noexcept;

/// A request in the connection's buffer.
struct ParsedRequest {
    std::string_view method;
    std::string_view target;  ///< origin-form ("/a?b") or "*"; an absolute-form's scheme and authority are taken off
    std::span<const http::HeaderView> headers;  ///< as sent; fields with '_' in their name are left out
    std::string_view body;                      ///< decoded
    std::span<const http::HeaderView> trailers;  ///< what stood behind a chunked body; apart from the headers
    int minor_version = 1;                      ///< of HTTP/1.x
    bool keep_alive = true;
    bool is_head = false;
};

class RequestParser {
public:
    enum class State : std::uint8_t { need_more, complete, failed };

    /// LIMITS must outlive the parser.
    explicit RequestParser(const Limits& limits) : limits_(&limits) {}

    /// Goes on with the request that begins at DATA, of which SIZE bytes are there: at least those of the last call,
    /// though perhaps at another address. Joins chunks in place.
    State parse(char* data, std::size_t size);

    /// Bytes of the buffer that belong to the complete request; the next one begins there.
    std::size_t consumed() const noexcept { return position_; }
    ParseError error() const noexcept { return error_; }
    /// Valid when complete, until reset() or until the buffer changes.
    const ParsedRequest& request() const noexcept { return request_; }

    bool head_complete() const noexcept { return phase_ >= Phase::body; }
    /// The client waits for "100 Continue" before it sends the body.
    bool wants_continue() const noexcept { return expects_continue_ && head_complete() && phase_ != Phase::done; }
    /// The size that the buffer needs for all of the request, as far as that is known; else 0.
    std::size_t size_wanted() const noexcept { return phase_ == Phase::body ? head_size_ + length_ : 0; }
    /// The request now begins at DATA: call it when the buffer has moved, before views are used again.
    void relocate(char* data) noexcept {
        if (data != data_) rebase(data);
    }
    /// The part of the body that is in a buffer of SIZE bytes, as long as the request is not complete.
    std::string_view body_so_far(std::size_t size) const noexcept;
    /// Takes that part out of the buffer: it is kept elsewhere. Returns the buffer's new size. The request's body will be
    /// the rest.
    std::size_t drop_body(char* data, std::size_t size) noexcept;
    /// Takes the fields out of the complete request whose names IS_UNWANTED; they are gone for who asks next.
    template <class F> void drop_headers(F&& is_unwanted) {
        std::erase_if(headers_, [&](const http::HeaderView& header) { return is_unwanted(header.name); });
        request_.headers = headers_;
    }
    /// Drops what chunks took beside their data from a buffer of SIZE bytes; returns the new size.
    std::size_t compact(char* data, std::size_t size) noexcept;

    /// Ready for the next request.
    void reset() noexcept;

private:
    enum class Phase : std::uint8_t { start, headers, body, chunk_size, chunk_data, chunk_end, trailers, done };
    enum class LineFound : std::uint8_t { yes, no, too_long, bad_end };

    State fail(ParseError error) noexcept;
    void rebase(char* data) noexcept;
    LineFound find_line(std::size_t size, std::size_t length_max, std::string_view& line) noexcept;
    State parse_start(std::size_t size);
    State parse_headers(std::size_t size);
    State finish_head();
    State parse_chunks(std::size_t size);
    State parse_trailers(std::size_t size);
    State finish(std::size_t body_end) noexcept;
    ParseError request_line(std::string_view line);
    ParseError take_target(std::string_view target);
    ParseError header_line(std::string_view line);
    ParseError known_header(std::string_view name, std::string_view value);
    ParseError connection_header(std::string_view value);
    ParseError content_length_header(std::string_view value);
    ParseError framing();
    ParseError chunk_line(std::string_view line);
    ParseError trailer_line(std::string_view line);

    const Limits* limits_;
    char* data_ = nullptr;
    std::size_t position_ = 0;   // where the present line or chunk begins
    std::size_t scanned_ = 0;    // no line feed before this
    std::size_t head_size_ = 0;  // in bytes, once complete
    std::size_t section_ = 0;    // where headers or trailers begin
    std::size_t body_end_ = 0;   // of the chunks joined so far
    std::uint64_t length_ = 0;   // Content-Length, or what is left of the present chunk
    std::uint64_t dropped_ = 0;  // bytes of the body that were taken out
    std::size_t header_lines_ = 0;
    std::vector<http::HeaderView> headers_;
    std::vector<http::HeaderView> trailers_;
    std::string_view host_;
    std::string_view authority_;  // of an absolute-form target
    ParsedRequest request_;
    Phase phase_ = Phase::start;
    ParseError error_ = ParseError::none;
    bool has_length_ = false;
    bool is_chunked_ = false;
    bool has_host_ = false;
    bool expects_continue_ = false;
    bool asks_close_ = false;
    bool asks_keep_alive_ = false;
};

}  // namespace nuages::server
