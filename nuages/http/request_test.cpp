#include <nuages/core/signing/signing.hpp>
#include <nuages/http/media_type.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/http/response.hpp>
#include <nuages/http/cookies.hpp>
#include <nuages/utils/value.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {
std::size_t allocations = 0;
}
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace nuages::http {
namespace {

TEST(Request, DecodesThePathAndKeepsTheQuery) {
    RequestBuilder builder("GET", "/caf%C3%A9/a%2Fb?q=1%202");
    EXPECT_EQ(builder.request().path, "/café/a/b");
    EXPECT_EQ(builder.request().query_string, "q=1%202");
    EXPECT_EQ(builder.request().GET["q"], "1 2");
    EXPECT_EQ(builder.request().get_full_path(), "/caf%C3%A9/a/b?q=1%202");
}

TEST(Request, LeavesBytesThatAreNoUtf8Encoded) { EXPECT_EQ(RequestBuilder("GET", "/%ff%41").request().path, "/%FFA"); }

TEST(Request, TakesTheAbsoluteFormOfAProxy) {
    RequestBuilder builder("GET", "http://example.com/a?b=c");
    EXPECT_EQ(builder.request().path, "/a");
    EXPECT_EQ(builder.request().GET["b"], "c");
}

TEST(Request, FindsHeadersWhateverTheirCase) {
    RequestBuilder builder;
    builder.header("X-Requested-With", "fetch");
    EXPECT_EQ(builder.request().headers["x-requested-with"], "fetch");
    EXPECT_EQ(builder.request().headers["X_REQUESTED_WITH"], "fetch");
    EXPECT_FALSE(builder.request().headers.find("X-Other"));
}

TEST(Request, ReadsUrlencodedFormsOfPostsOnly) {
    RequestBuilder post("POST", "/");
    post.form({{"a", "1"}, {"a", "2"}, {"b", "ü&"}});
    EXPECT_EQ(post.request().POST.getlist("a"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(post.request().POST["b"], "ü&");
    RequestBuilder put("PUT", "/");
    EXPECT_TRUE(put.form({{"a", "1"}}).request().POST.empty());
}

TEST(Request, RefusesTooManyFieldsEachTimeItIsAsked) {
    const RequestOptions options{.allowed_hosts = {"*"}, .data_upload_max_number_fields = 2};
    RequestBuilder builder("GET", "/?a&b&c");
    builder.options(options);
    EXPECT_THROW(builder.request().GET["a"], TooManyFieldsSent);
    EXPECT_THROW(builder.request().GET["a"], TooManyFieldsSent);
}

TEST(Request, RefusesABodyPastTheLimit) {
    const RequestOptions options{.allowed_hosts = {"*"}, .data_upload_max_memory_size = 4};
    RequestBuilder builder("POST", "/");
    builder.options(options).body("12345", "text/plain");
    EXPECT_THROW(builder.request().body(), RequestDataTooBig);
}

TEST(Request, ReadsJsonUpToItsDepth) {
    RequestBuilder builder("POST", "/");
    builder.body(R"({"a": [1, 2.5, "x\u00e9", null, true, 123456789.98765433], "a2": {"b": -3}, "a2": {"b": 4}})", "application/json");
    const Value json = builder.request().json();
    EXPECT_EQ(json.get("a").at(2).str(), "xé");
    EXPECT_EQ(json.get("a").at(0).as_integer(), 1);
    EXPECT_EQ(json.get("a").at(5).as_real(), 123456789.98765433);
    EXPECT_EQ(json.get("a2").get("b").as_integer(), 4);
    EXPECT_EQ(json.size(), 2);

    RequestBuilder deep("POST", "/");
    deep.body(std::string(100'000, '['), "application/json");
    EXPECT_THROW(deep.request().json(), BadRequest);
    for (const char* wrong : {"", "{", "[1,]", "1 2", "'a'", "nan"}) {
        RequestBuilder bad("POST", "/");
        EXPECT_THROW(bad.body(wrong, "application/json").request().json(), BadRequest) << wrong;
    }
}

TEST(Request, ChecksTheHostBeforeItIsUsed) {
    const RequestOptions options{.allowed_hosts = {".example.com"}};
    RequestBuilder good;
    good.options(options).header("Host", "www.example.com:8000");
    EXPECT_EQ(good.request().get_host(), "www.example.com:8000");
    EXPECT_EQ(good.request().build_absolute_uri("/x?y=ü"), "http://www.example.com:8000/x?y=%C3%BC");
    RequestBuilder evil;
    evil.options(options).header("Host", "evil.com");
    try {
        evil.request().build_absolute_uri("/reset/");
        FAIL();
    } catch (const DisallowedHost& error) {
        EXPECT_EQ(error.message(),
                  "Invalid HTTP_HOST header: 'evil.com'. You may need to add 'evil.com' to ALLOWED_HOSTS.");
    }
}

TEST(Request, InDebugWithoutAllowedHostsOnlyLocalOnesPass) {
    const RequestOptions options{.debug = true};
    RequestBuilder local;
    EXPECT_EQ(local.options(options).header("Host", "localhost:8000").request().get_host(), "localhost:8000");
    RequestBuilder other;
    EXPECT_THROW(other.options(options).header("Host", "evil.com").request().get_host(), DisallowedHost);
}

TEST(Request, TrustsAProxyHeaderOnlyWhenConfigured) {
    RequestBuilder plain;
    EXPECT_FALSE(plain.header("X-Forwarded-Proto", "https").request().is_secure());
    const RequestOptions options{
        .allowed_hosts = {"*"}, .secure_proxy_header = "X-Forwarded-Proto", .secure_proxy_value = "https"};
    RequestBuilder proxied;
    EXPECT_TRUE(proxied.options(options).header("X-Forwarded-Proto", "https").request().is_secure());
    RequestBuilder insecure;
    EXPECT_FALSE(insecure.options(options).header("X-Forwarded-Proto", "http").secure().request().is_secure());
}

struct Counted {
    static inline int alive = 0;
    int value = 7;
    Counted() { ++alive; }
    ~Counted() { --alive; }
};

TEST(Request, ACapturedNumberThatDoesNotFitItsTypeIsNotFound) {
    RequestBuilder builder("GET", "/");
    Request& request = builder.request();
    request.resolver_match.push(Capture{.name = "big", .text = "4294967297"});
    request.resolver_match.push(Capture{.name = "negative", .text = "-1"});
    request.resolver_match.push(Capture{.name = "one", .text = "1"});
    EXPECT_EQ(request.captured<std::int64_t>("big"), 4'294'967'297);
    EXPECT_EQ(request.captured<std::uint64_t>("big"), 4'294'967'297u);
    EXPECT_THROW(request.captured<int>("big"), Http404);
    EXPECT_THROW(request.captured<unsigned>("big"), Http404);
    EXPECT_THROW(request.captured<bool>("big"), Http404);
    EXPECT_EQ(request.captured<int>("negative"), -1);
    EXPECT_THROW(request.captured<std::uint8_t>("negative"), Http404);
    EXPECT_THROW(request.captured<std::uint64_t>("negative"), Http404);
    EXPECT_TRUE(request.captured<bool>("one"));
}

TEST(Request, SlotsLiveUntilTheExchangeEnds) {
    RequestBuilder builder;
    Request& request = builder.request();
    EXPECT_EQ(request.find_slot<Counted>(), nullptr);
    request.slot<Counted>().value = 8;
    EXPECT_EQ(request.slot<Counted>().value, 8);
    EXPECT_EQ(Counted::alive, 1);
    request.clear();
    EXPECT_EQ(Counted::alive, 0);
}

TEST(Request, CopiesOfWhatItParsesOutliveTheExchange) {
    const HeaderView first_fields[] = {{"Cookie", "theme=dark"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    const HeaderView next_fields[] = {{"Cookie", "theme=light"}};
    const auto start_exchange = [&](Request& request) {
        request.assign({.method = "POST", .target = "/?q=first", .headers = {first_fields, 2}, .body = "name=first"});
    };
    Request request;
    start_exchange(request);
    const QueryDict get = request.GET, post = request.POST;
    const Cookies cookies = request.COOKIES;
    QueryDict assigned("q=other", true);
    assigned = request.GET;
    Cookies assigned_cookies("theme=other");
    assigned_cookies = request.COOKIES;
    start_exchange(request);
    const QueryDict moved = std::move(request.GET);
    const Cookies moved_cookies = std::move(request.COOKIES);

    request.assign({.method = "GET", .target = "/?q=next", .headers = {next_fields, 1}});
    EXPECT_EQ(get["q"], "first");
    EXPECT_EQ(post["name"], "first");
    EXPECT_EQ(assigned["q"], "first");
    EXPECT_EQ(moved["q"], "first");
    EXPECT_EQ(cookies["theme"], "dark");
    EXPECT_EQ(assigned_cookies["theme"], "dark");
    EXPECT_EQ(moved_cookies["theme"], "dark");
    EXPECT_FALSE(get.is_mutable());
    EXPECT_FALSE(assigned.is_mutable());
    EXPECT_FALSE(moved.is_mutable());
    EXPECT_EQ(request.GET["q"], "next");
    EXPECT_EQ(request.COOKIES["theme"], "light");
}

TEST(Request, WhatIsPutInThePlaceOfItsParametersStays) {
    RequestBuilder builder("GET", "/?q=asked");
    builder.request().GET = {{"q", "own"}};
    builder.request().COOKIES = Cookies("theme=own");
    EXPECT_EQ(builder.request().GET["q"], "own");
    EXPECT_EQ(builder.request().COOKIES["theme"], "own");
}

TEST(Request, ACopyOfTooManyFieldsIsRefused) {
    const RequestOptions options{.allowed_hosts = {"*"}, .data_upload_max_number_fields = 2};
    const Request request({.method = "GET", .target = "/?a&b&c"}, options);
    EXPECT_THROW(QueryDict copy(request.GET), TooManyFieldsSent);
}

TEST(Request, APlainExchangeAllocatesNothingOnceItIsWarm) {
    const HeaderView fields[] = {
        {"Host", "localhost"}, {"User-Agent", "a browser with a long name"}, {"Cookie", "a=b"}};
    const RequestHead head{
        .method = "GET", .target = "/a/path/that/is/longer/than/a/small/string?q=1", .headers = {fields, 3}};
    Request request(head);
    const std::size_t before = allocations;
    request.assign(head);
    Response response("Hello, World!", {.content_type = kTextPlain});
    const bool right =
        request.path.size() > 30 && request.headers["host"] == "localhost" && response.content.size() == 13;
    EXPECT_EQ(allocations, before);
    EXPECT_TRUE(right);
}

TEST(Request, MetaHasCgisNames) {
    RequestBuilder builder("POST", "/a%20b/?q=1");
    builder.header("X-Requested-With", "fetch").header("Host", "example.com").body("{}", "application/json");
    const RequestMeta& meta = builder.request().META;
    EXPECT_EQ(meta["REQUEST_METHOD"], "POST");
    EXPECT_EQ(meta["PATH_INFO"], "/a b/");
    EXPECT_EQ(meta["QUERY_STRING"], "q=1");
    EXPECT_EQ(meta["HTTP_X_REQUESTED_WITH"], "fetch");
    EXPECT_EQ(meta["CONTENT_TYPE"], "application/json");
    EXPECT_EQ(meta["CONTENT_LENGTH"], "2");
    EXPECT_EQ(meta["REMOTE_ADDR"], "127.0.0.1");
    EXPECT_EQ(meta["SERVER_PORT"], "80");
    EXPECT_FALSE(meta.contains("HTTP_CONTENT_TYPE"));
    EXPECT_EQ(meta.get("HTTP_REFERER", "none"), "none");
    bool has_host = false;
    for (const auto& [name, value] : meta.items()) has_host = has_host || (name == "HTTP_HOST" && value == "example.com");
    EXPECT_TRUE(has_host);
}

// As the four forms that a request can have at a site that is mounted at /shop.
TEST(Request, KnowsWhereTheSiteIsMountedWhetherAProxyTakesThatOffOrNot) {
    RequestOptions options = default_request_options();
    options.script_name = "/sh\xc3\xb6p";
    const auto seen = [&](std::string_view target) {
        RequestBuilder builder("GET", target);
        const Request& request = builder.options(options).request();
        return std::string(request.path) + " | " + std::string(request.path_info()) + " | " + request.get_full_path() + " | " +
               request.get_full_path_info();
    };
    const std::string whole = "/sh\xc3\xb6p/a/ | /a/ | /sh%C3%B6p/a/?q=1 | /a/?q=1";
    EXPECT_EQ(seen("/a/?q=1"), whole);
    EXPECT_EQ(seen("/sh%C3%B6p/a/?q=1"), whole);
    const std::string root = "/sh\xc3\xb6p/ | / | /sh%C3%B6p/ | /";
    EXPECT_EQ(seen("/"), root);
    EXPECT_EQ(seen("/sh%c3%b6p"), root);
    EXPECT_EQ(seen("/sh%C3%B6p/"), root);
    EXPECT_EQ(seen("/sh%C3%B6pping/"), "/sh\xc3\xb6p/sh\xc3\xb6pping/ | /sh\xc3\xb6pping/ | /sh%C3%B6p/sh%C3%B6pping/ | /sh%C3%B6pping/");
    EXPECT_EQ(seen("//sh%C3%B6p/"), "/sh\xc3\xb6p//sh\xc3\xb6p/ | //sh\xc3\xb6p/ | /sh%C3%B6p//sh%C3%B6p/ | //sh%C3%B6p/");
    RequestBuilder builder("GET", "/a/b/");
    const Request& request = builder.options(options).request();
    EXPECT_EQ(request.build_absolute_uri(), "http://testserver/sh%C3%B6p/a/b/");
    EXPECT_EQ(request.build_absolute_uri("../c/"), "http://testserver/sh%C3%B6p/a/c/");
    EXPECT_EQ(request.META["SCRIPT_NAME"] + " " + request.META["PATH_INFO"], "/sh\xc3\xb6p /a/b/");
}

TEST(Request, DecodesAPathWhereverItsPercentSignStands) {
    for (std::size_t length = 0; length < 20; ++length) {
        for (std::size_t at = 0; at <= length; ++at) {
            const std::string before(at, 'a'), behind(length - at, 'b');
            RequestBuilder encoded("GET", "/" + before + "%20" + behind), raw("GET", "/" + before + "\xc3\xa9" + behind);
            EXPECT_EQ(encoded.request().path, "/" + before + " " + behind);
            EXPECT_EQ(raw.request().path, "/" + before + "\xc3\xa9" + behind);
        }
    }
}

TEST(Request, OfASiteAtTheRootHasNoScriptName) {
    RequestBuilder builder("GET", "/a/");
    EXPECT_EQ(builder.request().path_info(), "/a/");
    EXPECT_EQ(builder.request().META.find("SCRIPT_NAME"), "");
}

TEST(Request, ListsTheTypesThatTheClientTakes) {
    RequestBuilder builder;
    builder.header("Accept", "text/*;q=0.5, application/json;q=0.8, text/html;level=1, image/png;q=0");
    std::string types;
    for (const MediaType& type : builder.request().accepted_types()) types += type.str() + " | ";
    EXPECT_EQ(types, "text/html; level=1 | application/json | text/* | ");
    EXPECT_EQ(builder.request().get_preferred_type({"text/plain", "application/json"}), "application/json");
    EXPECT_EQ(builder.request().get_full_path_info(true), "/");
}

TEST(SignedCookies, ComeBackUnchangedOrNotAtAll) {
    signing::set_secret_keys("django_tests_secret_key");
    Response response;
    response.set_signed_cookie("c", "hello", "one", {.max_age = 60});
    const std::string value = response.cookie("c")->value;
    RequestBuilder builder, changed;
    const Request& request = builder.cookie("c", value).request();
    EXPECT_EQ(request.get_signed_cookie("c", {.salt = "one"}), "hello");
    EXPECT_EQ(request.get_signed_cookie("c", {.salt = "one", .max_age = seconds(60)}), "hello");
    EXPECT_THROW(request.get_signed_cookie("c"), signing::BadSignature);
    EXPECT_THROW(request.get_signed_cookie("d"), Error);
    EXPECT_FALSE(request.find_signed_cookie("d"));
    EXPECT_FALSE(changed.cookie("c", "j" + value.substr(1)).request().find_signed_cookie("c", {.salt = "one"}));
    EXPECT_EQ(request.find_signed_cookie("c", {.salt = "one"}), "hello");
    signing::set_secret_keys({});
}

}  // namespace
}  // namespace nuages::http
