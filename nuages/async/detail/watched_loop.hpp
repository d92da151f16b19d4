// A loop as the watchdog sees it.
#pragma once

namespace nuages::async::detail {

class LoopCore;

/// Makes a running loop known to the watchdog, from its own thread.
class WatchedLoop {
public:
    explicit WatchedLoop(LoopCore& core);
    ~WatchedLoop();
    WatchedLoop(const WatchedLoop&) = delete;
    WatchedLoop& operator=(const WatchedLoop&) = delete;

private:
    LoopCore& core_;
};

}  // namespace nuages::async::detail
