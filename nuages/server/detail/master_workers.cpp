// The workers of a master: starting them, hearing them, replacing those that hang or die.
#include <nuages/server/detail/master.hpp>

#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/service_manager.hpp>

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace nuages::server::detail {

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kReportUs = 2 * kSecond;           // for a hung worker to say where it hangs
constexpr std::int64_t kFastDeathUs = 10 * kSecond;       // a worker that lives shorter counts as crashing
constexpr std::int64_t kBackOffMinUs = 100'000;
constexpr std::int64_t kBackOffMaxUs = 30 * kSecond;
constexpr std::int64_t kMissedUs = 3 * kSecond;           // a master that slept this long blames nobody
constexpr std::int64_t kWorkersSaidUs = 10 * kSecond;     // also when their number stays the same
constexpr std::int64_t kKillMarginUs = kSecond;           // beyond the time that workers give themselves

std::string signal_text(int number) {
    const char* const name = sigabbrev_np(number);
    return name ? std::string("SIG") + name : "signal " + std::to_string(number);
}

std::string seconds_text(std::int64_t us) {
    const std::int64_t tenths = us / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

unsigned Master::count(bool only_ready) const {
    unsigned n = 0;
    for (const auto& child : children_) n += child->is_current(generation_) && (!only_ready || child->ready_us > 0);
    return n;
}

void Master::manage() {
    while (count(false) < wanted_ && now_us_ >= next_start_us_) {
        if (!start_worker()) break;
    }
    for (unsigned extra = count(false); extra > wanted_; --extra) {
        Child* oldest = nullptr;
        for (const auto& child : children_)
            if (child->is_current(generation_) && (!oldest || child->number < oldest->number)) oldest = child.get();
        tell(*oldest, SIGTERM);
    }
    if (count(true) < wanted_) return;
    // All that are wanted serve: those that they replace may go.
    for (const auto& child : children_)
        if (!child->told_us && !child->is_current(generation_)) tell(*child, SIGTERM);
    if (former_ && wanted_ > 0) {
        drop_sockets(former_->listeners, listeners_);
        former_.reset();
        log::info(kMasterLogger, "The new workers serve; the former ones finish what they have begun.");
    }
    if (is_announced_ == generation_) return;
    is_announced_ = generation_;
    notify_service_manager("READY=1\nSTATUS=" + std::to_string(wanted_) + " workers");
}

bool Master::start_worker() {
    std::unique_ptr<Child> child;
    pid_t pid = -1;
    try {
        child = std::make_unique<Child>(++last_number_, options_.threads, ticket_secret_);
        std::vector<int> sockets;
        for (const Listener& listener : listeners_) sockets.push_back(listener.socket.get());
        pid = start_process(*child, sockets);
    } catch (const Error& error) {
        log::error(kMasterLogger, error.message());
    }
    if (pid < 0) {
        count_fast_death();
        return false;
    }
    child->close_inherited();
    child->pid = pid;
    child->generation = generation_;
    child->started_us = child->trusted_us = now_us_;
    log::info(kMasterLogger, "Booting worker with pid: " + std::to_string(pid));
    children_.push_back(std::move(child));
    return true;
}

pid_t Master::start_process(Child& child, const std::vector<int>& sockets) {
    const WorkerStart start = child.start(sockets);
    std::vector<int> descriptors = sockets;
    descriptors.push_back(start.board);
    descriptors.push_back(start.channel);
    Execution next(program_, {{WorkerStart::kVariable, start.text()},
                              {"NOTIFY_SOCKET", ""},
                              {"WATCHDOG_USEC", ""},
                              {"WATCHDOG_PID", ""}});
    const pid_t pid = ::fork();
    if (pid < 0) log::error(kMasterLogger, std::string("Cannot fork a worker: ") + std::strerror(errno) + ".");
    if (pid != 0) return pid;
    if (!become(account_)) {
        const char* const text = "A worker cannot change its user or group.\n";
        [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
        ::_exit(kBootError);
    }
    if (!options_.preload) {
        signals_.restore();
        next.run(descriptors);
    }
    child.close_own();
    for (const auto& other : children_) other->close_own();
    signals_.close();
    int status = kBootError;
    try {
        status = hooks_.work(start);
    } catch (const std::exception& error) {
        log::error(kMasterLogger, std::string("A worker failed: ") + error.what());
    }
    ::_exit(status);
}

void Master::tell(Child& child, int signal_number) {
    if (!child.told_us) child.told_us = now_us_;
    ::kill(child.pid, signal_number);
}

// A byte for each thing that a worker has to say.
void Master::hear_workers() {
    for (const auto& child : children_) {
        char said[16];
        const ssize_t size = ::recv(child->channel(), said, sizeof said, MSG_DONTWAIT);
        if (size == 0) child->close_own();  // it ends; reap() does the rest
        for (ssize_t i = 0; i < size; ++i) {
            if (said[i] == 'R') {
                child->ready_us = now_us_;
                is_proven_ = true;
            } else if (said[i] == 'M') {
                child->is_retiring = true;
                log::info(kMasterLogger, "Worker " + std::to_string(child->pid) + " has served " +
                                       std::to_string(child->requests()) + " requests and is replaced.");
            }
        }
    }
}

void Master::look_for_hung() {
    const bool has_slept = now_us_ - last_turn_us_ > kMissedUs;
    last_turn_us_ = now_us_;
    for (const auto& child : children_) {
        if (has_slept) child->forgive(now_us_);
        const bool is_late = child->told_us && now_us_ - child->told_us >
                                                   options_.graceful_timeout.microseconds + kKillMarginUs;
        if (is_late || (child->aborted_us && now_us_ - child->aborted_us > kReportUs)) {
            ::kill(child->pid, SIGKILL);
            continue;
        }
        if (child->aborted_us || options_.timeout.microseconds <= 0) continue;
        const ThreadBoard* const hung = child->hung_thread(now_us_, options_.timeout.microseconds);
        if (!hung) continue;
        log::error(kMasterLogger, "WORKER TIMEOUT (pid:" + std::to_string(child->pid) + "): no sign of life " +
                                child->describe(*hung, now_us_) + ". It is killed and replaced.");
        child->aborted_us = now_us_;
        // To the very thread: its handler writes the stack that it hangs on.
        const int thread = hung->thread_id.load();
        if (thread <= 0 || ::syscall(SYS_tgkill, child->pid, thread, SIGABRT) != 0) ::kill(child->pid, SIGABRT);
    }
}

void Master::reap() {
    for (;;) {
        int how = 0;
        const pid_t pid = ::waitpid(-1, &how, WNOHANG);
        if (pid <= 0) return;
        if (pid == successor_) {
            successor_ = 0;
            log::warning(kMasterLogger, "The next master (" + std::to_string(pid) + ") has ended; this one goes on.");
            continue;
        }
        const auto found = std::find_if(children_.begin(), children_.end(), [&](auto& c) { return c->pid == pid; });
        if (found == children_.end()) continue;
        const std::unique_ptr<Child> child = std::move(*found);
        children_.erase(found);
        mourn(*child, how);
    }
}

void Master::mourn(const Child& child, int how) {
    const std::string who = "Worker (pid:" + std::to_string(child.pid) + ")";
    const int code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    if (WIFSIGNALED(how)) {
        const bool was_asked = child.told_us && WTERMSIG(how) != SIGKILL;
        log::write(was_asked ? log::Level::info : log::Level::error, kMasterLogger,
                   who + " was sent " + signal_text(WTERMSIG(how)) + "!" +
                       (WTERMSIG(how) == SIGKILL && !child.aborted_us && !child.told_us ? " Perhaps out of memory?" : ""));
    } else if (code != 0) {
        log::error(kMasterLogger, who + " exited with code " + std::to_string(code) + ".");
    } else {
        log::info(kMasterLogger, who + " exited.");
    }
    if (child.told_us || ending_) return;
    const bool could_not_begin = child.ready_us == 0;
    if (could_not_begin && former_ && child.generation == generation_) {
        log::error(kMasterLogger, "The reload failed: a new worker did not come up. The former workers go on.");
        return take_back();
    }
    if (could_not_begin && !is_proven_ && (code == kBootError || code == 127)) {
        log::error(kMasterLogger, "Worker failed to boot.");
        status_ = kBootError;
        return begin_end(SIGTERM);
    }
    if (could_not_begin || now_us_ - child.started_us < kFastDeathUs) return count_fast_death();
    fast_deaths_ = 0;
}

void Master::count_fast_death() {
    const std::int64_t delay_us = std::min(kBackOffMinUs << std::min(fast_deaths_, 20u), kBackOffMaxUs);
    ++fast_deaths_;
    next_start_us_ = now_us_ + delay_us;
    if (fast_deaths_ > 1)
        log::warning(kMasterLogger, "Workers end soon after their start (" + std::to_string(fast_deaths_) +
                                  " times); the next one is started in " + seconds_text(delay_us) + ".");
}

void Master::say_workers() {
    const bool is_new = children_.size() != workers_said_ || now_us_ - workers_said_us_ >= kWorkersSaidUs;
    if (!hooks_.on_workers || !is_new) return;
    workers_said_ = children_.size();
    workers_said_us_ = now_us_;
    hooks_.on_workers(workers_said_);
}

void Master::say_alive() {
    if (watchdog_us_ <= 0 || now_us_ - watchdog_said_us_ < watchdog_us_ / 3) return;
    watchdog_said_us_ = now_us_;
    notify_service_manager("WATCHDOG=1");
}

}  // namespace nuages::server::detail
