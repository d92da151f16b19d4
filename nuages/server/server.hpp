// The production HTTP/1.1 server: one event loop per thread, each with its own listening sockets (SO_REUSEPORT).
// A connection that waits for a request costs a small buffer; a fiber is taken when a whole request has arrived.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/function.hpp>
#include <nuages/http/fwd.hpp>
#include <nuages/server/limits.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::async {
class Loop;
}

namespace nuages::server {

/// One answered request, for the access log. The views live until the hook returns.
struct AccessRecord {
    std::string_view remote_address;
    std::string_view method;
    std::string_view target;
    int minor_version = 1;  ///< of HTTP/1.x
    int status = 0;
    std::uint64_t body_bytes = 0;  ///< of the response
    Duration duration;             ///< from the whole request's arrival to the response's hand-over to the kernel
};

/// How a Server listens and what it bears. Settings are not known here: the site fills this in.
struct ServerOptions {
    /// "host:port", "[::1]:port" or ":port" (all addresses); port 0 takes a free one (see Server::ports).
    std::vector<std::string> binds = {"127.0.0.1:8000"};
    unsigned threads = 1;                   ///< event loops, one thread each; 0: one per processor
    Duration header_timeout = seconds(20);  ///< from a request's first byte (or the connection) to its head's last
    Duration body_timeout = seconds(60);    ///< without any progress of a request's body
    Duration idle_timeout = seconds(75);    ///< between requests of a kept-alive connection
    Duration write_timeout = seconds(60);   ///< without any progress of a response
    Duration drain_timeout = seconds(30);   ///< after stop(): how long running requests may take to end
    /// In a drain, how long an idle connection is still listened to: a request may be on its way. 0 closes it at once.
    Duration drain_idle = seconds(0);
    std::size_t connections = 20'000;       ///< per thread; more wait in the kernel's queue
    Limits limits;
    bool handle_signals = true;  ///< SIGTERM and SIGINT stop() the server
    std::string server_name;     ///< the Server header's value; empty: no such header
    /// Given to every Request (allowed hosts, limits of its own); must outlive the server. Null: defaults.
    const http::RequestOptions* request_options = nullptr;
    /// Called after each response, on its connection's thread.
    Function<void(const AccessRecord&)> access_log;
    /// Called once on each loop's thread, on a fiber, before it accepts; and when it has drained.
    Function<void()> on_thread_start;
    Function<void()> on_thread_stop;
};

/// An HTTP server. Create it (binds at once, so errors show early), then run() it.
class Server {
public:
    /// Opens the sockets. Throws Error naming the address and the system's reason.
    Server(ServerOptions options, Function<http::Response(http::Request&)> handler);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Serves until stop() or a signal, then drains: listening ends, idle connections close, running requests are
    /// answered with Connection: close. Not on a fiber: the first loop uses the calling thread.
    void run();

    /// Begins the drain. From any thread, and from a signal handler.
    void stop() noexcept;

    /// The bound TCP ports, in the order of the binds.
    const std::vector<std::uint16_t>& ports() const noexcept;

private:
    struct State;
    State* state_;
};

}  // namespace nuages::server
