// Views that hold their event loop, as `serve` and `runserver` report them.
#pragma once

#include <nuages/async/watchdog.hpp>

#include <cstdint>
#include <optional>

namespace nuages::management::detail {

constexpr std::int64_t kSlowViewMs = 1000;         // unless the user says otherwise
constexpr std::int64_t kSlowViewMsMax = 3'600'000;

/// Watches all loops of the process: code that holds one for longer than LIMIT_MS is named in the log "nuages.slow", with
/// the request that it answers and its stack, functions and lines. Nothing with a limit of 0.
class SlowViews {
public:
    /// From here on; what an app does in its start hook holds nobody up.
    void watch(std::int64_t limit_ms);

private:
    std::optional<async::Watchdog> watchdog_;
};

}  // namespace nuages::management::detail
