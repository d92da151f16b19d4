#include <nuages/http/request_builder.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/middleware/page_cache.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/translation.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

DateTime clock_at;
int calls = 0;
Response (*make_page)() = nullptr;

Response view(Request&) {
    ++calls;
    return make_page();
}

class PageCache : public testing::Test {
protected:
    PageCache() {
        clock_at = DateTime::from_ymdhms(2026, 1, 1);
        timezone::set_clock([] { return clock_at; });
        cache::set_caches({});
        calls = 0;
        make_page = [] { return Response("page " + std::to_string(calls)); };
    }
    ~PageCache() override {
        timezone::set_clock(nullptr);
        middleware::set_options({});
        cache::set_caches({});
    }

    static Response ask(http::RequestBuilder& builder) {
        static const http::Handler handler = http::chain({update_cache, fetch_from_cache}, view);
        return handler(builder.request());
    }
    static Response ask(const char* target = "/a/?q=1", const char* method = "GET") {
        http::RequestBuilder builder(method, target);
        return ask(builder);
    }
    /// Whether the second of two requests is answered without the view.
    static bool is_kept(Response (*page)()) {
        make_page = page;
        cache::caches()->clear();
        calls = 0;
        ask();
        ask();
        return calls == 1;
    }
};

TEST_F(PageCache, AnswersTheSecondRequestFromTheCache) {
    const Response first = ask();
    EXPECT_EQ(first.content, "page 1");
    EXPECT_EQ(first["Cache-Control"], "max-age=600");
    EXPECT_FALSE(first.has_header("Age"));
    clock_at = clock_at + seconds(100);
    const Response second = ask();
    EXPECT_EQ(second.content, "page 1");
    EXPECT_EQ(second.content_type(), first.content_type());
    EXPECT_EQ(second["Expires"], first["Expires"]);
    EXPECT_EQ(second["Age"], "100");
    EXPECT_EQ(ask("/a/?q=1", "HEAD").content, "page 1");
    EXPECT_EQ(ask("/a/?q=2").content, "page 2");
    clock_at = clock_at + seconds(501);
    EXPECT_EQ(ask().content, "page 3");
}

TEST_F(PageCache, OtherMethodsReachTheView) {
    ask();
    for (const char* method : {"POST", "PUT", "DELETE"}) ask("/a/?q=1", method);
    EXPECT_EQ(calls, 4);
    EXPECT_EQ(ask().content, "page 1");
}

TEST_F(PageCache, KeepsAPageForEachValueOfWhatItVariesOn) {
    make_page = [] {
        Response page("page " + std::to_string(calls));
        page["Vary"] = "Accept-Encoding, X-Theme";
        return page;
    };
    const auto themed = [](const char* theme) {
        http::RequestBuilder builder;
        return ask(builder.header("X-Theme", theme)).content;
    };
    EXPECT_EQ(themed("dark"), "page 1");
    EXPECT_EQ(themed("light"), "page 2");
    EXPECT_EQ(themed("dark"), "page 1");
    EXPECT_EQ(themed("light"), "page 2");
}

TEST_F(PageCache, KeepsAPageForEachLanguage) {
    {
        const translation::override german("de");
        EXPECT_EQ(ask().content, "page 1");
    }
    const translation::override french("fr");
    EXPECT_EQ(ask().content, "page 2");
}

TEST_F(PageCache, HeedsMaxAge) {
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Cache-Control"] = "max-age=0";
        return page;
    }));
    EXPECT_TRUE(is_kept([] {
        Response page("x");
        page["Cache-Control"] = "max-age=5";
        return page;
    }));
    clock_at = clock_at + seconds(6);
    ask();
    EXPECT_EQ(calls, 2);
}

TEST_F(PageCache, Security75PrivatePagesAreNeverKept) {  // CVE-2026-6907, -48587, -8404, -48588, -35193
    EXPECT_TRUE(is_kept([] { return Response("x"); }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Vary"] = "*";
        return page;
    }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Vary"] = "Accept ,\t * ";
        return page;
    }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Cache-Control"] = "max-age=60, Private";
        return page;
    }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Cache-Control"] = "PRIVATE=\"x\"";
        return page;
    }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Cache-Control"] = "No-Store";
        return page;
    }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page.set_cookie("sessionid", "1");
        return page;
    }));
    EXPECT_FALSE(is_kept([] {
        Response page("x");
        page["Set-Cookie"] = "sessionid=1";
        return page;
    }));
    EXPECT_FALSE(is_kept([] { return Response("x", {.status = 500}); }));
    EXPECT_FALSE(is_kept([] { return HttpResponseNotFound("x"); }));
}

TEST_F(PageCache, Security75AnAnswerToCredentialsIsNeitherKeptNorFetched) {
    http::RequestBuilder with_credentials("GET", "/a/?q=1");
    ask(with_credentials.header("Authorization", "Basic YTpi"));
    EXPECT_EQ(ask().content, "page 2");
    http::RequestBuilder again("GET", "/a/?q=1");
    EXPECT_EQ(ask(again.header("Authorization", "Basic YTpi")).content, "page 3");
}

TEST_F(PageCache, TheAliasThePrefixAndTheTimeAreSettings) {
    cache::set_caches(cache::make_caches({{"pages", {}}}));
    middleware::set_options({.cache_alias = "pages", .cache_key_prefix = "p", .cache_seconds = 30});
    EXPECT_EQ(ask()["Cache-Control"], "max-age=30");
    cache::caches("default")->clear();
    EXPECT_EQ(ask().content, "page 1");
    middleware::set_options({.cache_alias = "pages", .cache_key_prefix = "other"});
    EXPECT_EQ(ask().content, "page 2");
}

TEST_F(PageCache, AResponseSurvivesThePacking) {
    Response page("body\r\n\r\nwith lines", {.status = 203, .content_type = "text/x-own", .reason = "Fine"});
    page.append("Link", "a");
    page.append("Link", "b: c");
    const auto back = middleware::unpacked_response(middleware::packed_response(page));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->status_code, 203);
    EXPECT_EQ(back->reason_phrase(), "Fine");
    EXPECT_EQ(back->content, page.content);
    std::string head, packed_head;
    page.append_headers(head);
    back->append_headers(packed_head);
    EXPECT_EQ(head, packed_head);
    const std::string whole = middleware::packed_response(page);
    for (std::size_t size = 0; size < whole.find("\r\n\r\n"); ++size)
        EXPECT_FALSE(middleware::unpacked_response(whole.substr(0, size))) << size;
}

}  // namespace
