// What caches may keep of a response: Cache-Control and Expires (RFC 9111; django.utils.cache).
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/http/response.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace nuages::http {

/// What Cache-Control says (RFC 9111, 5.2.2). Seconds; nothing: not said.
struct CacheControl {
    std::optional<std::int64_t> max_age = {};
    std::optional<std::int64_t> s_maxage = {};
    std::optional<std::int64_t> stale_while_revalidate = {};
    bool public_ = false;
    bool private_ = false;
    bool no_cache = false;
    bool no_store = false;
    bool no_transform = false;
    bool must_revalidate = false;
    bool proxy_revalidate = false;
    bool immutable = false;
};

/// Adds to what the response says already: the smaller max-age counts, public and private replace each other.
void patch_cache_control(Response& response, const CacheControl& control);
/// No cache may keep it.
void add_never_cache_headers(Response& response);
/// Expires and max-age, where the response has none. A negative TIMEOUT counts as zero.
void patch_response_headers(Response& response, Duration timeout);
/// The seconds of max-age; nothing when there is none or it is no number.
std::optional<std::int64_t> get_max_age(const Response& response);
/// Whether Cache-Control has that directive, in any case of letters.
bool has_cache_directive(const Response& response, std::string_view name);
/// Whether Vary names that header.
bool has_vary_header(const Response& response, std::string_view name);

}  // namespace nuages::http
