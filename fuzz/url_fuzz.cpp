// A request target, its query, its cookies and its Host as the application sees them; then where its path leads.
// The route that is found must be the first one of the table that matches by itself, and the URL made of what it captured
// must lead to a route again. From a third line on the input is a route of its own: refused, or usable.
#include <nuages/base/error.hpp>
#include <nuages/http/request.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace nuages;
using routing::UrlPattern;
using routing::UrlResolver;

http::Response nothing(http::Request&, const http::Capture*) { return http::Response(); }

struct Colour {
    static constexpr std::string_view kRegex = "red|green|blue";
    static bool accepts(std::string_view text, http::Capture&) { return text != "green"; }
};
const routing::Converter kColour{"colour", Colour::kRegex, Colour::accepts};

UrlPattern route(const char* text, std::string name) { return UrlPattern::make_path(text, nothing, {.name = std::move(name)}); }
UrlPattern regex(const char* text, std::string name) { return UrlPattern::make_re_path(text, nothing, {.name = std::move(name)}); }

routing::Urls inner() {
    return {.patterns = {route("", "inner"), route("<int:a>/<slug:b>", "inner-two"), route("<path:rest>.html", "inner-page"),
                         regex("^(?P<year>[0-9]{4})/(?:(?P<month>[0-9]{1,2})/)?$", "inner-archive")}};
}

std::vector<UrlPattern> table() {
    return {
        route("", "home"),
        route("articles/", "articles"),
        route("articles/<int:year>/", "year"),
        route("articles/<int:year>/<int:month>/<slug:slug>/", "article"),
        route("articles/<str:any>-<str:more>/", "dashes"),
        route("u/<uuid:id>", "uuid"),
        route("colour/<colour:colour>/", "colour"),
        regex("^r/(?P<pk>\\d+)/$", "digits"),
        regex("^r/(\\w+)(?:/(\\w+))?/$", "words"),
        regex("^[Mm]ixed/é?$", "mixed"),
        regex("x$", "unanchored"),
        UrlPattern::make_include("in/<slug:prefix>/", false, routing::Include{inner}),
        UrlPattern::make_include("^re/([a-z]+)/", true, routing::Include{inner}),
        route("<path:rest>/end", "path"),
        route("<slug:one>/<int:two>/<str:three>", "three"),
    };
}

struct Tables {
    Ref<UrlResolver> whole;
    std::vector<Ref<UrlResolver>> single;
    Tables() {
        routing::register_converter(kColour);
        whole = make_ref<UrlResolver>(routing::Urls{.patterns = table()});
        for (const UrlPattern& pattern : table()) single.push_back(make_ref<UrlResolver>(routing::Urls{.patterns = {pattern}}));
    }
};

void check_match(const Tables& tables, std::string_view path) {
    http::ResolverMatch match, alone;
    const bool found = tables.whole->find(path, match);
    for (const auto& one : tables.single) {
        if (!one->find(path, alone)) continue;
        if (!found || alone.route() != match.route() || alone.captures() != match.captures()) std::abort();
        for (std::size_t i = 0; i < match.captures(); ++i)
            if (alone.capture(i).text != match.capture(i).text) std::abort();
        break;
    }
    if (!found) return;
    if (!alone) std::abort();
    for (const http::Capture& capture : match) {
        const bool inside = capture.text.data() >= path.data() && capture.text.data() + capture.text.size() <= path.data() + path.size();
        if (capture.matched && !capture.text.empty() && !inside) std::abort();
    }
    const routing::MatchArguments arguments = routing::arguments_of(match);
    routing::ReverseOptions options;
    for (const http::Capture* capture : arguments.args)
        if (capture->matched) options.args.emplace_back(capture->text);
    for (const auto& keyword : arguments.kwargs)
        if (keyword.capture) options.kwargs.emplace_back(std::string(keyword.name), routing::Argument(keyword.capture->text));
    try {
        const std::string url = tables.whole->reverse(match.url_name(), options);
        if (url.empty() || url[0] != '/' || url.starts_with("//")) std::abort();
        http::Request request;
        request.assign({.method = "GET", .target = url});
        if (!tables.whole->find(request.path, match)) std::abort();
    } catch (const routing::NoReverseMatch&) {  // positional and named captures together, an optional group
    }
}

void check_request(const std::string& target, const std::string& other) {
    const http::HeaderView headers[] = {{"Host", other}, {"Cookie", other}, {"Accept", other}, {"Content-Type", other}};
    http::Request request;
    request.assign({.method = "GET", .target = target, .headers = {headers, 4}});
    if (!utils::is_utf8(request.path)) std::abort();
    try {
        std::size_t pairs = 0;
        request.GET.for_each([&](std::string_view, std::string_view) { ++pairs; });
        if (pairs > 1000) std::abort();
        for (const auto& cookie : request.COOKIES) (void)cookie.name.size();
        (void)request.accepts("text/html");
        (void)request.content_params();
        (void)request.get_full_path();
        (void)request.build_absolute_uri();
        (void)request.build_absolute_uri(other);
    } catch (const Error&) {
    }
}

void check_own_route(const std::string& text, std::string_view path) {
    constexpr std::size_t kLengthMax = 80;  // expressions that explode are the author's, not the visitor's
    if (text.size() > kLengthMax) return;
    for (const bool is_regex : {false, true}) {
        try {
            const auto pattern = is_regex ? regex(text.c_str(), "own") : route(text.c_str(), "own");
            const auto resolver = make_ref<UrlResolver>(routing::Urls{.patterns = {pattern}});
            http::ResolverMatch match;
            (void)resolver->find(path, match);
            (void)resolver->reverse("own", {});
            (void)resolver->reverse("own", {.args = {routing::Argument(path)}});
        } catch (const Error&) {
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Tables tables;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string target = "/" + text.substr(0, line);
    const std::string rest = line < text.size() ? text.substr(line + 1) : std::string();
    const std::size_t second = std::min(rest.find('\n'), rest.size());
    check_request(target, rest.substr(0, second));
    http::Request request;
    request.assign({.method = "GET", .target = target});
    check_match(tables, request.path);
    if (second < rest.size()) check_own_route(rest.substr(second + 1), request.path);
    return 0;
}
