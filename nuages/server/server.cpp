#include <nuages/server/server.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/worker.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
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
    std::atomic<std::size_t> others = 0;  // threads that serve beside the first worker's

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
    /// False when the system refuses a thread; those that were started are draining then.
    bool start_others(std::vector<std::thread>& threads) {
        threads.reserve(workers.size());
        if (workers.size() > 1) workers.front()->hold();
        others = workers.size() - 1;
        for (std::size_t i = 1; i < workers.size(); ++i) {
            try {
                threads.emplace_back([this, i] { serve_beside(*workers[i]); });
            } catch (...) {
                keep_error();
                drain_all();
                return false;
            }
        }
        return true;
    }
};

namespace {

void write_event(int descriptor) noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

}  // namespace

Server::Server(ServerOptions options, Function<http::Response(http::Request&)> handler) : state_(nullptr) {
    auto state = std::make_unique<State>();
    if (options.threads == 0) options.threads = std::max(1u, std::thread::hardware_concurrency());
    state->options = std::move(options);
    state->handler = std::move(handler);
    const unsigned threads = state->options.threads;
    std::vector<std::vector<detail::Descriptor>> sockets(threads);
    for (const std::string& address : state->options.binds) {
        detail::Listener listener = detail::listen_on(address, threads);
        state->ports.push_back(listener.port);
        for (unsigned i = 0; i < threads; ++i) sockets[i].push_back(std::move(listener.sockets[i]));
    }
    for (auto& of_thread : sockets) {
        state->workers.push_back(
            std::make_unique<detail::Worker>(state->options, state->handler, std::move(of_thread)));
    }
    state->stop_event = detail::Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!state->stop_event) throw Error(std::string("Cannot make an event descriptor: ") + std::strerror(errno));
    state_ = state.release();
}

Server::~Server() { delete state_; }

void Server::run() {
    if (async::current_loop()) throw Error("Server::run() serves on the calling thread: not on a fiber or a loop.");
    // sendfile has no MSG_NOSIGNAL: a client that went away must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    State& state = *state_;
    detail::Worker& first = *state.workers.front();

    boost::asio::io_context& io = async::io_context(first.loop());
    boost::asio::posix::stream_descriptor stop_event(io, ::dup(state.stop_event.get()));
    std::uint64_t count = 0;
    stop_event.async_read_some(boost::asio::buffer(&count, sizeof count), [&state](error_code error, std::size_t) {
        if (!error) state.drain_all();
    });
    boost::asio::signal_set signals(io);
    if (state.options.handle_signals) {
        signals.add(SIGTERM);
        signals.add(SIGINT);
        signals.async_wait([&state, &signals](error_code error, int) {
            if (error) return;
            log::info("nuages.server", "Stopping: running requests are finished first. A second signal ends them.");
            state.drain_all();
            signals.async_wait([&state](error_code again, int) {
                if (again) return;
                for (const auto& worker : state.workers) worker->abandon();
            });
        });
    }

    std::vector<std::thread> threads;
    if (state.start_others(threads)) state.serve(first);
    for (std::thread& thread : threads) thread.join();
    if (state.error) std::rethrow_exception(state.error);
}

void Server::stop() noexcept { write_event(state_->stop_event.get()); }

const std::vector<std::uint16_t>& Server::ports() const noexcept { return state_->ports; }

}  // namespace nuages::server
