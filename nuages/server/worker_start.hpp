// What a master gives to a worker process at its start: sockets that listen, a board to show signs of life on, and a
// channel to talk through. It crosses exec as descriptors, named by one environment variable.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace nuages::server {

struct WorkerStart {
    unsigned number = 0;       ///< counts up over the life of the master
    std::vector<int> sockets;  ///< in the order of the master's binds
    int board = -1;            ///< shared memory: a ThreadBoard for each thread
    unsigned threads = 1;
    int channel = -1;  ///< a stream socket; its end is the master's end

    /// The value of kVariable.
    std::string text() const;
    static constexpr const char* kVariable = "NUAGES_WORKER";
};

/// The start that this process was given; nothing in a process that was started by hand. Call it once: the variable is
/// removed, so that the worker's own children are none. Throws Error when the variable is not of this version.
std::optional<WorkerStart> take_worker_start();

}  // namespace nuages::server
