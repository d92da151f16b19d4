#include <nuages/base/log.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/middleware/csrf.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/views/decorators.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

const std::string kSecret(32, 'a');

Response form(Request& request) { return Response(get_token(request)); }
Response plain(Request&) { return Response("plain"); }
Response done(Request&) { return Response("done"); }
Response login(Request& request) {
    rotate_token(request);
    return Response("in");
}

Urls urls() {
    return {.patterns = {path("form/", form), path("plain/", plain), path("done/", done), path("login/", login),
                         path("hook/", csrf_exempt(done)), path("twice/", never_cache(csrf_exempt(done))),
                         path("seen/", ensure_csrf_cookie(plain))}};
}

class Csrf : public testing::Test {
protected:
    Csrf() { log::set_sink([](log::Level, std::string_view, std::string_view) {}); }
    ~Csrf() override {
        log::set_sink(nullptr);
        middleware::set_options({});
    }

    struct Asked {
        std::string cookie = kSecret;
        std::string token = kSecret;
        std::string header = {};
        std::vector<std::pair<std::string, std::string>> headers = {};
        bool secure = false;
        std::string target = "/done/";
        std::string method = "POST";
    };
    static Response ask(const Asked& asked) {
        static const auto resolver = make_ref<routing::UrlResolver>(urls);
        static const http::Handler handler = http::chain({csrf}, [](Request& request) { return (*resolver)(request); });
        http::RequestBuilder builder(asked.method, asked.target);
        if (!asked.cookie.empty()) builder.cookie("csrftoken", asked.cookie);
        if (!asked.header.empty()) builder.header("X-CSRFToken", asked.header);
        for (const auto& [name, value] : asked.headers) builder.header(name, value);
        builder.secure(asked.secure);
        if (!asked.token.empty()) builder.form({{"csrfmiddlewaretoken", asked.token}});
        return handler(builder.request());
    }
    static int status(const Asked& asked) { return ask(asked).status_code; }
    static std::string reason(const Asked& asked) {
        middleware::set_options({.csrf = {.failure_view = [](Request&, std::string_view why) {
                                     return Response(std::string(why), {.status = 403});
                                 }}});
        const Response response = ask(asked);
        middleware::set_options({});
        return response.status_code == 403 ? response.content : "accepted";
    }
};

TEST_F(Csrf, ATokenOfTheCookiesSecretIsAccepted) {
    EXPECT_EQ(ask({}).content, "done");
    const std::string token = middleware::mask_cipher_secret(kSecret, std::string(32, 'q'));
    EXPECT_EQ(status({.token = token}), 200);
    EXPECT_EQ(status({.token = "", .header = token}), 200);
    EXPECT_EQ(status({.cookie = token, .token = kSecret}), 200);
    EXPECT_EQ(status({.token = "", .header = kSecret, .method = "DELETE"}), 200);
}

TEST_F(Csrf, Security78WhatChangesSomethingNeedsAToken) {
    EXPECT_EQ(reason({.cookie = ""}), "CSRF cookie not set.");
    EXPECT_EQ(reason({.token = ""}), "CSRF token missing.");
    EXPECT_EQ(reason({.token = std::string(32, 'b')}), "CSRF token from POST incorrect.");
    EXPECT_EQ(reason({.token = "short"}), "CSRF token from POST has incorrect length.");
    EXPECT_EQ(reason({.token = std::string(64, '*')}), "CSRF token from POST has invalid characters.");
    EXPECT_EQ(reason({.token = "", .header = std::string(32, 'b')}), "CSRF token from the 'X-CSRFToken' HTTP header incorrect.");
    EXPECT_EQ(reason({.cookie = "short"}), "CSRF cookie has incorrect length.");
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "PURGE"}) EXPECT_EQ(status({.token = "", .method = method}), 403) << method;
    for (const char* method : {"GET", "HEAD", "OPTIONS", "TRACE"}) EXPECT_EQ(status({.cookie = "", .token = "", .method = method}), 200) << method;
}

TEST_F(Csrf, Security78AForeignOriginIsRefusedWhateverItsToken) {
    const auto from = [](std::string origin, bool secure = false) { return Asked{.headers = {{"Origin", std::move(origin)}}, .secure = secure}; };
    EXPECT_EQ(reason(from("http://testserver")), "accepted");
    EXPECT_EQ(reason(from("https://testserver", true)), "accepted");
    EXPECT_EQ(reason(from("https://evil.example")), "Origin checking failed - https://evil.example does not match any trusted origins.");
    for (const char* origin : {"null", "https://testserver", "http://testserver.evil.example", "http://testserver:81", "http://[::1", ""})
        EXPECT_NE(reason(from(origin)), "accepted") << origin;
    middleware::set_options({.csrf = {.trusted_origins = {"https://shop.example", "https://*.example.com"}}});
    EXPECT_EQ(status(from("https://shop.example")), 200);
    EXPECT_EQ(status(from("https://a.b.example.com")), 200);
    EXPECT_EQ(status(from("http://shop.example")), 403);
    EXPECT_EQ(status(from("https://example.com.evil")), 403);
}

TEST_F(Csrf, Security78OverHttpsWithoutAnOriginTheRefererCounts) {
    const auto from = [](const char* referer) {
        Asked asked{.secure = true};
        if (referer) asked.headers = {{"Referer", referer}};
        return asked;
    };
    EXPECT_EQ(reason(from("https://testserver/form/")), "accepted");
    EXPECT_EQ(reason(from(nullptr)), "Referer checking failed - no Referer.");
    EXPECT_EQ(reason(from("http://testserver/")), "Referer checking failed - Referer is insecure while host is secure.");
    EXPECT_EQ(reason(from("testserver")), "Referer checking failed - Referer is malformed.");
    EXPECT_EQ(reason(from("https://")), "Referer checking failed - Referer is malformed.");
    EXPECT_EQ(reason(from("https://evil.example/https://testserver/")),
              "Referer checking failed - https://evil.example/https://testserver/ does not match any trusted origins.");
    middleware::set_options({.csrf = {.trusted_origins = {"https://*.example.com"}}});
    EXPECT_EQ(status(from("https://shop.example.com/a/")), 200);
}

TEST_F(Csrf, APageWithAFormBringsTheCookie) {
    const Response page = ask({.cookie = "", .target = "/form/", .method = "GET"});
    ASSERT_TRUE(page.cookie("csrftoken"));
    const http::Cookie& cookie = *page.cookie("csrftoken");
    EXPECT_EQ(cookie.value.size(), 32u);
    EXPECT_EQ(cookie.max_age, 31'449'600);
    EXPECT_EQ(cookie.samesite, "Lax");
    EXPECT_EQ(page["Vary"], "Cookie");
    EXPECT_TRUE(middleware::does_token_match(page.content, cookie.value));
    EXPECT_EQ(status({.cookie = cookie.value, .token = page.content}), 200);
    const Response again = ask({.target = "/form/", .method = "GET"});
    EXPECT_EQ(again.cookie("csrftoken")->value, kSecret);
    EXPECT_NE(again.content, ask({.target = "/form/", .method = "GET"}).content);
    EXPECT_FALSE(ask({.target = "/plain/", .method = "GET"}).cookie("csrftoken"));
    EXPECT_TRUE(ask({.cookie = "", .target = "/seen/", .method = "GET"}).cookie("csrftoken"));
    // A cookie that is none is replaced.
    EXPECT_TRUE(ask({.cookie = "junk", .target = "/plain/", .method = "GET"}).cookie("csrftoken"));
}

TEST_F(Csrf, Security78ALoginGivesANewSecret) {
    const Response response = ask({.target = "/login/"});
    ASSERT_TRUE(response.cookie("csrftoken"));
    EXPECT_NE(response.cookie("csrftoken")->value, kSecret);
}

TEST_F(Csrf, ExemptViewsAreLetThroughAndProtectedOnesChecked) {
    EXPECT_EQ(status({.cookie = "", .token = "", .target = "/hook/"}), 200);
    EXPECT_EQ(status({.cookie = "", .token = "", .target = "/twice/"}), 200);
    auto view = csrf_protect(done);
    http::RequestBuilder bad("POST", "/"), good("POST", "/");
    EXPECT_EQ(view(bad.form({{"a", "1"}}).request()).status_code, 403);
    EXPECT_EQ(view(good.cookie("csrftoken", kSecret).form({{"csrfmiddlewaretoken", kSecret}}).request()).status_code, 200);
    http::RequestBuilder other("POST", "/");
    EXPECT_EQ(requires_csrf_token(form)(other.request()).content.size(), 64u);
}

TEST_F(Csrf, Security38AnOddCookieHeaderSetsNoToken) {  // CVE-2016-7401
    http::RequestBuilder builder("POST", "/done/");
    builder.header("Cookie", "x=\"; csrftoken=" + kSecret + "; y=\"; csrftoken");
    EXPECT_EQ(builder.request().COOKIES["csrftoken"], kSecret);
    http::RequestBuilder unnamed("POST", "/done/");
    unnamed.header("Cookie", "csrftoken; =" + kSecret + "; a b=1, csrftoken=" + kSecret);
    EXPECT_FALSE(unnamed.request().COOKIES.contains("csrftoken"));
}

TEST_F(Csrf, TheFailurePageShowsTheReasonInDebugOnly) {
    EXPECT_EQ(ask({.cookie = ""}).content.find("cookie not set"), std::string::npos);
    middleware::set_options({.debug = true});
    const Response page = ask({.headers = {{"Origin", "https://<b>"}}});
    EXPECT_NE(page.content.find("https://&lt;b&gt;"), std::string::npos);
}

}  // namespace
