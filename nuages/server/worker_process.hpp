// What a worker process does with what its master gave it: serve, show signs of life, hear the signals.
#pragma once

#include <nuages/server/server.hpp>
#include <nuages/server/worker_start.hpp>

#include <string>

namespace nuages::server {

struct WorkerHooks {
    Function<void()> reopen_logs;  ///< after USR1; on a thread of its own
    int error_descriptor = 2;      ///< where a process that hangs writes its stack
    /// Functions and lines of the addresses on a stack, innermost first. Called in a signal handler of a process that
    /// hangs and is about to be killed, after the bare addresses were written: it may fail or hang.
    std::string (*describe_stack)(void* const* addresses, int count) = nullptr;
};

/// Serves until the master (or a signal) ends it; returns the exit status. OPTIONS' binds, sockets, threads and boards
/// are START's. TERM drains, INT and QUIT end at once, the end of the master drains. Throws Error when it can't begin.
int run_worker(const WorkerStart& start, ServerOptions options, Function<http::Response(http::Request&)> handler,
               WorkerHooks hooks = {});

}  // namespace nuages::server
