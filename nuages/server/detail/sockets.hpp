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

/// The same address, listened to by COPIES sockets (SO_REUSEPORT when more than one).
struct Listener {
    std::vector<Descriptor> sockets;
    std::uint16_t port = 0;
};

/// Binds "host:port", "[v6]:port", ":port". Throws Error with the address and the reason, first of all when another
/// process has the port.
Listener listen_on(std::string_view address, unsigned copies);

struct Endpoint {
    char address[46] = "";  // INET6_ADDRSTRLEN
    std::uint16_t port = 0;
};
Endpoint endpoint_of(const sockaddr_storage& name) noexcept;
Endpoint local_endpoint(int socket) noexcept;

}  // namespace nuages::server::detail
