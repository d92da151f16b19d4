// Whole pages kept in a cache: update_cache and fetch_from_cache for a site, what cache_page() is made of for a view
// (django.middleware.cache, django.utils.cache).
//
// What may not be kept for everybody is not kept: a response with cookies or with Cache-Control: private, no-store or
// no-cache, one that varies on everything, the answer to a request with Authorization, streams, files, anything but 200.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/function.hpp>
#include <nuages/core/cache/cache.hpp>
#include <nuages/http/middleware.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::middleware {

struct PageCacheOptions {
    /// How long pages are kept, whatever they say themselves; nothing: their max-age, else CACHE_MIDDLEWARE_SECONDS.
    std::optional<Duration> timeout = std::nullopt;
    std::string cache = {};                                ///< alias; empty: CACHE_MIDDLEWARE_ALIAS
    std::optional<std::string> key_prefix = std::nullopt;  ///< nothing: CACHE_MIDDLEWARE_KEY_PREFIX
};

/// The page of REQUEST: from the cache, with an Age, or made by VIEW and kept.
http::Response cached_page(http::Request& request, const PageCacheOptions& options, FunctionRef<http::Response()> view);

/// Keeps pages; stands before (outside of) all that changes them (UpdateCacheMiddleware).
extern const http::Middleware update_cache;
/// Answers with kept pages; stands behind all that their keys vary on (FetchFromCacheMiddleware).
extern const http::Middleware fetch_from_cache;

/// The key under which the answer to REQUEST is kept, by the headers that RESPONSE says it varies on; remembers these.
std::string learn_cache_key(const http::Request& request, const http::Response& response, cache::Timeout timeout,
                            std::string_view key_prefix, cache::Cache& cache);
/// The key of a page that was learned before; nothing when none was.
std::optional<std::string> get_cache_key(const http::Request& request, std::string_view key_prefix, std::string_view method,
                                         cache::Cache& cache);

/// A response as bytes, and back; nothing when they are none.
std::string packed_response(const http::Response& response);
std::optional<http::Response> unpacked_response(std::string_view bytes);

}  // namespace nuages::middleware

namespace nuages {
using middleware::fetch_from_cache;
using middleware::update_cache;
}  // namespace nuages
