#include <nuages/async/asio.hpp>
#include <nuages/async/blocking.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/backends/postgresql/detail/wire.hpp>
#include <nuages/db/errors.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <utility>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::size_t kReadSize = 32 * 1024;
constexpr std::size_t kMessageMax = std::size_t(1) << 30;  // PostgreSQL's own limit
constexpr int kReadsInARow = 16;                            // then others have their turn

constexpr const char* kServerClosed =
    "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while "
    "processing the request.";

/// The wires of one loop: they must let go of its reactor before it is destroyed.
class Wires final : public boost::asio::execution_context::service {
public:
    static inline boost::asio::execution_context::id id;
    explicit Wires(boost::asio::execution_context& context) : service(context) {}

    void add(Wire& wire) { list_.push_back(&wire); }
    void remove(Wire& wire) noexcept { std::erase(list_, &wire); }

private:
    void shutdown() noexcept override {
        for (Wire* wire : std::exchange(list_, {})) wire->abandon();
    }
    std::vector<Wire*> list_;
};

/// libpq's message without the line end that it puts there.
std::string trimmed(const char* message) {
    std::string text = message ? message : "";
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

}  // namespace

Ref<Wire> Wire::connect(const PgOptions& options) {
    async::Loop* loop = async::current_loop();
    Ref<Wire> wire(new Wire(async::io_context(*loop)));
    try {
        async::with_timeout(options.connect_timeout, [&] { wire->finish_handshake(options); });
    } catch (const async::TimeoutError&) {
        std::string message = trimmed(PQerrorMessage(wire->connection_));
        if (!message.empty()) message += ": ";
        throw OperationalError(message + "connection timeout expired", {}, "08001");
    }
    return wire;
}

void Wire::finish_handshake(const PgOptions& options) {
    std::vector<const char*> keys, values;
    for (const auto& [key, value] : options.parameters) {
        keys.push_back(key.c_str());
        values.push_back(value.c_str());
    }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    const auto begin = [&] { connection_ = PQconnectStartParams(keys.data(), values.data(), 0); };
    if (options.resolves_names) {
        async::run_blocking(begin);
    } else {
        begin();
    }
    if (!connection_) throw OperationalError("out of memory");
    if (PQstatus(connection_) == CONNECTION_BAD)
        throw OperationalError(trimmed(PQerrorMessage(connection_)), {}, "08001");
    PQsetnonblocking(connection_, 1);
    for (PostgresPollingStatusType status = PGRES_POLLING_WRITING; status != PGRES_POLLING_OK;) {
        wait_on_socket(status == PGRES_POLLING_READING);
        status = PQconnectPoll(connection_);
        if (status == PGRES_POLLING_FAILED)
            throw OperationalError(trimmed(PQerrorMessage(connection_)), {}, "08001");
    }
    ssl_ = PQsslStruct(connection_, "OpenSSL");
    if (ssl_) SSL_set_mode(static_cast<SSL*>(ssl_), SSL_MODE_ENABLE_PARTIAL_WRITE);
    if (!ssl_ && PQgssEncInUse(connection_))
        throw NotSupportedError("connections encrypted by GSSAPI are not supported: set gssencmode=disable");
    descriptor_.emplace(io_, PQsocket(connection_));
    open_ = true;
    boost::asio::use_service<Wires>(io_).add(*this);
}

// The socket may be another one at each step of the handshake, when libpq goes on to the next address.
void Wire::wait_on_socket(bool to_read) {
    struct State : RefCounted {
        explicit State(boost::asio::io_context& io, int socket) : descriptor(io, socket) {}
        boost::asio::posix::stream_descriptor descriptor;
    };
    Ref<State> state = make_ref<State>(io_, PQsocket(connection_));
    struct Release {
        State& state;
        ~Release() { state.descriptor.release(); }
    } release{*state};
    async::suspend([&](async::Waker waker) {
        state->descriptor.async_wait(to_read ? boost::asio::posix::stream_descriptor::wait_read
                                             : boost::asio::posix::stream_descriptor::wait_write,
                                     [waker = std::move(waker)](boost::system::error_code) { waker.wake(); });
    });
}

Wire::~Wire() {
    stop();
    if (connection_) PQfinish(connection_);
}

void Wire::start(WireListener& listener) {
    listener_ = &listener;
    wait_readable();
}

void Wire::stop() noexcept {
    listener_ = nullptr;
    open_ = false;
    if (!descriptor_) return;
    boost::asio::use_service<Wires>(io_).remove(*this);
    descriptor_->release();
    descriptor_.reset();
    // Handlers that still hold this wire find it closed; the server should not wait for them to go.
    PQfinish(std::exchange(connection_, nullptr));
    ssl_ = nullptr;
}

void Wire::abandon() noexcept {
    open_ = false;
    reason_ = "the loop of this connection has ended";
    if (descriptor_) {
        descriptor_->release();
        descriptor_.reset();
    }
    if (connection_) PQfinish(std::exchange(connection_, nullptr));
    ssl_ = nullptr;
    if (listener_) listener_->on_broken();
}

void Wire::fail(std::string reason) {
    if (!open_) return;
    open_ = false;
    reason_ = std::move(reason);
    boost::system::error_code ignored;
    if (descriptor_) descriptor_->cancel(ignored);
    if (listener_) listener_->on_broken();
}

long Wire::raw_read(char* to, std::size_t size) {
    if (!ssl_) return ::recv(PQsocket(connection_), to, size, 0);
    ERR_clear_error();
    const int got = SSL_read(static_cast<SSL*>(ssl_), to, static_cast<int>(size));
    if (got > 0) return got;
    const int error = SSL_get_error(static_cast<SSL*>(ssl_), got);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
    } else if (error == SSL_ERROR_SYSCALL && errno == 0) {
        return 0;
    } else if (error != SSL_ERROR_SYSCALL) {
        errno = ECONNRESET;
    }
    return -1;
}

long Wire::raw_write(const char* from, std::size_t size) {
    if (!ssl_) return ::send(PQsocket(connection_), from, size, MSG_NOSIGNAL);
    ERR_clear_error();
    const int sent = SSL_write(static_cast<SSL*>(ssl_), from, static_cast<int>(std::min<std::size_t>(size, 1 << 20)));
    if (sent > 0) return sent;
    const int error = SSL_get_error(static_cast<SSL*>(ssl_), sent);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
}

void Wire::send_soon() {
    if (send_posted_ || waiting_writable_ || !open_) return;
    send_posted_ = true;
    boost::asio::post(io_, [self = Ref<Wire>(this)] {
        self->send_posted_ = false;
        self->send_now();
    });
}

void Wire::send_now() {
    while (open_ && !waiting_writable_) {
        if (sent_ == sending_.size()) {
            sending_.clear();
            sent_ = 0;
            if (out_.empty() || !listener_ || listener_->holds_back()) return;
            listener_->on_sending();
            sending_.swap(out_);
        }
        const long sent = raw_write(sending_.data() + sent_, sending_.size() - sent_);
        if (sent >= 0) {
            sent_ += static_cast<std::size_t>(sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            wait_writable();
        } else if (errno != EINTR) {
            // What the server said before it went is still to be read.
            read_now();
            fail(kServerClosed);
        }
    }
}

void Wire::wait_writable() {
    waiting_writable_ = true;
    descriptor_->async_wait(boost::asio::posix::stream_descriptor::wait_write,
                            [self = Ref<Wire>(this)](boost::system::error_code) {
                                self->waiting_writable_ = false;
                                self->send_now();
                            });
}

void Wire::wait_readable() {
    descriptor_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                            [self = Ref<Wire>(this)](boost::system::error_code) {
                                if (!self->open_) return;
                                self->read_now();
                                if (self->open_) self->wait_readable();
                            });
}

void Wire::read_now() {
    for (int i = 0; (i < kReadsInARow || ssl_) && open_; ++i) {  // OpenSSL may hold bytes that no event announces
        if (in_.size() - in_end_ < kReadSize / 2) {
            if (in_begin_ > 0) {
                std::memmove(in_.data(), in_.data() + in_begin_, in_end_ - in_begin_);
                in_end_ -= in_begin_;
                in_begin_ = 0;
            }
            if (in_.size() - in_end_ < kReadSize / 2) in_.resize(std::max(kReadSize, in_.size() * 2));
        }
        const std::size_t room = in_.size() - in_end_;
        const long got = raw_read(in_.data() + in_end_, room);
        if (got > 0) {
            in_end_ += static_cast<std::size_t>(got);
            read_messages();
            if (static_cast<std::size_t>(got) < room && !ssl_) return;
        } else if (got == 0) {
            return fail(kServerClosed);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno == ETIMEDOUT) {
            return fail("could not receive data from server: Connection timed out");
        } else if (errno != EINTR) {
            return fail(kServerClosed);
        }
    }
}

void Wire::read_messages() {
    if (!listener_) return;
    const std::string_view bytes(in_.data() + in_begin_, in_end_ - in_begin_);
    in_begin_ += listener_->on_bytes(bytes);
    if (in_begin_ == in_end_) {
        in_begin_ = in_end_ = 0;
        if (in_.size() > 16 * kReadSize) in_ = std::vector<char>(kReadSize);  // a large row came through
    } else if (in_end_ - in_begin_ > kMessageMax) {
        fail("the server sent a message that is too long");
    }
}

void Wire::request_cancel() {
    static int under_way = 0;
    constexpr int kCancelsAtOnce = 2;  // each may hold a pool thread as long as the network likes
    PGcancel* cancel = connection_ ? PQgetCancel(connection_) : nullptr;
    if (!cancel) return;
    if (__atomic_fetch_add(&under_way, 1, __ATOMIC_RELAXED) >= kCancelsAtOnce) {
        __atomic_fetch_sub(&under_way, 1, __ATOMIC_RELAXED);
        PQfreeCancel(cancel);
        return;
    }
    async::spawn([cancel] {
        const async::CancelShield shield;
        async::run_blocking([&] {
            char error[256];
            PQcancel(cancel, error, sizeof error);
        });
        PQfreeCancel(cancel);
        __atomic_fetch_sub(&under_way, 1, __ATOMIC_RELAXED);
    });
}

}  // namespace nuages::db::postgresql::detail
