// Parts of a response (RFC 9110, 14): one range, several, or none of those that were asked for.
#pragma once

#include <nuages/http/response.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace nuages::http {

/// Bytes [begin, end) of a representation.
struct ByteRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What a Range header asks for of SIZE bytes, in its order; empty: nothing that can be satisfied. Nothing at all when
/// the header is malformed, has another unit than bytes, more than sixteen ranges, or asks for more bytes than there are:
/// it is to be ignored then.
std::optional<std::vector<ByteRange>> parse_range(std::string_view header, std::uint64_t size);

/// RESPONSE, or the parts of it that the request's Range asks for: 206 with Content-Range or multipart/byteranges, or 416.
/// Only a 200 to a GET is changed; a file always, other content when the view has set Accept-Ranges to bytes. If-Range is
/// heeded. The server does this to every response that it sends.
Response ranged_response(const Request& request, Response response);

}  // namespace nuages::http
