#include <nuages/http/cache_control.hpp>
#include <nuages/http/conditional.hpp>
#include <nuages/http/request_builder.hpp>

#include <gtest/gtest.h>

#include <string>

namespace nuages::http {
namespace {

TEST(Conditional, ARepeatedRequestGets304WithItsValidators) {
    Response response("content");
    set_response_etag(response);
    response["X-Other"] = "1";
    const std::string etag(response["ETag"]);
    RequestBuilder again;
    again.header("If-None-Match", "\"other\", W/" + etag);
    const Response answer = conditional_response(again.request(), response);
    EXPECT_EQ(answer.status_code, 304);
    EXPECT_EQ(answer["ETag"], etag);
    EXPECT_FALSE(answer.has_header("X-Other"));
    RequestBuilder other;
    EXPECT_EQ(conditional_response(other.header("If-None-Match", "\"other\"").request(), response).status_code, 200);
    RequestBuilder changed;
    EXPECT_EQ(conditional_response(changed.header("If-Match", "\"other\"").request(), response).status_code, 412);
    response["Last-Modified"] = "Mon, 09 Mar 2026 13:05:09 GMT";
    RequestBuilder since;
    EXPECT_EQ(
        conditional_response(since.header("If-Modified-Since", "Mon, 09 Mar 2026 13:05:09 GMT").request(), response)
            .status_code,
        304);
}

TEST(Vary, NamesAreAddedOnce) {
    Response response;
    patch_vary_headers(response, {"Cookie"});
    patch_vary_headers(response, {"cookie", "Accept"});
    EXPECT_EQ(response["Vary"], "Cookie, Accept");
    patch_vary_headers(response, {"*"});
    EXPECT_EQ(response["Vary"], "*");
}

TEST(CacheControl, IsReadAndPatched) {
    Response response;
    EXPECT_FALSE(get_max_age(response));
    patch_response_headers(response, seconds(60));
    EXPECT_EQ(get_max_age(response), 60);
    EXPECT_TRUE(response.has_header("Expires"));
    patch_cache_control(response, {.max_age = 600, .private_ = true});
    EXPECT_EQ(response["Cache-Control"], "max-age=60, private");
    EXPECT_TRUE(has_cache_directive(response, "private"));
    EXPECT_FALSE(has_cache_directive(response, "public"));
    response["Cache-Control"] = "Private , Max-Age=x";
    EXPECT_TRUE(has_cache_directive(response, "private"));
    EXPECT_FALSE(get_max_age(response));
    response["Vary"] = "Accept, cookie";
    EXPECT_TRUE(has_vary_header(response, "Cookie"));
    EXPECT_FALSE(has_vary_header(response, "Accept-Language"));
    Response never;
    add_never_cache_headers(never);
    EXPECT_EQ(never["Cache-Control"], "max-age=0, no-cache, no-store, must-revalidate, private");
}

}  // namespace
}  // namespace nuages::http
