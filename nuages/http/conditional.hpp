// Conditional requests (RFC 9110, section 13; django.utils.cache.get_conditional_response).
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/utils/datetime.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::http {

/// The response to send in place of `response`: 304 when the client has it already (then with the fields that a 304
/// keeps), 412 when a precondition fails, else the response itself. `etag` is quoted; either may be absent.
Response conditional_response(const Request& request, Response response, const std::optional<std::string>& etag,
                              std::optional<DateTime> last_modified);

/// As above, by the response's own ETag and Last-Modified; for GET and HEAD with status 200.
Response conditional_response(const Request& request, Response response);

/// Sets an ETag made of the content, unless there is one or the response is a file.
void set_response_etag(Response& response);

/// Adds names to Vary; "*" stands alone (django.utils.cache.patch_vary_headers).
void patch_vary_headers(Response& response, std::initializer_list<std::string_view> names);

}  // namespace nuages::http
