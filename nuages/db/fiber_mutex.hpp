// FiberMutex: a lock for things that fibers of several threads use in turn. Waiting suspends the fiber, never the
// thread; the queue is fair, so a writer is not starved by those that come and go.
#pragma once

#include <nuages/async/fiber.hpp>
#include <nuages/base/duration.hpp>

#include <pthread.h>

namespace nuages::db {

/// A fair lock between fibers, of any threads, for one holder or a few. Not reentrant; released by whoever holds it, on
/// any thread.
class FiberMutex {
public:
    explicit FiberMutex(int holders_max = 1) : free_(holders_max) {}
    FiberMutex(const FiberMutex&) = delete;
    FiberMutex& operator=(const FiberMutex&) = delete;

    /// Suspends the fiber until it is a holder; false when that took longer than LIMIT. Throws Cancelled.
    bool lock(Duration limit);
    void unlock() noexcept;

private:
    struct Waiter {
        async::Waker waker;
        bool granted = false;
        Waiter* next = nullptr;
    };
    bool take() noexcept;
    void enqueue(Waiter& waiter) noexcept;
    bool withdraw(Waiter& waiter) noexcept;

    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
    int free_;
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

}  // namespace nuages::db
