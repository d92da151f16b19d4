// Requests that are refused: their answer, and how the connection ends.
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

TEST_F(ServerTest, AnswersARefusedRequestWithItsStatusAndCloses) {
    start(hello);
    const std::pair<std::string, int> cases[] = {
        {"nonsense\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"GET /" + std::string(9000, 'u') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'h') + "\r\n\r\n", 431},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417},
    };
    for (const auto& [request, status] : cases) {
        const std::string response = exchange(request + std::string(kGet));
        EXPECT_EQ(status_in(response), status) << request.substr(0, 80);
        EXPECT_TRUE(contains(response, "\r\nConnection: close\r\n"));
        EXPECT_FALSE(contains(response, "200 OK")) << "the smuggled request was answered";
    }
}

TEST_F(ServerTest, AnswersWhatCameBeforeARefusedRequest) {
    start(hello);
    const std::string response = exchange(std::string(kGet) + "BAD\r\n\r\n");
    EXPECT_EQ(status_in(response), 200);
    EXPECT_TRUE(contains(response, "HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(ServerTest, AnswersARefusedUploadEvenWhileTheClientStillSends) {
    ServerOptions options;
    options.limits.body = 1000;
    start(hello, options);
    EXPECT_EQ(
        status_in(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x'))),
        413);
}

TEST_F(ServerTest, ARefusedUploadOfMegabytesStillGetsItsAnswer) {
    ServerOptions options;
    options.limits.body = 1000;
    start(hello, options);
    Client client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + std::string(5'000'000, 'x'));
    EXPECT_FALSE(client.was_cut_off());  // by a reset, which overtakes the answer
    client.end_sending();
    EXPECT_EQ(status_in(client.read_all()), 413);
}

TEST_F(ServerTest, BodiesShareABudgetAndGiveItBack) {
    ServerOptions options;
    options.limits.buffered_total = 300'000;
    start([](Request& request) { return Response(std::to_string(request.body().size())); }, options);
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n";
    Client first(port_);
    first.send(head + std::string(100'000, 'x'));
    EXPECT_EQ(body_of(exchange(kGetClose)), "0");  // what was sent before has been read
    const std::string refused = exchange(head + std::string(200'000, 'y'));
    EXPECT_EQ(status_in(refused), 503);
    EXPECT_TRUE(contains(refused, "\r\nConnection: close\r\n"));
    EXPECT_EQ(body_of(exchange(kGetClose)), "0");
    first.send(std::string(100'000, 'x') + "GET /");  // a few bytes do not keep the large buffer
    EXPECT_EQ(body_of(first.read_response()), "200000");
    Client second(port_);
    EXPECT_EQ(body_of(second.send(head + std::string(200'000, 'z')).read_response()), "200000");
    EXPECT_EQ(body_of(first.send(" HTTP/1.1\r\nHost: a\r\n\r\n").read_response()), "0");
    first.send(head + std::string(100'000, 'x')).end_sending();  // the client gives up
    EXPECT_TRUE(first.is_closed());
    EXPECT_EQ(body_of(second.send(head + std::string(200'000, 'z')).read_response()), "200000");
}

}  // namespace
}  // namespace nuages::server
