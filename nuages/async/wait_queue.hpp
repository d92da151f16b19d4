// Those who wait for their turn: fibers of any threads are suspended, plain threads are blocked. First come, first served.
#pragma once

#include <nuages/async/fiber.hpp>
#include <nuages/base/duration.hpp>

#include <pthread.h>

namespace nuages::async::detail {

class WaitQueue {
public:
    WaitQueue() = default;
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    /// Holds the queue's lock; nothing may suspend meanwhile.
    class Guard {
    public:
        explicit Guard(WaitQueue& queue) noexcept : mutex_(&queue.mutex_) { pthread_mutex_lock(mutex_); }
        ~Guard() { pthread_mutex_unlock(mutex_); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

    private:
        pthread_mutex_t* mutex_;
    };

    /// Waits until grant_one() reaches the caller, or not at all when READY, called under the lock, says so. QUEUED is
    /// called without the lock before the caller is suspended. False when LIMIT (null: none) ran out first. When a
    /// cancellation crosses a grant, GIVE_BACK is called and Cancelled thrown. Throws NotOnFiber on a loop's thread
    /// outside its fibers.
    bool wait(const Duration* limit, FunctionRef<bool()> ready, FunctionRef<void()> queued,
              FunctionRef<void()> give_back);
    /// Lets the first in the queue go on; false when nobody waits. The caller holds the lock.
    bool grant_one() noexcept;
    bool empty() const noexcept { return !first_; }

private:
    struct Waiter {
        Waker waker;                    // of a fiber
        pthread_cond_t* thread = nullptr;  // or a thread's
        bool granted = false;
        Waiter* next = nullptr;
    };
    bool wait_on_thread(const Duration* limit, FunctionRef<bool()> ready, FunctionRef<void()> queued);
    void append(Waiter& waiter) noexcept;
    bool withdraw(Waiter& waiter) noexcept;

    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

}  // namespace nuages::async::detail
