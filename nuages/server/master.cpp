#include <nuages/server/detail/master.hpp>

#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>
#include <nuages/server/detail/service_manager.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace nuages::server {

namespace detail {

namespace {
constexpr std::int64_t kTurnUs = 1'000'000;  // the master looks around at least this often
}  // namespace

int Master::run() {
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
        say_workers();
    }
    say_workers();
    end();
    return status_;
}

// ---- beginning and end

void Master::begin() {
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
        log::info(kMasterLogger, "Listening at: " + name_of(listener.socket.get()) + " (" + std::to_string(::getpid()) + ")");
}

MasterOptions Master::load() {
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
std::vector<Listener> Master::open_listeners(const MasterOptions& options) {
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
void Master::prepare_logs() {
    for (const std::string& path : options_.log_files) {
        const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
        if (!file) throw Error("Cannot open the log file " + path + ": " + std::strerror(errno) + ".");
        if (account_.is_set && ::fchown(file.get(), account_.user, account_.group) != 0)
            log::warning(kMasterLogger, "Cannot give " + path + " to the workers' user: " + std::strerror(errno) + ".");
    }
}

void Master::end() {
    const bool is_replaced = has_other_master();
    if (successor_ > 0) notify_service_manager("MAINPID=" + std::to_string(successor_));
    if (!is_replaced) drop_sockets(listeners_, {});
    pid_file_.remove();
    log::info(kMasterLogger, "Shutting down: Master");
}

// ---- signals

void Master::wait() {
    std::vector<pollfd> watched{{signals_.descriptor(), POLLIN, 0}};
    for (const auto& child : children_) watched.push_back({child->channel(), POLLIN, 0});
    std::int64_t wait_us = kTurnUs;
    if (watchdog_us_ > 0) wait_us = std::min<std::int64_t>(wait_us, watchdog_us_ / 2);
    if (next_start_us_ > now_us_) wait_us = std::min(wait_us, next_start_us_ - now_us_);
    ::poll(watched.data(), watched.size(), static_cast<int>(wait_us / 1000 + 1));
}

void Master::hear_signals() {
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

void Master::set_wanted(unsigned workers) {
    if (ending_) return;
    wanted_ = workers;
    log::info(kMasterLogger, "Handling signal: " + std::to_string(workers) + (workers == 1 ? " worker" : " workers") + " now.");
}

void Master::begin_end(int signal_number) {
    log::info(kMasterLogger, signal_number == SIGTERM ? "Handling signal: term" : "Handling signal: int");
    // Where another master serves, the service goes on.
    if (!ending_ && !has_other_master()) notify_service_manager("STOPPING=1");
    ending_ = true;
    for (const auto& child : children_) tell(*child, signal_number);
    // From here on only workers hold the sockets: they serve who has come, then the kernel refuses.
    for (Listener& listener : listeners_) listener.socket = Descriptor();
}

void Master::reopen() {
    log::info(kMasterLogger, "Handling signal: usr1");
    reopen_logs();
    for (const auto& child : children_) ::kill(child->pid, SIGUSR1);
}

void Master::reopen_logs() {
    try {
        prepare_logs();
        if (hooks_.reopen_logs) hooks_.reopen_logs();
    } catch (const Error& error) {
        log::error(kMasterLogger, error.message());
    }
}

void Master::leave_to_successor() {
    if (Descriptor(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY))) return;  // a window was resized
    log::info(kMasterLogger, "Handling signal: winch. The workers end; HUP starts others.");
    wanted_ = 0;
}

// ---- HUP

void Master::reload() {
    if (ending_) return;
    log::info(kMasterLogger, "Handling signal: hup");
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
        log::error(kMasterLogger, "The reload failed: " + error.message() + " Everything stays as it was.");
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
void Master::take_back() {
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
void Master::drop_sockets(const std::vector<Listener>& listeners, const std::vector<Listener>& kept) {
    for (const Listener& one : listeners) {
        const bool is_kept = std::any_of(kept.begin(), kept.end(), [&](auto& k) { return k.address == one.address; });
        if (!is_kept && one.address.starts_with("unix:")) ::unlink(one.address.c_str() + 5);
    }
}

// ---- USR2

void Master::start_successor() {
    if (ending_ || successor_ > 0 || handover_.is_from_living_parent()) {
        log::warning(kMasterLogger, "USR2 ignored: a change of masters is going on already.");
        return;
    }
    log::info(kMasterLogger, "Handling signal: usr2");
    std::vector<int> sockets;
    for (const Listener& listener : listeners_) sockets.push_back(listener.socket.get());
    const bool is_activated = !activated_.empty() || handover_.is_activated();
    Execution next(program_, {{kHandoverVariable, handover_text(listeners_, is_activated)}});
    const pid_t pid = ::fork();
    if (pid == 0) {
        signals_.restore();
        next.run(sockets);
    }
    if (pid < 0) return log::error(kMasterLogger, std::string("Cannot start the next master: ") + std::strerror(errno) + ".");
    successor_ = pid;
    log::info(kMasterLogger, "The next master is " + std::to_string(pid) + ". TERM to " + std::to_string(::getpid()) +
                           " ends the change, TERM to " + std::to_string(pid) + " takes it back.");
}

// The former master has ended: this one is the main one now.
void Master::promote() {
    if (!handover_.is_from_parent() || handover_.is_from_living_parent()) return;
    handover_.forget_parent();
    pid_file_.promote();
    ::unsetenv("WATCHDOG_PID");  // was the former master's
    watchdog_us_ = watchdog_interval_us();
    log::info(kMasterLogger, "The former master has ended.");
}

}  // namespace detail

int run_master(MasterHooks hooks) { return detail::Master(std::move(hooks)).run(); }

}  // namespace nuages::server
