// Listening sockets and the text of addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr_storage;

namespace nuages::server::detail {

/// A file descriptor with an owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int get() const noexcept { return fd_; }
    int release() noexcept {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// A socket that listens.
struct Listener {
    Descriptor socket;
    std::string address;     ///< as it was asked for
    std::uint16_t port = 0;  ///< of TCP
};

struct ListenOptions {
    int backlog = 2048;
    bool reuse_port = false;  ///< other processes may listen there too, and the kernel shares the clients out
    bool v6_only = false;     ///< an IPv6 address does not take IPv4 clients
    int unix_mode = -1;       ///< permissions of a Unix socket; -1: what umask leaves
};

/// Listens on "host:port", "[v6]:port", ":port", "unix:/path" or "fd://N" (a socket that is listening already). Throws
/// Error with the address and the reason, first of all when another process has it. A Unix socket that nobody listens
/// to any more is replaced.
Listener listen_on(std::string_view address, const ListenOptions& options = {});
/// As above for all of ADDRESSES; "0.0.0.0:80" and "[::]:80" may stand beside each other.
std::vector<Listener> listen_on_all(const std::vector<std::string>& addresses, ListenOptions options);
/// Takes over a socket that listens. Throws Error when it does not.
Listener adopt(int descriptor);
/// The same socket under a second descriptor, closed on exec. Throws Error.
Descriptor duplicate(int descriptor);

/// One end of a connection; without an address for a Unix socket.
struct Endpoint {
    char address[46] = "";  // INET6_ADDRSTRLEN
    std::uint16_t port = 0;
};
Endpoint endpoint_of(const sockaddr_storage& name) noexcept;
Endpoint local_endpoint(int socket) noexcept;
/// "127.0.0.1:8000", "[::1]:8000", "unix:/path": what a listening or connected socket is bound to.
std::string name_of(int socket);

}  // namespace nuages::server::detail
