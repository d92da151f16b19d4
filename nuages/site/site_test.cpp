#include <nuages/db/models/meta.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/models.hpp>
#include <nuages/site/nearest.hpp>
#include <nuages/site/site.hpp>
#include <nuages/site/static_urls.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/views/decorators.hpp>
#include <nuages/views/template_response.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace nuages;

namespace blog {

struct Settings {
    int page_size = 10;
    std::string api_token = "t0ps3cret";
};

int g_ready = 0;
const App app{
    .name = "blog",
    .checks = {{.run = [] { return std::vector{checks::Warning("blog has no entries", "", "", "blog.W001")}; }}},
    .ready = [](Registry&) { ++g_ready; },
};

}  // namespace blog

namespace rules {

struct Owner : models::Model<Owner> {
    BigAutoField id;
};
struct Pet : models::Model<Pet> {
    BigAutoField id;
    ForeignKey<Owner> owner{{.on_delete = SET_NULL}};
    ForeignKey<Owner> former{{.on_delete = SET_DEFAULT}};
    Nullable<ForeignKey<Owner>> next{{.on_delete = SET_NULL}};
};
const App app{.name = "rules", .models = models::list<Owner, Pet>()};

}  // namespace rules

namespace {

const App shop{.name = "site.shop", .verbose_name = "The shop"};
const App other_blog{.name = "news.blog"};

template <class E = ImproperlyConfigured, class F> std::string message_of(F f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    return "no error";
}

Settings minimal() { return {.secret_key = "not-empty"}; }

std::string line_of(const Settings& settings, std::string_view name) {
    for (const auto& line : site::listing(settings))
        if (line.name == name) return line.value;
    return "no such line";
}

TEST(Registry, KeepsTheOrderAndFindsByLabelAndName) {
    std::vector<const App*> apps{&blog::app, &shop};
    Registry registry(apps);
    EXPECT_EQ(registry.apps()[1], &shop);
    EXPECT_EQ(&registry.app("shop"), &shop);
    EXPECT_EQ(registry.find_app("none"), nullptr);
    EXPECT_TRUE(registry.is_installed("site.shop"));
    EXPECT_FALSE(registry.is_installed("shop"));
    EXPECT_EQ(message_of<Error>([&] { registry.app("bolg"); }),
              "No installed app with label 'bolg'. Did you mean 'blog'?");
    EXPECT_EQ(shop.get_verbose_name(), "The shop");
    EXPECT_EQ(blog::app.get_verbose_name(), "Blog");
}

TEST(Registry, RefusesDuplicatesInDjangosWords) {
    auto make = [](std::vector<const App*> apps) { return [apps] { Registry registry(apps); }; };
    EXPECT_EQ(message_of(make({&blog::app, &other_blog})), "Application labels aren't unique, duplicates: blog");
    EXPECT_EQ(message_of(make({&blog::app, &blog::app})), "Application labels aren't unique, duplicates: blog");
    EXPECT_EQ(message_of(make({nullptr})), "INSTALLED_APPS contains a null app.");
    static const App bad{.name = "my-app"};
    EXPECT_EQ(message_of(make({&bad})), "The app label 'my-app' is not a valid identifier.");
}

TEST(Registry, SlotsAreOneObjectPerType) {
    struct Names {
        std::vector<std::string> all;
    };
    Registry registry({});
    registry.slot<Names>().all.push_back("a");
    EXPECT_EQ(registry.slot<Names>().all.size(), 1u);
    EXPECT_EQ(registry.slot<int>(), 0);
}

TEST(Settings, AnEmptySecretKeyIsRefusedInDjangosWords) {
    EXPECT_EQ(message_of([] { site::validate({}); }), "The SECRET_KEY setting must not be empty.");
    EXPECT_EQ(message_of([] { site::validate(minimal()); }), "no error");
}

TEST(Settings, UrlsOfFilesEndWithASlash) {
    Settings settings = minimal();
    settings.static_url = "static";
    EXPECT_EQ(message_of([&] { site::validate(settings); }), "If set, STATIC_URL must end with a slash");
}

TEST(Settings, DatabasesNeedADefault) {
    Settings settings = minimal();
    settings.databases = {{"other", {.name = ":memory:"}}};
    EXPECT_EQ(message_of([&] { site::validate(settings); }), "You must define a 'default' database.");
    settings.databases = {{"default", {}}, {"default", {}}};
    EXPECT_EQ(message_of([&] { site::validate(settings); }), "DATABASES has two entries 'default'");
}

TEST(Settings, TheListingHasDjangosNamesAndNoSecrets) {
    Settings settings{
        .debug = true,
        .secret_key = "hunter2",
        .allowed_hosts = {"a.example", "b's"},
        .installed_apps = {&blog::app},
        .databases = {{"default", DatabaseUrl::parse("postgres://u:hunter2@h/db").value()}},
        .apps_settings = {blog::Settings{.page_size = 20}},
    };
    EXPECT_EQ(line_of(settings, "DEBUG"), "True");
    EXPECT_EQ(line_of(settings, "SECRET_KEY"), site::kMask);
    EXPECT_EQ(line_of(settings, "ALLOWED_HOSTS"), "['a.example', 'b\\'s']");
    EXPECT_EQ(line_of(settings, "INSTALLED_APPS"), "[blog]");
    EXPECT_EQ(line_of(settings, "DATABASES"), "[('default', 'postgresql://u:********@h/db')]");
    EXPECT_EQ(line_of(settings, "X_FRAME_OPTIONS"), "'DENY'");
    EXPECT_EQ(line_of(settings, "TEMPLATES.APP_DIRS"), "True");
    EXPECT_EQ(line_of(settings, "blog::Settings.page_size"), "20");
    EXPECT_EQ(line_of(settings, "blog::Settings.api_token"), site::kMask);
    for (const auto& line : site::listing(settings))
        EXPECT_EQ(line.value.find("hunter2"), std::string::npos) << line.name;
}

TEST(Site, GivesAppsTheirSettings) {
    Settings settings = minimal();
    settings.apps_settings = {blog::Settings{.page_size = 20}};
    EXPECT_EQ(nuages::settings<blog::Settings>().page_size, 10);
    {
        site::Site site(settings);
        EXPECT_EQ(nuages::settings<blog::Settings>().page_size, 20);
    }
    EXPECT_EQ(nuages::settings<blog::Settings>().page_size, 10);
}

TEST(Site, RunsReadyHooksOnceAndIsCurrentWhileItLives) {
    EXPECT_EQ(site::find_current(), nullptr);
    EXPECT_THROW(site::current(), ImproperlyConfigured);
    blog::g_ready = 0;
    Settings settings = minimal();
    settings.installed_apps = {&blog::app};
    {
        site::Site site(settings);
        EXPECT_EQ(&site::current(), &site);
        site.registry().run_ready_hooks();
        EXPECT_EQ(blog::g_ready, 1);
    }
    EXPECT_EQ(site::find_current(), nullptr);
}

Response hello(Request&) { return Response("hello"); }
Urls hello_urls() { return {.patterns = {path("hello/", hello, {.name = "hello"})}}; }

Response get(std::string_view target, std::string_view host = "localhost") {
    http::HeaderView headers[] = {{"Host", host}};
    http::RequestHead head;
    head.method = "GET";
    head.target = target;
    head.headers = http::Headers(headers, 1);
    Request request(head, site::current().request_options());
    return site::current().handler()(request);
}

TEST(Site, AnswersThroughMiddlewareAndResolver) {
    Settings settings = minimal();
    settings.allowed_hosts = {"example.org"};
    settings.middleware = {middleware::security, middleware::common, middleware::xframe};
    settings.root_urlconf = hello_urls;
    site::Site site(settings);
    Response response = get("/hello/", "example.org");
    EXPECT_EQ(response.content, "hello");
    EXPECT_EQ(response["X-Frame-Options"], "DENY");
    Response redirect = get("/hello", "example.org");
    EXPECT_EQ(redirect.status_code, 301);
    EXPECT_EQ(redirect["Location"], "/hello/");
    Response missing = get("/nothing/", "example.org");
    EXPECT_EQ(missing.status_code, 404);
    EXPECT_EQ(missing["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(get("/hello/", "evil.example").status_code, 400);
}

TEST(Site, ARouteMayRefuseAppendSlash) {
    Settings settings = minimal();
    settings.allowed_hosts = {"example.org"};
    settings.middleware = {middleware::common};
    settings.root_urlconf = [] {
        const auto hello = [](Request&) { return Response("hello"); };
        return Urls{.patterns = {path("exact/", no_append_slash(hello)), path("lax/", never_cache(hello))}};
    };
    site::Site site(settings);
    EXPECT_EQ(get("/exact", "example.org").status_code, 404);
    EXPECT_EQ(get("/exact/", "example.org").content, "hello");
    EXPECT_EQ(get("/lax", "example.org").status_code, 301);
}

TEST(Site, TrustedOriginsNeedAScheme) {
    Settings settings = minimal();
    settings.csrf_trusted_origins = {"shop.example"};
    EXPECT_EQ(message_of([&] { site::validate(settings); }),
              "The values in the CSRF_TRUSTED_ORIGINS setting must start with a scheme (usually http:// or https://) but found "
              "shop.example.");
}

TEST(Site, InDebugLocalhostIsAllowed) {
    Settings settings = minimal();
    settings.debug = true;
    settings.middleware = {middleware::common};
    settings.root_urlconf = hello_urls;
    site::Site site(settings);
    EXPECT_EQ(get("/hello/", "localhost:8000").status_code, 200);
    EXPECT_EQ(get("/hello/", "evil.example").status_code, 400);
}

TEST(Site, MiddlewareInTheWrongOrderIsRefused) {
    Settings settings = minimal();
    settings.middleware = {middleware::common, middleware::security};
    EXPECT_THROW(site::Site{settings}, ImproperlyConfigured);
    EXPECT_EQ(site::find_current(), nullptr);
}

TEST(Site, TemplatesReverseUrlsAndStaticFiles) {
    Settings settings = minimal();
    settings.root_urlconf = hello_urls;
    site::Site site(settings);
    templates::Context context;
    auto compiled = site.templates().from_string("{% load static %}{% url 'hello' %} {% static 'a.css' %}");
    std::string out;
    compiled->render(context, out);
    EXPECT_EQ(out, "/hello/ /static/a.css");
}

std::string rendered(const site::Site& site, std::string source) {
    templates::Context context;
    std::string out;
    site.templates().from_string(std::move(source))->render(context, out);
    return out;
}
constexpr const char* kAddresses = "{% load static %}{% url 'hello' %} {% static 'a.css' %} {% get_static_prefix %} {% get_media_prefix %}";

TEST(Site, StandsBelowThePathThatForceScriptNameSays) {
    Settings settings = minimal();
    settings.allowed_hosts = {"example.org"};
    settings.middleware = {middleware::common};
    settings.root_urlconf = hello_urls;
    settings.media_url = "media/";
    settings.force_script_name = "/shop/";
    {
        site::Site site(settings);
        EXPECT_EQ(rendered(site, kAddresses), "/shop/hello/ /shop/static/a.css /shop/static/ /shop/media/");
        EXPECT_EQ(get("/hello/", "example.org").content, "hello");
        EXPECT_EQ(get("/shop/hello/", "example.org").content, "hello");
        EXPECT_EQ(get("/hello", "example.org")["Location"], "/shop/hello/");
        EXPECT_EQ(get("/shop/hello", "example.org")["Location"], "/shop/hello/");
        site.mount("/elsewhere");
        EXPECT_EQ(routing::reverse("hello"), "/shop/hello/");
    }
    EXPECT_EQ(routing::get_script_prefix(), "/");
    for (const char* const name : {"shop", "//evil.example", "/a?b", "/a b", "/a\\b"}) {
        settings.force_script_name = name;
        EXPECT_THROW(site::validate(settings), ImproperlyConfigured) << name;
    }
}

TEST(Site, StandsBelowThePathThatTheServerSays) {
    Settings settings = minimal();
    settings.allowed_hosts = {"example.org"};
    settings.root_urlconf = hello_urls;
    settings.media_url = "https://media.example/";
    site::Site site(settings);
    site.mount("/shop");
    EXPECT_EQ(rendered(site, kAddresses), "/shop/hello/ /shop/static/a.css /shop/static/ https://media.example/");
    EXPECT_EQ(get("/shop/hello/", "example.org").content, "hello");
    EXPECT_THROW(site.mount("shop"), ImproperlyConfigured);
}

Urls instance() {
    return {.app_name = "shop",
            .patterns = {path("", [](Request&) { return Response(); }, {.name = "home"}),
                         path("link/<slug:app>/", [](Request& request, std::string_view app) {
                             if (app != "own") routing::set_current_app(request, std::string(app));
                             Response response = TemplateResponse(request, "");
                             views::template_page(response)->template_names = {"link.html"};
                             return response;
                         })}};
}

TEST(Site, LinksLeadToTheInstanceOfTheRouteOrToTheOneThatTheRequestNames) {
    Settings settings = minimal();
    settings.allowed_hosts = {"example.org"};
    settings.templates.loaders = {templates::loaders::locmem({{"link.html", "{% url 'shop:home' %}"}})};
    settings.root_urlconf = [] { return Urls{.patterns = {path("a/", include(instance, "one")), path("b/", include(instance, "two"))}}; };
    site::Site site(settings);
    EXPECT_EQ(get("/a/link/own/", "example.org").content, "/a/");
    EXPECT_EQ(get("/b/link/own/", "example.org").content, "/b/");
    EXPECT_EQ(get("/a/link/two/", "example.org").content, "/b/");
}

TEST(Site, StaticUrlsServeUploadsWhileDebugIsOn) {
    const std::string folder = "/tmp/nuages_site_" + std::to_string(::getpid());
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/cat.txt") << "meow";
    static std::string root;
    root = folder;
    Settings settings = minimal();
    settings.allowed_hosts = {"example.org"};
    settings.media_url = "media/";
    settings.root_urlconf = [] { return Urls{.patterns = site::static_urls(site::current().settings().media_url, root)}; };
    {
        site::Site site(settings);
        EXPECT_EQ(get("/media/cat.txt", "example.org").status_code, 404);
    }
    settings.debug = true;
    site::Site site(settings);
    EXPECT_EQ(get("/media/cat.txt", "example.org").status_code, 200);
    EXPECT_EQ(get("/media/../cat.txt", "example.org").status_code, 404);
    EXPECT_TRUE(site::static_urls("https://cdn.example/", root).empty());
    EXPECT_THROW(site::static_urls("", root), ImproperlyConfigured);
    std::filesystem::remove_all(folder);
}

TEST(Site, SeveralEnginesHaveTheirOwnLoadersProcessorsAndOptions) {
    namespace loaders = templates::loaders;
    Settings settings = minimal();
    settings.templates = {.loaders = {loaders::locmem({{"a", "{{ x }}{{ STATIC_URL }}{{ none }}"}})},
                          .debug = true,
                          .string_if_invalid = "-",
                          .context_processors = {}};
    settings.template_engines = {{"mail",
                                  {.loaders = {loaders::locmem({{"a", "mail {{ x }} {{ STATIC_URL }}"}})},
                                   .autoescape = false,
                                   .context_processors = {views::context_processors::static_}}}};
    site::Site site(settings);
    http::RequestHead head;
    head.method = "GET";
    head.target = "/";
    http::Request request(head);
    EXPECT_EQ(render(request, "a", {{"x", "<b>"}}).content, "&lt;b&gt;--");
    EXPECT_EQ(render(request, "a", {{"x", "<b>"}}, {.using_ = "mail"}).content, "mail <b> /static/");
    EXPECT_TRUE(templates::engines("default").options().debug);
    EXPECT_FALSE(templates::engines("mail").options().debug);
    EXPECT_THROW(templates::engines("nope"), templates::InvalidTemplateEngine);
}

std::vector<std::string> deployment_ids(const Settings& settings) {
    site::Site site(settings);
    std::vector<std::string> ids;
    for (const auto& message : checks::run_checks(site.checks(), {.include_deployment_checks = true}))
        ids.push_back(message.id);
    return ids;
}

TEST(SystemChecks, Checklist79ADefaultDeploymentIsFlagged) {
    Settings settings = minimal();
    settings.debug = true;
    settings.middleware = {middleware::security, middleware::csrf, middleware::xframe};
    settings.x_frame_options = "SAMEORIGIN";
    EXPECT_EQ(deployment_ids(settings), (std::vector<std::string>{"security.W004", "security.W008", "security.W019", "security.W016",
                                                                  "security.W009", "security.W018", "security.W020"}));
    settings.middleware = {};
    auto without = deployment_ids(settings);
    EXPECT_EQ(without[0], "security.W001");
    EXPECT_EQ(without[1], "security.W002");
    EXPECT_EQ(without[2], "security.W003");
}

TEST(SystemChecks, AWellConfiguredSiteHasNoFindings) {
    Settings settings{
        .secret_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        .allowed_hosts = {"example.org"},
        .middleware = {middleware::security, middleware::csrf, middleware::xframe},
        .secure_hsts_seconds = 3600,
        .secure_hsts_include_subdomains = true,
        .secure_hsts_preload = true,
        .secure_ssl_redirect = true,
        .csrf_cookie_secure = true,
    };
    EXPECT_TRUE(deployment_ids(settings).empty());
    settings.secure_referrer_policy = "same-origin, nonsense";
    settings.secure_cross_origin_opener_policy = "x";
    EXPECT_EQ(deployment_ids(settings), (std::vector<std::string>{"security.E023", "security.E024"}));
    settings.secret_key = std::string(60, 'a');
    EXPECT_EQ(deployment_ids(settings).back(), "security.W009");
}

TEST(SystemChecks, RulesOfDeletionMustBePossible) {
    Settings settings = minimal();
    settings.installed_apps = {&rules::app};
    const site::Site site(std::move(settings));
    std::string found;
    for (const checks::Message& message : checks::run_checks(site.checks(), {.tags = {"models"}})) found += message.obj + " " + message.id + " ";
    EXPECT_EQ(found, "rules.Pet.owner fields.E320 rules.Pet.former fields.E321 ");
}

TEST(Nearest, ForgivesTyposAndNothingMore) {
    std::vector<std::string_view> words{"migrate", "runserver", "check"};
    EXPECT_EQ(site::nearest("migarte", words), "migrate");
    EXPECT_EQ(site::nearest("runsrver", words), "runserver");
    EXPECT_EQ(site::nearest("xyz", words), "");
}

}  // namespace
