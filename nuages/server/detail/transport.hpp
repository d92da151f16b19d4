// What carries a connection's bytes: the socket, who is at its ends, and what may lie between it and HTTP.
//
// A plain connection reads and writes its socket directly: one branch more than without this class. What has to be
// undone before HTTP begins (a PROXY header, TLS) is a Layer, made only for the connections that need it.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/server/detail/sockets.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

struct iovec;

namespace nuages::server::detail {

/// Between the socket and HTTP. All calls are non-blocking and answer as recv() and send() do: bytes, 0 at the end,
/// -1 with errno (EAGAIN: wait, for what wants_write() says).
class Layer {
public:
    virtual ~Layer() = default;
    virtual ssize_t read(char* data, std::size_t size) = 0;
    virtual ssize_t write(const char* data, std::size_t size) = 0;
    /// Whether the last call that had to wait waits to write, whatever it was asked to do.
    virtual bool wants_write() const noexcept = 0;
    /// Whether the peer has ended, though not all of it is read from the socket.
    virtual bool peer_gone() noexcept = 0;
    /// Says goodbye, without waiting for an answer.
    virtual void end() noexcept = 0;
};

class Transport {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

    /// Takes over the descriptor.
    Transport(boost::asio::io_context& io, Descriptor socket, const Endpoint& peer);
    ~Transport();

    bool is_open() const noexcept { return socket_.is_open(); }
    /// The client, as a PROXY header names it if there is one.
    const Endpoint& peer() const noexcept { return peer_; }
    const Endpoint& local() const noexcept { return local_; }
    bool is_tls() const noexcept { return is_tls_; }

    /// Before the first read: the connection begins with a PROXY header, which says who the peer is.
    void expect_proxy_header();

    /// Before the first read: TLS lies between (behind the PROXY header if there is one).
    void start_tls(std::unique_ptr<Layer> tls);
    int descriptor() const noexcept { return const_cast<Socket&>(socket_).native_handle(); }

    /// Reads once. HANDLER(bytes) is called later, with 0 at the end, on an error and after close().
    template <class F> void async_read(char* data, std::size_t size, F handler) {
        if (is_layered_) return read_through(data, size, Function<void(std::size_t)>(std::move(handler)));
        socket_.async_read_some(boost::asio::buffer(data, size),
                                [handler = std::move(handler)](const boost::system::error_code& error,
                                                               std::size_t bytes) mutable { handler(error ? 0 : bytes); });
    }
    /// HANDLER(whether it is worth trying) is called later.
    template <class F> void async_wait_write(F handler) {
        socket_.async_wait(
            layer_ && !layer_->wants_write() && waits_for_layer_ ? Socket::wait_read : Socket::wait_write,
            [handler = std::move(handler)](const boost::system::error_code& error) mutable { handler(!error); });
    }

    /// As sendmsg() without blocking. MORE: a body follows at once.
    ssize_t write(iovec* parts, int count, bool more);
    /// As sendfile() without blocking.
    ssize_t send_file(int file, off_t offset, std::size_t size);
    /// Completes what async_read() and async_wait_write() wait for.
    void cancel_waits() noexcept;
    /// Whether the peer has sent something that was not read yet.
    bool has_input() const noexcept;
    /// Whether the peer has ended or reset the connection and nothing of it is left to read.
    bool peer_gone() const noexcept;
    /// HANDLER() is called later, when there is something to read or the peer is gone. Reads nothing.
    template <class F> void async_wait_input(F handler) {
        socket_.async_wait(Socket::wait_read,
                           [handler = std::move(handler)](const boost::system::error_code&) mutable { handler(); });
    }
    /// Ends the sending; the peer may still send.
    void shutdown_send() noexcept;
    /// Ends both directions; pending reads complete.
    void shutdown() noexcept;
    void close() noexcept;

private:
    /// As recv(): positive when the header is complete.
    ssize_t read_proxy_header();
    void read_through(char* data, std::size_t size, Function<void(std::size_t)> handler);

    Socket socket_;
    std::unique_ptr<Layer> layer_;
    std::unique_ptr<std::string> proxy_header_;  // as much of it as was read; null: none is expected any more
    Endpoint peer_;
    Endpoint local_;
    bool is_layered_ = false;  // there is a layer, or a header to come
    bool is_tls_ = false;
    bool waits_for_layer_ = false;  // the last write has to wait for what the layer wants
};

}  // namespace nuages::server::detail
