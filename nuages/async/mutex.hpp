// Mutex and Condition for fibers. std::lock_guard and std::unique_lock take a Mutex as any other.
#pragma once

#include <nuages/async/semaphore.hpp>

namespace nuages::async {

/// A fair lock between fibers of any threads (asyncio.Lock): for state that must stay as it is across a suspension.
/// Not reentrant; whoever holds it may unlock it on any thread. Between fibers of one loop nothing needs a lock as long
/// as nothing suspends in between.
class Mutex {
public:
    /// Waits for its turn: suspends a fiber, blocks a plain thread. Throws Cancelled.
    void lock() { permit_.acquire(); }
    /// False when that took longer than LIMIT.
    bool try_lock_for(Duration limit) { return permit_.acquire(limit); }
    bool try_lock() noexcept { return permit_.try_acquire(); }
    void unlock() noexcept { permit_.release(); }

private:
    Semaphore permit_{1};
};

/// What fibers wait for together with a Mutex that guards it (asyncio.Condition).
class Condition {
public:
    /// Gives MUTEX, which the caller holds, free until notified, and takes it again before it returns or throws
    /// Cancelled. There are no spurious returns, but what was notified may be gone by then: prefer the form with READY.
    void wait(Mutex& mutex);
    /// The same within LIMIT; false when no notification came.
    bool wait_for(Mutex& mutex, Duration limit);
    /// Waits until READY() holds.
    template <class Ready> void wait(Mutex& mutex, Ready ready) {
        while (!ready()) wait(mutex);
    }

    /// Wakes the one that has waited longest. From any thread, with or without the mutex.
    void notify_one() noexcept;
    void notify_all() noexcept;

private:
    bool wait_until(Mutex& mutex, const Duration* limit);

    detail::WaitQueue queue_;
};

}  // namespace nuages::async
