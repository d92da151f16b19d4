#include "settings.hpp"

#include "catalogue/app.hpp"
#include "catalogue/template_tags.hpp"
#include "urls.hpp"

#include <nuages/contrib/staticfiles/staticfiles.hpp>

using namespace nuages;

Settings settings() {
    Env env{".env"};
    return {
        .debug = env.boolean("DEBUG", false),
        .secret_key = env.str("SECRET_KEY"),
        .allowed_hosts = env.list("ALLOWED_HOSTS", {"localhost", "127.0.0.1", "[::1]"}),
        .installed_apps = {&staticfiles::app, &catalogue::app},
        .middleware = {security, whitenoise, common, xframe},
        .root_urlconf = ::urls,
        .databases = {{"default", env.database("DATABASE_URL", "sqlite:///catalogue.sqlite3")}},
        .templates = {.context_processors = {views::context_processors::request,
                                             views::context_processors::query_stats},
                      .libraries = {{"catalogue_tags", catalogue::template_tags()}}},
    };
}
