// What a worker process does with what its master gave it: serve, show signs of life, hear the signals.
#pragma once

#include <nuages/server/server.hpp>
#include <nuages/server/worker_start.hpp>

namespace nuages::server {

struct WorkerHooks {
    Function<void()> reopen_logs;  ///< after USR1; on a thread of its own
    /// Writes the stack of the calling thread somewhere. Called in a signal handler of a process that hangs, after what
    /// is safe there was written: it may fail or hang.
    void (*report_stack)() = nullptr;
};

/// Serves until the master (or a signal) ends it; returns the exit status. OPTIONS' binds, sockets, threads and boards
/// are START's. TERM drains, INT and QUIT end at once, the end of the master drains. Throws Error when it can't begin.
int run_worker(const WorkerStart& start, ServerOptions options, Function<http::Response(http::Request&)> handler,
               WorkerHooks hooks = {});

}  // namespace nuages::server
