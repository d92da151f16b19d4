#include <nuages/server/request_parser.hpp>

namespace nuages::server {

int status_of(ParseError error) noexcept {
    switch (error) {
        case ParseError::none: return 200;
        case ParseError::unsupported_version: return 505;
        case ParseError::unsupported_method:
        case ParseError::unsupported_transfer_encoding: return 501;
        case ParseError::request_line_too_long: return 414;
        case ParseError::headers_too_large: return 431;
        case ParseError::unsupported_expectation: return 417;
        case ParseError::body_too_large: return 413;
        default: return 400;
    }
}

std::string_view describe(ParseError error) noexcept {
    switch (error) {
        case ParseError::none: return "No error.";
        case ParseError::bad_request_line: return "The request line is not 'METHOD target HTTP/1.1'.";
        case ParseError::bad_target: return "The request target is malformed.";
        case ParseError::bad_version: return "The HTTP version is malformed.";
        case ParseError::unsupported_version: return "Only HTTP/1.1 and HTTP/1.0 are spoken here.";
        case ParseError::unsupported_method: return "This server is no proxy: CONNECT is not supported.";
        case ParseError::request_line_too_long: return "The request line is too long.";
        case ParseError::bad_line_end: return "A line does not end with CRLF.";
        case ParseError::bad_header_name: return "A header name is malformed.";
        case ParseError::bad_header_value: return "A header value contains a control character.";
        case ParseError::folded_header: return "A header line begins with white space.";
        case ParseError::headers_too_large: return "The headers are too long or too many.";
        case ParseError::bad_host: return "The Host header is missing, repeated, malformed or contradicts the target.";
        case ParseError::bad_content_length: return "The Content-Length header is malformed or repeated.";
        case ParseError::bad_transfer_encoding: return "The Transfer-Encoding header is malformed or repeated.";
        case ParseError::unsupported_transfer_encoding: return "The only transfer encoding supported is chunked.";
        case ParseError::ambiguous_length: return "The length of the body is given in two ways.";
        case ParseError::unsupported_expectation: return "The only expectation supported is 100-continue.";
        case ParseError::body_too_large: return "The body is too large.";
        case ParseError::bad_chunk_size: return "A chunk size is malformed.";
        case ParseError::chunk_line_too_long: return "A chunk's extensions are too long.";
        case ParseError::bad_chunk_end: return "A chunk is longer than its size says.";
        case ParseError::bad_trailer: return "A trailer field is malformed or may not stand there.";
    }
    return "";
}

}  // namespace nuages::server
