#include <nuages/db/fiber_mutex.hpp>

#include <nuages/async/time.hpp>

#include <utility>

namespace nuages::db {

namespace {

struct Guard {
    explicit Guard(pthread_mutex_t& mutex) : mutex_(&mutex) { pthread_mutex_lock(mutex_); }
    ~Guard() { pthread_mutex_unlock(mutex_); }
    pthread_mutex_t* mutex_;
};

}  // namespace

bool FiberMutex::take() noexcept {
    Guard guard(mutex_);
    if (free_ == 0) return false;
    --free_;
    return true;
}

void FiberMutex::enqueue(Waiter& waiter) noexcept {
    Guard guard(mutex_);
    if (free_ > 0) {  // it became free since the first look
        --free_;
        waiter.granted = true;
        waiter.waker.wake();
        return;
    }
    (last_ ? last_->next : first_) = &waiter;
    last_ = &waiter;
}

bool FiberMutex::withdraw(Waiter& waiter) noexcept {
    Guard guard(mutex_);
    if (waiter.granted) return true;
    Waiter* before = nullptr;
    for (Waiter* at = first_; at; before = at, at = at->next) {
        if (at != &waiter) continue;
        (before ? before->next : first_) = at->next;
        if (last_ == at) last_ = before;
        break;
    }
    return false;
}

bool FiberMutex::lock(Duration limit) {
    if (take()) return true;
    Waiter waiter;
    const auto wait = [&] {
        async::suspend([&](async::Waker waker) {
            waiter.waker = std::move(waker);
            enqueue(waiter);
        });
    };
    try {
        async::with_timeout(limit, wait);
    } catch (const async::TimeoutError&) {
        return withdraw(waiter);
    } catch (...) {
        if (withdraw(waiter)) unlock();
        throw;
    }
    return true;
}

void FiberMutex::unlock() noexcept {
    Guard guard(mutex_);
    if (!first_) {
        ++free_;
        return;
    }
    Waiter& next = *first_;
    first_ = next.next;
    if (!first_) last_ = nullptr;
    const async::Waker waker = std::move(next.waker);
    next.granted = true;  // `next` may be gone from here on: its fiber is only held back by the mutex
    waker.wake();
}

}  // namespace nuages::db
