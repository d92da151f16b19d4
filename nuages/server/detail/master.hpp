// The master process from inside: sockets, signals and reloads (master.cpp), and its workers (master_workers.cpp).
#pragma once

#include <nuages/server/detail/child.hpp>
#include <nuages/server/detail/handover.hpp>
#include <nuages/server/detail/pid_file.hpp>
#include <nuages/server/detail/program.hpp>
#include <nuages/server/detail/signal_queue.hpp>
#include <nuages/server/detail/sockets.hpp>
#include <nuages/server/master.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace nuages::server::detail {

inline constexpr const char* kMasterLogger = "nuages.master";

class Master {
public:
    explicit Master(MasterHooks hooks) : hooks_(std::move(hooks)), program_(this_program()), handover_(take_handover()) {}
    int run();

private:
    // ---- beginning and end
    void begin();
    MasterOptions load();
    std::vector<Listener> open_listeners(const MasterOptions& options);
    void prepare_logs();
    void end();

    // ---- signals
    void wait();
    void hear_signals();
    void set_wanted(unsigned workers);
    void begin_end(int signal_number);
    void reopen();
    void reopen_logs();
    void leave_to_successor();

    // ---- HUP
    void reload();
    void take_back();
    static void drop_sockets(const std::vector<Listener>& listeners, const std::vector<Listener>& kept);

    // ---- USR2
    void start_successor();
    void promote();
    bool has_other_master() const noexcept { return successor_ > 0 || handover_.is_from_living_parent(); }

    // ---- workers
    unsigned count(bool only_ready) const;
    void manage();
    bool start_worker();
    pid_t start_process(Child& child, const std::vector<int>& sockets);
    void tell(Child& child, int signal_number);
    void hear_workers();
    void look_for_hung();
    void reap();
    void mourn(const Child& child, int how);
    void count_fast_death();
    void say_alive();
    void say_workers();

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
    std::size_t workers_said_ = 0;
    std::int64_t workers_said_us_ = 0;
    int status_ = 0;
    bool ending_ = false;
    bool is_proven_ = false;  // a worker has served: what fails now may heal
};

}  // namespace nuages::server::detail
