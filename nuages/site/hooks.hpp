// What apps add to a site beyond their models: slots of the registry that ready() hooks fill and the site reads.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/http/middleware.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::site {

/// `registry.slot<SiteHooks>()`.
struct SiteHooks {
    /// Answers {% static %} and static(): the address of a static file. Empty: STATIC_URL and the path.
    Function<std::string(std::string_view path)> static_url;
    /// Wrap the handler of runserver while DEBUG is on: static files without any middleware.
    std::vector<Function<http::Handler(http::Handler inner)>> development_handlers;
};

}  // namespace nuages::site
