#include <nuages/site/static_urls.hpp>

#include <nuages/site/site.hpp>
#include <nuages/views/static_serve.hpp>

namespace nuages::site {

std::vector<routing::UrlPattern> static_urls(std::string_view prefix, std::string document_root) {
    if (prefix.empty()) throw ImproperlyConfigured("Empty static prefix not permitted");
    std::vector<routing::UrlPattern> routes;
    if (!current().settings().debug || prefix.find("://") != prefix.npos) return routes;
    while (prefix.starts_with('/')) prefix.remove_prefix(1);
    routing::Urls files{.patterns = {routing::path("<path:path>", views::serve(std::move(document_root)))}};
    routes.push_back(routing::UrlPattern::make_include(prefix, false, routing::include(std::move(files))));
    return routes;
}

}  // namespace nuages::site
