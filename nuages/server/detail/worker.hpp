// One thread's share of a Server: its loop, its listening sockets, its connections.
#pragma once

#include <nuages/async/loop.hpp>
#include <nuages/http/middleware.hpp>
#include <nuages/server/detail/address_limiter.hpp>
#include <nuages/server/detail/connection.hpp>
#include <nuages/server/detail/networks.hpp>
#include <nuages/server/detail/page_pool.hpp>
#include <nuages/server/detail/poller.hpp>
#include <nuages/server/detail/scoreboard.hpp>
#include <nuages/server/detail/tls.hpp>
#include <nuages/server/server.hpp>

#include <boost/asio/posix/descriptor_base.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <limits>
#include <string>
#include <vector>

namespace nuages::server::detail {

/// Logs "WHAT: REASON", or nothing when there is no memory even for that.
void log_without_fail(const char* what, const char* reason) noexcept;

/// Whose word is taken for who the client is.
struct Trust {
    Networks forwarded;
    Networks proxies;
};

/// What the workers of a server have in common, and their board if there is one.
struct WorkerShare {
    const ServerOptions& options;
    const http::Handler& handler;
    AddressLimiter& addresses;
    const Trust& trust;
    TlsStore* tls;  // null: plain
    std::atomic<std::uint64_t>& answered;
    ThreadBoard* board = nullptr;
};

class Worker {
public:
    Worker(const WorkerShare& share, std::vector<Descriptor> listening);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Before run(): BEGIN is called before on_thread_start, on the same fiber; END after on_thread_stop.
    void set_hooks(Function<void()> begin, Function<void()> end);
    /// Serves on the calling thread until drained. Throws what BEGIN and on_thread_start threw.
    void run();
    /// Ends the listening and waits for what runs. From any thread.
    void drain();
    /// Before run(): once drained, the loop goes on until let_go(), which may come from any thread.
    void hold() noexcept { held_ = true; }
    void let_go();
    /// As drain(), but nothing is waited for. From any thread.
    void abandon();

    async::Loop& loop() noexcept { return loop_; }
    const ServerOptions& options() const noexcept { return options_; }
    const http::RequestOptions& request_options() const noexcept { return *request_options_; }
    const http::Handler& handler() const noexcept { return handler_; }
    std::string_view server_line() const noexcept { return server_line_; }
    /// Null when there are none.
    const std::vector<OwnHeader>* headers() const noexcept { return headers_.empty() ? nullptr : &headers_; }
    /// Whether so many requests run that this one, which counts already, is too much.
    bool is_overloaded() const noexcept {
        return options_.concurrent_requests > 0 && running_ > options_.concurrent_requests;
    }
    /// "Date: ...\r\n" of the present second.
    std::string_view date_line();
    /// A clock that never goes back, read once per tick.
    std::int64_t now_us() const noexcept { return now_us_; }
    bool draining() const noexcept { return draining_; }

    void add(Connection& connection);
    void remove(Connection& connection);

    /// Requests wait here to be filled again: one per running handler, not one per connection.
    http::Request& take_request();
    void give_back(http::Request& request) noexcept;

    PagePool& pages() noexcept { return pages_; }
    Poller& poller() noexcept { return poller_; }
    const Trust& trust() const noexcept { return share_.trust; }

    /// Around each handler, for the board and max_requests.
    void request_began(std::string_view method, std::string_view target) noexcept;
    void request_ended() noexcept;

    /// What all connections hold beyond their idle buffers: whether BYTES more may be, and that it changed.
    bool may_buffer(std::size_t bytes) const noexcept { return buffered_ + bytes <= options_.limits.buffered_total; }
    /// What bodies of requests take on the disk.
    std::uint64_t& spooled() noexcept { return spooled_; }
    void buffers_resized(std::size_t before, std::size_t after) noexcept { buffered_ += after - before; }

private:
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
    using Waitable = boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    void wait_for_clients(Waitable& listening);
    void accept_clients(Waitable& listening);
    void take_client(Descriptor socket, const Endpoint& client) noexcept;
    static void refuse_too_many(int socket);
    /// False when nobody waits any more, or there is no room.
    bool accept_some(Waitable& listening);
    void schedule_tick();
    void tick();
    void drain_here();
    void end_when_drained();
    void call_on_thread_stop();
    void beat();

    const WorkerShare share_;
    const ServerOptions& options_;
    const http::RequestOptions* request_options_;
    http::Handler handler_;
    PagePool pages_;  // outlives what the loop holds
    Poller::Memory poller_memory_;  // likewise
    async::Loop loop_;
    Poller poller_;
    Timer timer_;
    Timer heartbeat_;
    Function<void()> begin_;
    Function<void()> end_;
    std::deque<Waitable> listening_;
    std::string server_line_;
    std::vector<OwnHeader> headers_;
    std::size_t running_ = 0;  // requests
    std::string date_line_;
    std::int64_t date_second_ = -1;
    std::int64_t now_us_ = 0;
    std::int64_t tick_us_ = 1'000'000;
    std::int64_t drain_deadline_us_ = 0;
    Connection* first_ = nullptr;
    std::size_t count_ = 0;
    std::size_t buffered_ = 0;
    std::uint64_t spooled_ = 0;
    std::deque<http::Request> requests_;  // never moves them
    std::vector<http::Request*> free_requests_;
    bool started_ = false;
    bool waiting_for_room_ = false;
    bool ticking_ = false;
    bool draining_ = false;
    bool held_ = false;
    bool stop_called_ = false;
    bool ended_ = false;
    std::exception_ptr start_error_;
};

}  // namespace nuages::server::detail
