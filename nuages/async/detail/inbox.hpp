// How other threads reach a loop. It outlives the loop, so that a late Waker finds a closed door, not freed memory.
#pragma once

#include <nuages/async/detail/fiber.hpp>

#include <mutex>
#include <vector>

namespace nuages::async::detail {

class LoopCore;

/// A job to start, or a fiber to wake.
struct Mail {
    Ref<Job> job;
    Ref<Fiber> fiber;
    std::uint64_t ticket = 0;
};

class Inbox final : public RefCounted {
public:
    explicit Inbox(LoopCore& core) : core_(&core) {}

    /// From any thread; drops MAIL once closed.
    void send(Mail mail);
    /// Empties the inbox into MAIL.
    void take(std::vector<Mail>& mail);
    void close();

private:
    std::mutex mutex_;
    std::vector<Mail> mail_;
    LoopCore* core_;  // null: closed
};

}  // namespace nuages::async::detail
