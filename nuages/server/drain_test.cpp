// Starting and stopping: drains, signals, threads.
#include <nuages/async/fiber.hpp>
#include <nuages/async/time.hpp>
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

TEST_F(ServerTest, StopFinishesRunningRequestsAndClosesTheirConnections) {
    std::atomic<bool> running = false;
    async::Waker release;
    start([&](Request& request) {
        if (request.path == "/x") {
            async::suspend([&](async::Waker waker) {
                release = waker;
                running = true;
            });
        }
        return Response("done");
    });
    Client idle(port_);
    idle.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n").read_response();
    Client busy(port_);
    busy.send(kGet);
    while (!running) std::this_thread::yield();
    server_->stop();
    EXPECT_TRUE(idle.is_closed());
    release.wake();
    const std::string response = busy.read_all();
    EXPECT_EQ(body_of(response), "done");
    EXPECT_TRUE(contains(response, "Connection: close\r\n"));
    thread_.join();
    EXPECT_FALSE(Client(port_).connected());
}

TEST_F(ServerTest, StopCancelsHandlersThatOverstayTheDrain) {
    std::atomic<bool> running = false;
    std::atomic<bool> unwound = false;
    ServerOptions options;
    options.drain_timeout = milliseconds(10);
    start(
        [&](Request&) {
            try {
                running = true;
                async::sleep_for(hours(1));
            } catch (const async::Cancelled&) {
                unwound = true;
                throw;
            }
            return Response();
        },
        options);
    Client client(port_);
    client.send(kGet);
    while (!running) std::this_thread::yield();
    stop();
    EXPECT_TRUE(unwound);
    client.read_all();
}

TEST_F(ServerTest, SigtermDrains) {
    ServerOptions options;
    options.binds = {"127.0.0.1:0"};
    Server server(options, hello);
    std::thread thread([&] { server.run(); });
    Client client(server.ports().at(0));
    EXPECT_EQ(status_in(client.send(kGet).read_response()), 200);
    ::kill(::getpid(), SIGTERM);
    thread.join();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, ASecondSignalEndsWhatStillRunsOnOtherThreads) {
    std::atomic<bool> waiting = false;
    std::atomic<bool> unwound = false;
    std::thread::id first_thread;
    ServerOptions options;
    options.binds = {"127.0.0.1:0"};
    options.threads = 2;
    options.drain_timeout = minutes(10);
    Server server(options, [&](Request&) {
        if (std::this_thread::get_id() == first_thread) return Response();
        waiting = true;
        try {
            async::sleep_for(hours(1));
        } catch (const async::Cancelled&) {
            unwound = true;
            throw;
        }
        return Response();
    });
    std::atomic<bool> known = false;
    std::thread thread([&] {
        first_thread = std::this_thread::get_id();
        known = true;
        server.run();
    });
    while (!known) std::this_thread::yield();
    std::vector<std::unique_ptr<Client>> clients;
    while (!waiting) {
        clients.push_back(std::make_unique<Client>(server.ports().at(0)));
        clients.back()->send(kGet);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ::kill(::getpid(), SIGTERM);
    while (Client(server.ports().at(0)).connected()) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the first thread has nothing left to do
    ::kill(::getpid(), SIGTERM);
    thread.join();
    EXPECT_TRUE(unwound);
}

TEST_F(ServerTest, StopServesEverybodyWhoHadConnectedBefore) {
    std::atomic<bool> running = false;
    std::atomic<bool> go_on = false;
    start([&](Request& request) {
        if (request.path == "/hold") {
            running = true;
            while (!go_on) std::this_thread::yield();  // holds the loop
        }
        return Response(std::string(request.path));
    });
    Client holder(port_);
    holder.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    while (!running) std::this_thread::yield();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 300; ++i) {
        clients.push_back(std::make_unique<Client>(port_));
        clients.back()->send(kGet);
    }
    server_->stop();
    go_on = true;
    int answered = 0;
    for (const auto& client : clients) answered += status_in(client->read_all()) == 200;
    EXPECT_EQ(answered, 300);
}

TEST_F(ServerTest, AThreadsStopIsCalledEvenWhenHandlersOverstayTheDrain) {
    std::atomic<bool> running = false;
    std::atomic<int> stopped = 0;
    ServerOptions options;
    options.drain_timeout = milliseconds(10);
    options.on_thread_stop = [&] {
        EXPECT_TRUE(async::on_fiber());
        ++stopped;
    };
    start(
        [&](Request&) {
            running = true;
            async::sleep_for(hours(1));
            return Response();
        },
        options);
    Client client(port_);
    client.send(kGet);
    while (!running) std::this_thread::yield();
    stop();
    EXPECT_EQ(stopped, 1);
}

TEST_F(ServerTest, ARequestKnowsTheAddressItCameTo) {
    async::Waker release;
    std::atomic<bool> waiting = false;
    ServerOptions options;
    options.binds = {"0.0.0.0:0", "127.0.0.3:0"};
    options.handle_signals = false;
    server_ = std::make_unique<Server>(options, [&](Request& request) {
        if (request.path == "/wait") {
            async::suspend([&](async::Waker waker) {
                release = waker;
                waiting = true;
            });
        }
        return Response(std::string(request.head().server_name) + " " + std::to_string(request.head().server_port));
    });
    thread_ = std::thread([this] { server_->run(); });
    const std::uint16_t any = server_->ports().at(0);
    const std::uint16_t one = server_->ports().at(1);
    Client first(any, 0, INADDR_LOOPBACK + 1);
    first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    while (!waiting) std::this_thread::yield();
    Client second(one, 0, INADDR_LOOPBACK + 2);
    EXPECT_EQ(body_of(second.send(kGet).read_response()), "127.0.0.3 " + std::to_string(one));
    release.wake();
    EXPECT_EQ(body_of(first.read_response()), "127.0.0.2 " + std::to_string(any));
}

TEST_F(ServerTest, SeveralThreadsShareThePort) {
    std::mutex mutex;
    std::vector<std::string> events;
    ServerOptions options;
    options.threads = 3;
    options.on_thread_start = [&] {
        EXPECT_TRUE(async::on_fiber());
        const std::lock_guard lock(mutex);
        events.push_back("start");
    };
    options.on_thread_stop = [&] {
        const std::lock_guard lock(mutex);
        events.push_back("stop");
    };
    start(hello, options);
    std::vector<std::thread> clients;
    std::atomic<int> answered = 0;
    for (int t = 0; t < 4; ++t) {
        clients.emplace_back([&] {
            for (int i = 0; i < 25; ++i) {
                if (status_in(exchange(kGetClose)) == 200) ++answered;
            }
        });
    }
    for (auto& client : clients) client.join();
    stop();
    EXPECT_EQ(answered, 100);
    EXPECT_EQ(events.size(), 6u);
}

TEST_F(ServerTest, WhatAThreadsStartThrowsEndsTheServer) {
    ServerOptions options;
    options.binds = {"127.0.0.1:0"};
    options.threads = 2;
    options.handle_signals = false;
    options.on_thread_start = [] { throw ImproperlyConfigured("no database"); };
    Server server(options, hello);
    EXPECT_THROW(server.run(), ImproperlyConfigured);
}

TEST_F(ServerTest, NamesTheAddressThatCannotBeBound) {
    start(hello);
    for (const unsigned threads : {1u, 2u}) {
        ServerOptions options;
        options.threads = threads;
        options.binds = {"127.0.0.1:" + std::to_string(port_)};
        try {
            const Server second(options, hello);
            FAIL() << "bound twice with " << threads;
        } catch (const Error& error) {
            EXPECT_EQ(error.message(), "Cannot listen on " + options.binds[0] + ": that port is already in use.");
        }
    }
    for (const char* address :
         {"nowhere", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x", "::1:80", "no such host.invalid:80"}) {
        ServerOptions options;
        options.binds = {address};
        EXPECT_THROW(Server(options, hello), Error) << address;
    }
}

TEST_F(ServerTest, MoreConnectionsThanAllowedWaitTheirTurn) {
    ServerOptions options;
    options.connections = 2;
    options.drain_timeout = milliseconds(40);  // the shortest deadline sets the tick, at which room is looked for
    start(hello, options);
    auto first = std::make_unique<Client>(port_);
    auto second = std::make_unique<Client>(port_);
    first->send(kGet).read_response();
    second->send(kGet).read_response();
    Client third(port_);
    third.send(kGetClose);
    first.reset();
    EXPECT_EQ(status_in(third.read_all()), 200);
}

}  // namespace
}  // namespace nuages::server
