// The server over real sockets on the loopback address.
#include <nuages/server/server.hpp>

#include <nuages/async/fiber_local.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/http/middleware.hpp>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nuages::server {
namespace {

using http::Request;
using http::Response;

// A client that says exactly what it is told.
class Client {
public:
    explicit Client(std::uint16_t port, int receive_buffer = 0, std::uint32_t address = INADDR_LOOPBACK)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(port);
        name.sin_addr.s_addr = htonl(address);
        connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0;
        timeval patience{20, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Client() { ::close(socket_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return connected_; }
    /// The server did not let it send everything.
    bool was_cut_off() const { return cut_off_; }

    Client& send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                cut_off_ = true;
                break;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return *this;
    }
    void end_sending() { ::shutdown(socket_, SHUT_WR); }
    /// Everything until the server closes.
    std::string read_all() {
        while (receive()) {}
        return std::exchange(seen_, {});
    }
    /// One response: its head, and as much body as its Content-Length says.
    std::string read_response(bool has_body = true) {
        std::size_t end;
        while ((end = seen_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) return "closed: " + std::exchange(seen_, {});
        }
        end += 4;
        const std::size_t at = seen_.find("Content-Length: ");
        if (has_body && at != std::string::npos && at < end) {
            end += std::stoul(seen_.substr(at + 16));
            while (seen_.size() < end && receive()) {}
        }
        std::string response = seen_.substr(0, end);
        seen_.erase(0, end);
        return response;
    }
    bool is_closed() { return seen_.empty() && !receive(); }

private:
    bool receive() {
        char buffer[65536];
        const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
        if (size > 0) seen_.append(buffer, static_cast<std::size_t>(size));
        return size > 0;
    }
    int socket_;
    bool connected_ = false;
    bool cut_off_ = false;
    std::string seen_;
};

class ServerTest : public testing::Test {
protected:
    ~ServerTest() override { stop(); }

    std::uint16_t start(http::Handler handler, ServerOptions options = {}) {
        options.binds = {"127.0.0.1:0"};
        options.handle_signals = false;
        server_ = std::make_unique<Server>(std::move(options), std::move(handler));
        port_ = server_->ports().at(0);
        thread_ = std::thread([this] { server_->run(); });
        return port_;
    }
    void stop() {
        if (!thread_.joinable()) return;
        server_->stop();
        thread_.join();
    }
    std::string exchange(std::string_view bytes) { return Client(port_).send(bytes).read_all(); }

    std::unique_ptr<Server> server_;
    std::thread thread_;
    std::uint16_t port_ = 0;
};

constexpr std::string_view kGet = "GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kGetClose = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

Response hello(Request&) { return Response("Hello", "text/plain"); }
Response echo(Request& request) {
    return Response(
        std::string(request.method) + " " + std::string(request.target()) + " " + std::string(request.body()),
        "text/plain");
}
int status_in(std::string_view response) {
    return response.size() > 12 ? std::stoi(std::string(response.substr(9, 3))) : 0;
}
std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }
bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }
std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

// ---- plain exchanges

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

// ---- bodies

TEST_F(ServerTest, ReadsBodiesInAnyFraming) {
    start(echo);
    EXPECT_EQ(body_of(exchange("POST /p HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")),
              "POST /p abcde");
    Client slow(port_);
    for (const char c :
         std::string_view("PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nxyz")) {
        slow.send({&c, 1});
    }
    EXPECT_EQ(body_of(slow.read_all()), "PUT /s xyz");
}

TEST_F(ServerTest, CarriesLargeBodiesBothWays) {
    http::RequestOptions large;
    large.data_upload_max_memory_size = 10'000'000;
    ServerOptions options;
    options.request_options = &large;
    start([](Request& request) { return Response(std::string(request.body())); }, options);
    std::string body(5'000'000, 'b');
    for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
    Client client(port_);
    std::thread sender([&] {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + body + std::string(kGetClose));
    });
    const std::string first = client.read_response();
    const std::string second = client.read_all();
    sender.join();
    EXPECT_TRUE(body_of(first) == body);
    EXPECT_TRUE(contains(second, "200 OK"));
    stop();
}

TEST_F(ServerTest, JoinsALargeChunkedBody) {
    start([](Request& request) { return Response(std::to_string(request.body().size())); });
    std::string wire = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 3000; ++i) wire += "64;" + std::string(100, 'e') + "\r\n" + std::string(100, 'x') + "\r\n";
    EXPECT_EQ(body_of(exchange(wire + "0\r\n\r\n")), "300000");
}

TEST_F(ServerTest, ASlowReaderHoldsUpNobodyElse) {
    const std::string large(8'000'000, 'L');
    start([&](Request& request) { return request.path == "/large" ? Response(large) : Response("small"); });
    Client slow(port_, 4096);
    slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(body_of(exchange(kGetClose)), "small");
    EXPECT_EQ(body_of(slow.read_response()).size(), large.size());
    EXPECT_EQ(body_of(slow.read_all()), "small");
}

TEST_F(ServerTest, SendsTheContinueThatAClientWaitsForAndOnlyThen) {
    start(echo);
    Client client(port_);
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(body_of(client.send("ok").read_response()), "POST / ok");
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(status_in(client.read_response()), 200);
    EXPECT_EQ(
        status_in(exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n")),
        413);
}

class File {
public:
    explicit File(std::string_view contents) {
        char name[] = "/tmp/nuages-server-test-XXXXXX";
        descriptor_ = ::mkstemp(name);
        ::unlink(name);
        EXPECT_EQ(::write(descriptor_, contents.data(), contents.size()), static_cast<ssize_t>(contents.size()));
    }
    ~File() { ::close(descriptor_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    Ref<http::FileBody> body(std::uint64_t offset, std::uint64_t size) const {
        return make_ref<http::FileBody>(::dup(descriptor_), offset, size);
    }

private:
    int descriptor_;
};

TEST_F(ServerTest, SendsFilesAndPartsOfThem) {
    std::string contents(3'000'000, 'f');
    contents.replace(0, 10, "0123456789");
    const File file(contents);
    start([&](Request& request) {
        Response response;
        response.set_file(request.path == "/part"   ? file.body(2, 5)
                          : request.path == "/none" ? file.body(0, 0)
                                                    : file.body(0, contents.size()));
        return response;
    });
    Client client(port_);
    client.send(
        "GET /all HTTP/1.1\r\nHost: a\r\n\r\nGET /part HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: "
        "a\r\n\r\n");
    EXPECT_TRUE(body_of(client.read_response()) == contents);
    EXPECT_EQ(body_of(client.read_response()), "23456");
    EXPECT_EQ(body_of(client.read_response()), "");
    const std::string head = client.send("HEAD /all HTTP/1.1\r\nHost: a\r\n\r\n").read_response(false);
    EXPECT_TRUE(contains(head, "Content-Length: 3000000\r\n"));
    EXPECT_EQ(body_of(client.send("GET /part HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").read_all()), "23456");
}

TEST_F(ServerTest, AFileThatShrankEndsTheConnectionInsteadOfPadding) {
    const File file("short");
    start([&](Request&) {
        Response response;
        response.set_file(file.body(0, 500));
        return response;
    });
    const std::string response = exchange(std::string(kGet) + std::string(kGet));
    EXPECT_EQ(body_of(response), "short");
}

// ---- pipelining and fibers

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

// ---- refusals

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

// ---- deadlines (checklist 23)

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

// ---- starting and stopping

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
