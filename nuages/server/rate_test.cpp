// Clients that are slower than they may be, and those that are not.
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

Response size_of(Request& request) { return Response(std::to_string(request.body().size()), "text/plain"); }

// Sends a body of SIZE bytes one by one, a pause of PAUSE_US between them; the answer.
std::string send_slowly(std::uint16_t port, int size, useconds_t pause_us) {
    Client client(port);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n");
    for (int i = 0; i < size && !client.was_cut_off(); ++i) {
        client.send("x");
        ::usleep(pause_us);
    }
    return client.read_all();
}

TEST_F(ServerTest, Security23ABodyBelowTheLeastRateIsCutOff) {
    ServerOptions options;
    options.body_timeout = milliseconds(200);
    options.min_rate = 2000;
    start(size_of, std::move(options));
    EXPECT_EQ(status_in(send_slowly(port_, 400, 2000)), 408);
}

TEST_F(ServerTest, WithoutALeastRateAnyProgressCounts) {
    ServerOptions options;
    options.body_timeout = milliseconds(500);
    options.min_rate = 0;
    start(size_of, std::move(options));
    EXPECT_EQ(body_of(send_slowly(port_, 400, 2000)), "400");
}

}  // namespace
}  // namespace nuages::server
