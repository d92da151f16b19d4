#include <nuages/site/site.hpp>

#include <nuages/base/log.hpp>
#include <nuages/core/signing/signing.hpp>
#include <nuages/db/backends/postgresql/backend.hpp>
#include <nuages/db/backends/sqlite/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/swapping.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/site/detail/system_checks.hpp>
#include <nuages/site/hooks.hpp>
#include <nuages/site/resources.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/views/base_handler.hpp>

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

namespace nuages::site {

struct Site::State {
    Settings settings;
    Registry registry;
    http::RequestOptions request_options;
    Ref<const routing::UrlResolver> resolver;
    std::optional<templates::Engine> engine;
    std::list<templates::Engine> more_engines;
    http::Handler handler;
    std::size_t started = 0;  // apps whose start hook has run

    explicit State(Settings from) : settings(std::move(from)), registry(settings.installed_apps) {}
};

namespace {

Site* g_current = nullptr;

http::RequestOptions request_options_of(const Settings& settings) {
    http::RequestOptions options;
    options.allowed_hosts = settings.allowed_hosts;
    options.debug = settings.debug;
    options.use_x_forwarded_host = settings.use_x_forwarded_host;
    options.use_x_forwarded_port = settings.use_x_forwarded_port;
    options.secure_proxy_header = settings.secure_proxy_ssl_header.first;
    options.secure_proxy_value = settings.secure_proxy_ssl_header.second;
    options.data_upload_max_memory_size = static_cast<std::size_t>(settings.data_upload_max_memory_size);
    options.data_upload_max_number_fields = static_cast<std::size_t>(settings.data_upload_max_number_fields);
    options.data_upload_max_number_files = static_cast<std::size_t>(settings.data_upload_max_number_files);
    options.file_upload_max_memory_size = static_cast<std::size_t>(settings.file_upload_max_memory_size);
    options.file_upload_temp_dir = settings.file_upload_temp_dir;
    return options;
}

middleware::Options middleware_options_of(const Settings& settings, Ref<const routing::UrlResolver> resolver) {
    return {
        .debug = settings.debug,
        .append_slash = settings.append_slash,
        .prepend_www = settings.prepend_www,
        .disallowed_user_agents = settings.disallowed_user_agents,
        .is_valid_path =
            [](std::string_view path) {
                http::ResolverMatch match;
                return routing::get_resolver().find(path, match) && !match.has_flag(http::RouteFlag::no_append_slash);
            },
        .content_type_nosniff = settings.secure_content_type_nosniff,
        .referrer_policy = settings.secure_referrer_policy,
        .cross_origin_opener_policy = settings.secure_cross_origin_opener_policy,
        .hsts_seconds = settings.secure_hsts_seconds,
        .hsts_include_subdomains = settings.secure_hsts_include_subdomains,
        .hsts_preload = settings.secure_hsts_preload,
        .ssl_redirect = settings.secure_ssl_redirect,
        .ssl_host = settings.secure_ssl_host,
        .redirect_exempt = settings.secure_redirect_exempt,
        .x_frame_options = settings.x_frame_options,
        .language_cookie_name = settings.language_cookie_name,
        .language_prefixes_are_used = resolver->language_prefixes().are_used,
        .prefix_default_language = resolver->language_prefixes().prefix_default_language,
        .use_i18n = settings.use_i18n,
        .cache_alias = settings.cache_middleware_alias,
        .cache_key_prefix = settings.cache_middleware_key_prefix,
        .cache_seconds = settings.cache_middleware_seconds,
        .csrf = {.cookie_name = settings.csrf_cookie_name,
                 .cookie_age = settings.csrf_cookie_age,
                 .cookie_domain = settings.csrf_cookie_domain,
                 .cookie_path = settings.csrf_cookie_path,
                 .cookie_secure = settings.csrf_cookie_secure,
                 .cookie_httponly = settings.csrf_cookie_httponly,
                 .cookie_samesite = settings.csrf_cookie_samesite,
                 .header_name = settings.csrf_header_name,
                 .trusted_origins = settings.csrf_trusted_origins,
                 .failure_view = settings.csrf_failure_view},
    };
}

std::string reverse_call(const templates::UrlCall& call) {
    auto argument = [](const Value& value) {
        routing::Argument result;
        result.text = value.str();
        result.is_number = value.kind() == ValueKind::integer;
        return result;
    };
    routing::ReverseOptions options;
    for (const Value& value : call.args) options.args.push_back(argument(value));
    for (const auto& [name, value] : call.kwargs) options.kwargs.emplace_back(name, argument(value));
    options.current_app = call.current_app;
    return routing::reverse(call.name, options);
}

void add_templates(templates::EngineOptions& options, const conf::Resources& resources,
                   std::vector<std::string>& dirs) {
    auto folder = folder_of(resources, "templates");
    // A site of one folder is its own app: it is not looked at twice.
    const bool known = std::find(options.dirs.begin(), options.dirs.end(), folder) != options.dirs.end();
    if (!folder.empty() && !known) dirs.push_back(std::move(folder));
    if (!resources.templates.empty()) options.embedded.push_back(resources.templates);
}

templates::EngineOptions engine_options_of(const Settings& settings, const TemplateSettings& given,
                                           Registry& registry) {
    templates::EngineOptions options;
    options.dirs = given.dirs;
    options.auto_reload = settings.debug;
    options.debug = given.debug.value_or(settings.debug);
    options.loaders = given.loaders;
    options.language = given.language;
    options.autoescape = given.autoescape;
    options.string_if_invalid = given.string_if_invalid;
    options.libraries = given.libraries;
    options.builtins = given.builtins;
    for (const App* app : registry.apps())
        for (const auto& [name, library] : app->template_tags) options.libraries.emplace_back(name, library());
    if (const conf::Resources* own = site_resources()) add_templates(options, *own, options.dirs);
    if (given.app_dirs)
        for (const App* app : registry.apps())
            if (const conf::Resources* resources = resources_of(*app))
                add_templates(options, *resources, options.app_dirs);
    options.static_prefix = routing::below_script_prefix(settings.static_url);
    options.media_prefix = routing::below_script_prefix(settings.media_url);
    options.reverse_url = reverse_call;
    options.static_url = [&hooks = registry.slot<SiteHooks>(), url = settings.static_url](std::string_view path) {
        return hooks.static_url ? hooks.static_url(path) : routing::below_script_prefix(url) + std::string(path);
    };
    return options;
}

// FOLDER/<locale>/LC_MESSAGES/django.mo, else .po, of files in the program.
translation::CatalogSource embedded_source(const conf::EmbeddedFiles& files) {
    return [files](std::string_view locale) -> std::optional<std::string> {
        for (const char* ending : {"mo", "po"}) {
            const conf::EmbeddedFile* file = files.find(std::string(locale) + "/LC_MESSAGES/django." + ending);
            if (file) return std::string(file->content());
        }
        return std::nullopt;
    };
}

void add_catalogs(std::vector<translation::CatalogSource>& sources, const conf::Resources* resources) {
    if (!resources) return;
    if (std::string folder = folder_of(*resources, "locale"); !folder.empty())
        sources.push_back(translation::folder_source(std::move(folder)));
    if (!resources->locale.empty()) sources.push_back(embedded_source(resources->locale));
}

// Languages, formats and time zones: process-wide, as in Django.
void set_up_locale(const Settings& settings, const Registry& registry) {
    translation::Options options;
    options.language_code = settings.language_code;
    options.languages = settings.languages;
    options.use_i18n = settings.use_i18n;
    for (const std::string& folder : settings.locale_paths) options.sources.push_back(translation::folder_source(folder));
    add_catalogs(options.sources, site_resources());
    for (const App* app : registry.apps()) add_catalogs(options.sources, resources_of(*app));
    translation::configure(std::move(options));
    formats::configure(settings.formats);
    timezone::configure({settings.time_zone, settings.use_tz});
}

views::NameValues name_values(const Settings& settings) {
    views::NameValues all;
    for (SettingLine& line : listing(settings)) all.emplace_back(std::move(line.name), std::move(line.value));
    return all;
}

constexpr std::string_view kAuthUserModel = "AUTH_USER_MODEL";

void require_installed(db::models::ModelRef chosen, const std::vector<const db::models::ModelMeta*>& models) {
    if (!chosen || std::find(models.begin(), models.end(), &chosen.meta()) != models.end()) return;
    throw ImproperlyConfigured(std::string(kAuthUserModel) + " refers to model '" + chosen.meta().label() +
                               "' that has not been installed: put its app into INSTALLED_APPS.");
}

routing::Urls no_urls() { return {}; }

}  // namespace

Site::Site(Settings settings) : state_(nullptr) {
    validate(settings);
    state_ = new State(std::move(settings));
    Site* former = std::exchange(g_current, this);
    try {
        State& state = *state_;
        set_up_locale(state.settings, state.registry);
        signing::set_secret_keys(state.settings.secret_key, state.settings.secret_key_fallbacks);
        cache::set_caches(cache::make_caches(state.settings.caches));
        db::register_backend(db::sqlite::backend);
        db::register_backend(db::postgresql::backend);
        db::set_databases(db::make_databases(state.settings.databases));
        db::models::set_routers(state.settings.database_routers);
        db::models::set_swappable(kAuthUserModel, state.settings.auth_user_model);
        const auto models = state.registry.models();  // makes the description of every model: relations know both ends
        require_installed(state.settings.auth_user_model, models);
        state.resolver =
            make_ref<routing::UrlResolver>(state.settings.root_urlconf ? state.settings.root_urlconf : no_urls);
        routing::set_urlconf(state.resolver);
        state.request_options = request_options_of(state.settings);
        set_script_name("");
        middleware::set_options(middleware_options_of(state.settings, state.resolver));
        state.registry.run_ready_hooks();
        state.engine.emplace(engine_options_of(state.settings, state.settings.templates, state.registry));
        std::vector<std::pair<std::string, const templates::Engine*>> engines;
        for (const auto& [alias, given] : state.settings.template_engines) {
            state.more_engines.emplace_back(engine_options_of(state.settings, given, state.registry));
            engines.emplace_back(alias, &state.more_engines.back());
            views::set_context_processors(given.context_processors, alias);
        }
        templates::set_engines(std::move(engines));
        templates::set_default_engine(&*state.engine);
        views::set_context_processors(state.settings.templates.context_processors);
        state.handler = views::base_handler({
            .debug = state.settings.debug,
            .middleware = state.settings.middleware,
            .resolver = state.resolver,
            .settings = [&settings = state.settings] { return name_values(settings); },
        });
    } catch (...) {
        g_current = former;
        delete state_;
        throw;
    }
}

Site::~Site() {
    if (g_current == this) {
        g_current = nullptr;
        templates::set_default_engine(nullptr);
        templates::set_engines({});
        routing::set_urlconf(nullptr);
        routing::set_script_prefix("/");
        views::set_context_processors({});
        middleware::set_options({});
        db::set_databases({});
        db::models::set_routers({});
        db::models::set_swappable(kAuthUserModel, {});
        signing::set_secret_keys({});
        cache::set_caches({});
    }
    delete state_;
}

const Settings& Site::settings() const { return state_->settings; }
Registry& Site::registry() { return state_->registry; }
const Registry& Site::registry() const { return state_->registry; }
const routing::UrlResolver& Site::resolver() const { return *state_->resolver; }
const templates::Engine& Site::templates() const { return *state_->engine; }
const http::RequestOptions& Site::request_options() const { return state_->request_options; }
const http::Handler& Site::handler() const { return state_->handler; }

void Site::set_script_name(std::string_view server_says) {
    const auto& forced = state_->settings.force_script_name;
    const std::string name = forced ? script_name_of(*forced, "FORCE_SCRIPT_NAME") : script_name_of(server_says, "The root path");
    state_->request_options.script_name = name;
    routing::set_script_prefix(name);
}

void Site::mount(std::string_view root_path) {
    set_script_name(root_path);
    const std::string static_prefix = routing::below_script_prefix(state_->settings.static_url);
    const std::string media_prefix = routing::below_script_prefix(state_->settings.media_url);
    state_->engine->set_url_prefixes(static_prefix, media_prefix);
    for (templates::Engine& engine : state_->more_engines) engine.set_url_prefixes(static_prefix, media_prefix);
}

void Site::start() {
    const auto apps = state_->registry.apps();
    try {
        for (; state_->started < apps.size(); ++state_->started)
            if (const App& app = *apps[state_->started]; app.start) app.start(state_->registry);
    } catch (...) {
        stop();
        throw;
    }
}

void Site::stop() {
    const auto apps = state_->registry.apps();
    while (state_->started > 0) {
        const App& app = *apps[--state_->started];
        try {
            if (app.stop) app.stop(state_->registry);
        } catch (const std::exception& error) {
            log::error("nuages.site", "The stop hook of " + app.name + " failed: " + error.what());
        }
    }
}

std::vector<checks::Check> Site::checks() const {
    std::vector<checks::Check> all = detail::system_checks(*this);
    for (const App* app : state_->registry.apps()) all.insert(all.end(), app->checks.begin(), app->checks.end());
    return all;
}

Site& setup(Settings settings) {
    static Site* site =
        nullptr;  // lives until the process ends: what it uses may be gone before static destructors run
    delete std::exchange(site, nullptr);
    site = new Site(std::move(settings));
    return *site;
}

Site* find_current() noexcept { return g_current; }

Site& current() {
    if (!g_current) throw ImproperlyConfigured("The site is not set up: call site::setup(settings) first.");
    return *g_current;
}

namespace detail {
const std::vector<AppSettings>& current_apps_settings() {
    static const std::vector<AppSettings> none;
    return g_current ? g_current->settings().apps_settings : none;
}
}  // namespace detail

}  // namespace nuages::site
