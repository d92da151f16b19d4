#include <nuages/server/detail/sockets.hpp>

#include <nuages/base/error.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace nuages::server::detail {

namespace {

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

std::string reason_of(int error) {
    return error == EADDRINUSE ? "that port is already in use" : std::strerror(error);
}

Descriptor open_socket(std::string_view address, int family) {
    Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) refuse(address, std::strerror(errno));
    return socket;
}

Descriptor open_tcp(std::string_view address, const addrinfo& info, const ListenOptions& options) {
    Descriptor socket = open_socket(address, info.ai_family);
    const int on = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (options.reuse_port) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    const int v6_only = options.v6_only;
    if (info.ai_family == AF_INET6) setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
    if (bind(socket.get(), info.ai_addr, info.ai_addrlen) != 0 || listen(socket.get(), options.backlog) != 0)
        refuse(address, reason_of(errno));
    return socket;
}

// Whether somebody answers there; a file that a dead server left behind refuses.
bool is_served(const sockaddr_un& name) {
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0 || errno != ECONNREFUSED;
}

Listener listen_on_unix(std::string_view address, const ListenOptions& options) {
    const std::string path(address.substr(5));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof name.sun_path)
        refuse(address, "the path must have 1 to " + std::to_string(sizeof name.sun_path - 1) + " bytes");
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    struct stat found {};
    if (lstat(path.c_str(), &found) == 0) {
        if (!S_ISSOCK(found.st_mode)) refuse(address, "there is a file of that name that is no socket");
        if (is_served(name)) refuse(address, "another server listens there already");
        unlink(path.c_str());
    }
    Listener listener{open_socket(address, AF_UNIX), std::string(address), 0};
    if (bind(listener.socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
        refuse(address, std::strerror(errno));
    if (options.unix_mode >= 0 && chmod(path.c_str(), static_cast<mode_t>(options.unix_mode)) != 0)
        refuse(address, std::strerror(errno));
    if (listen(listener.socket.get(), options.backlog) != 0) refuse(address, std::strerror(errno));
    return listener;
}

Listener listen_on_tcp(std::string_view address, const ListenOptions& options) {
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
    Listener listener{open_tcp(address, *chosen, options), std::string(address), 0};
    listener.port = local_endpoint(listener.socket.get()).port;
    return listener;
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

Listener listen_on(std::string_view address, const ListenOptions& options) {
    if (address.starts_with("unix:")) return listen_on_unix(address, options);
    if (!address.starts_with("fd://")) return listen_on_tcp(address, options);
    int number = -1;
    const char* const end = address.data() + address.size();
    const auto [stop, error] = std::from_chars(address.data() + 5, end, number);
    if (error != std::errc() || stop != end || number < 0) refuse(address, "expected the number of a descriptor");
    Listener listener = adopt(number);
    listener.address = address;
    return listener;
}

std::vector<Listener> listen_on_all(const std::vector<std::string>& addresses, ListenOptions options) {
    std::vector<Listener> listeners;
    for (const std::string& address : addresses) {
        const std::size_t colon = address.rfind(':');
        options.v6_only = address.starts_with("[::]:") &&
                          std::find(addresses.begin(), addresses.end(), "0.0.0.0" + address.substr(colon)) != addresses.end();
        listeners.push_back(listen_on(address, options));
    }
    return listeners;
}

Listener adopt(int descriptor) {
    const std::string address = "fd://" + std::to_string(descriptor);
    int listens = 0;
    socklen_t size = sizeof listens;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) refuse(address, std::strerror(errno));
    if (!listens) refuse(address, "that socket does not listen");
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    return {Descriptor(descriptor), address, local_endpoint(descriptor).port};
}

Descriptor duplicate(int descriptor) {
    Descriptor copy(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
    if (!copy) throw Error(std::string("Cannot duplicate a socket: ") + std::strerror(errno) + ".");
    return copy;
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

std::string name_of(int socket) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    if (getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size) != 0) return "?";
    if (name.ss_family == AF_UNIX) return std::string("unix:") + reinterpret_cast<const sockaddr_un&>(name).sun_path;
    const Endpoint endpoint = endpoint_of(name);
    const std::string_view address = endpoint.address;
    const std::string port = ":" + std::to_string(endpoint.port);
    return address.find(':') == address.npos ? std::string(address) + port : "[" + std::string(address) + "]" + port;
}

Endpoint local_endpoint(int socket) noexcept {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    getsockname(socket, reinterpret_cast<sockaddr*>(&name), &size);
    return endpoint_of(name);
}

}  // namespace nuages::server::detail
