// Time on fibers: sleep, and limits on how long something may take.
#pragma once

#include <nuages/async/fiber.hpp>
#include <nuages/base/duration.hpp>

#include <utility>

namespace nuages::async {

/// Suspends the current fiber for at least DURATION (none or negative: one turn of the loop). A cancellation point.
void sleep_for(Duration duration);

/// Microseconds of a clock that never goes back; its origin is arbitrary.
std::int64_t monotonic_microseconds() noexcept;
/// The same clock as it stood at the system's last tick, some milliseconds ago: for a fraction of the price.
std::int64_t coarse_monotonic_microseconds() noexcept;

namespace detail {
/// A part of the current fiber's work that can be ended from outside: fire() unwinds it with Cancelled.
class InterruptScope {
public:
    /// Throws NotOnFiber naming WHAT outside a fiber.
    explicit InterruptScope(const char* what);
    ~InterruptScope();
    InterruptScope(const InterruptScope&) = delete;
    InterruptScope& operator=(const InterruptScope&) = delete;
    /// On the fiber's own thread.
    void fire() noexcept;
    /// Called in a handler of Cancelled: whether this scope alone was the cause.
    bool was_cause() const noexcept;
    Fiber* fiber() const noexcept { return fiber_; }

private:
    friend class Fiber;
    Fiber* fiber_;
    InterruptScope* outer_ = nullptr;
    bool fired_ = false;
    bool delivered_ = false;
};

/// A deadline over a part of the current fiber's work.
class TimeoutScope {
public:
    explicit TimeoutScope(Duration limit);
    ~TimeoutScope();
    TimeoutScope(const TimeoutScope&) = delete;
    TimeoutScope& operator=(const TimeoutScope&) = delete;
    /// Called in a handler of Cancelled: throws TimeoutError when this deadline was the cause.
    void translate() const;

private:
    InterruptScope scope_;
    Ref<RefCounted> timer_;
    Duration limit_;
};
}  // namespace detail

/// Runs F on this fiber and returns its result; throws TimeoutError when it is still suspended after LIMIT
/// (F is unwound with Cancelled from its suspension point). Code that never suspends cannot be interrupted.
template <class F> auto with_timeout(Duration limit, F&& f) -> decltype(std::forward<F>(f)()) {
    detail::TimeoutScope scope(limit);
    try {
        return std::forward<F>(f)();
    } catch (const Cancelled&) {
        scope.translate();
        throw;
    }
}

}  // namespace nuages::async
