#include <nuages/server/worker_process.hpp>

#include <nuages/async/fiber.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/scoreboard.hpp>
#include <nuages/server/detail/sockets.hpp>
#include <nuages/server/master.hpp>

#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <thread>

namespace nuages::server {

namespace {

constexpr const char* kLogger = "nuages.worker";
constexpr int kHeard[] = {SIGTERM, SIGINT, SIGQUIT, SIGUSR1};
constexpr int kIgnored[] = {SIGHUP, SIGUSR2, SIGWINCH, SIGTTIN, SIGTTOU};  // the master's; a terminal sends to all
constexpr char kEnd = 0;
constexpr int kFramesMax = 64;
constexpr int kOwnFrames = 2;  // of the handler, and of the kernel's call of it
constexpr std::size_t kActivityMax = 300;

// The handlers' end of the pipe.
volatile int signal_pipe = -1;
volatile int error_descriptor = STDERR_FILENO;
std::string (*describe_stack)(void* const* addresses, int count) = nullptr;

extern "C" void pass_on(int number) {
    const int kept = errno;
    const char byte = static_cast<char>(number);
    [[maybe_unused]] const ssize_t written = ::write(signal_pipe, &byte, 1);
    errno = kept;
}

void write_error(const char* text) {
    [[maybe_unused]] const ssize_t written = ::write(error_descriptor, text, std::strlen(text));
}

void write_address(const void* address) {
    char text[2 * sizeof(std::uintptr_t) + 1];
    char* digit = text + sizeof text;
    *--digit = '\0';
    for (auto rest = reinterpret_cast<std::uintptr_t>(address); rest != 0 && digit > text; rest >>= 4)
        *--digit = "0123456789abcdef"[rest & 15];
    write_error(" 0x");
    write_error(digit);
}

// On the thread that hangs: the master sent it there, and kills the process soon. First what is safe in a handler.
extern "C" void report_and_die(int) {
    void* frames[kFramesMax];
    const int all = ::backtrace(frames, kFramesMax);
    const int own = std::min(all, kOwnFrames);
    char activity[kActivityMax + 1];
    activity[async::describe_running(activity, kActivityMax)] = '\0';
    if (activity[0] != '\0') {
        write_error("The loop is held by: ");
        write_error(activity);
        write_error("\n");
    }
    write_error("The stack of the thread that gave no sign of life:");
    for (int i = own; i < all; ++i) write_address(frames[i]);
    write_error("\n");
    if (describe_stack) {
        try {
            write_error(describe_stack(frames + own, all - own).c_str());
        } catch (...) {
            write_error("(no memory to name the functions)\n");
        }
    } else {
        ::backtrace_symbols_fd(frames + own, all - own, error_descriptor);
    }
    ::signal(SIGABRT, SIG_DFL);
    ::raise(SIGABRT);
}

class Link {
public:
    Link(Server& server, int channel, const WorkerHooks& hooks) : server_(server), channel_(channel), hooks_(hooks) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            throw Error(std::string("Cannot make a pipe for signals: ") + std::strerror(errno) + ".");
        read_ = detail::Descriptor(ends[0]);
        write_ = detail::Descriptor(ends[1]);
        install();
        thread_ = std::thread([this] { run(); });
    }
    ~Link() {
        [[maybe_unused]] const ssize_t written = ::write(write_.get(), &kEnd, 1);
        thread_.join();
        for (const int number : kHeard) ::signal(number, SIG_IGN);
        signal_pipe = -1;
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

private:
    void install() {
        signal_pipe = write_.get();
        error_descriptor = hooks_.error_descriptor;
        describe_stack = hooks_.describe_stack;
        sigset_t all;
        ::sigemptyset(&all);
        struct sigaction action {};
        action.sa_flags = SA_RESTART;
        action.sa_handler = pass_on;
        for (const int number : kHeard) {
            ::sigaction(number, &action, nullptr);
            ::sigaddset(&all, number);
        }
        for (const int number : kIgnored) {
            ::signal(number, SIG_IGN);
            ::sigaddset(&all, number);
        }
        action.sa_handler = report_and_die;
        ::sigaction(SIGABRT, &action, nullptr);
        void* frame[1];
        ::backtrace(frame, 1);  // loads what it needs now, not in the handler
        ::signal(SIGCHLD, SIG_DFL);
        ::sigaddset(&all, SIGCHLD);
        ::sigprocmask(SIG_UNBLOCK, &all, nullptr);  // a forked worker has inherited the master's mask
    }

    void run() {
        pollfd watched[] = {{read_.get(), POLLIN, 0}, {channel_, POLLIN, 0}};
        for (;;) {
            if (::poll(watched, 2, -1) < 0) continue;
            char byte = 0;
            if (watched[1].revents != 0 && ::recv(channel_, &byte, 1, MSG_DONTWAIT) == 0) {
                log::warning(kLogger, "The master has gone: this worker finishes what it has begun.");
                server_.stop();
                watched[1].fd = -1;
            }
            if (watched[0].revents == 0 || ::read(read_.get(), &byte, 1) != 1) continue;
            if (byte == kEnd) return;
            hear(byte);
        }
    }

    void hear(int number) {
        if (number == SIGTERM) return server_.stop();
        if (number != SIGUSR1) return server_.abort();
        try {
            if (hooks_.reopen_logs) hooks_.reopen_logs();
        } catch (const std::exception& error) {
            log::error(kLogger, error.what());
        }
    }

    Server& server_;
    int channel_;
    const WorkerHooks& hooks_;
    detail::Descriptor read_;
    detail::Descriptor write_;
    std::thread thread_;
};

}  // namespace

int run_worker(const WorkerStart& start, ServerOptions options, Function<http::Response(http::Request&)> handler,
               WorkerHooks hooks) {
    const detail::Descriptor channel(start.channel);
    ::fcntl(start.channel, F_SETFD, FD_CLOEXEC);
    const detail::Descriptor board(start.board);
    void* const memory = ::mmap(nullptr, detail::BoardHead::size_for(start.threads), PROT_READ | PROT_WRITE, MAP_SHARED,
                                start.board, 0);
    if (memory == MAP_FAILED) throw Error(std::string("Cannot map the master's board: ") + std::strerror(errno) + ".");
    const auto say = [channel = start.channel](char what) {
        [[maybe_unused]] const ssize_t sent = ::send(channel, &what, 1, MSG_NOSIGNAL);
    };
    options.binds.clear();
    options.sockets = start.sockets;
    options.threads = start.threads;
    auto* const head = static_cast<detail::BoardHead*>(memory);
    options.boards = head->threads();
    options.tls.ticket_secret.assign(reinterpret_cast<const char*>(head->ticket_secret), sizeof head->ticket_secret);
    options.handle_signals = false;
    options.on_max_requests = [say] { say('M'); };
    options.on_start = [say, on_start = std::move(options.on_start)] {
        if (on_start) on_start();
        say('R');
    };
    Server server(std::move(options), std::move(handler));
    const Link link(server, start.channel, hooks);
    server.run();
    return 0;
}

}  // namespace nuages::server
