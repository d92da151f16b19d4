// App: what one application brings to a site. A constant in the app's own source; its address is passed on.
//
//     const App app {
//         .name   = "blog",
//         .models = models::list<Author, Article>(),
//         .ready  = [](Registry& registry) { ... },
//     };
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/conf/embedded.hpp>
#include <nuages/core/checks/checks.hpp>
#include <nuages/site/fwd.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {
struct ModelMeta;
}

namespace nuages::templates {
class Library;
}

namespace nuages::site {

/// An application (django.apps.AppConfig).
struct App {
    std::string name;               ///< "blog", "shop.orders"; unique in a site
    std::string label = {};         ///< short unique name; default: the last part of `name`
    std::string verbose_name = {};  ///< default: the label with a capital
    std::vector<const db::models::ModelMeta& (*)()> models = {};  ///< models::list<...>()
    conf::EmbeddedFiles migrations = {};
    std::vector<const management::Command*> commands = {};
    std::vector<checks::Check> checks = {};
    /// Libraries for {% load name %}: {{"blog_tags", blog_tags}}.
    std::vector<std::pair<std::string, Ref<const templates::Library> (*)()>> template_tags = {};
    Function<void(Registry& registry)> ready = {};  ///< called once, when all apps and models are known
    /// Called on a fiber in each process that serves, before it takes requests; what it throws keeps the process from
    /// serving. Fibers started here live as long as the process serves (ASGI's lifespan).
    Function<void(Registry& registry)> start = {};
    /// Called when the last request has been answered, in reverse order of the apps, for those that have started.
    Function<void(Registry& registry)> stop = {};
    /// Templates and static files of an app that is no part of the site's own build (a library's).
    const conf::Resources* resources = nullptr;

    std::string_view get_label() const {
        std::string_view whole = label.empty() ? std::string_view(name) : std::string_view(label);
        return label.empty() ? whole.substr(whole.rfind('.') + 1) : whole;
    }
    std::string get_verbose_name() const;
};

}  // namespace nuages::site
