// What a view must not be able to do to the wire, nor a client by way of a view (security checklist 31 and 33).
#include <nuages/http/errors.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

Response echo_protocol() {
    return http::UpgradeResponse("echo", [](http::UpgradedConnection& connection) { connection.write("upgraded"); });
}

constexpr std::string_view kUpgrade =
    "GET /talk HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n";

TEST_F(ServerTest, Security31ARefusalStopsTheUpgradeAndTheConnectionStaysHttp) {
    std::atomic<int> offered = 0;
    start([&](Request& request) {
        Response response = request.path == "/talk" ? echo_protocol() : Response("page", "text/plain");
        ++offered;
        // What a middleware does that knows this client not: it throws the answer away.
        return request.headers["Authorization"].empty() && request.path == "/talk" ? Response("no", "text/plain", 403) : response;
    });
    Client client(port_);
    client.send(std::string(kUpgrade) + std::string(kGet));
    const std::string refused = client.read_response();
    EXPECT_EQ(status_in(refused), 403);
    EXPECT_FALSE(contains(refused, "Upgrade"));
    EXPECT_EQ(body_of(refused), "no");
    EXPECT_EQ(body_of(client.read_response()), "page") << "what follows is a request, not the other protocol";
    EXPECT_EQ(offered, 2);
    EXPECT_EQ(status_in(client.send("\x81\x05hello").read_all()), 400) << "and a frame of it is refused";
}

TEST_F(ServerTest, Security31NobodyIsUpgradedWhoDidNotAskForThatProtocol) {
    start([](Request&) { return echo_protocol(); });
    const std::string host = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (const std::string& request :
         {host, host + "Upgrade: echo\r\n", host + "Connection: Upgrade\r\n", host + "Connection: Upgrade\r\nUpgrade: websocket\r\n",
          host + "Connection: keep-alive\r\nUpgrade: echo\r\n", host + "Connection: Upgrades\r\nUpgrade: echo\r\n",
          std::string("GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: echo\r\n")}) {
        Client client(port_);
        client.send(request + "\r\n");
        client.end_sending();
        const std::string answer = client.read_all();
        EXPECT_EQ(status_in(answer), 426) << request;
        EXPECT_TRUE(contains(answer, "\r\nUpgrade: echo\r\n")) << request;
        EXPECT_TRUE(contains(answer, "\r\nConnection: Upgrade")) << request;
        EXPECT_FALSE(contains(answer, "upgraded")) << request;
    }
    for (const char* fields : {"Connection: Upgrade\r\nUpgrade: echo\r\n", "connection: keep-alive, UPGRADE\r\nupgrade: h2c, ECHO\r\n"})
        EXPECT_TRUE(exchange(host + fields + "\r\n").ends_with("\r\n\r\nupgraded")) << fields;
}

TEST_F(ServerTest, Security33NothingThatAViewCopiesBreaksOutOfItsField) {
    using http::StreamingHttpResponse;
    // CR LF, LF, CR and NUL, with a header and a response behind them.
    const std::string ends[] = {"\r\n", "\n", "\r", std::string(1, '\0')};
    const std::pair<const char*, std::function<void(Response&, const std::string&)>> places[] = {
        {"a value", [](Response& r, const std::string& evil) { r["X-Copy"] = evil; }},
        {"a value beside others", [](Response& r, const std::string& evil) { r.append("X-Copy", evil); }},
        {"a name", [](Response& r, const std::string& evil) { r[evil] = "v"; }},
        {"a reason", [](Response& r, const std::string& evil) { r.set_reason(evil); }},
        {"a content type", [](Response& r, const std::string& evil) { r.set_content_type(evil); }},
        {"a cookie's name", [](Response& r, const std::string& evil) { r.set_cookie(evil, "v"); }},
        {"a cookie's value", [](Response& r, const std::string& evil) { r.set_cookie("c", evil); }},
        {"a cookie's path", [](Response& r, const std::string& evil) { r.set_cookie("c", "v", {.path = evil}); }},
        {"a cookie's domain", [](Response& r, const std::string& evil) { r.set_cookie("c", "v", {.domain = evil}); }},
        {"a redirect", [](Response& r, const std::string& evil) { r = http::HttpResponseRedirect("/" + evil); }},
        {"a protocol", [](Response& r, const std::string& evil) { r = http::UpgradeResponse(evil, {}); }},
        {"a file's name",
         [](Response& r, const std::string& evil) { r = http::FileResponse("/etc/hostname", {.as_attachment = true, .filename = evil}); }},
        {"a file's type",
         [](Response& r, const std::string& evil) { r = http::FileResponse("/etc/hostname", {.content_type = evil}); }},
        {"a trailer",
         [](Response& r, const std::string& evil) {
             r = StreamingHttpResponse([evil](http::ResponseStream& out) { out.add_trailer("X-Copy", evil); });
         }},
        {"an event's type",
         [](Response& r, const std::string& evil) {
             r = http::EventStreamResponse([evil](http::EventStream& out) { out.send({.data = "d", .event = evil}); });
         }},
    };
    std::function<void(Response&)> copy;
    start([&](Request&) {
        Response response("page", "text/plain");
        copy(response);
        return response;
    });
    for (const auto& [place, set] : places) {
        for (const std::string& end : ends) {
            const std::string evil = "a" + end + "X-Injected: 1" + end + end + "HTTP/1.1 200 Injected" + end;
            copy = [&set = set, evil](Response& response) { set(response, evil); };
            const std::string answer = exchange("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close, TE\r\n\r\n");
            EXPECT_GT(status_in(answer), 199) << place;
            for (const std::string& line_end : ends) {
                EXPECT_FALSE(contains(answer, line_end + "X-Injected")) << place << "\n" << answer;
                EXPECT_FALSE(contains(answer, line_end + "HTTP/1.1 200 Injected")) << place << "\n" << answer;
            }
        }
    }
}

}  // namespace
}  // namespace nuages::server
