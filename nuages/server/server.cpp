#include <nuages/server/server.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/address_limiter.hpp>
#include <nuages/server/detail/worker.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace nuages::server {

using boost::system::error_code;

struct Server::State {
    ServerOptions options;
    http::Handler handler;
    std::vector<std::uint16_t> ports;
    std::vector<std::unique_ptr<detail::Worker>> workers;
    detail::Descriptor stop_event;  // written by stop(), which must be safe in a signal handler
    std::mutex error_mutex;
    std::exception_ptr error;
    std::vector<std::thread> threads;     // that serve beside the first worker's
    std::atomic<std::size_t> others = 0;  // of them, those that still serve
    std::atomic<std::uint64_t> answered = 0;
    detail::AddressLimiter addresses;
    std::optional<detail::Trust> trust;
    std::unique_ptr<detail::TlsStore> tls;  // null: plain
    bool started = false;
    bool ended = false;

    void drain_all() {
        for (const auto& worker : workers) worker->drain();
    }
    void keep_error() {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
    }
    void serve(detail::Worker& worker) noexcept {
        try {
            worker.run();
        } catch (...) {
            keep_error();
        }
        drain_all();
    }
    // The first worker's loop hears the signals: it ends last, so that a second one finds it.
    void serve_beside(detail::Worker& worker) noexcept {
        serve(worker);
        if (--others == 0) workers.front()->let_go();
    }
    /// On a fiber of the first worker: nobody accepts before on_start has ended.
    void begin() {
        if (options.on_start) options.on_start();
        started = true;
        const std::size_t wanted = workers.size() - 1;
        threads.reserve(wanted);
        others = wanted;
        try {
            for (std::size_t i = 1; i <= wanted; ++i) threads.emplace_back([this, i] { serve_beside(*workers[i]); });
        } catch (...) {  // the system refuses a thread
            keep_error();
            drain_all();
            if ((others -= wanted - threads.size()) == 0) workers.front()->let_go();
        }
    }
    void end() noexcept {
        if (!started || ended) return;
        ended = true;
        try {
            if (options.on_stop) options.on_stop();
        } catch (const std::exception& failure) {
            detail::log_without_fail("A stop hook failed", failure.what());
        }
    }
    void abandon_all() {
        for (const auto& worker : workers) worker->abandon();
    }
};

namespace {

constexpr std::uint64_t kStop = 1;
constexpr std::uint64_t kAbort = std::uint64_t{1} << 32;

void write_event(int descriptor, std::uint64_t value) noexcept {
    [[maybe_unused]] const ssize_t written = ::write(descriptor, &value, sizeof value);
}

std::vector<detail::Listener> listeners_of(const ServerOptions& options) {
    std::vector<detail::Listener> all =
        detail::listen_on_all(options.binds, {.backlog = options.backlog, .reuse_port = options.reuse_port});
    std::vector<detail::Listener> inherited;
    for (const int socket : options.sockets) inherited.push_back(detail::adopt(socket));
    all.insert(all.begin(), std::make_move_iterator(inherited.begin()), std::make_move_iterator(inherited.end()));
    return all;
}

}  // namespace

Server::Server(ServerOptions options, Function<http::Response(http::Request&)> handler) : state_(nullptr) {
    auto state = std::make_unique<State>();
    if (options.threads == 0) options.threads = std::max(1u, std::thread::hardware_concurrency());
    state->options = std::move(options);
    state->handler = std::move(handler);
    state->addresses.set_limit(state->options.connections_per_address);
    state->trust.emplace(detail::Trust{detail::Networks(state->options.forwarded_allow_ips),
                                       detail::Networks(state->options.proxy_allow_ips)});
    if (!state->options.tls.certificates.empty()) state->tls = std::make_unique<detail::TlsStore>(state->options.tls);
    const unsigned threads = state->options.threads;
    std::vector<std::vector<detail::Descriptor>> sockets(threads);
    for (detail::Listener& listener : listeners_of(state->options)) {
        state->ports.push_back(listener.port);
        for (unsigned i = 1; i < threads; ++i) sockets[i].push_back(detail::duplicate(listener.socket.get()));
        sockets[0].push_back(std::move(listener.socket));
    }
    for (unsigned i = 0; i < threads; ++i) {
        detail::ThreadBoard* board = state->options.boards ? state->options.boards + i : nullptr;
        state->workers.push_back(std::make_unique<detail::Worker>(
            detail::WorkerShare{state->options, state->handler, state->addresses, *state->trust, state->tls.get(),
                                state->answered, board},
            std::move(sockets[i])));
    }
    state->stop_event = detail::Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!state->stop_event) throw Error(std::string("Cannot make an event descriptor: ") + std::strerror(errno));
    state_ = state.release();
}

void check_networks(const std::vector<std::string>& list) { detail::Networks{list}; }

void check_headers(const std::vector<std::string>& lines) { detail::read_headers(lines); }

Server::~Server() { delete state_; }

void Server::run() {
    if (async::current_loop()) throw Error("Server::run() serves on the calling thread: not on a fiber or a loop.");
    // sendfile has no MSG_NOSIGNAL: a client that went away must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    State& state = *state_;
    detail::Worker& first = *state.workers.front();

    boost::asio::io_context& io = async::io_context(first.loop());
    boost::asio::posix::stream_descriptor stop_event(io, ::dup(state.stop_event.get()));
    std::uint64_t asked = 0;
    Function<void()> wait_for_stop;
    wait_for_stop = [&] {
        stop_event.async_read_some(boost::asio::buffer(&asked, sizeof asked), [&](error_code error, std::size_t) {
            if (error) return;
            asked >= kAbort ? state.abandon_all() : state.drain_all();
            wait_for_stop();
        });
    };
    wait_for_stop();
    boost::asio::signal_set signals(io);
    if (state.options.handle_signals) {
        signals.add(SIGTERM);
        signals.add(SIGINT);
        signals.async_wait([&state, &signals](error_code error, int) {
            if (error) return;
            log::info("nuages.server", "Stopping: running requests are finished first. A second signal ends them.");
            state.drain_all();
            signals.async_wait([&state](error_code again, int) {
                if (!again) state.abandon_all();
            });
        });
    }

    if (state.workers.size() > 1) first.hold();
    first.set_hooks([&state] { state.begin(); }, [&state] { state.end(); });
    state.serve(first);
    for (std::thread& thread : state.threads) thread.join();
    if (!state.ended) async::run([&state] { state.end(); });
    if (state.error) std::rethrow_exception(state.error);
}

void Server::stop() noexcept { write_event(state_->stop_event.get(), kStop); }
void Server::abort() noexcept { write_event(state_->stop_event.get(), kAbort); }

const std::vector<std::uint16_t>& Server::ports() const noexcept { return state_->ports; }

}  // namespace nuages::server
