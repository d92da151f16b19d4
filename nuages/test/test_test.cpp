#include <nuages/async/fiber.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/test.hpp>
#include <nuages/urls/path.hpp>
#include <nuages/http/json.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/value.hpp>
#include <nuages/views/base_handler.hpp>
#include <nuages/views/shortcuts.hpp>

#include <gtest/gtest-spi.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

using namespace nuages;

namespace {

Urls urls() {
    return {.patterns = {
                path("echo/",
                     [](Request& request) {
                         return Response(std::string(request.method) + " " + std::string(request.GET["a"]) + " " +
                                         std::string(request.POST["b"]) + " " + std::string(request.headers["X-C"]) +
                                         " " + std::string(request.COOKIES["d"]) + " " + std::string(request.body()));
                     }),
                path("login/",
                     [](Request&) {
                         Response response = HttpResponseRedirect("/echo/?a=in");
                         response.set_cookie("d", "biscuit, with crumbs");
                         return response;
                     }),
                path("logout/",
                     [](Request&) {
                         Response response("bye");
                         response.delete_cookie("d");
                         return response;
                     }),
                path("upload/",
                     [](Request& request) {
                         Response response;
                         response.write(request.POST["title"]);
                         response.write(" " + std::string(request.POST["count"]) + " ");
                         for (const auto& file : request.FILES.getlist("scan"))
                             response.write("[" + file.name + " " + file.content_type + " " + std::to_string(file.size()) + "]");
                         return response;
                     }),
                path("away/", [](Request&) { return HttpResponseRedirect("https://shop.example/where/"); }),
                path("where/", [](Request& request) { return Response(request.build_absolute_uri()); }),
                path("again/", [](Request&) { return HttpResponseRedirect("/echo/", true); }),
                path("broken/", [](Request&) -> Response { throw Error("broken"); }),
                path("page/",
                     [](Request& request) {
                         const std::string title = "Hello";
                         const std::vector<int> rows{1, 2};
                         return render(request, "page.html", {{"title", title}, {"rows", rows}});
                     },
                     {.name = "page"}),
                path("json/", [](Request&) { return JsonResponse({{"a", std::vector<int>{1, 2}}, {"b", nullptr}}); }),
                path("stream/",
                     [](Request& request) {
                         return StreamingHttpResponse([&request](ResponseStream& out) { out.write(request.GET["a"]); });
                     }),
                path("loop/", [](Request&) { return HttpResponseRedirect("/loop/"); }),
                path("file/", [](Request&) { return FileResponse("/etc/hostname"); }),
                path("rows/",
                     [](Request&) {
                         return Response(std::to_string(connection().query<int>("SELECT id FROM note").size()));
                     }),
            }};
}

http::Handler handler() {
    return [resolver = make_ref<routing::UrlResolver>(urls)](Request& request) { return (*resolver)(request); };
}

TEST(TestClient, SendsQueriesFormsHeadersAndBodies) {
    test::Client client(handler());
    EXPECT_EQ(client.get("/echo/", {{"a", "1 &"}}).content, "GET 1 &    ");
    EXPECT_EQ(client.post("/echo/?a=1", {{"b", "2=2"}}).content, "POST 1 2=2   b=2%3D2");
    EXPECT_EQ(client.get("/echo/", {}, {.headers = {{"X-C", "3"}}}).content, "GET   3  ");
    EXPECT_EQ(client.request("PUT", "/echo/", "{}", {.content_type = "application/json"}).content, "PUT     {}");
    EXPECT_EQ(client.head("/echo/").content, "");
}

TEST(TestClient, KeepsCookiesAndFollowsRedirects) {
    test::Client client(handler());
    const auto response = client.post("/login/", {}, {.follow = true});
    EXPECT_REDIRECTS(response, "/echo/?a=in");
    EXPECT_EQ(response.request_path, "/echo/?a=in");
    EXPECT_CONTAINS(response, "GET in");
    EXPECT_CONTAINS(response, "biscuit, with crumbs", 1);
    EXPECT_NOT_CONTAINS(response, "POST");
    EXPECT_EQ(client.cookie("d"), "biscuit, with crumbs");
    client.get("/logout/");
    EXPECT_EQ(client.cookie("d"), "");
    EXPECT_THROW(client.get("/loop/", {}, {.follow = true}), test::RedirectCycleError);
}

TEST(TestClient, SendsEveryMethodWithItsBody) {
    test::Client client(handler());
    EXPECT_EQ(client.put("/echo/", "x").content, "PUT     x");
    EXPECT_EQ(client.patch("/echo/", "x").content, "PATCH     x");
    EXPECT_EQ(client.delete_("/echo/").content, "DELETE     ");
    EXPECT_EQ(client.options("/echo/").content, "OPTIONS     ");
    EXPECT_EQ(client.trace("/echo/").content, "TRACE     ");
    const auto json = client.post("/echo/", R"({"a":1})", {.content_type = "application/json", .query_params = {{"a", "q"}}});
    EXPECT_EQ(json.content, R"(POST q    {"a":1})");
    EXPECT_EQ(json.request().content_type(), "application/json");
    EXPECT_EQ(client.put("/echo/", "x").request().content_type(), "application/octet-stream");
    client.headers = {{"X-C", "always"}};
    EXPECT_EQ(client.get("/echo/").content, "GET   always  ");
    EXPECT_EQ(client.get("/echo/", {}, {.headers = {{"x-c", "now"}}}).content, "GET   now  ");
}

TEST(TestClient, PostsFilesAndForms) {
    test::Client client(handler());
    const std::string bytes("\x89PNG\r\n--BoUnDaRy\0", 19);
    const auto response =
        client.post("/upload/", {{"title", "caf\xc3\xa9"}, {"count", 3}, {"scan", test::File{"a\".png", bytes}},
                                 {"scan", test::File{"b.bin", "x", "application/x-own"}}});
    EXPECT_EQ(response.content, "caf\xc3\xa9 3 [a%22.png image/png 19][b.bin application/x-own 1]");
    EXPECT_EQ(response.request().FILES.getlist("scan")[0].read(), bytes);
    EXPECT_EQ(client.post("/upload/", {{"title", "t"}}, {.content_type = "multipart/form-data"}).content, "t  ");
    const test::Data given = {{"title", "from data"}};
    EXPECT_EQ(client.post("/upload/", given).content, "from data  ");
}

TEST(TestClient, FollowsToOtherHostsSchemesAndWithTheBody) {
    test::Client client(handler());
    const auto elsewhere = client.get("/away/", {}, {.follow = true});
    EXPECT_EQ(elsewhere.content, "https://shop.example/where/");
    EXPECT_EQ(client.post("/again/", {{"b", "kept"}}, {.follow = true}).content, "POST  kept   b=kept");
    EXPECT_EQ(client.head("/again/", {}, {.follow = true}).request().method, "HEAD");
}

TEST(TestClient, LetsExceptionsOfViewsThrough) {
    const http::Handler site = views::base_handler({.resolver = make_ref<routing::UrlResolver>(urls)});
    test::Client client(site);
    EXPECT_THROW(client.get("/broken/"), Error);
    client.raise_request_exception = false;
    EXPECT_EQ(client.get("/broken/").status_code, 500);
    EXPECT_EQ(client.get("/nowhere/").status_code, 404);
}

TEST(TestClient, KnowsWhatWasRenderedAndWhichRouteAnswered) {
    const templates::Engine engine({.in_memory = {{"base.html", "{% block body %}{% endblock %}"},
                                               {"part.html", "{{ rows.0 }}"},
                                               {"page.html", "{% extends \"base.html\" %}{% block body %}{{ title }}{% include \"part.html\" %}{% endblock %}"}}});
    templates::set_default_engine(&engine);
    test::Client client(handler());
    const auto response = client.get("/page/");
    EXPECT_EQ(response.content, "Hello1");
    EXPECT_TEMPLATE_USED(response, "page.html");
    EXPECT_TEMPLATE_USED(response, "base.html");
    EXPECT_TEMPLATE_USED(response, "part.html");
    EXPECT_TEMPLATE_NOT_USED(response, "other.html");
    EXPECT_EQ(response.context("title").str(), "Hello");
    EXPECT_EQ(response.context("rows").size(), 2);
    EXPECT_TRUE(response.context("absent").is_missing());
    EXPECT_EQ(response.resolver_match().url_name(), "page");
    EXPECT_EQ(client.get("/json/").json().get("a").at(1).as_integer(), 2);
    EXPECT_JSON_EQ(client.get("/json/"), R"({ "b": null, "a": [1, 2] })");
    EXPECT_NONFATAL_FAILURE(EXPECT_TEMPLATE_USED(response, "other.html"), "page.html, base.html, part.html");
    templates::set_default_engine(nullptr);
}

TEST(TestClient, AStreamStillHasItsRequest) {
    test::Client client(handler());
    EXPECT_EQ(client.get("/stream/", {{"a", "later"}}).text(), "later");
}

TEST(RequestFactory, MakesRequestsForViews) {
    test::RequestFactory factory;
    factory.cookies = {{"theme", "dark"}};
    const auto request = factory.get("/articles/", {{"page", "2"}}, {.headers = {{"X-C", "1"}}, .secure = true});
    EXPECT_EQ(request->GET["page"], "2");
    EXPECT_EQ(request->COOKIES["theme"], "dark");
    EXPECT_EQ(request->headers["X-C"], "1");
    EXPECT_EQ(request->build_absolute_uri(), "https://testserver/articles/?page=2");
    EXPECT_EQ(factory.post("/", {{"a", "b"}})->POST["a"], "b");
    EXPECT_EQ(factory.generic("PATCH", "/", "{}", {.content_type = "application/json"})->json().size(), 0);
}

TEST(TestClient, ReadsFileResponses) {
    test::Client client(handler());
    const auto response = client.get("/file/");
    EXPECT_EQ(response.text().size(), response.content_length());
}

TEST(TestExpectations, SayWhatTheyFound) {
    static test::Client client(handler());
    EXPECT_NONFATAL_FAILURE(EXPECT_REDIRECTS(client.get("/login/"), "/"), "redirected to '/echo/?a=in'");
    EXPECT_NONFATAL_FAILURE(EXPECT_REDIRECTS(client.get("/logout/"), "/"), "status code was 200");
    EXPECT_NONFATAL_FAILURE(EXPECT_CONTAINS(client.get("/logout/"), "hello"), "Couldn't find 'hello'");
    EXPECT_NONFATAL_FAILURE(EXPECT_CONTAINS(client.get("/login/"), "hello"), "Response code was 302");
}

TEST(TestExpectations, CompareUrlsAndMessages) {
    EXPECT_URL_EQ("/a/?x=1&x=2&a=3", "/a/?a=3&x=1&x=2");
    EXPECT_NONFATAL_FAILURE(EXPECT_URL_EQ("/a/?x=1&x=2", "/a/?x=2&x=1"), "Expected '/a/?x=1&x=2'");
    EXPECT_NONFATAL_FAILURE(EXPECT_URL_EQ("/a/#top", "/a/"), "Expected '/a/#top'");
    EXPECT_RAISES_MESSAGE(Error, "flat", throw Error("the tyre is flat"));
    EXPECT_NONFATAL_FAILURE(EXPECT_RAISES_MESSAGE(Error, "full", throw Error("the tyre is flat")), "not found in");
    EXPECT_NONFATAL_FAILURE(EXPECT_RAISES_MESSAGE(Error, "flat", (void)0), "Error not raised");
}

class Notes : public TestCase {
protected:
    void SetUp() override {
        TestCase::SetUp();
        connection().execute("CREATE TABLE note (id integer PRIMARY KEY, text varchar(20))");
    }
};

TEST_F(Notes, RunOnAFiberInATransaction) {
    EXPECT_TRUE(async::on_fiber());
    EXPECT_TRUE(connection().in_atomic_block());
    connection().execute("INSERT INTO note (text) VALUES (%s)", "a");
    test::Client client(handler());
    EXPECT_NUM_QUERIES(1, EXPECT_EQ(client.get("/rows/").content, "1"));
}

TEST_F(Notes, SeeNothingOfEachOther) { EXPECT_EQ(connection().query<int>("SELECT id FROM note").size(), 0u); }

TEST_F(Notes, ListTheQueriesThatWereTooMany) {
    EXPECT_NONFATAL_FAILURE(EXPECT_NUM_QUERIES(0, connection().execute("SELECT 'this one'")), "1. SELECT 'this one'");
}

TEST_F(TransactionTestCase, LiveServerAnswersOverASocket) {
    const test::LiveServer server(handler());
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string question = "GET /echo/?a=live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    ASSERT_EQ(write(socket, question.data(), question.size()), static_cast<ssize_t>(question.size()));
    std::string answer;
    char buffer[1024];
    for (ssize_t got; (got = read(socket, buffer, sizeof buffer)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(got));
    close(socket);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("GET live"), std::string::npos);
    EXPECT_EQ(server.url("/x"), "http://127.0.0.1:" + std::to_string(server.port()) + "/x");
}

}  // namespace
