// Bodies that are written while they are sent: chunks, lengths, events, connections that were upgraded.
#include <nuages/async/channel.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/server/detail/test_server.hpp>

namespace nuages::server {
namespace {

using http::EventStream;
using http::ResponseStream;
using http::StreamingHttpResponse;

constexpr std::string_view kHead = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kOldGet = "GET / HTTP/1.0\r\n\r\n";

Response three_parts(Request&) {
    return StreamingHttpResponse(std::vector<std::string>{"one ", "", "two ", "three"}, {.content_type = "text/plain"});
}

TEST_F(ServerTest, StreamsInChunksAndKeepsTheConnection) {
    start(three_parts);
    Client client(port_);
    const std::string head = client.send(kGet).read_response();
    EXPECT_TRUE(contains(head, "Transfer-Encoding: chunked\r\n"));
    EXPECT_FALSE(contains(head, "Content-Length"));
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n");
    EXPECT_TRUE(contains(client.send(kGetClose).read_all(), "three"));
}

TEST_F(ServerTest, StreamsByAnAnnouncedLengthAndToHttp10UntilTheEnd) {
    start([](Request& request) {
        Response response = three_parts(request);
        if (request.path == "/x") response["Content-Length"] = "13";
        return response;
    });
    Client client(port_);
    EXPECT_EQ(body_of(client.send(kGet).read_response()), "one two three");
    EXPECT_EQ(body_of(client.send(kGet).read_response()), "one two three") << "the connection is kept";
    const std::string old = exchange(kOldGet);
    EXPECT_EQ(body_of(old), "one two three");
    EXPECT_FALSE(contains(old, "chunked"));
    EXPECT_TRUE(contains(old, "Connection: close\r\n"));
}

Response with_trailers(Request&) {
    Response response = StreamingHttpResponse([](ResponseStream& out) {
        out.write("body");
        out.add_trailer("X-Checksum", "abc");
        EXPECT_THROW(out.add_trailer("Content-Length", "5"), http::BadHeaderError);
        EXPECT_THROW(out.add_trailer("X", "a\r\nY: b"), http::BadHeaderError);
        EXPECT_THROW(out.add_trailer("X Y", "a"), http::BadHeaderError);
        out.add_trailer("X-Rows", "12");
    });
    response["Trailer"] = "X-Checksum, X-Rows";
    return response;
}

TEST_F(ServerTest, SendsTrailersToThoseWhoAskForThem) {
    start(with_trailers);
    Client client(port_);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: deflate;q=0.5, Trailers\r\n\r\n");
    EXPECT_TRUE(contains(client.read_response(), "Trailer: X-Checksum, X-Rows\r\n"));
    EXPECT_EQ(client.read_until("\r\n\r\n"), "4\r\nbody\r\n0\r\nX-Checksum: abc\r\nX-Rows: 12\r\n\r\n");
    client.send(kGet).read_response();
    EXPECT_EQ(client.read_until("\r\n\r\n"), "4\r\nbody\r\n0\r\n\r\n") << "others get the body alone";
    EXPECT_EQ(body_of(exchange("GET / HTTP/1.0\r\nTE: trailers\r\n\r\n")), "body");
}

TEST_F(ServerTest, DoesNotRunAStreamForHead) {
    std::atomic<int> runs = 0;
    start([&](Request&) { return StreamingHttpResponse([&](ResponseStream&) { ++runs; }); });
    Client client(port_);
    EXPECT_TRUE(contains(client.send(kHead).read_response(false), "Transfer-Encoding: chunked"));
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(status_in(client.send(kGet).read_response()), 200);
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
    EXPECT_EQ(runs, 1);
}

TEST_F(ServerTest, SendsEachPartAsItIsWritten) {
    async::Channel<std::string> parts(1);
    start([&](Request&) {
        return StreamingHttpResponse([&](ResponseStream& out) {
            for (const std::string& part : parts) out.write(part);
        });
    });
    Client client(port_);
    client.send(kGet);
    EXPECT_EQ(status_in(client.read_response()), 200) << "the head does not wait for the body";
    parts.send("first");
    EXPECT_EQ(client.read_until("first\r\n"), "5\r\nfirst\r\n");
    parts.send("second");
    EXPECT_EQ(client.read_until("second\r\n"), "6\r\nsecond\r\n");
    parts.close();
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
}

TEST_F(ServerTest, HoldsAStreamBackWhileTheClientDoesNotRead) {
    std::atomic<std::size_t> written = 0;
    const std::string part(64 * 1024, 'x');
    start([&](Request&) {
        return StreamingHttpResponse([&](ResponseStream& out) {
            for (int i = 0; i < 1000; ++i) {
                out.write(part);
                written += part.size();
            }
        });
    });
    Client slow(port_, 4096);
    slow.send(kGetClose);
    std::size_t seen = 0;
    do {  // until it stands still
        seen = written;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    } while (seen != written || seen == 0);
    EXPECT_LT(seen, 20u * 1024 * 1024) << "what the kernel's buffers take";
    EXPECT_GT(slow.read_all().size(), 64'000'000u);
    EXPECT_EQ(written, 64'000u * 1024);
}

TEST_F(ServerTest, AStreamNoticesThatItsClientHasGoneWhileItWrites) {
    std::promise<std::string> end;
    start([&](Request&) {
        return StreamingHttpResponse([&](ResponseStream& out) {
            try {
                for (;;) out.write("more and more");
            } catch (const http::RequestAborted& error) {
                EXPECT_FALSE(out.is_connected());
                end.set_value(error.name());
                throw;
            } catch (const async::Cancelled&) {
                end.set_value("RequestAborted");
                throw;
            }
        });
    });
    {
        Client client(port_);
        client.send(kGet).read_response();
    }
    EXPECT_EQ(end.get_future().get(), "RequestAborted");
}

TEST_F(ServerTest, AStreamNoticesThatItsClientHasGoneWhileItWaitsForSomethingElse) {
    std::promise<void> unwound;
    start([&](Request&) {
        return StreamingHttpResponse([&](ResponseStream&) {
            struct Guard {
                std::promise<void>& promise;
                ~Guard() { promise.set_value(); }
            } guard{unwound};
            async::sleep_for(hours(1));
        });
    });
    {
        Client client(port_);
        client.send(kGet).read_response();
    }
    EXPECT_EQ(unwound.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ServerTest, WhatAStreamThrowsCutsItOff) {
    std::mutex mutex;
    std::string logged;
    log::set_sink([&](log::Level, std::string_view, std::string_view message) {
        const std::lock_guard lock(mutex);
        logged += message;
    });
    start([](Request& request) {
        if (request.path == "/x")
            return StreamingHttpResponse([](ResponseStream& out) {
                out.write("half");
                throw Error("the printer is on fire");
            });
        Response response = three_parts(request);
        response["Content-Length"] = request.path == "/long" ? "5" : "500";
        return response;
    });
    const std::string response = exchange(kGet);
    EXPECT_TRUE(contains(response, "4\r\nhalf\r\n"));
    EXPECT_FALSE(contains(response, "0\r\n\r\n")) << "the client must see that something is missing";
    EXPECT_EQ(body_of(exchange("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")), "one ");
    EXPECT_EQ(body_of(exchange("GET /short HTTP/1.1\r\nHost: a\r\n\r\n")), "one two three");
    stop();
    log::set_sink({});
    EXPECT_TRUE(contains(logged, "the printer is on fire"));
    EXPECT_TRUE(contains(logged, "wrote more than its Content-Length of 5 bytes"));
    EXPECT_TRUE(contains(logged, "wrote 13 bytes of its Content-Length of 500"));
}

TEST_F(ServerTest, AnswersWhatWasPipelinedBehindAStream) {
    start([](Request& request) {
        if (request.path == "/x") return three_parts(request);
        return Response("after", "text/plain");
    });
    const std::string all = exchange(std::string(kGet) + "GET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_LT(all.find("three"), all.find("after"));
    EXPECT_TRUE(all.ends_with("after"));
}

TEST_F(ServerTest, ReportsAStreamToTheAccessLogWhenItHasEnded) {
    std::promise<std::uint64_t> bytes;
    ServerOptions options;
    options.access_log = [&](const AccessRecord& record) { bytes.set_value(record.body_bytes); };
    start(three_parts, std::move(options));
    exchange(kGetClose);
    EXPECT_EQ(bytes.get_future().get(), 13u);
}

TEST_F(ServerTest, AClientThatTakesNothingOfAStreamIsDropped) {
    std::promise<void> unwound;
    ServerOptions options;
    options.write_timeout = milliseconds(100);
    start(
        [&](Request&) {
            return StreamingHttpResponse([&](ResponseStream& out) {
                struct Guard {
                    std::promise<void>& promise;
                    ~Guard() { promise.set_value(); }
                } guard{unwound};
                const std::string part(100'000, 'x');
                for (;;) out.write(part);
            });
        },
        std::move(options));
    Client client(port_, 4096);
    client.send(kGet);
    EXPECT_EQ(unwound.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(ServerTest, EventStreamsEndWhenTheServerDrains) {
    start([](Request&) {
        return http::EventStreamResponse([](EventStream& events) {
            events.send({.data = "line\nline", .event = "tick", .id = "7", .retry = seconds(2)});
            events.comment("still here");
            async::sleep_for(hours(1));
        });
    });
    Client client(port_);
    const std::string head = client.send(kGet).read_response();
    EXPECT_TRUE(contains(head, "Content-Type: text/event-stream\r\n"));
    EXPECT_TRUE(contains(head, "Cache-Control: no-cache\r\n"));
    EXPECT_TRUE(contains(client.read_until(": still here\n\n"),
                         "event: tick\nid: 7\nretry: 2000\ndata: line\ndata: line\n\n"));
    server_->stop();
    EXPECT_EQ(client.read_all(), "\r\n0\r\n\r\n") << "a complete body: browsers connect anew";
    stop();
}

TEST_F(ServerTest, HandsAnUpgradedConnectionOver) {
    start([](Request& request) {
        if (request.headers["Upgrade"] != "echo") return Response("no", "text/plain", 426);
        return http::UpgradeResponse("echo", [&request](http::UpgradedConnection& connection) {
            connection.write(std::string(request.path) + ":");
            char data[5];
            while (const std::size_t size = connection.read(data, sizeof data))
                connection.write(std::string_view(data, size));
        });
    });
    Client client(port_);
    client.send("GET /talk HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nearly ");
    const std::string head = client.read_response(false);
    EXPECT_EQ(status_in(head), 101);
    EXPECT_TRUE(contains(head, "Connection: Upgrade\r\n"));
    EXPECT_TRUE(contains(head, "Upgrade: echo\r\n"));
    EXPECT_FALSE(contains(head, "Content-"));
    EXPECT_EQ(client.read_until("early "), "/talk:early ");
    EXPECT_EQ(client.send("and later").read_until("later"), "and later");
    client.end_sending();
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(status_in(exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), 426);
}

TEST_F(ServerTest, ADrainEndsUpgradedConnections) {
    start([](Request&) {
        return http::UpgradeResponse("echo", [](http::UpgradedConnection& connection) {
            char byte;
            connection.read(&byte, 1);
        });
    });
    Client client(port_);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n").read_response(false);
    server_->stop();
    EXPECT_EQ(client.read_all(), "");
    stop();
}

// A response that does not fit the kernel's buffer while the next request's handler waits: nobody sent its rest.
TEST_F(ServerTest, GoesOnSendingWhileTheNextHandlerWaits) {
    async::Waker release;
    std::atomic<bool> waits = false;
    const std::string large(16'000, 'x');
    start([&](Request& request) {
        if (request.path == "/x") return Response(large, "text/plain");
        async::suspend([&](async::Waker waker) {
            release = waker;
            waits = true;
        });
        return Response("end", "text/plain");
    });
    Client client(port_, 2048);
    client.send(std::string(kGet) + std::string(kGet) + std::string(kGet) +
                "GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(body_of(client.read_response()).size(), large.size());
    while (!waits) std::this_thread::yield();
    release.wake();
    EXPECT_TRUE(client.read_all().ends_with("end"));
}

}  // namespace
}  // namespace nuages::server
