#include <nuages/management/detail/reloader.hpp>

#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/management/detail/build_report.hpp>
#include <nuages/management/detail/source_watch.hpp>
#include <nuages/server/detail/program.hpp>
#include <nuages/server/detail/sockets.hpp>
#include <nuages/server/server.hpp>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nuages::management::detail {

namespace {

using server::detail::Descriptor;
using server::detail::Program;

constexpr int kLookMs = 300;                         // between two looks at the sources
constexpr std::int64_t kDrainUs = 2'000'000;         // for a site that was told to end
constexpr std::int64_t kSettledUs = 1'000'000;       // a site that ran longer is started again when it crashes
constexpr std::size_t kBuildOutputMax = 4'000'000;   // bytes; the rest is read and dropped

/// SIGINT, SIGTERM and SIGCHLD, blocked and read from a descriptor.
class Signals {
public:
    Signals() {
        sigset_t set;
        ::sigemptyset(&set);
        for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&set, signal);
        ::sigprocmask(SIG_BLOCK, &set, &former_);
        descriptor_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    ~Signals() { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    int descriptor() const { return descriptor_.get(); }
    /// What a child starts with.
    void restore() const { ::sigprocmask(SIG_SETMASK, &former_, nullptr); }
    bool asked_to_end() {
        signalfd_siginfo signal;
        while (::read(descriptor_.get(), &signal, sizeof signal) == sizeof signal)
            if (signal.ssi_signo != SIGCHLD) asked_to_end_ = true;
        return asked_to_end_;
    }

private:
    sigset_t former_;
    Descriptor descriptor_;
    bool asked_to_end_ = false;
};

/// A child of this process, told to end when it goes away.
class Process {
public:
    /// OUTPUT takes both of its streams; -1: they stay as here.
    Process(const Program& program, const std::vector<std::pair<std::string, std::string>>& variables,
            const std::vector<int>& descriptors, int output, const Signals& signals)
        : started_us_(async::monotonic_microseconds()) {
        server::detail::Execution execution(program, variables);
        pid_ = ::fork();
        if (pid_ < 0) throw Error(std::string("Cannot start a process: ") + std::strerror(errno));
        if (pid_ > 0) return;
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        signals.restore();
        if (output >= 0) {
            ::dup2(output, STDOUT_FILENO);
            ::dup2(output, STDERR_FILENO);
        }
        execution.run(descriptors);
    }
    ~Process() { end(); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The status of waitpid() when it has ended; NOHANG as 0 waits.
    std::optional<int> ended(int nohang = WNOHANG) {
        if (status_) return status_;
        int status = 0;
        pid_t pid;
        while ((pid = ::waitpid(pid_, &status, nohang)) < 0 && errno == EINTR) {}
        if (pid != 0) status_ = status;
        return status_;
    }
    std::int64_t age_us() const { return async::monotonic_microseconds() - started_us_; }
    void end() {
        if (ended()) return;
        ::kill(pid_, SIGTERM);
        for (const std::int64_t told = async::monotonic_microseconds(); !ended();) {
            if (async::monotonic_microseconds() - told > kDrainUs) ::kill(pid_, SIGKILL);
            ::poll(nullptr, 0, 5);
        }
    }

private:
    std::int64_t started_us_;
    pid_t pid_ = -1;
    std::optional<int> status_;
};

/// Answers every request with one page, as long as it lives.
class TroubleServer {
public:
    TroubleServer(int socket, std::string title, BuildReport report, int revision)
        : server_(options(socket), [title = std::move(title), report = std::move(report), revision](http::Request& request) {
              const bool is_page = request.accepts("text/html");
              http::Response response(is_page ? trouble_page(title, report, revision) : title + "\n\n" + report.text,
                                      is_page ? http::kTextHtml : http::kTextPlain, 500);
              response[kTroubleHeader] = std::to_string(revision);
              response["Cache-Control"] = "no-store";
              return response;
          }),
          thread_([this] { server_.run(); }) {}
    ~TroubleServer() {
        server_.abort();
        thread_.join();
    }

private:
    static server::ServerOptions options(int socket) {
        server::ServerOptions options;
        options.binds.clear();
        options.sockets = {server::detail::duplicate(socket).release()};
        options.handle_signals = false;
        return options;
    }

    server::Server server_;
    std::thread thread_;
};

std::string seconds_text(std::int64_t microseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(microseconds) / 1e6);
    return text;
}

/// "views.cpp", "views.cpp and 3 more files".
std::string names_of(const std::vector<std::string>& paths) {
    const std::string first = paths.front().substr(paths.front().rfind('/') + 1);
    if (paths.size() == 1) return first;
    return first + " and " + std::to_string(paths.size() - 1) + (paths.size() == 2 ? " more file" : " more files");
}

class Reloader {
public:
    Reloader(Io& io, const ReloaderOptions& options)
        : io_(io),
          options_(options),
          listener_(server::detail::listen_on(options.bind)),
          program_(server::detail::this_program()),
          watch_(options.folders) {
        // The program's own file, wherever PATH or a relative word led: the build writes the new one there.
        char path[PATH_MAX];
        const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
        if (size > 0) program_.path.assign(path, static_cast<std::size_t>(size));
    }

    void run() {
        io_.write("Watching for changes of C++ sources in " + std::string(options_.origin.source_folder));
        start_site();
        while (!signals_.asked_to_end()) {
            pollfd event{signals_.descriptor(), POLLIN, 0};
            ::poll(&event, 1, kLookMs);
            if (site_ && site_->ended() && !signals_.asked_to_end() && !keep_going(*site_->ended())) break;
            if (const auto paths = watch_.changed(); !paths.empty()) reload(paths);
        }
        site_.reset();
    }

private:
    void start_site() {
        trouble_.reset();
        const Descriptor socket = server::detail::duplicate(listener_.socket.get());
        site_.emplace(program_, std::vector<std::pair<std::string, std::string>>{{kReloaderSocket, std::to_string(socket.get())}},
                      std::vector<int>{socket.get()}, -1, signals_);
    }

    /// The site ended by itself: false when it meant to.
    bool keep_going(int status) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return false;
        std::string how = WIFSIGNALED(status)
                              ? std::string("The site was ended by signal ") + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")"
                              : "The site ended with status " + std::to_string(WEXITSTATUS(status));
        if (WIFSIGNALED(status) && site_->age_us() > kSettledUs) {
            io_.error(how + ": starting it again.");
            start_site();
            return true;
        }
        io_.error(how + ". It is started again when a source changes.");
        show_trouble(std::move(how), {{}, "What it said stands in the terminal of runserver.\n"});
        return true;
    }

    void reload(std::vector<std::string> paths) {
        site_.reset();
        trouble_.reset();
        const std::int64_t started = async::monotonic_microseconds();
        std::optional<BuildReport> failure;
        for (; !paths.empty(); paths = watch_.changed()) {  // also what was saved while it was building
            io_.write(io_.styled(names_of(paths) + " changed, building ...", Style::label));
            failure = build();
            if (signals_.asked_to_end()) return;
        }
        if (!failure) {
            io_.success("Built in " + seconds_text(async::monotonic_microseconds() - started) + ".");
            start_site();
            return;
        }
        io_.error(failure->text);
        io_.error("The site does not build: it is built again when a source changes.");
        show_trouble("The site does not build", std::move(*failure));
    }

    void show_trouble(std::string title, BuildReport report) {
        site_.reset();
        trouble_.emplace(listener_.socket.get(), std::move(title), std::move(report), ++troubles_);
    }

    /// What the build said when it failed.
    std::optional<BuildReport> build() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("Cannot make a pipe: ") + std::strerror(errno));
        const Descriptor reading(ends[0]);
        Descriptor writing(ends[1]);
        const Program cmake{"/usr/bin/env",
                            {"env", "cmake", "--build", std::string(options_.origin.build_folder), "--target", std::string(options_.origin.target), "--parallel"}};
        Process process(cmake, {}, {}, writing.get(), signals_);
        writing = Descriptor();
        std::string output;
        for (char block[8192]; !signals_.asked_to_end();) {
            pollfd events[] = {{reading.get(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}};
            ::poll(events, 2, -1);
            if (!events[0].revents) continue;
            const ssize_t size = ::read(reading.get(), block, sizeof block);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) break;
            if (output.size() < kBuildOutputMax) output.append(block, static_cast<std::size_t>(size));
        }
        if (signals_.asked_to_end()) return std::nullopt;  // and Process ends the build
        const int status = *process.ended(0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
        return read_build_output(output);
    }

    Io& io_;
    const ReloaderOptions& options_;
    server::detail::Listener listener_;
    Program program_;
    Signals signals_;
    SourceWatch watch_;
    std::optional<Process> site_;
    std::optional<TroubleServer> trouble_;
    int troubles_ = 0;
};

}  // namespace

void run_with_reloader(Io& io, const ReloaderOptions& options) {
    Reloader(io, options).run();
}

}  // namespace nuages::management::detail
