#include <nuages/async/fiber.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/test.hpp>
#include <nuages/urls/path.hpp>
#include <nuages/urls/resolver.hpp>

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
    EXPECT_THROW(client.get("/loop/", {}, {.follow = true}), Error);
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
