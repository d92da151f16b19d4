// Site: a set-up site: registry, resolver, templates, databases and the handler that answers requests.
#pragma once

#include <nuages/http/middleware.hpp>
#include <nuages/site/registry.hpp>
#include <nuages/site/settings.hpp>

namespace nuages::templates {
class Engine;
}
namespace nuages::routing {
class UrlResolver;
}

namespace nuages::site {

/// One per process, made by setup() or, in tests, one after the other.
class Site {
public:
    /// Builds everything that SETTINGS describes and makes it the current site (django.setup). Throws
    /// ImproperlyConfigured.
    explicit Site(Settings settings);
    ~Site();
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    const Settings& settings() const;
    Registry& registry();
    const Registry& registry() const;
    const routing::UrlResolver& resolver() const;
    const templates::Engine& templates() const;
    const http::RequestOptions& request_options() const;
    /// Where the server says that the site is mounted ("/shop"); FORCE_SCRIPT_NAME is stronger. Before requests are served.
    void mount(std::string_view root_path);
    /// Middleware around the views, with errors turned into responses: what a server runs.
    const http::Handler& handler() const;
    /// Runs the start hooks of the apps in order, and stop() when one throws. On a fiber of the loop that serves.
    void start();
    /// Runs the stop hooks of the apps that have started, the last one first. What a hook throws is logged.
    void stop();
    /// The checks of the framework, then those of the apps.
    std::vector<checks::Check> checks() const;

private:
    void set_script_name(std::string_view server_says);

    struct State;
    State* state_;
};

/// Sets the process' site up; it lives until the process ends. A second call replaces it.
Site& setup(Settings settings);

/// The site that was made last and lives. Throws ImproperlyConfigured before one was made.
Site& current();
Site* find_current() noexcept;

}  // namespace nuages::site
