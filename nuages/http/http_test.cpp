#include <nuages/http/conditional.hpp>
#include <nuages/http/json.hpp>
#include <nuages/http/middleware.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/utils/value.hpp>

#include <gtest/gtest.h>

#include <unistd.h>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <new>
#include <tuple>

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

std::string head_of(const Response& response) {
    std::string out;
    response.append_headers(out);
    return out;
}

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

TEST(Cookies, OddHeadersKeepTheirOtherCookies) {
    const Cookies cookies("a=b; unnamed; c=\"x\\054y\\\"\"; =d; csrftoken=1");
    EXPECT_EQ(cookies["a"], "b");
    EXPECT_EQ(cookies["c"], "x,y\"");
    EXPECT_EQ(cookies[""], "d");
    EXPECT_EQ(cookies["csrftoken"], "1");
}

std::string names_of(const Cookies& cookies) {
    std::string out;
    for (const auto& [name, value] : cookies) out.append(name).append("=").append(value).append(" ");
    return out;
}

TEST(Cookies, ALaterOneOfTheSameNameWinsInThePlaceOfTheFirst) {
    Cookies cookies("a=1; b=2; a=3; c=4; b=5; a=6");
    EXPECT_EQ(cookies["a"], "6");
    EXPECT_EQ(cookies["b"], "5");
    EXPECT_EQ(names_of(cookies), "a=6 b=5 c=4 ");
    cookies.parse("c=7; d=8");
    cookies.set("a", "9");
    EXPECT_EQ(names_of(cookies), "a=9 b=5 c=7 d=8 ");

    const HeaderView fields[] = {{"Cookie", "a=1; b=2"}, {"Host", "x"}, {"cookie", "b=3; a=4; c=5"}};
    Request request({.method = "GET", .target = "/", .headers = {fields, 3}});
    EXPECT_EQ(names_of(request.COOKIES), "a=4 b=3 c=5 ");
}

TEST(Cookies, SixtyKilobytesOfThemAreAllThere) {
    std::string distinct, repeated;
    std::size_t count = 0;
    while (distinct.size() < 60'000) {
        const std::string number = std::to_string(count++);
        distinct.append(number).append("=v").append(number).append(";");
        repeated.append("same=").append(number).append(";");
    }
    const Cookies cookies(distinct);
    ASSERT_EQ(cookies.size(), count);
    EXPECT_EQ(cookies["0"], "v0");
    EXPECT_EQ(cookies[std::to_string(count - 1)], "v" + std::to_string(count - 1));
    std::size_t in_order = 0;
    for (const auto& cookie : cookies) in_order += cookie.name == std::to_string(in_order);
    EXPECT_EQ(in_order, count);

    const Cookies last(repeated);
    EXPECT_EQ(last.size(), 1u);
    EXPECT_EQ(last["same"], std::to_string(count - 1));
    EXPECT_EQ(Cookies(distinct + distinct).size(), count);
}

TEST(Cookies, ViewsOfValuesStayValidWhileOthersAreRead) {
    const Cookies cookies("a=1; b=2; a=3");
    const std::string_view b = cookies["b"];
    EXPECT_EQ(cookies.size(), 2u);
    EXPECT_EQ(b.data(), cookies["b"].data());
    EXPECT_EQ(b, "2");
}

TEST(Cookies, ValuesSurviveTheRoundTrip) {
    for (std::string_view value : {"plain", "with space; and, \"more\" \\", "é\n\t", "日本"})
        EXPECT_EQ(unquote_cookie_value(quote_cookie_value(value)), value);
}

TEST(QueryDict, IsImmutableUnlessCopied) {
    const QueryDict query("a=1&b=2&a=3");
    QueryDict copy = query.copy();
    copy.set("a", "x");
    copy.appendlist("c", "y z");
    EXPECT_EQ(copy.urlencode(), "a=x&b=2&c=y+z");
    EXPECT_EQ(query.urlencode(), "a=1&a=3&b=2");
    QueryDict frozen("a=1");
    EXPECT_THROW(frozen.set("a", "2"), Error);
}

TEST(QueryDict, TheLastValueWins) {
    const QueryDict query("a=1&a=2&b");
    EXPECT_EQ(query["a"], "2");
    EXPECT_EQ(query.get("missing", "otherwise"), "otherwise");
    EXPECT_TRUE(query.contains("b"));
    EXPECT_EQ(query.size(), 2u);
}

TEST(Response, RefusesLineBreaksEverywhere) {
    Response response;
    EXPECT_THROW(response["X-A"] = "a\r\nSet-Cookie: b=c", BadHeaderError);
    EXPECT_THROW(response.set("X-A\r\nB", "c"), BadHeaderError);
    EXPECT_THROW(response.set("X A", "c"), BadHeaderError);
    EXPECT_THROW(response.set("X-A", std::string_view("a\0b", 3)), BadHeaderError);
    EXPECT_THROW(response.set_reason("Fine\r\nX: y"), BadHeaderError);
    EXPECT_THROW(response.set_content_type("text/html\n"), BadHeaderError);
    EXPECT_THROW(response.set_cookie("a\r\n", "b"), BadHeaderError);
    EXPECT_THROW(response.set_cookie("a", "b", {.path = "/\r\n"}), BadHeaderError);
    EXPECT_THROW(response.set_cookie("a", "b", {.domain = "x; Secure"}), BadHeaderError);
    response.set_cookie("a", "b\r\nc");
    EXPECT_EQ(head_of(response).find("b\r\nc"), std::string::npos);
}

TEST(Response, FieldsAreReplacedWhateverTheirCase) {
    Response response("x");
    response["X-Frame-Options"] = "DENY";
    response["x-frame-options"] = "SAMEORIGIN";
    response.append("Link", "a");
    response.append("Link", "b");
    EXPECT_EQ(response["X-Frame-Options"], "SAMEORIGIN");
    EXPECT_EQ(head_of(response),
              "Content-Type: text/html; charset=utf-8\r\nx-frame-options: SAMEORIGIN\r\nLink: a\r\nLink: b\r\n");
    response["Content-Type"] = "text/x-own";
    EXPECT_EQ(response.content_type(), "text/x-own");
    response.remove("link");
    EXPECT_FALSE(response.has_header("Link"));
}

TEST(Response, TakesItsOwnFieldsAsNamesAndValues) {
    const std::string value = "a value that is longer than a small string, by a good bit";
    Response response;
    response.set("X-A", value);
    response.append("X-B", response["X-A"]);
    response.setdefault("X-C", response["X-B"]);
    response["X-D"] = response["X-C"];
    for (int i = 0; i < 8; ++i) response.append("X-Many", response["X-D"]);
    for (std::string_view name : {"X-A", "X-B", "X-C", "X-D", "X-Many"}) EXPECT_EQ(response.get(name), value) << name;

    const auto name_in_block = [&](std::string_view wanted) {
        std::string_view found;
        response.for_each_header([&](std::string_view name, std::string_view) {
            if (name == wanted) found = name;
        });
        return found;
    };
    response.append(name_in_block("X-A"), "second");
    EXPECT_EQ(head_of(response).find("X-A: second\r\n"), head_of(response).size() - 13);
    response.remove(name_in_block("X-Many"));
    EXPECT_FALSE(response.has_header("X-Many"));
    response.set(name_in_block("X-A"), response["X-B"]);
    EXPECT_EQ(head_of(response), "Content-Type: text/html; charset=utf-8\r\nX-B: " + value + "\r\nX-C: " + value +
                                     "\r\nX-D: " + value + "\r\nX-A: " + value + "\r\n");
    response["Content-Type"] = "text/x-own-type-of-some-length";
    response["Content-Type"] = response["Content-Type"];
    EXPECT_EQ(response.content_type(), "text/x-own-type-of-some-length");
}

TEST(Response, TakesItsOwnValuesWhereverTheBlockHasToGrow) {
    for (std::size_t size = 1; size < 300; ++size) {
        const std::string value(size, 'v');
        Response response;
        response.set("X-A", value);
        response.append("X-Name-Of-Some-Length", response["X-A"]);
        ASSERT_EQ(response["X-Name-Of-Some-Length"], value);
        response.setdefault("X-Another-Name-Of-Some-Length", response["X-A"]);
        ASSERT_EQ(response["X-Another-Name-Of-Some-Length"], value);
    }
}

TEST(Response, DeletesItsOwnCookiesByTheirNames) {
    Response response;
    response.set_cookie("a-name-that-is-longer-than-a-small-string", "x");
    response.set_cookie("short", "y");
    for (const Cookie& cookie : response.cookies()) response.delete_cookie(cookie.name);
    for (const Cookie& cookie : response.cookies()) EXPECT_EQ(cookie.expires, "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(response.cookies().size(), 2u);
}

TEST(Response, RedirectsOnlyToHarmlessSchemes) {
    EXPECT_EQ(HttpResponseRedirect("/a b/é")["Location"], "/a%20b/%C3%A9");
    EXPECT_EQ(HttpResponsePermanentRedirect("https://example.com/").status_code, 301);
    EXPECT_EQ(HttpResponseRedirect("/", true).status_code, 307);
    for (const char* url : {"javascript:alert(1)", "data:text/html,x", "mailto:a@b.c", "file:///etc/passwd"})
        EXPECT_THROW(HttpResponseRedirect(url), DisallowedRedirect) << url;
    EXPECT_EQ(HttpResponseRedirect("/a\r\nX: y")["Location"], "/a%0D%0AX:%20y");
}

TEST(Response, KnowsItsReason) {
    EXPECT_EQ(Response({}, {.status = 404}).reason_phrase(), "Not Found");
    EXPECT_EQ(status_line(200), "HTTP/1.1 200 OK\r\n");
    EXPECT_EQ(HttpResponseNotAllowed({"GET", "HEAD"})["Allow"], "GET, HEAD");
}

TEST(Response, SendsAFileWithItsTypeAndName) {
    const std::string path = testing::TempDir() + "nuages_file_response.css";
    std::ofstream(path) << "body {}";
    const Response response = FileResponse(path, {.as_attachment = true, .filename = "a\"b.css"});
    EXPECT_EQ(response.content_type(), "text/css");
    EXPECT_EQ(response.content_length(), 7u);
    EXPECT_EQ(response["Content-Disposition"], "attachment; filename=\"a\\\"b.css\"");
    EXPECT_THROW(FileResponse(path + ".absent"), Http404);
    EXPECT_THROW(FileResponse(testing::TempDir()), Http404);
    unlink(path.c_str());
}

struct Inner {
    int n;
    std::optional<std::string> name;
};
struct Outer {
    std::string title;
    bool on;
    double ratio;
    std::vector<Inner> rows;
    std::map<std::string, int> counts;
    std::tuple<int, std::string> pair;
    DateTime at;
    Date day;
    enum class Level { low, high } level;
};

TEST(JsonResponse, WritesAggregatesContainersAndDates) {
    const Outer outer{"a\"b\\c\n\x01ü",
                      true,
                      0.5,
                      {{1, "x"}, {2, std::nullopt}},
                      {{"k", 3}},
                      {4, "y"},
                      DateTime::from_ymdhms(2026, 3, 9, 13, 5, 9, 250000),
                      Date::from_ymd(2026, 3, 9),
                      Outer::Level::high};
    const JsonResponse response(outer);
    EXPECT_EQ(response.content,
              R"({"title":"a\"b\\c\n\u0001ü","on":true,"ratio":0.5,"rows":[{"n":1,"name":"x"},{"n":2,"name":null}],)"
              R"("counts":{"k":3},"pair":[4,"y"],"at":"2026-03-09T13:05:09.250Z","day":"2026-03-09","level":1})");
    EXPECT_EQ(response.content_type(), "application/json");
}

TEST(JsonResponse, WritesMembersInPlace) {
    const std::vector<int> rows{1, 2};
    const JsonResponse response({{"count", 2}, {"rows", rows}, {"more", json::Object{{"a", nullptr}}}},
                                {.status = 201});
    EXPECT_EQ(response.content, R"({"count":2,"rows":[1,2],"more":{"a":null}})");
    EXPECT_EQ(response.status_code, 201);
    EXPECT_EQ(json::dumps(seconds(3661)), "\"P0DT01H01M01S\"");
    EXPECT_EQ(json::dumps(2.0), "2.0");
    EXPECT_EQ(json::dumps(1.0 / 0.0), "null");
    EXPECT_EQ(json::dumps(std::string(40, 'x') + "\"" + std::string(20, 'y')),
              "\"" + std::string(40, 'x') + "\\\"" + std::string(20, 'y') + "\"");
}

Response add_header(Request& request, const Next& next) {
    Response response = next(request);
    response["X-Outer"] = std::to_string(response.status_code);
    return response;
}
Response refuse(Request& request, const Next& next) {
    if (request.path == "/private") return HttpResponseForbidden();
    return next(request);
}

TEST(Middleware, StandsAroundTheViewInItsOrder) {
    const Middleware outer{.name = "outer", .call = add_header};
    const Middleware inner{.name = "inner", .after = {"outer"}, .call = refuse};
    const Handler view = [](Request& request) -> Response {
        if (request.path == "/absent") throw Http404("nothing");
        return Response("view");
    };
    const Handler all = chain({outer, inner}, view, [](Request&) -> Response {
        try {
            throw;
        } catch (const Http404&) {
            return HttpResponseNotFound("none");
        }
    });
    EXPECT_EQ(all(RequestBuilder("GET", "/").request())["X-Outer"], "200");
    EXPECT_EQ(all(RequestBuilder("GET", "/private").request())["X-Outer"], "403");
    EXPECT_EQ(all(RequestBuilder("GET", "/absent").request())["X-Outer"], "404");
    EXPECT_THROW(chain({inner, outer}, view), ImproperlyConfigured);
    EXPECT_THROW(chain({outer, outer}, view), ImproperlyConfigured);
}

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

}  // namespace
}  // namespace nuages::http
