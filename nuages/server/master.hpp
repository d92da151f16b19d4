// The master process: opens the sockets, starts workers that serve them, replaces those that die or hang, and hears the
// signals. It serves no request and runs no thread, so that nothing a request does can harm it.
//
//     HUP   configuration and program anew: new workers first, then the old ones finish. A start that fails changes
//           nothing.
//     TERM  ends when running requests are answered; INT, QUIT: at once
//     TTIN, TTOU  one worker more, one less          USR1  opens log files anew
//     USR2  starts the next master, of today's program, beside this one; TERM to this one then ends the change,
//           TERM to the other one takes it back      WINCH  ends the workers, not the master (not on a terminal)
//
// Workers are started by executing the program again (a changed program is picked up, and nothing is inherited by
// accident); with `preload` by a fork of this one.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/function.hpp>
#include <nuages/server/worker_start.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace nuages::server {

/// gunicorn's settings of the same names.
struct MasterOptions {
    std::vector<std::string> binds = {"127.0.0.1:8000"};  ///< as ServerOptions::binds
    int backlog = 2048;
    bool reuse_port = false;
    int unix_mode = -1;  ///< permissions of Unix sockets; -1: what umask leaves
    unsigned workers = 1;
    unsigned threads = 1;                      ///< event loops of each worker
    Duration timeout = seconds(30);            ///< without a sign of life of a loop; 0: any time
    Duration graceful_timeout = seconds(30);   ///< for running requests when a worker ends
    bool preload = false;                      ///< fork workers of this process, which has loaded the site
    std::string pid_file;                      ///< empty: none
    std::string user;                          ///< of the workers: name or number
    std::string group;
    int umask = -1;                       ///< -1: as it is
    std::vector<std::string> log_files;  ///< made before privileges are given up, owned by the workers' account
};

struct MasterHooks {
    /// The configuration as it is now: at the start, and at each HUP. Throws Error.
    Function<MasterOptions()> load;
    /// With preload: what a worker does, in a process of its own; returns its exit status.
    Function<int(const WorkerStart&)> work;
    /// After USR1 and a reload: open log files anew.
    Function<void()> reopen_logs;
    /// How many worker processes there are: after each change, and every ten seconds.
    Function<void(std::size_t workers)> on_workers;
};

/// The exit status of a worker that could not begin, and of a master whose first worker could not.
inline constexpr int kBootError = 3;

/// Serves until a signal ends it; returns the exit status. Throws Error when it can't begin. The calling process must
/// have no other thread.
int run_master(MasterHooks hooks);

}  // namespace nuages::server
