// Watchdog: tells which code keeps an event loop from its other work.
//
// A view that computes for long, or calls something that blocks its thread, holds up every other request of its loop. The
// watchdog looks at the loops from a thread of its own and reports such a view with its stack while it is at it.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/base/function.hpp>

#include <cstddef>
#include <string>

namespace nuages::async {

/// A fiber that has run for too long without a suspension.
struct LoopHold {
    Duration held;           ///< so far, at least
    std::string activity;    ///< its Activity ("GET /report/"); empty when it named none
    void* const* frames;     ///< its stack, innermost first; valid until the report returns
    std::size_t frame_count = 0;
};

/// Watches all loops of the process as long as it lives. At most one at a time. Costs the loops two stores per switch, and
/// uses the signal SIGRTMIN + 5, whose handler takes the stack.
class Watchdog {
public:
    /// Calls REPORT on the watchdog's thread, once for each hold longer than LIMIT (at least a millisecond). Without
    /// REPORT a warning with the stack goes to the log "nuages.async". Throws Error when there is a watchdog already.
    explicit Watchdog(Duration limit, Function<void(const LoopHold&)> report = {});
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

private:
    struct State;
    State* state_;
};

}  // namespace nuages::async
