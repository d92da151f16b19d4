// What a handler writes while it runs: streaming responses, and connections that were upgraded.
//
// The fiber appends to the connection's output and sends what the socket takes; the rest leaves from the loop, and the
// fiber waits when too much is left. While it runs, the peer's end is watched for: nothing is read, so a request that
// came early waits in the kernel.
#include <nuages/base/log.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/server/detail/connection.hpp>
#include <nuages/server/detail/octets.hpp>
#include <nuages/server/detail/worker.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace nuages::server::detail {

namespace {

constexpr std::size_t kOnItsWayMax = 64 * 1024;  // what a stream may have written beyond what the client took
constexpr std::size_t kTrailersMax = 8 * 1024;   // what clients take
constexpr std::size_t kReadMax = 8 * 1024;       // of an upgraded connection, at once

}  // namespace

/// Where a streaming view writes.
class Connection::Stream final : public http::ResponseStream {
public:
    Stream(Connection& connection, const SentHead& head) : connection_(connection), head_(head) {}

    void write(std::string_view chunk) override {
        if (chunk.empty()) return;
        if (head_.framing == Framing::length && chunk.size() > head_.length - written_)
            throw Error("A streaming response wrote more than its Content-Length of " + std::to_string(head_.length) +
                        " bytes.");
        written_ += chunk.size();
        if (head_.framing == Framing::chunks) {
            append_chunk(connection_.out_, chunk);
        } else {
            connection_.out_ += chunk;
        }
        connection_.push_out();
    }
    bool is_connected() const noexcept override { return !connection_.broken_; }

    std::uint64_t written() const { return written_; }
    /// Ends the body; throws when the view wrote less than it had announced.
    void finish() {
        if (head_.framing == Framing::length && written_ < head_.length)
            throw Error("A streaming response wrote " + std::to_string(written_) + " bytes of its Content-Length of " +
                        std::to_string(head_.length) + ".");
        if (head_.framing == Framing::chunks) append_last_chunk(connection_.out_, trailers_);
        finished_ = true;
    }
    bool finished() const { return finished_; }

private:
    void take_trailer(std::string_view name, std::string_view value) override {
        if (head_.framing != Framing::chunks || !connection_.accepts_trailers()) return;
        if (trailers_.size() + name.size() + value.size() > kTrailersMax)
            throw Error("The trailers of a response are longer than " + std::to_string(kTrailersMax) + " bytes.");
        trailers_.append(name).append(": ").append(value).append("\r\n");
    }

    Connection& connection_;
    SentHead head_;
    std::string trailers_;
    std::uint64_t written_ = 0;
    bool finished_ = false;
};

/// The connection as its new protocol sees it. The request stays where it is; input arrives in a buffer that outlives a
/// cancelled read().
class Connection::Upgraded final : public http::UpgradedConnection {
public:
    explicit Upgraded(Connection& connection)
        : connection_(connection), early_(connection.begin_ + connection.parser_.consumed()) {}

    std::size_t read(char* data, std::size_t size) override {
        Connection& c = connection_;
        if (early_ < c.end_) {  // what came behind the request
            const std::size_t bytes = std::min(size, c.end_ - early_);
            std::memcpy(data, c.in_.data() + early_, bytes);
            early_ += bytes;
            return bytes;
        }
        while (input_->begin == input_->end) {
            if (input_->has_ended || c.broken_) return 0;
            if (!input_->is_awaited) await_input();
            async::suspend([&](async::Waker waker) { input_->reader = std::move(waker); });
        }
        const std::size_t bytes = std::min(size, input_->end - input_->begin);
        std::memcpy(data, input_->data + input_->begin, bytes);
        input_->begin += bytes;
        return bytes;
    }
    void write(std::string_view bytes) override {
        connection_.out_ += bytes;
        connection_.push_out();
    }
    bool is_connected() const noexcept override { return !connection_.broken_; }

private:
    struct Input : RefCounted {
        std::size_t begin = 0;
        std::size_t end = 0;
        async::Waker reader;
        bool is_awaited = false;
        bool has_ended = false;
        char data[kReadMax];
    };
    void await_input() {
        input_->is_awaited = true;
        connection_.transport_.async_read(
            input_->data, kReadMax, [input = input_, self = Ref<Connection>(&connection_)](std::size_t bytes) {
                input->is_awaited = false;
                input->has_ended = bytes == 0;
                input->begin = 0;
                input->end = bytes;
                std::exchange(input->reader, {}).wake();
            });
    }

    Connection& connection_;
    std::size_t early_;
    Ref<Input> input_ = make_ref<Input>();
};

bool Connection::accepts_trailers() const {
    const auto fields = parser_.request().headers;
    return std::any_of(fields.begin(), fields.end(), [](const http::HeaderView& field) {
        return equals_ignoring_case(field.name, "te") && http::list_contains(field.value, "trailers");
    });
}

// Calls TALK, which writes to this connection and may be ended from the loop.
Connection::Ending Connection::run_on_stream(FunctionRef<void()> talk) {
    async::detail::InterruptScope scope("A streaming response");
    struct Registered {
        Connection& connection;
        ~Registered() {
            connection.stream_scope_ = nullptr;
            connection.endless_ = false;
        }
    };
    stream_scope_ = &scope;
    const Registered registered{*this};
    if (draining_ && endless_) scope.fire();
    try {
        talk();
        return broken_ ? Ending::cut_off : Ending::complete;
    } catch (const http::RequestAborted&) {
    } catch (const async::Cancelled&) {
        if (scope.was_cause() && !broken_) return Ending::complete;
    } catch (const Error& error) {
        log::error("nuages.request", std::string(error.name()) + " while a response was sent, at " +
                                         std::string(parser_.request().target) + ": " + error.what());
    } catch (const std::exception& error) {
        log::error("nuages.request",
                   "Exception while a response was sent, at " + std::string(parser_.request().target) + ": " + error.what());
    } catch (...) {
        log::error("nuages.request", "Exception of unknown type while a response was sent, at " +
                                         std::string(parser_.request().target));
    }
    return Ending::cut_off;
}

// Returns the bytes of the body that were written.
std::uint64_t Connection::send_stream(const http::Response& response, const SentHead& head) {
    Stream stream(*this, head);
    endless_ = response.is_endless();
    watch_peer();
    Ending ending = run_on_stream([&] {
        push_out();
        response.streaming_content()(stream);
        stream.finish();
    });
    if (ending == Ending::complete && !stream.finished()) {  // ended by the drain
        if (head.framing == Framing::length) {
            ending = Ending::cut_off;
        } else {
            stream.finish();
        }
    }
    if (ending == Ending::cut_off || head.framing == Framing::close) close_after_ = true;
    return stream.written();
}

void Connection::hand_over(const http::Response& response) {
    close_after_ = true;
    endless_ = true;
    Upgraded upgraded(*this);
    run_on_stream([&] {
        push_out();
        response.upgrade()(upgraded);
    });
}

// Sends what the socket takes; waits while too much is left.
void Connection::push_out() {
    const auto left = [this] { return out_.size() - sent_; };
    if (!broken_ && !flushing_ && !send_pending()) flush_later();
    while (!broken_ && left() > kOnItsWayMax)
        async::suspend([this](async::Waker waker) { writers_.push_back(std::move(waker)); });
    if (broken_) throw http::RequestAborted("The client has closed the connection.");
}

// Until the peer sends something, which is no end, or the stream is over.
void Connection::watch_peer() {
    if (watching_) return;
    watching_ = true;
    transport_.async_wait_input([self = Ref<Connection>(this)] {
        self->watching_ = false;
        if (!self->stream_scope_ || self->phase_ != Phase::running) return;
        if (self->transport_.peer_gone()) {
            self->broken_ = true;
            self->end_stream();
        } else if (!self->transport_.has_input()) {
            self->watch_peer();  // it was about an earlier request
        }
    });
}

void Connection::wake_writers() noexcept {
    for (const async::Waker& writer : writers_) writer.wake();
    writers_.clear();
}

// Unwinds the function that writes: the client has gone, or the server drains.
void Connection::end_stream() noexcept {
    if (stream_scope_) stream_scope_->fire();
}

}  // namespace nuages::server::detail
