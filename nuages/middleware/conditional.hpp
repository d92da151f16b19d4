// Conditional requests (RFC 9110, section 13): answers 304 where the client has the content already, 412 where a
// precondition fails. django.utils.cache.get_conditional_response.
#pragma once

#include <nuages/http/response.hpp>
#include <nuages/utils/datetime.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::middleware {

/// What is known of the content that would be sent.
struct Validators {
    std::string etag = {};                                 ///< with its quotes; empty: unknown
    std::optional<DateTime> last_modified = std::nullopt;  ///< whole seconds count
};

enum class Condition { proceed, not_modified, failed };

/// What the request's If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since ask for, in that order.
Condition evaluate_condition(const http::Request& request, const Validators& validators);

/// RESPONSE as it is, or as 304 or 412. Only a success is changed.
http::Response conditional_response(const http::Request& request, const Validators& validators,
                                    http::Response response);

/// The ETag of CONTENT: a quoted hash.
std::string etag_of(std::string_view content);

}  // namespace nuages::middleware
