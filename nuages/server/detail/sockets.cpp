#include <nuages/server/detail/sockets.hpp>

#include <nuages/base/error.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nuages::server::detail {

namespace {

constexpr int kBacklog = 4096;

// getaddrinfo's list, freed at the end.
struct Addresses {
    addrinfo* first = nullptr;
    Addresses() = default;
    Addresses(const Addresses&) = delete;
    Addresses& operator=(const Addresses&) = delete;
    ~Addresses() {
        if (first) freeaddrinfo(first);
    }
};

[[noreturn]] void refuse(std::string_view address, const std::string& reason) {
    throw Error("Cannot listen on " + std::string(address) + ": " + reason + ".");
}

struct HostAndPort {
    std::string host;
    std::string port;
};

HostAndPort split(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) refuse(address, "expected host:port");
    std::string_view host = address.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        refuse(address, "an IPv6 address needs brackets, as in [::1]:8000");
    }
    const std::string_view port = address.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos ||
        std::stoi(std::string(port)) > 65535) {
        refuse(address, "the port must be a number up to 65535");
    }
    return {std::string(host), std::string(port)};
}

Descriptor open_listening(std::string_view address, const addrinfo& info, std::uint16_t port, bool share) {
    Descriptor socket(::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) refuse(address, std::strerror(errno));
    const int on = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (share) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    const int off = 0;
    if (info.ai_family == AF_INET6) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    sockaddr_storage name{};
    std::memcpy(&name, info.ai_addr, info.ai_addrlen);
    if (port != 0) {
        // The port follows the family in both kinds of address.
        reinterpret_cast<sockaddr_in*>(&name)->sin_port = htons(port);
    }
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), info.ai_addrlen) != 0 ||
        listen(socket.get(), kBacklog) != 0) {
        refuse(address, errno == EADDRINUSE ? "that port is already in use" : std::strerror(errno));
    }
    return socket;
}

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) close(fd_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) close(fd_);
        fd_ = other.release();
    }
    return *this;
}

Listener listen_on(std::string_view address, unsigned copies) {
    const HostAndPort name = split(address);
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    Addresses found;
    const int failure =
        getaddrinfo(name.host.empty() ? nullptr : name.host.c_str(), name.port.c_str(), &hints, &found.first);
    if (failure != 0) refuse(address, gai_strerror(failure));
    // ":port" means all addresses: the IPv6 socket takes IPv4 too.
    const addrinfo* chosen = found.first;
    for (const addrinfo* info = found.first; name.host.empty() && info; info = info->ai_next) {
        if (info->ai_family == AF_INET6) chosen = info;
    }

    Listener listener;
    // Alone first: with SO_REUSEPORT a second server on this port would go unnoticed.
    Descriptor first = open_listening(address, *chosen, 0, false);
    listener.port = local_endpoint(first.get()).port;
    if (copies == 1) {
        listener.sockets.push_back(std::move(first));
        return listener;
    }
    first = Descriptor();
    for (unsigned i = 0; i < copies; ++i)
        listener.sockets.push_back(open_listening(address, *chosen, listener.port, true));
    return listener;
}

Endpoint endpoint_of(const sockaddr_storage& name) noexcept {
    Endpoint endpoint;
    if (name.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
        inet_ntop(AF_INET, &v4.sin_addr, endpoint.address, sizeof endpoint.address);
        endpoint.port = ntohs(v4.sin_port);
    } else if (name.ss_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, endpoint.address, sizeof endpoint.address);
        } else {
            inet_ntop(AF_INET6, &v6.sin6_addr, endpoint.address, sizeof endpoint.address);
        }
        endpoint.port = ntohs(v6.sin6_port);
    }
    return endpoint;
}

Endpoint local_endpoint(int socket) noexcept {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    return endpoint_of(name);
}

}  // namespace nuages::server::detail
