#include <nuages/server/master.hpp>

#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/child.hpp>
#include <nuages/server/detail/handover.hpp>
#include <nuages/server/detail/pid_file.hpp>
#include <nuages/server/detail/program.hpp>
#include <nuages/server/detail/service_manager.hpp>
#include <nuages/server/detail/signal_queue.hpp>
#include <nuages/server/detail/sockets.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace nuages::server {

namespace {

using namespace detail;

constexpr const char* kLogger = "nuages.master";
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kTurnUs = kSecond;                 // the master looks around at least this often
constexpr std::int64_t kReportUs = 2 * kSecond;           // for a hung worker to say where it hangs
constexpr std::int64_t kFastDeathUs = 10 * kSecond;       // a worker that lives shorter counts as crashing
constexpr std::int64_t kBackOffMinUs = 100'000;
constexpr std::int64_t kBackOffMaxUs = 30 * kSecond;
constexpr std::int64_t kMissedUs = 3 * kSecond;           // a master that slept this long blames nobody
constexpr std::int64_t kKillMarginUs = kSecond;           // beyond the time that workers give themselves

std::string signal_text(int number) {
    const char* const name = sigabbrev_np(number);
    return name ? std::string("SIG") + name : "signal " + std::to_string(number);
}

std::string seconds_text(std::int64_t us) {
    const std::int64_t tenths = us / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

class Master {
public:
    explicit Master(MasterHooks hooks) : hooks_(std::move(hooks)), program_(this_program()), handover_(take_handover()) {}

    int run() {
        begin();
        manage();
        for (;;) {
            wait();
            now_us_ = async::monotonic_microseconds();
            hear_signals();
            hear_workers();
            reap();
            look_for_hung();
            promote();
            if (ending_) {
                if (children_.empty()) break;
            } else {
                manage();
            }
            say_alive();
        }
        end();
        return status_;
    }

private:
    // ---- beginning and end

    void begin() {
        now_us_ = last_turn_us_ = async::monotonic_microseconds();
        activated_ = take_activation_sockets();
        ticket_secret_.resize(sizeof BoardHead::ticket_secret);
        if (::getentropy(ticket_secret_.data(), ticket_secret_.size()) != 0)
            throw Error(std::string("No random numbers: ") + std::strerror(errno) + ".");
        options_ = load();
        wanted_ = options_.workers;
        account_ = account_of(options_.user, options_.group);
        if (options_.umask >= 0) ::umask(static_cast<mode_t>(options_.umask));
        pid_file_.set(options_.pid_file, handover_.is_from_parent());
        listeners_ = open_listeners(options_);
        prepare_logs();
        signals_.open({SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD});
        ::signal(SIGPIPE, SIG_IGN);
        watchdog_us_ = watchdog_interval_us();
        for (const Listener& listener : listeners_)
            log::info(kLogger, "Listening at: " + name_of(listener.socket.get()) + " (" + std::to_string(::getpid()) + ")");
    }

    MasterOptions load() {
        MasterOptions options = hooks_.load();
        if (!activated_.empty()) {
            options.binds.clear();
            for (const int socket : activated_) options.binds.push_back("fd://" + std::to_string(socket));
        } else if (handover_.is_activated()) {
            options.binds = handover_.addresses();
        }
        return options;
    }

    // Those that are open already, by the address that was asked for, then those that the former master handed on.
    std::vector<Listener> open_listeners(const MasterOptions& options) {
        std::vector<Listener> opened;
        for (const std::string& address : options.binds) {
            const auto known = std::find_if(listeners_.begin(), listeners_.end(),
                                            [&](const Listener& listener) { return listener.address == address; });
            if (known != listeners_.end()) {
                opened.push_back({duplicate(known->socket.get()), address, known->port});
            } else if (const int handed = handover_.take(address); handed >= 0) {
                opened.push_back(adopt(handed));
                opened.back().address = address;
            } else {
                ListenOptions how{options.backlog, options.reuse_port, false, options.unix_mode};
                how.v6_only = address.starts_with("[::]:") &&
                              std::find(options.binds.begin(), options.binds.end(),
                                        "0.0.0.0" + address.substr(address.rfind(':'))) != options.binds.end();
                opened.push_back(listen_on(address, how));
            }
        }
        handover_.close_rest();
        return opened;
    }

    // Workers that run as somebody else must be able to open the files that root has made.
    void prepare_logs() {
        for (const std::string& path : options_.log_files) {
            const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
            if (!file) throw Error("Cannot open the log file " + path + ": " + std::strerror(errno) + ".");
            if (account_.is_set && ::fchown(file.get(), account_.user, account_.group) != 0)
                log::warning(kLogger, "Cannot give " + path + " to the workers' user: " + std::strerror(errno) + ".");
        }
    }

    void end() {
        const bool is_replaced = successor_ > 0 || handover_.is_from_living_parent();
        if (successor_ > 0) notify_service_manager("MAINPID=" + std::to_string(successor_));
        if (!is_replaced) drop_sockets(listeners_, {});
        pid_file_.remove();
        log::info(kLogger, "Shutting down: Master");
    }

    // ---- signals

    void wait() {
        std::vector<pollfd> watched{{signals_.descriptor(), POLLIN, 0}};
        for (const auto& child : children_) watched.push_back({child->channel(), POLLIN, 0});
        std::int64_t wait_us = kTurnUs;
        if (watchdog_us_ > 0) wait_us = std::min<std::int64_t>(wait_us, watchdog_us_ / 2);
        if (next_start_us_ > now_us_) wait_us = std::min(wait_us, next_start_us_ - now_us_);
        ::poll(watched.data(), watched.size(), static_cast<int>(wait_us / 1000 + 1));
    }

    void hear_signals() {
        while (const int number = signals_.next()) {
            switch (number) {
                case SIGHUP: reload(); break;
                case SIGTERM: begin_end(SIGTERM); break;
                case SIGINT:
                case SIGQUIT: begin_end(SIGQUIT); break;
                case SIGTTIN: set_wanted(wanted_ + 1); break;
                case SIGTTOU: set_wanted(std::max(wanted_, 2u) - 1); break;
                case SIGUSR1: reopen(); break;
                case SIGUSR2: start_successor(); break;
                case SIGWINCH: leave_to_successor(); break;
                default: break;
            }
        }
    }

    void set_wanted(unsigned workers) {
        if (ending_) return;
        wanted_ = workers;
        log::info(kLogger, "Handling signal: " + std::to_string(workers) + (workers == 1 ? " worker" : " workers") + " now.");
    }

    void begin_end(int signal_number) {
        log::info(kLogger, signal_number == SIGTERM ? "Handling signal: term" : "Handling signal: int");
        if (!ending_) notify_service_manager("STOPPING=1");
        ending_ = true;
        for (const auto& child : children_) tell(*child, signal_number);
        // From here on only workers hold the sockets: they serve who has come, then the kernel refuses.
        for (Listener& listener : listeners_) listener.socket = Descriptor();
    }

    void reopen() {
        log::info(kLogger, "Handling signal: usr1");
        reopen_logs();
        for (const auto& child : children_) ::kill(child->pid, SIGUSR1);
    }

    void reopen_logs() {
        try {
            prepare_logs();
            if (hooks_.reopen_logs) hooks_.reopen_logs();
        } catch (const Error& error) {
            log::error(kLogger, error.message());
        }
    }

    void leave_to_successor() {
        if (Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY))) return;  // a window was resized
        log::info(kLogger, "Handling signal: winch. The workers end; HUP starts others.");
        wanted_ = 0;
    }

    // ---- HUP

    void reload() {
        if (ending_) return;
        log::info(kLogger, "Handling signal: hup");
        notify_service_manager("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now_us_));
        MasterOptions options;
        std::vector<Listener> listeners;
        Account account;
        try {
            options = load();
            account = account_of(options.user, options.group);
            listeners = open_listeners(options);
            pid_file_.set(options.pid_file, handover_.is_from_parent());
        } catch (const Error& error) {
            log::error(kLogger, "The reload failed: " + error.message() + " Everything stays as it was.");
            return notify_service_manager("READY=1");
        }
        // Of several reloads at once the first one's former state is the one that is known to hold.
        if (!former_)
            former_ = std::make_unique<Former>(
                Former{std::move(options_), std::move(listeners_), std::move(account_), wanted_, generation_});
        options_ = std::move(options);
        listeners_ = std::move(listeners);
        account_ = std::move(account);
        wanted_ = options_.workers;
        ++generation_;
        fast_deaths_ = 0;
        next_start_us_ = 0;
        reopen_logs();
    }

    /// The new workers do not come up: the former ones and their configuration go on.
    void take_back() {
        for (const auto& child : children_) {
            if (child->generation > former_->generation) tell(*child, SIGTERM);
            else child->generation = generation_;
        }
        drop_sockets(listeners_, former_->listeners);
        options_ = std::move(former_->options);
        listeners_ = std::move(former_->listeners);
        account_ = std::move(former_->account);
        wanted_ = former_->wanted;
        former_.reset();
        reopen_logs();
        notify_service_manager("READY=1");
    }

    // The files of Unix sockets that KEPT does not have.
    static void drop_sockets(const std::vector<Listener>& listeners, const std::vector<Listener>& kept) {
        for (const Listener& one : listeners) {
            const bool is_kept = std::any_of(kept.begin(), kept.end(), [&](auto& k) { return k.address == one.address; });
            if (!is_kept && one.address.starts_with("unix:")) ::unlink(one.address.c_str() + 5);
        }
    }

    // ---- USR2

    void start_successor() {
        if (ending_ || successor_ > 0 || handover_.is_from_living_parent()) {
            log::warning(kLogger, "USR2 ignored: a change of masters is going on already.");
            return;
        }
        log::info(kLogger, "Handling signal: usr2");
        std::vector<int> sockets;
        for (const Listener& listener : listeners_) sockets.push_back(listener.socket.get());
        const bool is_activated = !activated_.empty() || handover_.is_activated();
        Execution next(program_, {{kHandoverVariable, handover_text(listeners_, is_activated)}});
        const pid_t pid = ::fork();
        if (pid == 0) {
            signals_.restore();
            next.run(sockets);
        }
        if (pid < 0) return log::error(kLogger, std::string("Cannot start the next master: ") + std::strerror(errno) + ".");
        successor_ = pid;
        log::info(kLogger, "The next master is " + std::to_string(pid) + ". TERM to " + std::to_string(::getpid()) +
                               " ends the change, TERM to " + std::to_string(pid) + " takes it back.");
    }

    // The former master has ended: this one is the main one now.
    void promote() {
        if (!handover_.is_from_parent() || handover_.is_from_living_parent()) return;
        handover_.forget_parent();
        pid_file_.promote();
        ::unsetenv("WATCHDOG_PID");  // was the former master's
        watchdog_us_ = watchdog_interval_us();
        log::info(kLogger, "The former master has ended.");
    }

    // ---- workers

    unsigned count(bool only_ready) const {
        unsigned n = 0;
        for (const auto& child : children_) n += child->is_current(generation_) && (!only_ready || child->ready_us > 0);
        return n;
    }

    void manage() {
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
            log::info(kLogger, "The new workers serve; the former ones finish what they have begun.");
        }
        if (is_announced_ == generation_) return;
        is_announced_ = generation_;
        notify_service_manager("READY=1\nSTATUS=" + std::to_string(wanted_) + " workers");
    }

    bool start_worker() {
        std::unique_ptr<Child> child;
        pid_t pid = -1;
        try {
            child = std::make_unique<Child>(++last_number_, options_.threads, ticket_secret_);
            std::vector<int> sockets;
            for (const Listener& listener : listeners_) sockets.push_back(listener.socket.get());
            pid = start_process(*child, sockets);
        } catch (const Error& error) {
            log::error(kLogger, error.message());
        }
        if (pid < 0) {
            count_fast_death();
            return false;
        }
        child->close_inherited();
        child->pid = pid;
        child->generation = generation_;
        child->started_us = child->trusted_us = now_us_;
        log::info(kLogger, "Booting worker with pid: " + std::to_string(pid));
        children_.push_back(std::move(child));
        return true;
    }

    pid_t start_process(Child& child, const std::vector<int>& sockets) {
        const WorkerStart start = child.start(sockets);
        std::vector<int> descriptors = sockets;
        descriptors.push_back(start.board);
        descriptors.push_back(start.channel);
        Execution next(program_, {{WorkerStart::kVariable, start.text()},
                                  {"NOTIFY_SOCKET", ""},
                                  {"WATCHDOG_USEC", ""},
                                  {"WATCHDOG_PID", ""}});
        const pid_t pid = ::fork();
        if (pid < 0) log::error(kLogger, std::string("Cannot fork a worker: ") + std::strerror(errno) + ".");
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
            log::error(kLogger, std::string("A worker failed: ") + error.what());
        }
        ::_exit(status);
    }

    void tell(Child& child, int signal_number) {
        if (!child.told_us) child.told_us = now_us_;
        ::kill(child.pid, signal_number);
    }

    // A byte for each thing that a worker has to say.
    void hear_workers() {
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
                    log::info(kLogger, "Worker " + std::to_string(child->pid) + " has served " +
                                           std::to_string(child->requests()) + " requests and is replaced.");
                }
            }
        }
    }

    void look_for_hung() {
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
            log::error(kLogger, "WORKER TIMEOUT (pid:" + std::to_string(child->pid) + "): no sign of life " +
                                    child->describe(*hung, now_us_) + ". It is killed and replaced.");
            child->aborted_us = now_us_;
            // To the very thread: its handler writes the stack that it hangs on.
            const int thread = hung->thread_id.load();
            if (thread <= 0 || ::syscall(SYS_tgkill, child->pid, thread, SIGABRT) != 0) ::kill(child->pid, SIGABRT);
        }
    }

    void reap() {
        for (;;) {
            int how = 0;
            const pid_t pid = ::waitpid(-1, &how, WNOHANG);
            if (pid <= 0) return;
            if (pid == successor_) {
                successor_ = 0;
                log::warning(kLogger, "The next master (" + std::to_string(pid) + ") has ended; this one goes on.");
                continue;
            }
            const auto found = std::find_if(children_.begin(), children_.end(), [&](auto& c) { return c->pid == pid; });
            if (found == children_.end()) continue;
            const std::unique_ptr<Child> child = std::move(*found);
            children_.erase(found);
            mourn(*child, how);
        }
    }

    void mourn(const Child& child, int how) {
        const std::string who = "Worker (pid:" + std::to_string(child.pid) + ")";
        const int code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
        if (WIFSIGNALED(how)) {
            const bool was_asked = child.told_us && WTERMSIG(how) != SIGKILL;
            log::write(was_asked ? log::Level::info : log::Level::error, kLogger,
                       who + " was sent " + signal_text(WTERMSIG(how)) + "!" +
                           (WTERMSIG(how) == SIGKILL && !child.aborted_us && !child.told_us ? " Perhaps out of memory?" : ""));
        } else if (code != 0) {
            log::error(kLogger, who + " exited with code " + std::to_string(code) + ".");
        } else {
            log::info(kLogger, who + " exited.");
        }
        if (child.told_us || ending_) return;
        const bool could_not_begin = child.ready_us == 0;
        if (could_not_begin && former_ && child.generation == generation_) {
            log::error(kLogger, "The reload failed: a new worker did not come up. The former workers go on.");
            return take_back();
        }
        if (could_not_begin && !is_proven_ && (code == kBootError || code == 127)) {
            log::error(kLogger, "Worker failed to boot.");
            status_ = kBootError;
            return begin_end(SIGTERM);
        }
        if (could_not_begin || now_us_ - child.started_us < kFastDeathUs) return count_fast_death();
        fast_deaths_ = 0;
    }

    void count_fast_death() {
        const std::int64_t delay_us = std::min(kBackOffMinUs << std::min(fast_deaths_, 20u), kBackOffMaxUs);
        ++fast_deaths_;
        next_start_us_ = now_us_ + delay_us;
        if (fast_deaths_ > 1)
            log::warning(kLogger, "Workers end soon after their start (" + std::to_string(fast_deaths_) +
                                      " times); the next one is started in " + seconds_text(delay_us) + ".");
    }

    void say_alive() {
        if (watchdog_us_ <= 0 || now_us_ - watchdog_said_us_ < watchdog_us_ / 3) return;
        watchdog_said_us_ = now_us_;
        notify_service_manager("WATCHDOG=1");
    }

    // What a reload has replaced, until it is known to hold.
    struct Former {
        MasterOptions options;
        std::vector<Listener> listeners;
        Account account;
        unsigned wanted = 0;
        unsigned generation = 0;
    };

    MasterHooks hooks_;
    Program program_;
    Handover handover_;
    MasterOptions options_;
    Account account_;
    std::vector<int> activated_;
    std::string ticket_secret_;
    std::vector<Listener> listeners_;
    std::unique_ptr<Former> former_;
    SignalQueue signals_;
    PidFile pid_file_;
    std::vector<std::unique_ptr<Child>> children_;
    pid_t successor_ = 0;
    unsigned wanted_ = 1;
    unsigned generation_ = 1;
    unsigned is_announced_ = 0;
    unsigned last_number_ = 0;
    unsigned fast_deaths_ = 0;
    std::int64_t now_us_ = 0;
    std::int64_t last_turn_us_ = 0;
    std::int64_t next_start_us_ = 0;
    std::int64_t watchdog_us_ = 0;
    std::int64_t watchdog_said_us_ = 0;
    int status_ = 0;
    bool ending_ = false;
    bool is_proven_ = false;  // a worker has served: what fails now may heal
};

}  // namespace

int run_master(MasterHooks hooks) { return Master(std::move(hooks)).run(); }

}  // namespace nuages::server
