// gzip: responses to clients that take it, and bodies of requests where a view asks for them decoded.
#pragma once

#include <nuages/http/response.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace nuages::http {

/// TEXT in the gzip format (RFC 1952). RANDOM_BYTES_MAX: up to that many random bytes are hidden in its head, so that its
/// length tells less of its content (BREACH).
std::string gzip_compressed(std::string_view text, std::size_t random_bytes_max = 0);

/// The body of REQUEST without its Content-Encoding (gzip, deflate or identity). Nothing decodes a body unasked: whoever
/// calls this names the most bytes that he bears. Throws RequestDataTooBig as soon as there are more, BadRequest on
/// another encoding and on a body that is damaged or cut short.
std::string decoded_body(Request& request, std::size_t bytes_max);

/// RESPONSE in gzip when the client takes that and it is worth it: not below 200 bytes, not a file, not encoded already.
/// Streams are compressed piece by piece. A strong ETag becomes a weak one; Vary names Accept-Encoding.
/// django.middleware.gzip.
Response gzipped_response(const Request& request, Response response);

}  // namespace nuages::http
