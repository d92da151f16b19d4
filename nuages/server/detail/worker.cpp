#include <nuages/server/detail/worker.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/utils/datetime.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace nuages::server::detail {

namespace {

using boost::system::error_code;

// Then the loop looks after its connections, and other loops may take those that still wait.
constexpr int kAcceptedPerTurn = 8;
constexpr std::int64_t kBeatUs = 500'000;
constexpr std::int64_t kTickMaxUs = 1'000'000;
constexpr std::int64_t kTickMinUs = 2'000;

std::int64_t tick_for(const ServerOptions& options) {
    const auto shortest = std::min({options.header_timeout.microseconds, options.body_timeout.microseconds,
                                    options.idle_timeout.microseconds, options.write_timeout.microseconds,
                                    options.drain_timeout.microseconds});
    return std::clamp(shortest / 4, kTickMinUs, kTickMaxUs);
}

}  // namespace

void log_without_fail(const char* what, const char* reason) noexcept {
    try {
        log::error("nuages.server", std::string(what) + ": " + reason);
    } catch (...) {
        return;
    }
}

Worker::Worker(const WorkerShare& share, std::vector<Descriptor> listening)
    : share_(share),
      options_(share.options),
      request_options_(options_.request_options ? options_.request_options : &http::default_request_options()),
      handler_(share.handler),
      poller_(async::io_context(loop_), poller_memory_),
      timer_(async::io_context(loop_).get_executor()),
      heartbeat_(async::io_context(loop_).get_executor()),
      tick_us_(tick_for(options_)) {
    if (!options_.server_name.empty()) server_line_ = "Server: " + options_.server_name + "\r\n";
    headers_ = read_headers(options_.headers);
    for (Descriptor& socket : listening) {
        listening_.emplace_back(async::io_context(loop_).get_executor(), socket.release());
    }
}

Worker::~Worker() {
    while (first_) first_->close();
}

void Worker::set_hooks(Function<void()> begin, Function<void()> end) {
    begin_ = std::move(begin);
    end_ = std::move(end);
}

void Worker::run() {
    if (share_.board) {
        share_.board->thread_id = static_cast<std::int32_t>(::syscall(SYS_gettid));
        beat();
    }
    loop_.post([this] {
        try {
            if (begin_) begin_();
            if (options_.on_thread_start) options_.on_thread_start();
        } catch (...) {
            start_error_ = std::current_exception();
            loop_.stop();
            return;
        }
        now_us_ = async::monotonic_microseconds();
        started_ = true;
        if (draining_) return end_when_drained();
        for (Waitable& listening : listening_) wait_for_clients(listening);
    });
    loop_.run();
    // The drain was cut short: what the thread holds is given back all the same.
    if (started_ && !stop_called_) async::run([this] { call_on_thread_stop(); });
    if (start_error_) std::rethrow_exception(start_error_);
}

void Worker::beat() {
    share_.board->beat_us.store(async::monotonic_microseconds(), std::memory_order_relaxed);
    heartbeat_.expires_after(std::chrono::microseconds(kBeatUs));
    heartbeat_.async_wait([this](error_code error) {
        if (!error) beat();
    });
}

void Worker::request_began(std::string_view method, std::string_view target) noexcept {
    ++running_;
    ThreadBoard* const board = share_.board;
    if (!board) return;
    board->running.store(board->running.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    board->began_us.store(now_us_, std::memory_order_relaxed);
    board->say(method, target);
}

void Worker::request_ended() noexcept {
    --running_;
    if (ThreadBoard* const board = share_.board) {
        board->running.store(board->running.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        board->requests.store(board->requests.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    if (options_.max_requests == 0 || share_.answered.fetch_add(1, std::memory_order_relaxed) + 1 != options_.max_requests)
        return;
    try {
        if (options_.on_max_requests) options_.on_max_requests();
    } catch (const std::exception& error) {
        log_without_fail("on_max_requests failed", error.what());
    }
}

// ---- clients

void Worker::wait_for_clients(Waitable& listening) {
    listening.async_wait(Waitable::wait_read, [this, &listening](error_code error) {
        if (!error && !draining_) accept_clients(listening);
    });
}

void Worker::accept_clients(Waitable& listening) {
    accept_some(listening);
    if (waiting_for_room_) return schedule_tick();  // tick() goes on
    if (!draining_) wait_for_clients(listening);
}

void Worker::take_client(Descriptor socket, const Endpoint& client) noexcept {
    bool is_counted = false;
    try {
        const bool is_proxied = options_.proxy_protocol;
        if (is_proxied && !share_.trust.proxies.contain(client.address)) {
            log::debug("nuages.server", std::string("Refused a connection of ") + client.address + ", which is no proxy.");
            return;
        }
        // A proxy has as many connections as its clients.
        is_counted = share_.addresses.is_on() && client.address[0] != '\0' && !is_proxied &&
                     !share_.trust.forwarded.contain(client.address);
        if (is_counted && !share_.addresses.enter(client.address)) {
            if (!share_.tls) refuse_too_many(socket.get());
            return;
        }
        const auto connection = make_ref<Connection>(*this, std::move(socket), client);
        connection->is_counted_ = std::exchange(is_counted, false);
        Transport& transport = connection->transport_;
        if (is_proxied) transport.expect_proxy_header();
        if (share_.tls && client.address[0] != '\0')
            transport.start_tls(share_.tls->accept(transport.descriptor(), async::monotonic_microseconds()));
        add(*connection);
        connection->begin();
    } catch (const std::exception& error) {
        if (is_counted) share_.addresses.leave(client.address);
        log_without_fail("Cannot take a connection", error.what());
    }
}

// A client of too many connections is told so as far as its socket takes it at once, and is not waited for.
void Worker::refuse_too_many(int socket) {
    static constexpr std::string_view kText =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
    [[maybe_unused]] const ssize_t sent =
        ::send(socket, kText.data(), kText.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool Worker::accept_some(Waitable& listening) {
    for (int i = 0; i < kAcceptedPerTurn; ++i) {
        if (count_ >= options_.connections) {
            waiting_for_room_ = true;
            return false;
        }
        sockaddr_storage peer;
        socklen_t peer_size = sizeof peer;
        Descriptor socket(::accept4(listening.native_handle(), reinterpret_cast<sockaddr*>(&peer), &peer_size,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return false;
            log_without_fail("Cannot accept a connection", std::strerror(errno));
            waiting_for_room_ = true;
            return false;
        }
        const int on = 1;
        setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        take_client(std::move(socket), endpoint_of(peer));
    }
    return true;
}

void Worker::add(Connection& connection) {
    if (count_ == 0) now_us_ = async::monotonic_microseconds();
    connection.retain();
    connection.next_ = first_;
    if (first_) first_->previous_ = &connection;
    first_ = &connection;
    ++count_;
    schedule_tick();
}

void Worker::remove(Connection& connection) {
    (connection.previous_ ? connection.previous_->next_ : first_) = connection.next_;
    if (connection.next_) connection.next_->previous_ = connection.previous_;
    --count_;
    if (connection.is_counted_) share_.addresses.leave(connection.transport_.peer().address);
    connection.release();
    if (!draining_) return;
    try {
        end_when_drained();
    } catch (const std::exception& error) {  // the next tick tries again
        log_without_fail("Cannot end the drain", error.what());
    }
}

http::Request& Worker::take_request() {
    if (free_requests_.empty()) {
        // Room for all of them to come back: give_back() never allocates.
        if (free_requests_.capacity() <= requests_.size()) free_requests_.reserve(2 * requests_.size() + 16);
        return requests_.emplace_back();
    }
    http::Request& request = *free_requests_.back();
    free_requests_.pop_back();
    return request;
}

void Worker::give_back(http::Request& request) noexcept { free_requests_.push_back(&request); }

// ---- time

std::string_view Worker::date_line() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != date_second_) {
        date_second_ = now.tv_sec;
        date_line_ = "Date: ";
        utils::append_http_date(date_line_, DateTime{date_second_ * 1'000'000});
        date_line_ += "\r\n";
    }
    return date_line_;
}

void Worker::schedule_tick() {
    if (ticking_) return;
    timer_.expires_after(std::chrono::microseconds(tick_us_));
    timer_.async_wait([this](error_code error) {
        ticking_ = false;
        if (!error) tick();
    });
    ticking_ = true;
}

void Worker::tick() {
    now_us_ = async::monotonic_microseconds();
    for (Connection* connection = first_; connection;) {
        Connection* next = connection->next_;
        connection->check_deadline(now_us_);
        connection = next;
    }
    if (waiting_for_room_ && !draining_) {
        waiting_for_room_ = false;
        for (Waitable& listening : listening_) listening.cancel();
        for (Waitable& listening : listening_) accept_clients(listening);
    }
    if (draining_ && now_us_ >= drain_deadline_us_ && count_ > 0) {
        log::warning("nuages.server", std::to_string(count_) + " connections did not end in time.");
        drain_deadline_us_ = std::numeric_limits<std::int64_t>::max();
        for (Connection* connection = first_; connection;) {
            Connection* next = connection->next_;
            connection->abort();
            connection = next;
        }
        loop_.stop();  // cancels the handlers that still run
        return;
    }
    if (draining_ && started_ && count_ == 0) end_when_drained();
    if (count_ > 0 || draining_ || waiting_for_room_) schedule_tick();
}

// ---- the end

void Worker::drain() {
    loop_.post([this] { drain_here(); });
}

void Worker::abandon() {
    loop_.post([this] {
        drain_here();
        drain_deadline_us_ = 0;
        tick();
    });
}

void Worker::drain_here() {
    if (draining_) return;
    now_us_ = async::monotonic_microseconds();
    drain_deadline_us_ = now_us_ + options_.drain_timeout.microseconds;
    // Who has connected already is still served.
    if (started_) {
        for (Waitable& listening : listening_) {
            while (accept_some(listening)) {}
        }
    }
    draining_ = true;
    for (Waitable& listening : listening_) {
        error_code ignored;
        listening.close(ignored);
    }
    for (Connection* connection = first_; connection;) {
        Connection* next = connection->next_;
        connection->drain(now_us_);
        connection = next;
    }
    if (started_) end_when_drained();
}

void Worker::end_when_drained() {
    if (count_ > 0) return schedule_tick();
    if (ended_ || held_) return;
    loop_.post([this] {
        call_on_thread_stop();
        if (end_) end_();
        loop_.stop();
    });
    ended_ = true;
}

void Worker::let_go() {
    loop_.post([this] {
        held_ = false;
        if (draining_ && started_) end_when_drained();
    });
}

void Worker::call_on_thread_stop() {
    stop_called_ = true;
    try {
        if (options_.on_thread_stop) options_.on_thread_stop();
    } catch (const std::exception& error) {
        log::error("nuages.server", std::string("on_thread_stop: ") + error.what());
    }
}

}  // namespace nuages::server::detail
