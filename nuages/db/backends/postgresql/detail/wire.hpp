// Wire: a connection that libpq has made, from then on ours. libpq resolves names, negotiates TLS and authenticates; the
// statements' messages go in and out here, because libpq's pipeline sends at every Sync, and each statement needs one.
//
// Bytes for the server are gathered while fibers run and sent once they all wait. The wire always listens, so that a
// server that goes away is noticed between two statements. It belongs to one loop and closes before that loop goes.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/db/backends/postgresql/detail/options.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <libpq-fe.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::postgresql::detail {

/// What the session hears from its wire, on the loop, outside any fiber.
class WireListener {
public:
    /// BYTES came in (with what was left of the last call in front); returns how many were used.
    virtual std::size_t on_bytes(std::string_view bytes) = 0;
    /// Asked before gathered bytes are sent; true: they wait until somebody calls send_soon() again.
    virtual bool holds_back() = 0;
    /// All that was gathered is about to be sent: the last moment to put something behind it.
    virtual void on_sending() = 0;
    /// Nothing will come any more; `reason()` says why.
    virtual void on_broken() = 0;

protected:
    ~WireListener() = default;
};

class Wire final : public RefCounted {
public:
    /// Connects through libpq; suspends the fiber. Throws OperationalError with libpq's text.
    static Ref<Wire> connect(const PgOptions& options);
    ~Wire() override;

    void start(WireListener& listener);
    /// The listener goes; the connection is closed.
    void stop() noexcept;

    bool open() const { return open_; }
    const std::string& reason() const { return reason_; }
    /// Bytes to be sent; call `send_soon` when they are whole messages.
    std::string& out() { return out_; }
    /// Sends when the fibers that are ready now have run.
    void send_soon();
    /// Bytes gathered and not yet taken by the kernel.
    std::size_t unsent() const { return out_.size() + sending_.size() - sent_; }

    /// Asks the server to interrupt what it runs, over a connection of its own, on a pool thread.
    void request_cancel();

    PGconn* connection() const { return connection_; }
    /// Ends the wire as if the server had gone.
    void fail(std::string reason);

    /// For the machinery: the loop ends.
    void abandon() noexcept;

private:
    explicit Wire(boost::asio::io_context& io) : io_(io) {}

    void finish_handshake(const PgOptions& options);
    void wait_on_socket(bool to_read);
    void send_now();
    void wait_writable();
    void wait_readable();
    void read_now();
    void read_messages();
    long raw_read(char* to, std::size_t size);
    long raw_write(const char* from, std::size_t size);

    boost::asio::io_context& io_;
    PGconn* connection_ = nullptr;
    void* ssl_ = nullptr;  // SSL*, owned by libpq
    std::optional<boost::asio::posix::stream_descriptor> descriptor_;
    WireListener* listener_ = nullptr;
    std::string out_, sending_;
    std::size_t sent_ = 0;
    std::vector<char> in_;
    std::size_t in_begin_ = 0, in_end_ = 0;
    bool open_ = false;
    bool send_posted_ = false;
    bool waiting_writable_ = false;
    bool ssl_wants_write_ = false;
    std::string reason_;
};

}  // namespace nuages::db::postgresql::detail
