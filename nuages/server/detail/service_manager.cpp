#include <nuages/server/detail/service_manager.hpp>

#include <nuages/server/detail/sockets.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace nuages::server::detail {

namespace {

constexpr int kFirstSocket = 3;    // SD_LISTEN_FDS_START
constexpr long kSocketsMax = 256;  // more is no list that a service manager made

}  // namespace

std::vector<int> take_activation_sockets() {
    std::vector<int> sockets;
    const char* const pid = std::getenv("LISTEN_PID");
    const char* const count = std::getenv("LISTEN_FDS");
    if (pid && count && std::atol(pid) == static_cast<long>(::getpid())) {
        const long wanted = std::atol(count);
        for (long i = 0; i < wanted && wanted <= kSocketsMax; ++i) sockets.push_back(kFirstSocket + static_cast<int>(i));
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
    return sockets;
}

void notify_service_manager(std::string_view message) noexcept {
    const char* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un name{};
    if (!path || (path[0] != '/' && path[0] != '@') || std::strlen(path) >= sizeof name.sun_path) return;
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path, std::strlen(path));
    if (path[0] == '@') name.sun_path[0] = '\0';  // an abstract name
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    [[maybe_unused]] const ssize_t sent = ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                                                   reinterpret_cast<const sockaddr*>(&name), size);
}

long long watchdog_interval_us() noexcept {
    const char* const interval = std::getenv("WATCHDOG_USEC");
    const char* const pid = std::getenv("WATCHDOG_PID");
    if (!interval || (pid && std::atol(pid) != static_cast<long>(::getpid()))) return 0;
    return std::atoll(interval);
}

}  // namespace nuages::server::detail
