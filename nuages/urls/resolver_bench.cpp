// How long it takes to find the route of a path, and to write a URL.
#include <nuages/http/request.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/regex.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

namespace nuages::routing {
namespace {

Response plain(Request&) { return Response(); }
Response number(Request&, std::int64_t) { return Response(); }
Response slug(Request&, std::string_view) { return Response(); }

Urls app() {
    return {.app_name = "app",
            .patterns = {
                path("", plain, {.name = "list"}),
                path("new/", plain, {.name = "new"}),
                path("<int:pk>/", number, {.name = "detail"}),
                path("<int:pk>/edit/", number, {.name = "edit"}),
                path("by/<slug:slug>/", slug, {.name = "by"}),
            }};
}

// Sixty routes: twelve apps of five.
Urls site() {
    Urls urls;
    for (const char* name :
         {"polls", "blog", "shop", "forum", "wiki", "files", "jobs", "events", "news", "mail", "help", "api"})
        urls.patterns.push_back(path(std::string(name) + "/", include(app, name)));
    urls.patterns.push_back(re_path("^archive/(\\d{4})/(\\d{2})/$", [](Request&, int, int) { return Response(); }));
    return urls;
}

void find(benchmark::State& state, std::string_view path) {
    const UrlResolver resolver(site());
    http::ResolverMatch match;
    for (auto _ : state) benchmark::DoNotOptimize(resolver.find(path, match));
}
BENCHMARK_CAPTURE(find, first_app, std::string_view("/polls/"));
BENCHMARK_CAPTURE(find, last_app_with_number, std::string_view("/api/123456/edit/"));
BENCHMARK_CAPTURE(find, last_app_with_slug, std::string_view("/api/by/a-longer-slug-of-some-words/"));
BENCHMARK_CAPTURE(find, regular_expression, std::string_view("/archive/2026/03/"));
BENCHMARK_CAPTURE(find, nothing, std::string_view("/absent/page/"));

// A thousand routes on one level, of the kinds that sites have.
std::vector<std::string> thousand_routes() {
    std::vector<std::string> routes;
    for (int i = 0; i < 250; ++i) {
        const std::string name = "section" + std::to_string(i * 7919 % 1000);
        routes.push_back(name + "/");
        routes.push_back(name + "/<int:pk>/");
        routes.push_back(name + "/<slug:slug>/edit/");
        routes.push_back("api/<int:pk>/" + name + "/");  // a literal behind a capture
    }
    return routes;
}

Urls thousand() {
    Urls urls;
    for (const std::string& route : thousand_routes())
        urls.patterns.push_back(UrlPattern::make_path(route, [](Request&, const http::Capture*) { return Response(); }));
    return urls;
}

void find_in_thousand(benchmark::State& state, std::string_view path) {
    const UrlResolver resolver(thousand());
    http::ResolverMatch match;
    if (!resolver.find(path, match) && path != "/absent/page/") state.SkipWithError("not found");
    for (auto _ : state) benchmark::DoNotOptimize(resolver.find(path, match));
}
BENCHMARK_CAPTURE(find_in_thousand, literal, std::string_view("/section875/"));
BENCHMARK_CAPTURE(find_in_thousand, number, std::string_view("/section875/123456/"));
BENCHMARK_CAPTURE(find_in_thousand, slug, std::string_view("/section875/a-longer-slug/edit/"));
BENCHMARK_CAPTURE(find_in_thousand, behind_a_capture, std::string_view("/api/123/section875/"));
BENCHMARK_CAPTURE(find_in_thousand, nothing, std::string_view("/absent/page/"));

// What the same costs as Django does it: one regular expression after the other (PCRE2 with its JIT, compiled once).
void scan_thousand(benchmark::State& state, std::string_view path) {
    std::vector<utils::Regex> expressions;
    for (const std::string& route : thousand_routes()) {
        std::string text = "^";
        for (std::string_view rest = route; !rest.empty();) {
            const std::size_t open = std::min(rest.find('<'), rest.size());
            text += rest.substr(0, open);
            rest.remove_prefix(open);
            if (rest.empty()) break;
            text += rest.starts_with("<int") ? "(?P<pk>[0-9]+)" : "(?P<slug>[-a-zA-Z0-9_]+)";
            rest.remove_prefix(rest.find('>') + 1);
        }
        expressions.emplace_back(text + "\\Z");
    }
    utils::RegexMatch match;
    for (auto _ : state) {
        bool found = false;
        for (const utils::Regex& expression : expressions)
            if ((found = expression.search(path.substr(1), match))) break;
        benchmark::DoNotOptimize(found);
    }
}
BENCHMARK_CAPTURE(scan_thousand, literal, std::string_view("/section875/"));
BENCHMARK_CAPTURE(scan_thousand, number, std::string_view("/section875/123456/"));
BENCHMARK_CAPTURE(scan_thousand, behind_a_capture, std::string_view("/api/123/section875/"));
BENCHMARK_CAPTURE(scan_thousand, nothing, std::string_view("/absent/page/"));

void reverse_name(benchmark::State& state) {
    const UrlResolver resolver(site());
    const ReverseOptions options{.args = {123456}};
    for (auto _ : state) benchmark::DoNotOptimize(resolver.reverse("api:edit", options));
}
BENCHMARK(reverse_name);

}  // namespace
}  // namespace nuages::routing
