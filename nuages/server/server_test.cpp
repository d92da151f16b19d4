// The server over real sockets: requests, and the heads of their responses.
#include <nuages/async/fiber.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

TEST_F(ServerTest, AnswersWithTheHeadersThatBelongToAResponse) {
    start(hello);
    Client client(port_);
    const std::string response = client.send(kGet).read_response();
    EXPECT_EQ(response.substr(0, 17), "HTTP/1.1 200 OK\r\n");
    EXPECT_TRUE(contains(response, "\r\nContent-Type: text/plain\r\n"));
    EXPECT_TRUE(contains(response, "\r\nContent-Length: 5\r\n"));
    EXPECT_TRUE(contains(response, " GMT\r\n"));
    EXPECT_FALSE(contains(response, "Connection:"));
    EXPECT_EQ(body_of(response), "Hello");
    const std::string again = client.send(kGet).read_response();
    EXPECT_EQ(body_of(again), "Hello");
}

TEST_F(ServerTest, GivesTheRequestToTheHandler) {
    start([](Request& request) {
        EXPECT_EQ(request.path, "/a b");
        EXPECT_EQ(request.GET["q"], "1");
        EXPECT_EQ(request.headers["x-token"], "t");
        EXPECT_EQ(request.remote_addr(), "127.0.0.1");
        EXPECT_NE(request.head().server_port, 0);
        return Response(std::string(request.body()));
    });
    const std::string response = exchange(
        "POST /a%20b?q=1 HTTP/1.1\r\nHost: a\r\nX-Token: t\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
    EXPECT_EQ(body_of(response), "body");
}

TEST_F(ServerTest, ClosesWhenTheClientAsksOrSpeaksHttp10) {
    start(hello);
    EXPECT_TRUE(contains(exchange(kGetClose), "\r\nConnection: close\r\n"));
    EXPECT_TRUE(contains(exchange("GET / HTTP/1.0\r\n\r\n"), "\r\nConnection: close\r\n"));
    Client kept(port_);
    EXPECT_TRUE(contains(kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read_response(),
                         "\r\nConnection: keep-alive\r\n"));
    EXPECT_EQ(body_of(kept.send(kGetClose).read_all()), "Hello");
}

TEST_F(ServerTest, AnswersHeadWithTheLengthButWithoutTheBody) {
    start(hello);
    const std::string response = exchange("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(contains(response, "\r\nContent-Length: 5\r\n"));
    EXPECT_EQ(body_of(response), "");
}

TEST_F(ServerTest, SendsNoBodyWithStatusesThatHaveNone) {
    start([](Request& request) {
        return Response("ignored", "text/plain", std::stoi(std::string(request.path.substr(1))));
    });
    Client client(port_);
    for (const char* status : {"204", "304"}) {
        const std::string response =
            client.send("GET /" + std::string(status) + " HTTP/1.1\r\nHost: a\r\n\r\n").read_response(false);
        EXPECT_EQ(std::to_string(status_in(response)), status);
        EXPECT_FALSE(contains(response, "Content-Length"));
    }
    const std::string reset = client.send("GET /205 HTTP/1.1\r\nHost: a\r\n\r\n").read_response(false);
    EXPECT_TRUE(contains(reset, "Content-Length: 0\r\n"));
    EXPECT_EQ(body_of(client.send("GET /200 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all()), "ignored");
}

TEST_F(ServerTest, KeepsFramingHeadersToItself) {
    start([](Request&) {
        Response response("Hello", "text/plain");
        response["Content-Length"] = "500";
        response["Transfer-Encoding"] = "chunked";
        response["X-Mine"] = "1";
        response["Connection"] = "keep-alive";
        return response;
    });
    Client client(port_);
    const std::string response = client.send(kGet).read_response();
    EXPECT_EQ(count(response, "Content-Length"), 1u);
    EXPECT_TRUE(contains(response, "Content-Length: 5\r\n"));
    EXPECT_FALSE(contains(response, "Transfer-Encoding"));
    EXPECT_FALSE(contains(response, "Connection"));
    EXPECT_TRUE(contains(response, "X-Mine: 1\r\n"));
}

TEST_F(ServerTest, AViewMayCloseTheConnectionAndSetItsOwnDate) {
    start([](Request&) {
        Response response("bye");
        response["Connection"] = "close";
        response["Date"] = "Thu, 01 Jan 1970 00:00:00 GMT";
        return response;
    });
    const std::string response = exchange(kGet);
    EXPECT_EQ(count(response, "Date: "), 1u);
    EXPECT_EQ(count(response, "Connection: close\r\n"), 1u);
}

TEST_F(ServerTest, WritesReasonsCookiesAndTheServersName) {
    ServerOptions options;
    options.server_name = "nuages";
    start(
        [](Request&) {
            Response response;
            response.set_reason("Fine");
            response.set_cookie("a", "1");
            response.set_cookie("b", "2");
            return response;
        },
        options);
    const std::string response = exchange(kGetClose);
    EXPECT_EQ(response.substr(0, 19), "HTTP/1.1 200 Fine\r\n");
    EXPECT_TRUE(contains(response, "\r\nServer: nuages\r\n"));
    EXPECT_EQ(count(response, "\r\nSet-Cookie: "), 2u);
}

TEST_F(ServerTest, AnExceptionBecomesAPlain500AndALogLine) {
    std::mutex mutex;
    std::string logged;
    auto former = log::set_sink([&](log::Level, std::string_view logger, std::string_view message) {
        const std::lock_guard lock(mutex);
        logged += std::string(logger) + ": " + std::string(message) + "\n";
    });
    start([](Request& request) -> Response {
        if (request.path == "/odd") throw 7;
        throw ImproperlyConfigured("secret detail");
    });
    Client client(port_);
    const std::string response = client.send(kGet).read_response();
    EXPECT_EQ(status_in(response), 500);
    EXPECT_FALSE(contains(response, "secret"));
    EXPECT_EQ(status_in(client.send("GET /odd HTTP/1.1\r\nHost: a\r\n\r\n").read_response()), 500);
    stop();
    log::set_sink(former);
    EXPECT_TRUE(contains(logged, "nuages.request: ImproperlyConfigured at /x?y=1: secret detail"));
}

TEST_F(ServerTest, ReportsEachResponseToTheAccessLog) {
    std::mutex mutex;
    std::vector<std::string> lines;
    ServerOptions options;
    options.access_log = [&](const AccessRecord& record) {
        const std::lock_guard lock(mutex);
        lines.push_back(std::string(record.remote_address) + " " + std::string(record.method) + " " +
                        std::string(record.target) + " " + std::to_string(record.status) + " " +
                        std::to_string(record.body_bytes));
    };
    start(hello, options);
    exchange(std::string(kGet) + std::string(kGetClose));
    exchange("GET / HTTP/1.1\r\n\r\n");
    stop();
    const std::vector<std::string> expected = {"127.0.0.1 GET /x?y=1 200 5", "127.0.0.1 GET /x 200 5",
                                               "127.0.0.1 GET / 400 0"};
    EXPECT_EQ(lines, expected);
}

TEST_F(ServerTest, RefusesWhatIsBeyondItsConcurrencyAndGoesOn) {
    async::Waker release;
    std::atomic<int> waiting = 0;
    ServerOptions options;
    options.concurrent_requests = 1;
    start(
        [&](Request& request) {
            if (request.path == "/wait") {
                async::suspend([&](async::Waker waker) {
                    release = waker;
                    ++waiting;
                });
            }
            return Response("done");
        },
        options);
    Client first(port_);
    first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    while (waiting == 0) std::this_thread::yield();
    Client second(port_);
    const std::string refused = second.send(kGet).read_response();
    EXPECT_EQ(status_in(refused), 503);
    EXPECT_TRUE(contains(refused, "\r\nRetry-After: 1\r\n"));
    release.wake();
    EXPECT_EQ(body_of(first.read_response()), "done");
    EXPECT_EQ(body_of(second.send(kGet).read_response()), "done") << "the connection was kept";
}

TEST_F(ServerTest, SendsHeadersOfItsOwnUnlessTheViewHasThem) {
    ServerOptions options;
    options.headers = {"X-Region: eu-1", "X-Frame-Options:DENY"};
    start(
        [](Request& request) {
            Response response("page");
            if (request.path == "/x") response["x-region"] = "view";
            return response;
        },
        options);
    const std::string own = exchange(kGetClose);
    EXPECT_TRUE(contains(own, "\r\nx-region: view\r\n"));
    EXPECT_FALSE(contains(own, "eu-1"));
    EXPECT_TRUE(contains(own, "\r\nX-Frame-Options: DENY\r\n"));
    EXPECT_TRUE(contains(exchange("BAD\r\n\r\n"), "\r\nX-Region: eu-1\r\n")) << "refusals have them too";
    for (const char* line : {"no colon", "X Y: z", "X: a\r\nY: b", ": v", "Content-Length: 5", "connection: close", "Date: now"})
        EXPECT_THROW(check_headers({line}), Error) << line;
}

}  // namespace
}  // namespace nuages::server
