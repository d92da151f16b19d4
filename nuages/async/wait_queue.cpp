#include <nuages/async/wait_queue.hpp>

#include <nuages/async/loop.hpp>
#include <nuages/async/time.hpp>

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace nuages::async::detail {

bool WaitQueue::wait(const Duration* limit, FunctionRef<bool()> ready, FunctionRef<void()> queued,
                     FunctionRef<void()> give_back) {
    if (!current_loop()) return wait_on_thread(limit, ready, queued);
    Waiter waiter;
    const auto enter = [&](Waker waker) {
        // Once in the queue, the waiter belongs to the lock: another thread may grant it before this line ends.
        bool is_ready;
        {
            const Guard guard(*this);
            is_ready = ready();
            if (is_ready) {
                waiter.granted = true;
            } else {
                waiter.waker = waker;
                append(waiter);
            }
        }
        if (is_ready) waker.wake();
        queued();
    };
    try {
        if (limit) {
            with_timeout(*limit, [&] { suspend(enter); });
        } else {
            suspend(enter);
        }
    } catch (const TimeoutError&) {
        return withdraw(waiter);
    } catch (...) {
        if (withdraw(waiter)) give_back();
        throw;
    }
    return true;
}

bool WaitQueue::wait_on_thread(const Duration* limit, FunctionRef<bool()> ready, FunctionRef<void()> queued) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_t granted;
    pthread_cond_init(&granted, &attributes);
    pthread_condattr_destroy(&attributes);
    timespec end{};
    if (limit) {
        clock_gettime(CLOCK_MONOTONIC, &end);
        const std::int64_t us = end.tv_nsec / 1000 + std::max<std::int64_t>(limit->microseconds, 0);
        end.tv_sec += us / 1'000'000;
        end.tv_nsec = us % 1'000'000 * 1000;
    }
    Waiter waiter;
    waiter.thread = &granted;
    {
        const Guard guard(*this);
        if (ready()) {
            waiter.granted = true;
        } else {
            append(waiter);
        }
    }
    queued();
    {
        const Guard guard(*this);
        while (!waiter.granted) {
            if (!limit) {
                pthread_cond_wait(&granted, &mutex_);
            } else if (pthread_cond_timedwait(&granted, &mutex_, &end) == ETIMEDOUT) {
                break;
            }
        }
    }
    const bool got = withdraw(waiter);
    pthread_cond_destroy(&granted);
    return got;
}

void WaitQueue::append(Waiter& waiter) noexcept {
    (last_ ? last_->next : first_) = &waiter;
    last_ = &waiter;
}

// True when it had been granted; else it waits no more.
bool WaitQueue::withdraw(Waiter& waiter) noexcept {
    const Guard guard(*this);
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

bool WaitQueue::grant_one() noexcept {
    if (!first_) return false;
    Waiter& next = *first_;
    first_ = next.next;
    if (!first_) last_ = nullptr;
    next.granted = true;
    if (next.thread) {
        pthread_cond_signal(next.thread);
    } else {
        const Waker waker = std::move(next.waker);  // `next` lasts as long as the lock is held
        waker.wake();
    }
    return true;
}

}  // namespace nuages::async::detail
