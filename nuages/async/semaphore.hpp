// Semaphore: a number of permits that fibers, of any threads, take and give back.
#pragma once

#include <nuages/async/wait_queue.hpp>

namespace nuages::async {

/// Lets a limited number of fibers go on at once (asyncio.Semaphore). Fair: who comes later never overtakes. Waiting
/// suspends a fiber and blocks a plain thread. Permits may be given back by anybody, on any thread.
class Semaphore {
public:
    explicit Semaphore(int permits) noexcept : free_(permits) {}

    /// Takes a permit, waiting for one. Throws Cancelled when the fiber is cancelled meanwhile.
    void acquire();
    /// The same within LIMIT; false when no permit came free in time.
    bool acquire(Duration limit);
    /// Takes a permit if one is free and nobody waits.
    bool try_acquire() noexcept;
    void release() noexcept;

private:
    bool take() noexcept;

    detail::WaitQueue queue_;
    int free_;
};

}  // namespace nuages::async
