#include <nuages/http/conditional.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/translation.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

struct Exchange {
    std::vector<http::HeaderView> headers = {};
    std::string_view method = "GET";
    bool is_tls = false;
    const http::RequestOptions& options = http::default_request_options();
};

const http::RequestOptions& mounted_at_shop() {
    static const http::RequestOptions options{.allowed_hosts = {"*"}, .script_name = "/shop"};
    return options;
}

class MiddlewareTest : public testing::Test {
protected:
    ~MiddlewareTest() override { middleware::set_options({}); }

    static Response serve(const Middleware& middleware, std::string_view target, Handler view, Exchange exchange = {}) {
        exchange.headers.push_back({"Host", "testserver"});
        http::RequestHead head;
        head.method = exchange.method;
        head.target = target;
        head.headers = http::Headers(exchange.headers.data(), exchange.headers.size());
        head.is_tls = exchange.is_tls;
        Request request(head, exchange.options);
        return http::chain({middleware}, view)(request);
    }
};

Response hello(Request&) { return Response("hello"); }
Response missing(Request&) { return HttpResponseNotFound("gone"); }

using Common = MiddlewareTest;

middleware::Options with_routes(middleware::Options options) {
    options.is_valid_path = [](std::string_view path) { return path == "/about/" || path == "//evil.example/x/"; };
    return options;
}

TEST_F(Common, AppendsASlashWhereThatLeadsToAView) {
    middleware::set_options(with_routes({}));
    Response response = serve(common, "/about?q=1", missing);
    EXPECT_EQ(response.status_code, 301);
    EXPECT_EQ(response["Location"], "/about/?q=1");
    EXPECT_EQ(serve(common, "/nowhere", missing).status_code, 404);
    EXPECT_EQ(serve(common, "/about/", missing).status_code, 404);
    EXPECT_EQ(serve(common, "/about", hello).status_code, 200);
}

TEST_F(Common, ASlashIsAppendedBelowThePathThatTheSiteIsMountedAt) {
    middleware::set_options(with_routes({.prepend_www = true}));
    const std::string to = "http://www.testserver/shop/about/?q=1";
    EXPECT_EQ(serve(common, "/about?q=1", missing, {.options = mounted_at_shop()})["Location"], to);
    EXPECT_EQ(serve(common, "/shop/about?q=1", missing, {.options = mounted_at_shop()})["Location"], to);
    middleware::set_options(with_routes({}));
    EXPECT_EQ(serve(common, "/shop/about", missing, {.options = mounted_at_shop()})["Location"], "/shop/about/");
    EXPECT_EQ(serve(common, "/shop", missing, {.options = mounted_at_shop()}).status_code, 404);
}

TEST_F(Common, Security35ASlashRedirectNeverLeavesTheSite) {  // CVE-2018-14574
    middleware::set_options(with_routes({}));
    EXPECT_EQ(serve(common, "//evil.example/x", missing)["Location"], "/%2Fevil.example/x/");
}

TEST_F(Common, AppendSlashCanBeSwitchedOff) {
    middleware::set_options(with_routes({.append_slash = false}));
    EXPECT_EQ(serve(common, "/about", missing).status_code, 404);
}

TEST_F(Common, InDebugARedirectThatWouldLoseAFormIsAnError) {
    middleware::set_options(with_routes({.debug = true}));
    try {
        serve(common, "/about", missing, {.method = "POST"});
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_NE(error.message().find("You called this URL via POST"), std::string::npos);
        EXPECT_NE(error.message().find("testserver/about/"), std::string::npos);
    }
}

TEST_F(Common, PrependsWwwAndASlashInOneRedirect) {
    middleware::set_options(with_routes({.prepend_www = true}));
    EXPECT_EQ(serve(common, "/about?a=1", hello)["Location"], "http://www.testserver/about/?a=1");
    EXPECT_EQ(serve(common, "/x", hello)["Location"], "http://www.testserver/x");
}

TEST_F(Common, RefusesDisallowedUserAgents) {
    middleware::set_options({.disallowed_user_agents = {"badbot"}});
    EXPECT_THROW(serve(common, "/", hello, {.headers = {{"User-Agent", "Mozilla BadBot/1"}}}), PermissionDenied);
    EXPECT_EQ(serve(common, "/", hello, {.headers = {{"User-Agent", "Mozilla"}}}).status_code, 200);
}

using Security = MiddlewareTest;

TEST_F(Security, SetsDjangosDefaultHeadersAndKeepsTheViews) {
    Response response = serve(security, "/", hello);
    EXPECT_EQ(response["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(response["Referrer-Policy"], "same-origin");
    EXPECT_EQ(response["Cross-Origin-Opener-Policy"], "same-origin");
    EXPECT_FALSE(response.has_header("Strict-Transport-Security"));
    Response own = serve(security, "/", [](Request&) {
        Response made("x");
        made["Referrer-Policy"] = "no-referrer";
        return made;
    });
    EXPECT_EQ(own["Referrer-Policy"], "no-referrer");
}

TEST_F(Security, SendsHstsOnlyOverHttps) {
    middleware::set_options({.hsts_seconds = 3600, .hsts_include_subdomains = true, .hsts_preload = true});
    EXPECT_FALSE(serve(security, "/", hello).has_header("Strict-Transport-Security"));
    EXPECT_EQ(serve(security, "/", hello, {.is_tls = true})["Strict-Transport-Security"],
              "max-age=3600; includeSubDomains; preload");
}

TEST_F(Security, RedirectsToHttpsWithExceptions) {
    middleware::set_options({.ssl_redirect = true, .redirect_exempt = {"health/"}});
    Response response = serve(security, "/a?b=1", hello);
    EXPECT_EQ(response.status_code, 301);
    EXPECT_EQ(response["Location"], "https://testserver/a?b=1");
    EXPECT_EQ(serve(security, "/health/live", hello).status_code, 200);
    EXPECT_EQ(serve(security, "/a", hello, {.is_tls = true}).status_code, 200);
    middleware::set_options({.ssl_redirect = true, .ssl_host = "secure.example"});
    EXPECT_EQ(serve(security, "/a", hello)["Location"], "https://secure.example/a");
}

TEST_F(Security, Security36ForwardedProtoIsIgnoredUnlessConfigured) {  // CVE-2019-12781
    middleware::set_options({.ssl_redirect = true});
    EXPECT_EQ(serve(security, "/a", hello, {.headers = {{"X-Forwarded-Proto", "https"}}}).status_code, 301);
}

TEST_F(MiddlewareTest, XFrameDeniesUnlessTheViewSaysOtherwise) {
    EXPECT_EQ(serve(xframe, "/", hello)["X-Frame-Options"], "DENY");
    EXPECT_FALSE(serve(xframe, "/", [](Request& request) {
                     middleware::xframe_options_exempt(request);
                     return Response("x");
                 }).has_header("X-Frame-Options"));
    middleware::set_options({.x_frame_options = "SAMEORIGIN"});
    EXPECT_EQ(serve(xframe, "/", hello)["X-Frame-Options"], "SAMEORIGIN");
}

using ConditionalGet = MiddlewareTest;

TEST_F(ConditionalGet, AnswersNotModifiedToWhoHasTheContent) {
    Response first = serve(conditional_get, "/", hello);
    std::string etag(first.get("ETag"));
    EXPECT_EQ(etag, "\"5d41402abc4b2a76b9719d911017c592\"");
    Response second = serve(conditional_get, "/", hello, {.headers = {{"If-None-Match", etag}}});
    EXPECT_EQ(second.status_code, 304);
    EXPECT_EQ(second.get("ETag"), etag);
    EXPECT_TRUE(second.content.empty());
    EXPECT_TRUE(second.content_type().empty());
    EXPECT_EQ(serve(conditional_get, "/", hello, {.headers = {{"If-None-Match", "\"x\", W/" + etag}}}).status_code,
              304);
    EXPECT_EQ(serve(conditional_get, "/", hello, {.headers = {{"If-None-Match", "\"x\""}}}).status_code, 200);
}

TEST_F(ConditionalGet, LeavesErrorsOtherMethodsAndNoStoreAlone) {
    EXPECT_FALSE(serve(conditional_get, "/", missing).has_header("ETag"));
    EXPECT_FALSE(serve(conditional_get, "/", hello, {.method = "POST"}).has_header("ETag"));
    EXPECT_FALSE(serve(conditional_get, "/", [](Request&) {
                     Response made("x");
                     made["Cache-Control"] = "private, no-store";
                     return made;
                 }).has_header("ETag"));
}

http::Condition evaluate(std::vector<http::HeaderView> headers, const http::Validators& validators,
                               std::string_view method = "GET") {
    http::RequestHead head;
    head.method = method;
    head.target = "/";
    head.headers = http::Headers(headers.data(), headers.size());
    Request request(head);
    return http::evaluate_condition(request, validators);
}

TEST(Conditions, FollowTheOrderOfRfc9110) {
    using http::Condition;
    auto date = [](std::string_view text) { return utils::parse_http_date(text); };
    http::Validators known{.etag = "\"a\"", .last_modified = date("Mon, 09 Mar 2026 13:05:09 GMT")};
    EXPECT_EQ(evaluate({}, known), Condition::proceed);
    EXPECT_EQ(evaluate({{"If-Match", "\"a\""}}, known), Condition::proceed);
    EXPECT_EQ(evaluate({{"If-Match", "\"b\""}}, known), Condition::failed);
    EXPECT_EQ(evaluate({{"If-Match", "*"}}, {}), Condition::failed);
    EXPECT_EQ(evaluate({{"If-Match", "W/\"a\""}}, {.etag = "W/\"a\""}), Condition::failed);
    EXPECT_EQ(evaluate({{"If-None-Match", "*"}}, known), Condition::not_modified);
    EXPECT_EQ(evaluate({{"If-None-Match", "\"a\""}}, known, "PUT"), Condition::failed);
    EXPECT_EQ(evaluate({{"If-Modified-Since", "Mon, 09 Mar 2026 13:05:09 GMT"}}, known), Condition::not_modified);
    EXPECT_EQ(evaluate({{"If-Modified-Since", "Mon, 09 Mar 2026 13:05:08 GMT"}}, known), Condition::proceed);
    EXPECT_EQ(evaluate({{"If-Modified-Since", "garbage"}}, known), Condition::proceed);
    EXPECT_EQ(evaluate({{"If-None-Match", "\"b\""}, {"If-Modified-Since", "Mon, 09 Mar 2026 13:05:09 GMT"}}, known),
              Condition::proceed);
    EXPECT_EQ(evaluate({{"If-Unmodified-Since", "Mon, 09 Mar 2026 13:05:08 GMT"}}, known), Condition::failed);
    EXPECT_EQ(evaluate({{"If-Unmodified-Since", "Mon, 09 Mar 2026 13:05:09 GMT"}}, known), Condition::proceed);
}

}  // namespace

namespace {

using Locale = MiddlewareTest;

Response language(Request&) { return Response(translation::get_language().value_or("none")); }

TEST_F(Locale, FollowsTheCookieThenTheBrowser) {
    EXPECT_EQ(serve(middleware::locale, "/", language, {.headers = {{"Accept-Language", "de-at,fr;q=0.5"}}}).content, "de");
    const auto response = serve(middleware::locale, "/", language,
                                {.headers = {{"Cookie", "nuages_language=pt-br"}, {"Accept-Language", "de"}}});
    EXPECT_EQ(response.content, "pt-br");
    EXPECT_EQ(response["Content-Language"], "pt-br");
    EXPECT_EQ(response["Vary"], "Accept-Language");
    EXPECT_EQ(serve(middleware::locale, "/", language, {.headers = {{"Accept-Language", "tlh"}}}).content, "en");
    EXPECT_EQ(serve(middleware::locale, "/", language, {.headers = {{"Cookie", "nuages_language=../../x"}}}).content, "en");
}

// "/about/" stands in i18n_patterns().
middleware::Options with_prefixes(bool prefix_default_language) {
    return {.is_valid_path = [](std::string_view path) { return path == "/de/about/" || path == "/en-us/about/"; },
            .language_prefixes_are_used = true,
            .prefix_default_language = prefix_default_language};
}

TEST_F(Locale, FollowsThePathFirst) {
    middleware::set_options(with_prefixes(true));
    const auto response = serve(middleware::locale, "/de/about/", language,
                                {.headers = {{"Cookie", "nuages_language=fr"}, {"Accept-Language", "fr"}}});
    EXPECT_EQ(response.content, "de");
    EXPECT_EQ(response["Content-Language"], "de");
    EXPECT_FALSE(response.has_header("Vary"));
    middleware::set_options(with_prefixes(false));
    EXPECT_EQ(serve(middleware::locale, "/about/", language, {.headers = {{"Accept-Language", "fr"}}}).content, "en-us");
}

TEST_F(Locale, RedirectsToThePathWithItsLanguage) {
    middleware::set_options(with_prefixes(true));
    const auto to = [](std::string_view path) {
        return serve(middleware::locale, path, missing, {.headers = {{"Accept-Language", "de"}}});
    };
    EXPECT_EQ(to("/about/?a=1")["Location"], "/de/about/?a=1");
    EXPECT_EQ(to("/about?a=1")["Location"], "/de/about/?a=1");
    EXPECT_EQ(to("/about/")["Vary"], "Accept-Language, Cookie");
    EXPECT_EQ(to("/nowhere/").status_code, 404);
    EXPECT_EQ(to("/de/nowhere/").status_code, 404);
    EXPECT_EQ(to("//evil.example/about/").status_code, 404);
    for (const std::string_view path : {"/about?a=1", "/shop/about?a=1"}) {
        const auto mounted = serve(middleware::locale, path, missing,
                                   {.headers = {{"Accept-Language", "de"}}, .options = mounted_at_shop()});
        EXPECT_EQ(mounted["Location"], "/shop/de/about/?a=1");
    }
    EXPECT_EQ(serve(middleware::locale, "/shop/de/about/", language, {.options = mounted_at_shop()}).content, "de");
}

}  // namespace
