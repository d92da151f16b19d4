// Settings: everything a site is made of, as one typed struct with Django's names and defaults.
//
// Layer them by plain C++: `Settings prod() { Settings s = base(); s.debug = false; return s; }`. Lower floors never
// see this struct; setup() hands each of them a small options struct of its own.
#pragma once

#include <nuages/conf/env.hpp>
#include <nuages/core/cache/cache.hpp>
#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/model_slot.hpp>
#include <nuages/http/middleware.hpp>
#include <nuages/site/app.hpp>
#include <nuages/site/app_settings.hpp>
#include <nuages/templates/language.hpp>
#include <nuages/templates/library.hpp>
#include <nuages/templates/loader.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/views/shortcuts.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nuages::routing {
struct Urls;
}

namespace nuages::site {

/// TEMPLATES: where templates are found and how they are set up.
struct TemplateSettings {
    std::vector<std::string> dirs = {};  ///< searched before the apps' own, in order
    bool app_dirs = true;                ///< search templates/ of each installed app
    /// In this order instead of locmem, dirs, the apps' folders, and what the program holds (templates/loader.hpp).
    std::vector<Ref<const templates::Loader>> loaders = {};
    /// Another language than Django's (templates/language.hpp).
    Ref<const templates::Language> language = {};
    /// Places in errors of rendering, the names `debug` and `sql_queries`; unset: as Settings::debug.
    std::optional<bool> debug = std::nullopt;
    bool autoescape = true;
    std::string string_if_invalid = {};
    /// Add names to the context of every render() by this engine.
    std::vector<views::ContextProcessor> context_processors = {views::context_processors::request};
    std::vector<std::pair<std::string, Ref<const templates::Library>>> libraries = {};  ///< for {% load name %}
    std::vector<Ref<const templates::Library>> builtins = {};                           ///< loaded into every template
};

/// The settings of a site (django.conf.global_settings). Names are Django's in lower case.
struct Settings {
    /// Error pages with details, templates and static files read from disk. Never in production.
    bool debug = false;
    /// Root of all signatures; long, random, and known to nobody. Required.
    std::string secret_key = {};
    /// Former keys whose signatures are still accepted.
    std::vector<std::string> secret_key_fallbacks = {};
    /// Host names this site answers to: "example.org", ".example.org" with all subdomains, "*". With `debug` and none:
    /// localhost.
    std::vector<std::string> allowed_hosts = {};
    std::vector<const App*> installed_apps = {};
    std::vector<http::Middleware> middleware = {};
    routing::Urls (*root_urlconf)() = nullptr;
    std::vector<std::pair<std::string, conf::DatabaseUrl>> databases = {};
    /// CACHES: `{{"default", {.backend = cache::filebased, .location = "/var/cache/site"}}}`; none: a "default" in memory.
    std::vector<std::pair<std::string, cache::CacheOptions>> caches = {};
    std::string cache_middleware_alias = "default";
    std::string cache_middleware_key_prefix = {};
    std::int64_t cache_middleware_seconds = 600;
    /// Which models live in which database; asked in order.
    std::vector<const db::models::Router*> database_routers = {};
    /// The model of the site's users, `models::ref<accounts::User>`; none: the auth app's own. To be chosen before the first
    /// table is made: relations of other apps lead to it.
    db::models::ModelRef auth_user_model = {};
    /// Folders where loaddata looks for fixtures, behind the fixtures/ folders of the apps.
    std::vector<std::string> fixture_dirs = {};
    std::vector<AppSettings> apps_settings = {};

    TemplateSettings templates = {};
    /// Engines beside that one, by alias: templates::engines("mail"), render(..., {.using_ = "mail"}).
    std::vector<std::pair<std::string, TemplateSettings>> template_engines = {};
    /// Address below which static files are served; "static/" is relative to the site's root.
    std::string static_url = "static/";
    /// Where collectstatic puts all files; empty: it may not be used.
    std::string static_root = {};
    /// Folders with static files beside those of the apps.
    std::vector<std::string> staticfiles_dirs = {};
    std::string media_url = {};
    std::string media_root = {};

    /// The language when nobody asks for another one, and those that are offered (code, English name); none: all known.
    std::string language_code = "en-us";
    std::vector<std::pair<std::string, std::string>> languages = {};
    /// Folders with catalogs (de/LC_MESSAGES/django.po), before those of the apps.
    std::vector<std::string> locale_paths = {};
    std::string language_cookie_name = "nuages_language";
    bool use_i18n = true;
    /// The zone of the site's clock, and whether pages show instants in the current zone.
    std::string time_zone = "UTC";
    bool use_tz = true;
    /// DATE_FORMAT, DECIMAL_SEPARATOR, USE_THOUSAND_SEPARATOR and their kin: where a language says nothing.
    formats::Settings formats = {};

    bool append_slash = true;
    bool prepend_www = false;
    /// Texts that, found in User-Agent in any case, are answered with 403 (Django: regular expressions).
    std::vector<std::string> disallowed_user_agents = {};
    std::string x_frame_options = "DENY";

    bool secure_content_type_nosniff = true;
    std::string secure_referrer_policy = "same-origin";
    std::string secure_cross_origin_opener_policy = "same-origin";
    std::int64_t secure_hsts_seconds = 0;
    bool secure_hsts_include_subdomains = false;
    bool secure_hsts_preload = false;
    bool secure_ssl_redirect = false;
    std::string secure_ssl_host = {};
    /// Path prefixes without the first slash that are not redirected to https (Django: regular expressions).
    std::vector<std::string> secure_redirect_exempt = {};
    /// {"X-Forwarded-Proto", "https"}: the proxy's header that says a request came by https; empty: no header is
    /// trusted.
    std::pair<std::string, std::string> secure_proxy_ssl_header = {};
    bool use_x_forwarded_host = false;
    bool use_x_forwarded_port = false;
    /// The path that the site is mounted at ("/shop"), whatever `serve --root-path` says; "" is the root of the host.
    std::optional<std::string> force_script_name = std::nullopt;

    std::string csrf_cookie_name = "csrftoken";
    std::int64_t csrf_cookie_age = 31'449'600;  ///< seconds; 0: until the browser closes
    std::string csrf_cookie_domain = {};
    std::string csrf_cookie_path = "/";
    bool csrf_cookie_secure = false;
    bool csrf_cookie_httponly = false;
    std::string csrf_cookie_samesite = "Lax";
    std::string csrf_header_name = "X-CSRFToken";
    /// Other sites whose forms are accepted: "https://shop.example", "https://*.example.com".
    std::vector<std::string> csrf_trusted_origins = {};
    /// Answers a request that csrf refuses; null: the template 403_csrf.html, else a page of our own.
    http::Response (*csrf_failure_view)(http::Request& request, std::string_view reason) = nullptr;

    std::int64_t data_upload_max_memory_size = 2'621'440;  ///< bytes
    std::int64_t data_upload_max_number_fields = 1000;
    std::int64_t data_upload_max_number_files = 100;
    std::int64_t file_upload_max_memory_size = 2'621'440;  ///< bytes of a form; files of a longer one lie on the disk
    std::string file_upload_temp_dir = {};                 ///< empty: $TMPDIR, or /tmp

    std::vector<std::string> silenced_system_checks = {};
};

/// All settings under their Django names, secrets masked, in the order of the struct.
std::vector<SettingLine> listing(const Settings& settings);

/// PATH without slashes at its end, "" for the root. Throws ImproperlyConfigured, naming SETTING, when it is no path.
std::string script_name_of(std::string_view path, std::string_view setting);

/// Throws ImproperlyConfigured when settings cannot work together, in Django's words where it has them.
void validate(const Settings& settings);

}  // namespace nuages::site
