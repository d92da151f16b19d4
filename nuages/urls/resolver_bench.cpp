// How long it takes to find the route of a path, and to write a URL.
#include <nuages/http/request.hpp>
#include <nuages/urls/resolver.hpp>

#include <benchmark/benchmark.h>

namespace nuages::urls {
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

void reverse_name(benchmark::State& state) {
    const UrlResolver resolver(site());
    const ReverseOptions options{.args = {123456}};
    for (auto _ : state) benchmark::DoNotOptimize(resolver.reverse("api:edit", options));
}
BENCHMARK(reverse_name);

}  // namespace
}  // namespace nuages::urls
