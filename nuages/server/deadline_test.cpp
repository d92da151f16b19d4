// Clients that are slow or silent (checklist 23).
#include <nuages/async/time.hpp>
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

TEST_F(ServerTest, Security23AHeadThatNeverEndsIs408) {
    ServerOptions options;
    options.header_timeout = milliseconds(250);
    start(hello, options);
    EXPECT_EQ(status_in(Client(port_).send("GET / HT").read_all()), 408);
    EXPECT_TRUE(Client(port_).is_closed());
}

TEST_F(ServerTest, Security23TricklingBytesDoNotProlongTheHead) {
    ServerOptions options;
    options.header_timeout = milliseconds(30);
    start(hello, options);
    Client client(port_);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    std::atomic<bool> closed = false;
    std::thread trickle([&] {
        while (!closed) {
            client.send("y");
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    });
    const std::string response = client.read_all();
    closed = true;
    trickle.join();
    EXPECT_TRUE(response.empty() || status_in(response) == 408);
}

TEST_F(ServerTest, Security23ABodyThatDoesNotComeIs408) {
    ServerOptions options;
    options.body_timeout = milliseconds(20);
    start(hello, options);
    EXPECT_EQ(status_in(Client(port_).send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").read_all()),
              408);
}

TEST_F(ServerTest, ClosesIdleConnectionsSilently) {
    ServerOptions options;
    options.idle_timeout = milliseconds(20);
    start(hello, options);
    Client client(port_);
    client.send(kGet).read_response();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, Security23AClientThatReadsNothingIsDropped) {
    ServerOptions options;
    options.write_timeout = milliseconds(20);
    start([](Request&) { return Response(std::string(30'000'000, 'x')); }, options);
    Client client(port_, 4096);
    client.send(kGet);
    stop();  // would wait for the response otherwise
}

}  // namespace
}  // namespace nuages::server
