// How other threads reach a loop. It outlives the loop, so that a late Waker finds a closed door, not freed memory.
//
// Waking must not fail: fibers that were woken are linked through themselves, and the loop is told through memory of the
// inbox's own.
#pragma once

#include <nuages/async/detail/fiber.hpp>
#include <nuages/async/detail/handler_memory.hpp>

#include <mutex>
#include <vector>

namespace nuages::async::detail {

class LoopCore;

/// What came since the inbox was last emptied.
struct Mail {
    std::vector<Ref<Job>> jobs;   ///< to start
    Fiber* first_woken = nullptr;  ///< one reference each; linked by next_woken_
};

class Inbox final : public RefCounted {
public:
    explicit Inbox(LoopCore& core) : core_(&core) {}

    /// From any thread; drops JOB once closed. Throws std::bad_alloc.
    void send(Ref<Job> job);
    /// From any thread. Only the latest ticket of a fiber can still be the one it waits with.
    void wake(Fiber& fiber, std::uint64_t ticket) noexcept;
    /// Empties the inbox into MAIL.
    void take(Mail& mail);
    void close();

private:
    void tell_loop() noexcept;

    std::mutex mutex_;
    Mail mail_;
    HandlerMemory memory_;
    LoopCore* core_;  // null: closed
    bool told_ = false;
};

}  // namespace nuages::async::detail
