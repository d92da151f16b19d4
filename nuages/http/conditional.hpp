// Conditional requests (RFC 9110, section 13; django.utils.cache.get_conditional_response).
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/utils/datetime.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::http {

/// What is known of the content that would be sent.
struct Validators {
    std::string etag = {};                                 ///< with its quotes; empty: unknown
    std::optional<DateTime> last_modified = std::nullopt;  ///< whole seconds count
};

enum class Condition { proceed, not_modified, failed };

/// What the request's If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since ask for, in that order.
Condition evaluate_condition(const Request& request, const Validators& validators);

/// RESPONSE as it is; or as 304, with the fields that a 304 keeps, when the client has it already; or 412 when a
/// precondition fails. Only a success is changed.
Response conditional_response(const Request& request, const Validators& validators, Response response);
/// The same by the response's own ETag and Last-Modified, for GET and HEAD with status 200.
Response conditional_response(const Request& request, Response response);

/// The ETag of CONTENT: a quoted hash.
std::string etag_of(std::string_view content);
/// Sets an ETag made of the content, unless there is one, the response is a file, a stream or empty.
void set_response_etag(Response& response);

/// Adds names to Vary; "*" stands alone (django.utils.cache.patch_vary_headers).
void patch_vary_headers(Response& response, std::initializer_list<std::string_view> names);

}  // namespace nuages::http
