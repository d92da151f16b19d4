#include <nuages/server/detail/connection.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/worker.hpp>

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace nuages::server::detail {

namespace {

constexpr std::size_t kIdleBuffer = PagePool::kPageSize;  // what a connection reads into between requests
constexpr std::size_t kRoomMin = 1024;                  // to read into
constexpr std::size_t kSpoolPiece = 64 * 1024;          // of a large body, written to its file at once
constexpr std::size_t kHeadsMax = 64 * 1024;            // of a request that is no large one for its head alone
constexpr std::size_t kGatheredMax = 64 * 1024;         // responses of pipelined requests sent at once
constexpr std::size_t kSendfileMax = 1024 * 1024;       // per call, so that one download does not hold the loop
constexpr std::size_t kLingerBytes = 64 * 1024 * 1024;  // of a refused request that are read and forgotten
constexpr std::int64_t kLingerUs = 2'000'000;           // without progress
constexpr std::int64_t kLingerMaxUs = 10'000'000;
constexpr std::int64_t kFreshInDrainUs = 1'000'000;
constexpr std::int64_t kUsPerSecond = 1'000'000;
constexpr std::int64_t kQuietUs = 500'000;  // an idle connection of this age holds no memory to read into
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(Worker& worker, Descriptor socket, const Endpoint& peer)
    : worker_(worker),
      transport_(worker.poller(), std::move(socket), peer),
      in_(worker.pages()),
      parser_(worker.options().limits),
      broken_(!transport_.is_open()) {}

Connection::~Connection() = default;

void Connection::begin() {
    if (broken_) return close();
    try {
        wait_for_input();
    } catch (const std::exception& error) {
        drop(error.what());
    }
}

// ---- what happens next

void Connection::go_on(Next next) {
    for (;;) {
        switch (next) {
            case Next::run:
                enter(Phase::running);
                async::start_now(worker_.loop(), Ref<async::detail::Job>(this));
                if (phase_ != Phase::running) return;
                // A handler waits: what was answered before need not.
                suspended_ = true;
                if (!out_.empty() && !send_pending()) flush_later();
                return;
            case Next::read: return wait_for_input();
            case Next::close: return begin_close();
            case Next::write:
                if (!send_pending()) return wait_to_send();
                next = advance();
                break;
        }
    }
}

// Looks at what was read and not yet answered.
Connection::Next Connection::advance() {
    if (broken_ || close_after_) return Next::close;
    if (begin_ == end_) return Next::read;
    switch (parser_.parse(in_.data() + begin_, end_ - begin_)) {
        case RequestParser::State::complete: return Next::run;
        case RequestParser::State::need_more: return Next::read;
        case RequestParser::State::failed: break;
    }
    refuse(status_of(parser_.error()), describe(parser_.error()));
    return Next::write;
}

void Connection::run() noexcept {
    suspended_ = false;
    try {
        const Next next = answer_what_arrived();
        go_on(broken_ ? Next::close : next);
    } catch (const std::exception& error) {
        drop(error.what());
    } catch (...) {
        drop("an exception of unknown type");
    }
}

Connection::Next Connection::answer_what_arrived() {
    struct Lent {
        Worker& worker;
        http::Request& request;
        ~Lent() { worker.give_back(request); }
    };
    const Lent lent{worker_, worker_.take_request()};
    Next next = Next::run;
    while (next == Next::run) {
        try {
            answer(lent.request);
        } catch (...) {
            lent.request.clear();
            throw;
        }
        const bool may_gather = out_.size() < kGatheredMax && long_body_.empty() && !file_;
        next = may_gather ? advance() : Next::write;
        if (next == Next::run) {
            if (suspended_ && !send_pending()) next = Next::write;
            continue;
        }
        if (!send_pending()) {
            next = Next::write;
        } else if (next != Next::read || broken_) {
            next = advance();
        }
    }
    return next;
}

// Memory, mappings or descriptors have run out: this connection ends, the others go on.
void Connection::drop(const char* reason) noexcept {
    broken_ = true;
    log_without_fail("A connection was dropped", reason);
    close();
}

// ---- reading

void Connection::wait_for_input() {
    const bool is_empty = begin_ == end_;
    if (is_empty && draining_ && answered_ > 0) return begin_close();
    if (parser_.wants_continue() && !continue_sent_ && !send_continue()) return close();
    if (!make_room()) {
        refuse(503, "The server cannot hold this request beside those that it has.");
        return go_on(Next::write);
    }
    if (is_empty) {
        enter(answered_ > 0 ? Phase::idle : Phase::head);
    } else if (parser_.head_complete()) {
        if (phase_ != Phase::body) enter(Phase::body);
    } else if (phase_ != Phase::head) {
        enter(Phase::head);
    }
    read_input();
}

void Connection::read_input() {
    transport_.async_read(in_.data() + end_, in_.capacity() - end_, [self = Ref<Connection>(this)](std::size_t bytes) {
        if (self->phase_ == Phase::closed) return;
        const CutShort why = std::exchange(self->cut_short_, CutShort::no);
        if (bytes == 0 && why == CutShort::to_rest) return self->rest();
        self->on_input(bytes);
    });
}

// What waits for input must not be taken its buffer, nor be closed, at once: a request may have been read into it whose
// handler is only queued. Cut short it completes, with that request or with nothing.
void Connection::cut_short(CutShort why) {
    cut_short_ = why;
    transport_.cancel_waits();
}

// An idle connection without a page.
void Connection::rest() {
    in_.forget();
    used_page_ = false;
    transport_.async_wait_input([self = Ref<Connection>(this)] {
        if (self->phase_ == Phase::closed) return;
        const CutShort why = std::exchange(self->cut_short_, CutShort::no);
        if (why == CutShort::to_end && !self->transport_.has_input()) return self->close();
        try {
            self->read_input();
        } catch (const std::exception& error) {
            self->drop(error.what());
        }
    });
}

void Connection::on_input(std::size_t bytes) {
    if (bytes == 0) return close();  // the peer has ended, or an error
    used_page_ = true;
    try {
        if (phase_ == Phase::lingering) {
            lingered_ += bytes;
            extend(bytes, kLingerUs);
            return lingered_ > kLingerBytes ? close() : linger();
        }
        end_ += bytes;
        if (phase_ == Phase::body) extend(bytes, worker_.options().body_timeout.microseconds);
        if (phase_ == Phase::idle) enter(Phase::head);
        go_on(advance());
    } catch (const std::exception& error) {
        drop(error.what());
    }
}

// False when the worker's connections together hold too much already.
bool Connection::make_room() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
        if (in_.capacity() > kIdleBuffer) resize_input(kIdleBuffer);
        return true;
    }
    // A few bytes of the next request do not keep what a large one needed.
    const bool is_too_large = in_.capacity() > kIdleBuffer && begin_ > 0 && end_ - begin_ + kRoomMin <= kIdleBuffer;
    if (in_.capacity() - end_ >= kRoomMin && !is_too_large) return true;
    if (begin_ > 0) {
        std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        parser_.relocate(in_.data());
    }
    if (is_too_large) {
        resize_input(kIdleBuffer);
        return true;
    }
    end_ = parser_.compact(in_.data(), end_);
    if (in_.capacity() - end_ >= kRoomMin) return true;
    if (is_to_be_spooled()) return spool();
    // A body's announced length is believed step by step, as it arrives.
    std::size_t capacity = 2 * in_.capacity();
    if (const std::size_t wanted = parser_.size_wanted(); wanted > in_.capacity()) {
        capacity = std::min(std::max(capacity, std::size_t{256 * 1024}), wanted + kRoomMin);
    }
    if (!worker_.may_buffer(capacity - in_.capacity())) return false;
    resize_input(capacity);
    return true;
}

// A body of which too much has come, or will come, for memory: its file is fed in pieces of some size.
bool Connection::is_to_be_spooled() const {
    if (!parser_.head_complete()) return false;
    const std::size_t in_memory = worker_.options().limits.body_in_memory;
    const std::size_t arrived = parser_.body_so_far(end_).size();
    if (arrived >= in_memory) return true;
    const bool will_be_large = spool_ || parser_.size_wanted() > in_memory + kHeadsMax;
    return will_be_large && arrived >= kSpoolPiece;
}

// False when the disk may not or cannot take it.
bool Connection::spool() {
    const std::string_view arrived = parser_.body_so_far(end_);
    if (worker_.spooled() + arrived.size() > worker_.options().limits.spooled_total) return false;
    try {
        if (!spool_) spool_ = std::make_unique<SpooledBody>(worker_.options().temp_dir, worker_.spooled());
        spool_->append(arrived);
    } catch (const Error& error) {
        log_without_fail("Cannot keep the body of a request", error.what());
        return false;
    }
    end_ = parser_.drop_body(in_.data(), end_);
    return true;
}

void Connection::resize_input(std::size_t capacity) {
    const std::size_t before = in_.capacity();
    in_.resize(capacity);
    worker_.buffers_resized(before, capacity);
    if (begin_ != end_) parser_.relocate(in_.data());
}

bool Connection::send_continue() {
    continue_sent_ = true;
    iovec part{const_cast<char*>(kContinue.data()), kContinue.size()};
    return transport_.write(&part, 1, false) == static_cast<ssize_t>(kContinue.size());
}

// ---- sending

bool Connection::send_pending() {
    while (sent_ < out_.size() || long_body_sent_ < long_body_.size()) {
        iovec parts[2] = {{out_.data() + sent_, out_.size() - sent_},
                          {long_body_.data() + long_body_sent_, long_body_.size() - long_body_sent_}};
        const ssize_t sent = transport_.write(parts, parts[1].iov_len == 0 ? 1 : 2, file_ && file_->size() > 0);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
            broken_ = true;
            break;
        }
        const std::size_t head = std::min(static_cast<std::size_t>(sent), parts[0].iov_len);
        sent_ += head;
        long_body_sent_ += static_cast<std::size_t>(sent) - head;
        extend(static_cast<std::size_t>(sent), worker_.options().write_timeout.microseconds);
    }
    if (out_.capacity() > kIdleBuffer) std::string().swap(out_);
    if (!long_body_.empty()) std::string().swap(long_body_);
    out_.clear();
    sent_ = long_body_sent_ = 0;
    return broken_ || !file_ || send_file();
}

// One piece per turn: a client as fast as the disk would hold the loop for as long as its file lasts.
bool Connection::send_file() {
    if (file_sent_ < file_->size()) {
        const auto offset = static_cast<off_t>(file_->offset() + file_sent_);
        const std::size_t wanted = std::min<std::uint64_t>(file_->size() - file_sent_, kSendfileMax);
        const ssize_t sent = transport_.send_file(file_->descriptor(), offset, wanted);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return false;
        if (sent > 0) {
            file_sent_ += static_cast<std::uint64_t>(sent);
            extend(static_cast<std::size_t>(sent), worker_.options().write_timeout.microseconds);
            if (file_sent_ < file_->size()) return false;
        } else {  // an error, or the file has shrunk: the announced length can't be kept
            broken_ = true;
        }
    }
    file_ = nullptr;
    return true;
}

void Connection::wait_to_send() {
    if (phase_ != Phase::writing) enter(Phase::writing);
    flush_later();
}

void Connection::flush_later() {
    if (phase_ == Phase::running && deadline_us_ == kNever)
        deadline_us_ = worker_.now_us() + worker_.options().write_timeout.microseconds;
    if (flushing_) return;
    flushing_ = true;
    transport_.async_wait_write([self = Ref<Connection>(this)](bool is_worth_trying) {
        self->flushing_ = false;
        try {
            self->on_writable(is_worth_trying);
        } catch (const std::exception& failure) {
            self->drop(failure.what());
        }
    });
}

void Connection::on_writable(bool is_worth_trying) {
    if (phase_ == Phase::writing) return is_worth_trying ? go_on(Next::write) : close();
    if (phase_ != Phase::running) return;  // all was sent by then
    if (!is_worth_trying) return abort();
    if (!send_pending()) {
        flush_later();
    } else {
        deadline_us_ = kNever;
    }
    if (broken_) return end_stream();
    wake_writers();
}

// ---- ending

void Connection::begin_close() {
    if (broken_ || !linger_) return close();
    transport_.shutdown_send();
    resize_input(kIdleBuffer);
    linger_end_us_ = worker_.now_us() + kLingerMaxUs;
    enter(Phase::lingering);
    linger();
}

// Closing with unread input would make the kernel send a reset, which can overtake the response (RFC 9112, 9.6).
void Connection::linger() {
    transport_.async_read(in_.data(), in_.capacity(), [self = Ref<Connection>(this)](std::size_t bytes) {
        if (self->phase_ != Phase::closed) self->on_input(bytes);
    });
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    const Ref<Connection> keep(this);
    phase_ = Phase::closed;
    file_ = nullptr;
    end_stream();
    transport_.close();
    worker_.buffers_resized(in_.capacity(), kIdleBuffer);  // freed with this, soon
    worker_.remove(*this);
}

void Connection::abort() {
    if (phase_ != Phase::running) return close();
    broken_ = true;
    transport_.shutdown();
    end_stream();
}

void Connection::drain(std::int64_t now_us) {
    draining_ = true;
    if (endless_) end_stream();
    if (phase_ == Phase::lingering) {
        linger_end_us_ = std::min(linger_end_us_, now_us + kFreshInDrainUs);
        deadline_us_ = std::min(deadline_us_, linger_end_us_);
    }
    const bool is_waiting = begin_ == end_ && (phase_ == Phase::idle || phase_ == Phase::head);
    if (!is_waiting) return;
    if (transport_.has_input()) return;  // a request has just come
    const std::int64_t grace_us = answered_ > 0 ? worker_.options().drain_idle.microseconds : kFreshInDrainUs;
    if (grace_us == 0) return cut_short(CutShort::to_end);
    deadline_us_ = std::min(deadline_us_, now_us + grace_us);
}

// ---- deadlines

void Connection::enter(Phase phase) {
    phase_ = phase;
    const ServerOptions& options = worker_.options();
    std::int64_t limit = 0;
    switch (phase) {
        case Phase::idle: limit = options.idle_timeout.microseconds; break;
        case Phase::head: limit = options.header_timeout.microseconds; break;
        case Phase::body: limit = options.body_timeout.microseconds; break;
        case Phase::writing: limit = options.write_timeout.microseconds; break;
        case Phase::lingering: limit = kLingerUs; break;
        case Phase::running:
        case Phase::closed: deadline_us_ = kNever; return;
    }
    deadline_us_ = worker_.now_us() + limit;
}

void Connection::extend(std::size_t bytes, std::int64_t limit_us) {
    const bool is_flushing = phase_ == Phase::running && deadline_us_ != kNever;
    if (phase_ != Phase::body && phase_ != Phase::writing && phase_ != Phase::lingering && !is_flushing) return;
    // Slower than the least rate does not count as progress.
    const std::int64_t rate = worker_.options().min_rate;
    const std::int64_t earned = rate > 0 ? static_cast<std::int64_t>(bytes) * kUsPerSecond / rate : limit_us;
    deadline_us_ = std::min(deadline_us_ + earned, worker_.now_us() + limit_us);
    if (phase_ == Phase::lingering) deadline_us_ = std::min(deadline_us_, linger_end_us_);
}

void Connection::check_deadline(std::int64_t now_us) {
    if (now_us < deadline_us_) {
        const bool is_quiet = phase_ == Phase::idle && used_page_;
        if (is_quiet && now_us - (deadline_us_ - worker_.options().idle_timeout.microseconds) >= kQuietUs)
            cut_short(CutShort::to_rest);
        return;
    }
    if (phase_ == Phase::idle) return cut_short(CutShort::to_end);
    if (phase_ == Phase::running) return abort();  // the client takes nothing of what a handler writes
    const bool is_request = (phase_ == Phase::head && begin_ != end_) || phase_ == Phase::body;
    if (is_request) {
        refuse(408, "The request did not arrive in time.");
        send_pending();
        transport_.shutdown_send();
    }
    close();
}

}  // namespace nuages::server::detail
