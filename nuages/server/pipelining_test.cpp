// Several requests of one connection, and handlers that wait.
#include <nuages/async/fiber.hpp>
#include <nuages/async/fiber_local.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/time.hpp>
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

TEST_F(ServerTest, Security17AnswersPipelinedRequestsInOrderWhileEarlierOnesWait) {
    start([](Request& request) {
        const std::string name(request.path);
        if (name == "/1" || name == "/3") async::sleep_for(milliseconds(3));
        EXPECT_EQ(request.path, name);
        return Response(name);
    });
    Client client(port_);
    std::string wire;
    for (const char* path : {"/1", "/2", "/3", "/4"})
        wire += "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(wire);
    for (const char* path : {"/1", "/2", "/3", "/4"}) EXPECT_EQ(body_of(client.read_response()), path);
}

TEST_F(ServerTest, SendsAFinishedResponseWhileThePipelinedNextOneWaits) {
    async::Waker release;
    async::Loop* loop = nullptr;
    std::atomic<bool> waiting = false;
    start([&](Request& request) {
        if (request.path == "/wait") {
            loop = async::current_loop();
            async::suspend([&](async::Waker waker) {
                release = waker;
                waiting = true;
            });
        }
        return Response(std::string(request.path));
    });
    Client client(port_);
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\nGET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(body_of(client.read_response()), "/now");
    while (!waiting) std::this_thread::yield();
    release.wake();
    EXPECT_EQ(body_of(client.read_response()), "/wait");
}

TEST_F(ServerTest, SendsAFinishedResponseWhileThePipelinedNextOneWaitsThoughItsOwnHandlerWaitedToo) {
    async::Waker release;
    std::atomic<bool> waiting = false;
    start([&](Request& request) {
        if (request.path == "/sleep") async::sleep_for(milliseconds(3));
        if (request.path == "/wait") {
            async::suspend([&](async::Waker waker) {
                release = waker;
                waiting = true;
            });
        }
        return Response(std::string(request.path));
    });
    Client client(port_);
    client.send(
        "GET /sleep HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(body_of(client.read_response()), "/sleep");
    EXPECT_EQ(body_of(client.read_response()), "/now");
    while (!waiting) std::this_thread::yield();
    release.wake();
    EXPECT_EQ(body_of(client.read_response()), "/wait");
}

TEST_F(ServerTest, SurvivesWhenNoStackCanBeMapped) {
    async::Waker release;
    std::atomic<bool> waiting = false;
    start([&](Request& request) {
        if (request.path == "/wait") {
            async::suspend([&](async::Waker waker) {
                release = waker;
                waiting = true;
            });
        }
        return Response(std::string(request.path));
    });
    Client busy(port_);
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    while (!waiting) std::this_thread::yield();
    async::set_stack_size(std::size_t{1} << 50);
    EXPECT_EQ(exchange(kGetClose), "");
    async::set_stack_size(1024 * 1024);
    EXPECT_EQ(body_of(exchange(kGetClose)), "/x");
    release.wake();
    EXPECT_EQ(body_of(busy.read_all()), "/wait");
}

TEST_F(ServerTest, AnswersThousandsOfPipelinedRequestsInOrder) {
    start([](Request& request) { return Response(std::string(request.path)); });
    Client client(port_);
    std::string wire;
    for (int i = 0; i < 5000; ++i) wire += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    std::thread sender([&] { client.send(wire); });
    for (int i = 0; i < 5000; ++i) ASSERT_EQ(body_of(client.read_response()), "/" + std::to_string(i));
    sender.join();
}

TEST_F(ServerTest, ServesOthersWhileAHandlerWaits) {
    async::Waker release;
    std::atomic<bool> waiting = false;
    start([&](Request& request) {
        if (request.path == "/wait") {
            async::suspend([&](async::Waker waker) {
                release = waker;
                waiting = true;
            });
        }
        return Response(std::string(request.path));
    });
    Client first(port_);
    first.send("GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    while (!waiting) std::this_thread::yield();
    for (int i = 0; i < 10; ++i) EXPECT_EQ(body_of(exchange(kGetClose)), "/x");
    release.wake();
    EXPECT_EQ(body_of(first.read_all()), "/wait");
}

async::FiberLocal<int> used_by_fiber;
async::ContextLocal<int> used_by_request;

TEST_F(ServerTest, EachRequestStartsWithFreshLocalsAndSlots) {
    struct Slot {
        int uses = 0;
    };
    start([](Request& request) {
        const int uses = ++*used_by_fiber + ++*used_by_request + ++request.slot<Slot>().uses;
        return Response(std::to_string(uses));
    });
    Client client(port_);
    client.send(std::string(kGet) + std::string(kGet));
    EXPECT_EQ(body_of(client.read_response()), "3");
    EXPECT_EQ(body_of(client.read_response()), "3");
    EXPECT_EQ(body_of(client.send(kGet).read_response()), "3");
}

TEST_F(ServerTest, SurvivesClientsThatLeaveAtAnyPoint) {
    start([](Request& request) {
        if (request.path == "/sleep") async::sleep_for(milliseconds(2));
        return Response(std::string(200'000, 'x'));
    });
    const std::string whole = "POST /sleep HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    for (std::size_t size = 0; size <= whole.size(); ++size) Client(port_).send(whole.substr(0, size));
    for (int i = 0; i < 20; ++i) Client(port_).send(std::string(kGet) + std::string(kGet));
    EXPECT_EQ(body_of(exchange(kGetClose)).size(), 200'000u);
}

}  // namespace
}  // namespace nuages::server
