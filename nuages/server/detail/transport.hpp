// What carries a connection's bytes: the socket, who is at its ends, and what may lie between it and HTTP.
//
// A plain connection reads and writes its socket directly: one branch more than without this class. What has to be
// undone before HTTP begins (a PROXY header, TLS) is a Layer, made only for the connections that need it.
#pragma once

#include <nuages/server/detail/poller.hpp>
#include <nuages/server/detail/sockets.hpp>
#include <nuages/server/detail/waiter.hpp>

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

class Transport final : private Pollable {
public:
    /// Takes over the descriptor, which must not block.
    Transport(Poller& poller, Descriptor socket, const Endpoint& peer);
    ~Transport();

    bool is_open() const noexcept { return static_cast<bool>(socket_); }
    /// The client, as a PROXY header names it if there is one.
    const Endpoint& peer() const noexcept { return peer_; }
    const Endpoint& local() const noexcept { return local_; }
    bool is_tls() const noexcept { return is_tls_; }

    /// Before the first read: the connection begins with a PROXY header, which says who the peer is.
    void expect_proxy_header();

    /// Before the first read: TLS lies between (behind the PROXY header if there is one).
    void start_tls(std::unique_ptr<Layer> tls);
    int descriptor() const noexcept { return socket_.get(); }

    // What is called later is called from the loop, once. Of each kind one may wait at a time.

    /// Reads once. HANDLER(bytes) is called later, with 0 at the end, on an error and after close().
    void async_read(char* data, std::size_t size, Waiter<std::size_t> handler) noexcept;
    /// HANDLER(whether it is worth trying) is called later, when there is room to write, even if there is some already.
    void async_wait_write(Waiter<bool> handler) noexcept;
    /// HANDLER() is called later, when there is something to read or the peer is gone. Reads nothing.
    void async_wait_input(Waiter<> handler) noexcept;
    /// Completes what waits, a read with what has come by then.
    void cancel_waits() noexcept;

    /// As sendmsg() without blocking. MORE: a body follows at once.
    ssize_t write(iovec* parts, int count, bool more);
    /// As sendfile() without blocking.
    ssize_t send_file(int file, off_t offset, std::size_t size);
    /// Whether the peer has sent something that was not read yet.
    bool has_input() noexcept;
    /// Whether the peer has ended or reset the connection and nothing of it is left to read.
    bool peer_gone() noexcept;
    /// Ends the sending; the peer may still send.
    void shutdown_send() noexcept;
    /// Ends both directions; pending reads complete.
    void shutdown() noexcept;
    void close() noexcept;

private:
    void settle(std::uint32_t events) noexcept override;
    void abandon() noexcept override;
    void settle_later() noexcept;
    /// Bytes, 0 at the end or an error, -1 when it has to wait.
    ssize_t read_now() noexcept;
    ssize_t try_to_read();
    /// As recv(): positive when the header is complete.
    ssize_t read_proxy_header();

    Descriptor socket_;
    std::unique_ptr<Layer> layer_;
    std::unique_ptr<std::string> proxy_header_;  // as much of it as was read; null: none is expected any more
    Endpoint peer_;
    Endpoint local_;
    Waiter<std::size_t> reader_;
    Waiter<bool> writer_;
    Waiter<> watcher_;
    char* read_data_ = nullptr;
    std::size_t read_size_ = 0;
    bool is_tls_ = false;
    bool may_read_ = false;        // the socket has said so, and was not read empty since
    bool has_ended_ = false;       // the peer, as the socket has said
    bool layer_may_read_ = false;  // the layer has given something and not said that this was all
    bool reader_writes_ = false;   // the layer has to write before it can read
    bool writer_reads_ = false;    // and the other way round
    bool waits_for_layer_ = false;  // the last write has to wait for what the layer wants
    bool is_cancelled_ = false;     // what waits now
};

}  // namespace nuages::server::detail
