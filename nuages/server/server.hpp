// The production HTTP/1.1 server: one event loop per thread, all of which accept from the same listening sockets.
// A connection that waits for a request costs a small buffer; a fiber is taken when a whole request has arrived.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/function.hpp>
#include <nuages/http/fwd.hpp>
#include <nuages/server/limits.hpp>
#include <nuages/server/tls_options.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::async {
class Loop;
}

namespace nuages::server {

namespace detail {
struct ThreadBoard;
}

/// One answered request, for the access log. What it points at lives until the hook returns.
struct AccessRecord {
    std::string_view remote_address;  ///< the client's, as far as trusted proxies name it; empty: a Unix socket
    std::uint16_t remote_port = 0;
    bool is_tls = false;
    std::string_view method;
    std::string_view target;
    int minor_version = 1;  ///< of HTTP/1.x
    int status = 0;
    std::uint64_t body_bytes = 0;  ///< of the response
    Duration duration;             ///< from the whole request's arrival to the response's hand-over to the kernel
    const http::Headers* request_headers = nullptr;
    const http::Request* request = nullptr;    ///< null when it was refused before a view saw it
    const http::Response* response = nullptr;  ///< likewise
};

/// How a Server listens and what it bears. Settings are not known here: the site fills this in.
struct ServerOptions {
    /// "host:port", "[::1]:port", ":port" (all addresses), "unix:/path" or "fd://3"; port 0 takes a free one (see
    /// Server::ports).
    std::vector<std::string> binds = {"127.0.0.1:8000"};
    std::vector<int> sockets;               ///< that listen already, beside the binds; the server takes them over
    int backlog = 2048;                     ///< clients that wait in the kernel's queue
    bool reuse_port = false;                ///< SO_REUSEPORT: other processes may listen on the same ports
    unsigned threads = 1;                   ///< event loops, one thread each; 0: one per processor
    Duration header_timeout = seconds(20);  ///< from a request's first byte (or the connection) to its head's last
    Duration body_timeout = seconds(60);    ///< without any progress of a request's body
    Duration idle_timeout = seconds(75);    ///< between requests of a kept-alive connection
    Duration write_timeout = seconds(60);   ///< without any progress of a response
    std::int64_t min_rate = 1024;           ///< bytes per second below which a body or a response makes no progress; 0: any
    Duration drain_timeout = seconds(30);   ///< after stop(): how long running requests may take to end
    /// In a drain, how long an idle connection is still listened to: a request may be on its way. 0 closes it at once.
    Duration drain_idle = seconds(0);
    std::size_t connections = 20'000;       ///< per thread; more wait in the kernel's queue
    /// Per thread, requests that are answered at once; more are refused with 503 until one of them ends. 0: any number.
    std::size_t concurrent_requests = 0;
    std::size_t connections_per_address = 0;  ///< of one client, in this process; 0: any number
    Limits limits;
    std::string temp_dir;  ///< for bodies past Limits::body_in_memory; empty: $TMPDIR, or /tmp
    /// Peers (addresses, networks, "*" for all) whose X-Forwarded-* and Forwarded headers are believed: they name the
    /// client and its scheme. From other peers these headers are dropped. Unix sockets are believed.
    std::vector<std::string> forwarded_allow_ips = {"127.0.0.1", "::1"};
    /// Connections begin with a PROXY header (version 1 or 2), and only proxy_allow_ips may connect.
    bool proxy_protocol = false;
    std::vector<std::string> proxy_allow_ips = {"127.0.0.1", "::1"};
    TlsOptions tls;  ///< for TCP; Unix sockets stay plain
    /// After that many requests on_max_requests is called once; 0: never.
    std::uint64_t max_requests = 0;
    Function<void()> on_max_requests;
    bool handle_signals = true;  ///< SIGTERM and SIGINT stop() the server
    std::string server_name;     ///< the Server header's value; empty: no such header
    /// "Name: value", for every response that has no field of that name. Server() throws Error on what is no header, and on
    /// those that frame a message.
    std::vector<std::string> headers;
    /// Given to every Request (allowed hosts, limits of its own); must outlive the server. Null: defaults.
    const http::RequestOptions* request_options = nullptr;
    /// Called after each response, on its connection's thread.
    Function<void(const AccessRecord&)> access_log;
    /// Called once, on a fiber of the first loop: before any loop accepts, and when all have drained.
    Function<void()> on_start;
    Function<void()> on_stop;
    /// Called once on each loop's thread, on a fiber, before it accepts; and when it has drained.
    Function<void()> on_thread_start;
    Function<void()> on_thread_stop;
    /// One for each thread, where it shows what it does (the master's).
    detail::ThreadBoard* boards = nullptr;
};

/// Throws Error naming what in LIST is no address, network or "*".
void check_networks(const std::vector<std::string>& list);

/// Throws Error naming what in LINES cannot stand in ServerOptions::headers.
void check_headers(const std::vector<std::string>& lines);

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
    /// Ends without waiting for running requests. From any thread, and from a signal handler.
    void abort() noexcept;

    /// The TCP ports, in the order of the sockets and the binds; 0 for a Unix socket.
    const std::vector<std::uint16_t>& ports() const noexcept;

private:
    struct State;
    State* state_;
};

}  // namespace nuages::server
