// What the master tells others of itself: a service manager (systemd's protocol), a StatsD. A real systemd is asked by
// systemd_test.sh.
#include "master.hpp"

namespace serving {
namespace {

/// What systemd has: a socket that listens already, and one that hears of the service.
class Manager {
public:
    explicit Manager(const Master& master) : path_(master.file("notify")) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(static_cast<std::uint16_t>(master.port));
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
        EXPECT_EQ(::listen(listening_, 16), 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(hearing_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        const timeval patience{20, 0};
        ::setsockopt(hearing_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Manager() {
        ::close(listening_);
        ::close(hearing_);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    void start(Master& master) const {
        master.binds = false;
        master.serve({}, [&] {
            ::dup2(listening_, 3);
            ::setenv("LISTEN_FDS", "1", 1);
            ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
            ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
        });
    }
    /// What was said next; with MSG_DONTWAIT "" when nothing was.
    std::string told(int flags = 0) const {
        char text[512];
        const ssize_t size = ::recv(hearing_, text, sizeof text, flags);
        return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    }

private:
    std::string path_;
    int listening_ = ::socket(AF_INET, SOCK_STREAM, 0);  // dup2() to itself would leave it closed on exec
    int hearing_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

int successor_of(const Master& master) {
    int successor = 0;
    EXPECT_TRUE(eventually([&] { return (successor = std::atoi(read_file(master.file("pid.2")).c_str())) > 0; }));
    return successor;
}

TEST(Serve, TakesSocketsOfSystemdAndTellsItWhenItIsReady) {
    Master master;
    const Manager manager(master);
    manager.start(master);
    EXPECT_TRUE(manager.told().starts_with("READY=1"));
    master.signal(SIGHUP);
    EXPECT_TRUE(manager.told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_TRUE(manager.told().starts_with("READY=1"));
    EXPECT_EQ(master.terminate(), 0);
    EXPECT_EQ(manager.told(), "STOPPING=1");
}

// A master that stops because another one serves is not the service that stops: systemd would end them all.
TEST(Serve, AChangeOfMastersIsNoStopOfTheService) {
    Master master;
    const Manager manager(master);
    manager.start(master);
    EXPECT_TRUE(manager.told().starts_with("READY=1"));
    master.signal(SIGUSR2);
    EXPECT_TRUE(manager.told().starts_with("READY=1"));  // of the next one
    const int successor = successor_of(master);
    EXPECT_EQ(master.terminate(), 0);
    EXPECT_EQ(manager.told(), "MAINPID=" + std::to_string(successor));
    ::kill(successor, SIGTERM);
    EXPECT_EQ(manager.told(), "STOPPING=1");
}

TEST(Serve, ANextMasterThatIsTakenBackIsNoStopOfTheServiceEither) {
    Master master;
    const Manager manager(master);
    manager.start(master);
    EXPECT_TRUE(manager.told().starts_with("READY=1"));
    master.signal(SIGUSR2);
    EXPECT_TRUE(manager.told().starts_with("READY=1"));
    ::kill(successor_of(master), SIGTERM);
    EXPECT_TRUE(master.says("this one goes on"));
    EXPECT_EQ(manager.told(MSG_DONTWAIT), "");
    EXPECT_EQ(master.terminate(), 0);
    EXPECT_EQ(manager.told(), "STOPPING=1");
}

TEST(Serve, StatsdHearsOfRequestsWorkersAndTheLog) {
    const int daemon = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    ASSERT_EQ(::bind(daemon, reinterpret_cast<sockaddr*>(&name), size), 0);
    ::getsockname(daemon, reinterpret_cast<sockaddr*>(&name), &size);
    std::string heard;
    const auto hears = [&](const std::string& text) {
        return eventually([&] {
            char block[4096];
            for (ssize_t got; (got = ::recv(daemon, block, sizeof block, MSG_DONTWAIT)) > 0;)
                heard.append(block, static_cast<std::size_t>(got)).append("\n");
            return heard.find(text) != std::string::npos;
        });
    };
    Master master;
    write_file(master.file("serve.toml"), "statsd_prefix = \"gunicorn\"\ndogstatsd_tags = \"site:shop\"\n");
    const std::string host = "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
    master.serve({"--workers", "2"}, [&] { ::setenv("NUAGES_STATSD_HOST", host.c_str(), 1); });
    EXPECT_TRUE(hears("gunicorn.workers:2|g|#site:shop\n")) << heard;
    EXPECT_TRUE(hears("gunicorn.request.status.200:1|c|#site:shop\n")) << heard;
    EXPECT_TRUE(hears("|ms|#site:shop\n")) << heard;
    master.get("/nowhere/");
    EXPECT_TRUE(hears("gunicorn.request.status.404:1|c|#site:shop\n")) << heard;
    EXPECT_TRUE(hears("gunicorn.log.warning:1|c|#site:shop\n")) << heard;  // "Not Found: /nowhere/"
    master.signal(SIGTTIN);
    EXPECT_TRUE(hears("gunicorn.workers:3|g|#site:shop\n")) << heard;
    EXPECT_EQ(master.terminate(), 0);
    EXPECT_TRUE(hears("gunicorn.workers:0|g|#site:shop\n")) << heard;
    ::close(daemon);
}

}  // namespace
}  // namespace serving
