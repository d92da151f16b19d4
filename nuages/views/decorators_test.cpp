#include <nuages/views/decorators.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/urls/resolver.hpp>

#include <gtest/gtest.h>

#include <string>

namespace nuages::views {
namespace {

using http::RequestBuilder;

Response page(Request&) { return Response("page"); }
Response article(Request&, std::string_view slug) { return Response("article " + std::string(slug)); }

template <class View> Response ask(View view, std::string_view method = "GET", std::string_view header = {}, std::string_view value = {}) {
    RequestBuilder builder(method, "/");
    if (!header.empty()) builder.header(header, value);
    return view(builder.request());
}

TEST(Decorators, RefuseOtherMethodsWithAllow) {
    const auto view = require_http_methods({"GET", "POST"})(page);
    EXPECT_EQ(ask(view).content, "page");
    const Response refused = ask(view, "DELETE");
    EXPECT_EQ(refused.status_code, 405);
    EXPECT_EQ(refused["Allow"], "GET, POST");
    EXPECT_EQ(ask(require_POST(page)).status_code, 405);
    EXPECT_EQ(ask(require_GET(page), "HEAD").status_code, 405);
    EXPECT_EQ(ask(require_safe(page), "HEAD").status_code, 200);
}

TEST(Decorators, KeepTheCapturesOfTheirView) {
    const routing::UrlResolver resolver({.patterns = {path("<slug:slug>/", never_cache(require_GET(article)))}});
    RequestBuilder builder("GET", "/a-b/");
    const Response response = resolver(builder.request());
    EXPECT_EQ(response.content, "article a-b");
    EXPECT_EQ(response["Cache-Control"], "max-age=0, no-cache, no-store, must-revalidate, private");
    EXPECT_TRUE(response.has_header("Expires"));
}

TEST(Decorators, CacheControlAddsToWhatTheViewSays) {
    const auto says = [](std::string_view header) {
        return [header = std::string(header)](Request&) {
            Response response;
            response["Cache-Control"] = header;
            return response;
        };
    };
    EXPECT_EQ(ask(cache_control({.max_age = 600, .public_ = true})(says("private, max-age=60")))["Cache-Control"], "max-age=60, public");
    EXPECT_EQ(ask(cache_control({.private_ = true})(says("public")))["Cache-Control"], "private");
    EXPECT_EQ(ask(vary_on_cookie(vary_on_headers({"Accept", "cookie"})(page)))["Vary"], "Accept, cookie");
}

TEST(Decorators, CachePageKeepsTheViewsPage) {
    int calls = 0;
    const auto counting = [&calls](Request&, std::int64_t id) { return Response(std::to_string(id) + ": " + std::to_string(++calls)); };
    const routing::UrlResolver resolver({.patterns = {path("<int:id>/", cache_page(minutes(15), {.key_prefix = "decorators"})(counting))}});
    const auto get = [&](std::string_view target, std::string_view method = "GET") {
        RequestBuilder builder(method, target);
        return resolver(builder.request());
    };
    const Response first = get("/1/");
    EXPECT_EQ(first.content, "1: 1");
    EXPECT_EQ(first["Cache-Control"], "max-age=900");
    EXPECT_EQ(get("/1/").content, "1: 1");
    EXPECT_EQ(get("/2/").content, "2: 2");
    EXPECT_EQ(get("/1/", "POST").content, "1: 3");
    // never_cache inside says no; the outer one finds the time that is given more important than what the view says of max-age.
    EXPECT_EQ(ask(cache_page(minutes(1), {.key_prefix = "never"})(never_cache(page)))["Cache-Control"],
              "max-age=0, no-cache, no-store, must-revalidate, private");
}

TEST(Decorators, ConditionalPageAnswersNotModified) {
    const auto view = conditional_page(page);
    const std::string etag(ask(view)["ETag"]);
    EXPECT_FALSE(etag.empty());
    EXPECT_EQ(ask(view, "GET", "If-None-Match", etag).status_code, 304);
    EXPECT_EQ(ask(view, "GET", "If-None-Match", "\"other\"").status_code, 200);
}

TEST(Decorators, FrameOptionsOfOneViewHideTheMiddlewares) {
    const auto framed = [](auto view) {
        RequestBuilder builder;
        const http::Handler handler = http::chain({xframe}, [&view](Request& request) { return view(request); });
        return std::string(handler(builder.request())["X-Frame-Options"]);
    };
    EXPECT_EQ(framed(page), "DENY");
    EXPECT_EQ(framed(xframe_options_deny(page)), "DENY");
    EXPECT_EQ(framed(xframe_options_sameorigin(page)), "SAMEORIGIN");
    EXPECT_EQ(framed(xframe_options_exempt(page)), "");
}

TEST(Decorators, ConditionsAreAnsweredWithoutTheView) {
    int calls = 0;
    const auto view = condition([](Request&) { return std::string("v1"); },
                                [](Request&) { return DateTime::parse("2026-03-09T13:05:09"); })([&](Request&) {
        ++calls;
        return Response("page");
    });
    const Response first = ask(view);
    EXPECT_EQ(first["ETag"], "\"v1\"");
    EXPECT_EQ(first["Last-Modified"], "Mon, 09 Mar 2026 13:05:09 GMT");
    EXPECT_EQ(calls, 1);
    const Response again = ask(view, "GET", "If-None-Match", "\"v1\"");
    EXPECT_EQ(again.status_code, 304);
    EXPECT_EQ(again["ETag"], "\"v1\"");
    EXPECT_EQ(ask(view, "PUT", "If-Match", "\"v2\"").status_code, 412);
    EXPECT_EQ(ask(view, "GET", "If-Modified-Since", "Mon, 09 Mar 2026 13:05:09 GMT").status_code, 304);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(ask(view, "PUT", "If-Match", "\"v1\"").status_code, 200);
}

TEST(Decorators, ConditionsSeeTheCaptures) {
    const auto version = [](Request&, std::string_view slug) { return std::optional<std::string>("\"" + std::string(slug) + "\""); };
    const routing::UrlResolver resolver({.patterns = {path("<slug:slug>/", etag(version)(article))}});
    RequestBuilder builder("GET", "/x/");
    EXPECT_EQ(resolver(builder.header("If-None-Match", "\"x\"").request()).status_code, 304);
}

TEST(Decorators, GzipPageCompresses) {
    const auto view = gzip_page([](Request&) { return Response(std::string(1000, 'x')); });
    EXPECT_EQ(ask(view, "GET", "Accept-Encoding", "gzip")["Content-Encoding"], "gzip");
}

boost::asio::awaitable<Response> coroutine_view(Request&, std::string_view slug) {
    const std::string text = co_await async::as_awaitable([slug] {
        async::yield();
        return "awaited " + std::string(slug);
    });
    co_return Response(text);
}

TEST(CoroutineViews, AreWaitedFor) {
    const routing::UrlResolver resolver({.patterns = {path("<slug:slug>/", require_GET(coroutine_view))}});
    RequestBuilder builder("GET", "/x/");
    EXPECT_EQ(resolver(builder.request()).content, "awaited x");  // tests run on a fiber
}

}  // namespace
}  // namespace nuages::views
