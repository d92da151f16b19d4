// The handler of a site: middleware around the URL resolver, every exception turned into a response.
//
// Exceptions become responses at every layer (as Django's convert_exception_to_response), so that a 404 or a 500 passes
// through the outer middleware like any other response. A cancelled fiber is no error: it unwinds to the server.
#pragma once

#include <nuages/http/middleware.hpp>
#include <nuages/urls/resolver.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nuages::views {

using NameValues = std::vector<std::pair<std::string, std::string>>;

/// What a site's handler is made of.
struct HandlerOptions {
    bool debug = false;  ///< Technical error pages instead of the plain ones; captures stack traces at each throw.
    std::vector<http::Middleware> middleware = {};
    Ref<const routing::UrlResolver> resolver = {};
    /// Names and values of the settings for the technical page; asked for only then. Secrets are masked here once more.
    Function<NameValues()> settings = {};
    /// Answers "/" in debug when no route does: the welcome page of a new site.
    Function<http::Response(http::Request&)> fallback = {};
};

/// A request with a slot of this type gets no page for an exception that would be answered with 500: it leaves the handler.
/// The test client asks for it.
struct RaiseRequestException {};

/// Middleware, resolver and error pages as one handler. A view runs in a transaction of each database that has
/// atomic_requests. Throws ImproperlyConfigured when the order of the middleware is
/// wrong.
http::Handler base_handler(HandlerOptions options);

/// The response for the exception that is being handled; to be called inside a catch block. Logs what Django logs:
/// nuages.request, nuages.security. Rethrows async::Cancelled.
http::Response response_for_exception(http::Request& request, const HandlerOptions& options);

}  // namespace nuages::views
