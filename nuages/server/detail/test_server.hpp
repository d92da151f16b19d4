// What the server's tests share: a server on the loopback address, and a client that says exactly what it is told.
#pragma once

#include <nuages/server/server.hpp>

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
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nuages::server {

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
    ~Client() {
        if (socket_ >= 0) ::close(socket_);
    }
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
    /// All up to and with END.
    std::string read_until(std::string_view end) {
        std::size_t at;
        while ((at = seen_.find(end)) == std::string::npos) {
            if (!receive()) return "closed: " + std::exchange(seen_, {});
        }
        std::string text = seen_.substr(0, at + end.size());
        seen_.erase(0, text.size());
        return text;
    }
    /// Reads about that much.
    void read_some(std::size_t size) {
        while (seen_.size() < size && receive()) {}
    }
    /// Goes away with a reset instead of an end.
    void reset() {
        const linger at_once{1, 0};
        setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(std::exchange(socket_, -1));
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

inline constexpr std::string_view kGet = "GET /x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr std::string_view kGetClose = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

inline Response hello(Request&) { return Response("Hello", "text/plain"); }
inline Response echo(Request& request) {
    return Response(
        std::string(request.method) + " " + std::string(request.target()) + " " + std::string(request.body()),
        "text/plain");
}
inline int status_in(std::string_view response) {
    return response.size() > 12 ? std::stoi(std::string(response.substr(9, 3))) : 0;
}
inline std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }
inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }
inline std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

}  // namespace nuages::server
