// What a StatsD hears, at the other end of a real socket.
#include <nuages/server/detail/test_server.hpp>
#include <nuages/server/statsd.hpp>

#include <nuages/base/error.hpp>

#include <sys/un.h>

#include <algorithm>
#include <map>

namespace nuages::server {
namespace {

/// A daemon on the loopback address; keeps each line.
class Daemon {
public:
    Daemon() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&name), size), 0);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size);
        host = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
        be_patient();
    }
    explicit Daemon(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        path.copy(name.sun_path, sizeof name.sun_path - 1);
        EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
        host = "unix:" + path;
        be_patient();
    }
    ~Daemon() { ::close(socket_); }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// The next datagram; "" when none comes.
    std::string next() {
        char text[65536];
        const ssize_t size = ::recv(socket_, text, sizeof text, 0);
        return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "";
    }
    /// What counters add up to, and how many values others had, until COUNTER is TOTAL. END stands behind every line.
    std::map<std::string, int> sums(const std::string& counter, int total, std::string_view end_of_line) {
        std::map<std::string, int> all;
        while (all[counter] < total) {
            std::string datagram = next();
            EXPECT_LE(datagram.size(), 1500u);
            if (datagram.empty()) break;
            datagram += '\n';
            for (std::size_t end; (end = datagram.find('\n')) != std::string::npos; datagram.erase(0, end + 1)) {
                std::string line = datagram.substr(0, end);
                EXPECT_TRUE(line.ends_with(end_of_line)) << line;
                line.resize(line.size() - end_of_line.size());
                const std::size_t colon = line.find(':');
                all[line.substr(0, colon)] += line.ends_with("|c") ? std::stoi(line.substr(colon + 1)) : 1;
            }
        }
        return all;
    }

    std::string host;

private:
    void be_patient() const {
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    int socket_;
};

std::string refusal(const StatsdOptions& options) {
    try {
        check_statsd(options);
    } catch (const Error& error) {
        return error.message();
    }
    return "none";
}

class StatsdTest : public ServerTest {
protected:
    void count_with(Statsd& statsd, http::Handler handler) {
        start(std::move(handler), {.access_log = [&statsd](const AccessRecord& record) { statsd.count(record); },
                                   .on_thread_stop = [&statsd] { statsd.flush(); }});
    }
};

TEST_F(StatsdTest, HearsOfARequestItsStatusAndItsTime) {
    Daemon daemon;
    Statsd statsd({.host = daemon.host});
    count_with(statsd, hello);
    exchange(kGetClose);
    const std::string heard = daemon.next();
    EXPECT_TRUE(heard.starts_with("nuages.requests:1|c\nnuages.request.status.200:1|c\nnuages.request.duration:0.")) << heard;
    EXPECT_TRUE(heard.ends_with("|ms")) << heard;
}

TEST_F(StatsdTest, HearsOfEveryRequestAndOfRefusedOnes) {
    Daemon daemon;
    Statsd statsd({.host = daemon.host, .prefix = "site.gunicorn.", .tags = "env:live,site:shop"});
    count_with(statsd, [](Request& request) {
        return request.path == "/x" ? Response("x") : Response("no", http::kTextPlain, 404);
    });
    std::string requests;
    for (int i = 0; i < 150; ++i) requests += i % 3 ? "GET /x HTTP/1.1\r\nHost: a\r\n\r\n" : "GET /y HTTP/1.1\r\nHost: a\r\n\r\n";
    exchange(requests + "GET /x HTTP/3.7\r\n\r\n");
    const std::map<std::string, int> expected{{"site.gunicorn.requests", 151},
                                              {"site.gunicorn.request.duration", 150},
                                              {"site.gunicorn.request.status.200", 100},
                                              {"site.gunicorn.request.status.404", 50},
                                              {"site.gunicorn.request.status.505", 1}};
    EXPECT_EQ(daemon.sums("site.gunicorn.requests", 151, "|#env:live,site:shop"), expected);
}

TEST_F(StatsdTest, ADaemonThatIsGoneOrDoesNotReadCostsNoAnswer) {
    std::string host;
    {
        const Daemon daemon;
        host = daemon.host;
    }
    const std::string path = "/tmp/nuages_statsd_" + std::to_string(::getpid());
    ::unlink(path.c_str());
    const Daemon deaf(path);  // a Unix socket's queue is short: sending would wait for a reader
    for (const std::string& one : {host, deaf.host}) {
        Statsd statsd({.host = one});
        count_with(statsd, hello);
        for (int i = 0; i < 2000; ++i) statsd.count(log::Level::error);
        for (int i = 0; i < 50; ++i) EXPECT_EQ(status_in(exchange(kGetClose)), 200);
        stop();
    }
    ::unlink(path.c_str());
}

TEST(Statsd, HearsOfWorkersAndOfTheLog) {
    const std::string path = "/tmp/nuages_statsd_log_" + std::to_string(::getpid());
    ::unlink(path.c_str());
    Daemon daemon(path);
    Statsd statsd({.host = "unix://" + path, .prefix = ""});
    statsd.set_workers(4);
    EXPECT_EQ(daemon.next(), "workers:4|g");
    for (const log::Level level : {log::Level::debug, log::Level::info, log::Level::warning, log::Level::error, log::Level::critical})
        statsd.count(level);
    for (const char* const line : {"log.warning:1|c", "log.error:1|c", "log.critical:1|c"}) EXPECT_EQ(daemon.next(), line);
    ::unlink(path.c_str());
}

TEST(Statsd, RefusesWhatIsNoAddressPrefixOrTag) {
    EXPECT_EQ(refusal({.host = "localhost:8125"}), "none");
    EXPECT_EQ(refusal({.host = "[::1]:8125", .prefix = "a.b-c_d", .tags = "a:b,c"}), "none");
    EXPECT_EQ(refusal({.host = "unix:/run/statsd"}), "none");
    for (const char* const host : {"", "localhost", ":8125", "localhost:", "localhost:x", "localhost:123456", "::1:8125", "unix:", "unix:x"})
        EXPECT_EQ(refusal({.host = host}), "expected host:port, [ipv6]:port or unix:/path, not \"" + std::string(host) + "\".");
    EXPECT_TRUE(refusal({.host = "a:1", .prefix = "a b"}).starts_with("a prefix has no spaces"));
    EXPECT_TRUE(refusal({.host = "a:1", .prefix = "a|b"}).starts_with("a prefix has no spaces"));
    EXPECT_TRUE(refusal({.host = "a:1", .tags = "a\nb:1|c"}).starts_with("tags are"));
    EXPECT_THROW(Statsd({.host = "unix:/nowhere/to/be/found"}), Error);
    EXPECT_THROW(Statsd({.host = "no-such-host.invalid:8125"}), Error);
}

}  // namespace
}  // namespace nuages::server
