#include <nuages/http/request.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/translation.hpp>

#include <gtest/gtest.h>

namespace nuages::routing {

struct Year {
    int value_of = 0;
};
template <> struct converter_for<Year> {
    static constexpr std::string_view name = "yyyy", regex = "[0-9]{4}";
    static std::optional<Year> parse(std::string_view text) { return Year{std::stoi(std::string(text))}; }
    static std::string to_url(const Year& year) {
        std::string digits = std::to_string(year.value_of);
        return std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
    }
};

struct Month {
    int number = 0;
};
template <> struct converter_for<Month> {
    static constexpr std::string_view name = "month", regex = "[a-z]{3}";
    static std::optional<Month> parse(std::string_view text) {
        if (text == "may") return Month{5};
        return std::nullopt;
    }
    static std::string to_url(const Month&) { return "may"; }
};

namespace {

using http::RequestHead;

Response index(Request&) { return Response("index"); }
Response constant(const Request&) { return Response("constant"); }
Response number(Request&, std::int64_t pk) { return Response("number " + std::to_string(pk)); }
Response whole(Request&, int pk) { return Response("number " + std::to_string(pk)); }
Response small(Request&, std::uint8_t pk) noexcept { return Response("small " + std::to_string(pk)); }
Response slug(Request&, std::string_view slug) { return Response("slug " + std::string(slug)); }
Response owned(Request&, const std::string& path) { return Response("path " + path); }
Response uuid(Request&, Uuid id) { return Response("uuid " + id.str()); }
Response year(Request&, const Year& year) { return Response("year " + std::to_string(year.value_of)); }
Response month(Request&, Month month) { return Response("month " + std::to_string(month.number)); }
Response lang(Request& request) { return Response("lang " + request.captured<std::string>("lang")); }
Response two(Request&, int a, int b) { return Response(std::to_string(a) + "-" + std::to_string(b)); }
struct Functor {
    Response operator()(Request&, int n) const { return Response("functor " + std::to_string(n)); }
};
struct Views {
    Response show(Request&, int n) { return Response("member " + std::to_string(n)); }
};
struct Generic {
    static constexpr bool takes_any_captures = true;
    Response operator()(Request& request) const {
        return Response("generic " + std::to_string(request.captured<int>("pk")));
    }
};

Urls blog() {
    return {.app_name = "blog",
            .patterns = {
                path("", index, {.name = "list"}),
                path("<int:pk>/", number, {.name = "detail"}),
                path("<slug:slug>/", slug, {.name = "slug"}),
            }};
}
Urls plain() { return {.patterns = {path("x/", lang, {.name = "x"})}}; }

Urls site() {
    return {.patterns = {
                path("", index, {.name = "index"}),
                path("constant/", constant),
                path("small/<int:pk>/", small),
                path("small/<slug:s>/", slug),
                path("files/<path:p>", owned, {.name = "file"}),
                path("u/<uuid:id>/", uuid, {.name = "uuid"}),
                path("year/<yyyy:y>/", year, {.name = "year"}),
                path("f/<int:n>/", Functor{}),
                path("l/<int:n>/", [](Request&, int n) { return Response("lambda " + std::to_string(n)); }),
                path("m/<int:n>/", &Views::show),
                path("g/<int:pk>/", Generic{}),
                re_path("^rg/(?P<pk>\\d+)/$", Generic{}),
                path("pair/<int:a>-<int:b>/", two, {.name = "pair"}),
                path("blog/", include(blog)),
                path("news/", include(blog, "news")),
                path("<str:lang>/", include(plain), {.kwargs = {{"extra", "yes"}}}),
                re_path("^re/(\\d+)/(?:p-(\\w+)/)?$",
                        [](Request&, int n, std::string_view s) {
                            return Response("re " + std::to_string(n) + " " + std::string(s));
                        },
                        {.name = "re"}),
            }};
}

std::string get(const UrlResolver& resolver, std::string_view target) {
    Request request(RequestHead{.method = "GET", .target = target});
    return resolver(request).content;
}

TEST(Urls, ViewsOfEveryKindGetTheirCaptures) {
    const UrlResolver resolver(site);
    EXPECT_EQ(get(resolver, "/"), "index");
    EXPECT_EQ(get(resolver, "/constant/"), "constant");
    EXPECT_EQ(get(resolver, "/files/a/b%20c"), "path a/b c");
    EXPECT_EQ(get(resolver, "/u/39da9369-838e-4750-91a5-f7805cd82839/"), "uuid 39da9369-838e-4750-91a5-f7805cd82839");
    EXPECT_EQ(get(resolver, "/year/2026/"), "year 2026");
    EXPECT_EQ(get(resolver, "/f/1/"), "functor 1");
    EXPECT_EQ(get(resolver, "/l/2/"), "lambda 2");
    EXPECT_EQ(get(resolver, "/m/3/"), "member 3");
    EXPECT_EQ(get(resolver, "/g/4/"), "generic 4");
    EXPECT_EQ(get(resolver, "/rg/4/"), "generic 4");
    EXPECT_EQ(get(resolver, "/pair/12-34/"), "12-34");
    EXPECT_EQ(get(resolver, "/re/5/p-x/"), "re 5 x");
    EXPECT_EQ(get(resolver, "/re/5/"), "re 5 ");
}

TEST(Urls, TheFirstRouteInOrderWins) {
    const UrlResolver resolver(site);
    EXPECT_EQ(get(resolver, "/blog/7/"), "number 7");
    EXPECT_EQ(get(resolver, "/blog/seven/"), "slug seven");
    EXPECT_EQ(get(resolver, "/de/x/"), "lang de");
}

TEST(Urls, ANumberThatDoesNotFitTheParameterIsNoMatch) {
    const UrlResolver resolver(site);
    EXPECT_EQ(get(resolver, "/small/255/"), "small 255");
    EXPECT_EQ(get(resolver, "/small/256/"), "slug 256");
    EXPECT_EQ(get(resolver, "/blog/99999999999999999999/"), "slug 99999999999999999999");
}

TEST(Urls, ANumberThatDoesNotFitTheParameterIsNoMatchOfARegularExpression) {
    const UrlResolver resolver(
        Urls{.patterns = {
                 re_path("^(?P<pk>[0-9]+)/$", whole, {.name = "number"}),
                 re_path("^u/(-?[0-9]+)/$", small),
                 re_path("^b/([0-9]+)/$", [](Request&, bool b) { return Response(b ? "1" : "0"); }),
             }});
    EXPECT_EQ(get(resolver, "/2147483647/"), "number 2147483647");
    EXPECT_THROW(get(resolver, "/2147483648/"), Resolver404);
    EXPECT_THROW(get(resolver, "/4294967297/"), Resolver404);
    EXPECT_EQ(get(resolver, "/u/255/"), "small 255");
    EXPECT_THROW(get(resolver, "/u/256/"), Resolver404);
    EXPECT_THROW(get(resolver, "/u/-1/"), Resolver404);
    EXPECT_EQ(get(resolver, "/b/1/"), "1");
    EXPECT_THROW(get(resolver, "/b/2/"), Resolver404);
    EXPECT_EQ(resolver.reverse("number", {.args = {7}}), "/7/");
    EXPECT_THROW(resolver.reverse("number", {.args = {4'294'967'297}}), NoReverseMatch);
}

TEST(Urls, ATextThatIsNoValueOfTheParameterIsNoMatchOfARegularExpression) {
    const UrlResolver resolver(Urls{.patterns = {
                                        re_path("^u/([^/]+)/$", uuid),
                                        re_path("^o/(?:([^/]+)/)?$", uuid),
                                        re_path("^month/([^/]+)/$", month),
                                    }});
    EXPECT_EQ(get(resolver, "/u/39da9369-838e-4750-91a5-f7805cd82839/"), "uuid 39da9369-838e-4750-91a5-f7805cd82839");
    EXPECT_THROW(get(resolver, "/u/39da9369/"), Resolver404);
    EXPECT_THROW(get(resolver, "/o/"), Resolver404);
    EXPECT_EQ(get(resolver, "/month/may/"), "month 5");
    EXPECT_THROW(get(resolver, "/month/mai/"), Resolver404);
}

TEST(Urls, ACapturedNumberThatDoesNotFitIsNotFound) {
    const UrlResolver resolver(site);
    EXPECT_THROW(get(resolver, "/g/4294967300/"), http::Http404);
}

TEST(Urls, AnEncodedNewlineOrSlashDoesNotSlipThrough) {
    const UrlResolver resolver(site);
    EXPECT_THROW(get(resolver, "/constant/%0a"), Resolver404);
    EXPECT_THROW(get(resolver, "/files/a%0ab"), Resolver404);
    EXPECT_THROW(get(resolver, "/blog/1/%0A"), Resolver404);
    EXPECT_THROW(get(resolver, "/re/5/%0a"), Resolver404);
}

TEST(Urls, AMatchKnowsItsNamesAndItsRoute) {
    const UrlResolver resolver(site);
    const http::ResolverMatch match = resolver.resolve("/news/7/");
    EXPECT_EQ(match.view_name(), "news:detail");
    EXPECT_EQ(match.app_name(), "blog");
    EXPECT_EQ(match.route(), "news/<int:pk>/");
    EXPECT_EQ(match.find("pk"), "7");
    EXPECT_EQ(resolver.resolve("/fr/x/").find("extra"), "yes");
}

TEST(Urls, AFailureTellsWhatWasTried) {
    const UrlResolver resolver(site);
    try {
        resolver.resolve("/blog/a.b/");
        FAIL();
    } catch (const Resolver404& error) {
        EXPECT_EQ(error.path(), "blog/a.b/");
        bool found = false;
        for (const auto& chain : error.tried())
            found = found || (chain.size() == 2 && chain[0]->route == "blog/" && chain[1]->name == "detail");
        EXPECT_TRUE(found);
    }
}

TEST(Urls, EveryRouteCanBeListed) {
    const UrlResolver resolver(Urls{.patterns = {path("a/", index), path("blog/", include(blog)), path("z/", index)}});
    std::vector<std::string> routes;
    resolver.each([&](const std::vector<const http::RouteInfo*>& chain) {
        std::string route;
        for (const http::RouteInfo* part : chain) route += part->route;
        routes.push_back(route);
    });
    EXPECT_EQ(routes, (std::vector<std::string>{"a/", "blog/", "blog/<int:pk>/", "blog/<slug:slug>/", "z/"}));
}

TEST(Urls, NamesLeadBackToUrls) {
    set_urlconf(make_ref<UrlResolver>(site));
    EXPECT_EQ(reverse("index"), "/");
    EXPECT_EQ(reverse("blog:detail", 7), "/blog/7/");
    EXPECT_EQ(reverse("news:slug", "a-b"), "/news/a-b/");
    EXPECT_EQ(reverse("file", "a b/c?"), "/files/a%20b/c%3F");
    EXPECT_EQ(reverse("year", Year{26}), "/year/0026/");
    EXPECT_EQ(reverse("x", {.kwargs = {{"lang", "de"}}}), "/de/x/");
    EXPECT_EQ(reverse("blog:list", {.query = {{"page", "2"}, {"q", "a b"}}, .fragment = "top"}),
              "/blog/?page=2&q=a+b#top");
    EXPECT_EQ(reverse("re", 5, "x"), "/re/5/p-x/");
    EXPECT_EQ(reverse("re", 5), "/re/5/");
    EXPECT_EQ(reverse("blog:detail", {.args = {7}, .current_app = "news"}), "/news/7/");
    set_urlconf(nullptr);
}

TEST(Urls, SaysAheadOfTimeWhichArgumentsNoRouteTakes) {
    const UrlResolver resolver(site);
    EXPECT_EQ(resolver.reverse_problem("blog:detail", 1), "");
    EXPECT_EQ(resolver.reverse_problem("blog:detail", 0, {"pk"}), "");
    EXPECT_EQ(resolver.reverse_problem("re", 1), "");
    EXPECT_EQ(resolver.reverse_problem("re", 2), "");
    EXPECT_EQ(resolver.reverse_problem("blog:detail", 2),
              "Reverse for 'blog:detail' with 2 arguments not found. It takes 'pk'.");
    EXPECT_EQ(resolver.reverse_problem("blog:detail", 0, {"id"}),
              "Reverse for 'blog:detail' with keyword argument 'id' not found. It takes 'pk'.");
    EXPECT_EQ(resolver.reverse_problem("index", 0, {"a", "b"}),
              "Reverse for 'index' with keyword arguments 'a', 'b' not found. It takes no arguments.");
    EXPECT_EQ(resolver.reverse_problem("nothing", 1),
              "Reverse for 'nothing' not found. 'nothing' is not a valid view function or pattern name.");
    EXPECT_EQ(resolver.reverse_problem("shop:detail", 1), "'shop' is not a registered namespace");
    EXPECT_EQ(resolver.reverse_problem("blog:detail", 1, {"pk"}), "Don't mix *args and **kwargs in call to reverse()!");
}

TEST(Urls, AWrongNameOrArgumentSaysSoInDjangosWords) {
    const UrlResolver resolver(site);
    const auto message = [&](std::string_view name, const ReverseOptions& options = {}) -> std::string {
        try {
            return resolver.reverse(name, options);
        } catch (const NoReverseMatch& error) {
            return error.message();
        }
    };
    EXPECT_EQ(message("nothing"),
              "Reverse for 'nothing' not found. 'nothing' is not a valid view function or pattern name.");
    EXPECT_EQ(message("blog:detail", {.args = {"x"}}),
              "Reverse for 'detail' with arguments '('x',)' not found. 1 pattern(s) tried: "
              "['blog/(?P<pk>[0-9]+)/\\\\Z']");
    EXPECT_EQ(message("shop:list"), "'shop' is not a registered namespace");
}

TEST(Urls, MalformedRoutesAreRefusedWhenTheyAreMade) {
    const View view = [](Request&, const http::Capture*) { return Response(); };
    const auto message = [&](std::string_view route) -> std::string {
        try {
            UrlPattern::make_path(route, view);
        } catch (const ImproperlyConfigured& error) {
            return error.message();
        }
        return {};
    };
    EXPECT_EQ(message("foo/<nonexistent:var>/"),
              "URL route 'foo/<nonexistent:var>/' uses invalid converter 'nonexistent'.");
    EXPECT_EQ(message("<int:a>/<int:a>"), "URL route '<int:a>/<int:a>' uses parameter name 'a' more than once.");
    EXPECT_EQ(message("<int: a>"), "URL route '<int: a>' cannot contain whitespace in angle brackets <…>.");
    EXPECT_NE(message("<int:1a>").find("isn't a valid Python identifier."), std::string::npos);
    EXPECT_THROW(UrlPattern::make_re_path("(", view), ImproperlyConfigured);
    EXPECT_THROW(re_path("^a/$", number), ImproperlyConfigured);
}

Urls endless() { return {.patterns = {path("a/", include(endless))}}; }

TEST(Urls, AnIncludeOfItselfIsAnError) { EXPECT_THROW(UrlResolver{endless}, ImproperlyConfigured); }

TEST(Urls, ANamespaceNeedsAnAppName) {
    const auto make = [] { UrlResolver({.patterns = {path("a/", include(plain, "name"))}}); };
    EXPECT_THROW(make(), ImproperlyConfigured);
}

TEST(Urls, AnAmbiguousRouteGivesUpOnAPathMadeToTakeLong) {
    const View view = [](Request&, const http::Capture*) { return Response(); };
    const UrlResolver resolver(Urls{.patterns = {UrlPattern::make_path("<path:a>-<path:b>-<path:c>-<path:d>x", view)}});
    http::ResolverMatch match;
    EXPECT_FALSE(resolver.find("/" + std::string(8000, '-'), match));
}

TEST(Urls, Security37AnEncodedLineBreakNulOrSlashLeadsNowhereElse) {  // CVE-2021-44420
    const auto resolver = make_ref<UrlResolver>(Urls{.patterns = {
        path("admin/", index), path("users/<int:pk>/", number), path("name/<str:slug>", slug), path("<slug:slug>", slug),
        re_path("^export$", index), re_path("^page/([0-9]+)$", number)}});
    const auto leads_anywhere = [&](const char* target) {
        Request request({.method = "GET", .target = target});
        http::ResolverMatch match;
        return resolver->find(request.path, match);
    };
    for (const char* target : {"/admin/", "/users/1/", "/name/a%20b", "/a-b", "/export", "/page/1"})
        EXPECT_TRUE(leads_anywhere(target)) << target;
    for (const char* target : {"/admin/%0A", "/admin/%00", "/admin%2f%2f", "/users/1%0A/", "/users/1/%0A", "/users/1%00/", "/a-b%0A", "/a-b%00",
                               "/export%0A", "/page/1%0A", "/page/1%0D%0A", "//admin/", "/%2Fadmin/", "/admin;/", "/./admin/", "/x/../admin/"})
        EXPECT_FALSE(leads_anywhere(target)) << target;
    Request encoded({.method = "GET", .target = "/admin%2F"});  // a slash is a slash, here as in every check of request.path
    EXPECT_EQ(encoded.path, "/admin/");
}

TEST(Urls, AScriptPrefixStandsBeforeEveryUrlAndMayBeOverridden) {
    set_urlconf(make_ref<UrlResolver>(site));
    EXPECT_EQ(routing::get_script_prefix(), "/");
    {
        const routing::override_script_prefix shop("/sh\xc3\xb6p");
        EXPECT_EQ(reverse("blog:detail", 7), "/sh%C3%B6p/blog/7/");
        EXPECT_EQ(routing::below_script_prefix("static/"), "/sh\xc3\xb6p/static/");
        EXPECT_EQ(routing::below_script_prefix("/static/"), "/static/");
        EXPECT_EQ(routing::below_script_prefix("https://cdn.example/"), "https://cdn.example/");
        EXPECT_EQ(routing::translate_url("/sh%C3%B6p/blog/7/?a=1", "de"), "/sh%C3%B6p/blog/7/?a=1");
        const routing::override_script_prefix root("/");
        EXPECT_EQ(reverse("blog:detail", 7), "/blog/7/");
    }
    EXPECT_EQ(routing::get_script_prefix(), "/");
    set_urlconf(nullptr);
}

const auto first_entry = routing::reverse_lazy("blog:detail", 1);  // before there is any table

TEST(Urls, ALazyUrlIsLookedUpWhenItIsAskedFor) {
    set_urlconf(make_ref<UrlResolver>(site));
    EXPECT_EQ(first_entry.str(), "/blog/1/");
    const routing::override_script_prefix shop("/shop/");
    EXPECT_EQ(std::string(first_entry), "/shop/blog/1/");
    EXPECT_EQ(reverse_lazy("blog:detail", {.kwargs = {{"pk", 2}}, .fragment = "end"}).str(), "/shop/blog/2/#end");
    EXPECT_THROW(reverse_lazy("nowhere").str(), NoReverseMatch);
    set_urlconf(nullptr);
}

Urls partners() { return {.patterns = {path("offers/", constant, {.name = "offers"})}}; }

TEST(Urls, ARequestMayHaveAResolverOfItsOwn) {
    set_urlconf(make_ref<UrlResolver>(site));
    Request request(RequestHead{.method = "GET", .target = "/"});
    EXPECT_EQ(routing::find_urlconf(request), nullptr);
    set_urlconf(request, make_ref<UrlResolver>(partners));
    EXPECT_EQ(reverse("offers"), "/offers/");
    EXPECT_EQ(resolve("/offers/").url_name(), "offers");
    EXPECT_THROW(reverse("index"), NoReverseMatch);
    {
        const routing::override_urlconf sites(nullptr);
        EXPECT_EQ(reverse("index"), "/");
    }
    set_urlconf(request, nullptr);
    EXPECT_EQ(reverse("index"), "/");
    set_urlconf(nullptr);
}

TEST(I18nPatterns, StandBelowTheCodeOfTheActiveLanguage) {
    const auto resolver = make_ref<UrlResolver>(Urls{.patterns = {
        path("feed/", index, {.name = "feed"}),
        i18n_patterns({path("news/<int:pk>/", number, {.name = "news"}), path("shop/", include(Urls{.app_name = "shop", .patterns = {path("", index, {.name = "index"})}}))})}});
    http::ResolverMatch match;
    const translation::override active("de");
    EXPECT_EQ(resolver->reverse("news", {.args = {5}}), "/de/news/5/");
    EXPECT_EQ(resolver->reverse("shop:index"), "/de/shop/");
    EXPECT_EQ(resolver->reverse("feed"), "/feed/");
    EXPECT_TRUE(resolver->find("/de/news/5/", match));
    EXPECT_EQ(match.route(), "<language>/news/<int:pk>/");
    EXPECT_FALSE(resolver->find("/fr/news/5/", match));
    EXPECT_FALSE(resolver->find("/news/5/", match));
    const translation::override other("pt-br");
    EXPECT_TRUE(resolver->find("/pt-br/news/5/", match));
    EXPECT_TRUE(resolver->language_prefixes().are_used);
    EXPECT_TRUE(resolver->language_prefixes().prefix_default_language);
}

TEST(I18nPatterns, MayLeaveTheDefaultLanguageWithoutPrefix) {
    const auto resolver = make_ref<UrlResolver>(
        Urls{.patterns = {i18n_patterns({path("news/", index, {.name = "news"})}, {.prefix_default_language = false})}});
    EXPECT_EQ(resolver->reverse("news"), "/news/");
    const translation::override active("de");
    EXPECT_EQ(resolver->reverse("news"), "/de/news/");
    EXPECT_FALSE(resolver->language_prefixes().prefix_default_language);
}

TEST(I18nPatterns, BelongIntoTheSitesOwnTable) {
    try {
        UrlResolver(Urls{.patterns = {path("x/", include(Urls{.patterns = {i18n_patterns({path("", index)})}}))}});
        FAIL();
    } catch (const ImproperlyConfigured& error) {
        EXPECT_EQ(error.message(), "Using i18n_patterns in an included URLconf is not allowed.");
    }
}

}  // namespace
}  // namespace nuages::routing
