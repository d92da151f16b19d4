// The current fiber: suspend it, wake it, let others run.
// A fiber belongs to one Loop and never changes its thread, so thread_local caches stay valid across a suspension.
#pragma once

#include <nuages/async/errors.hpp>
#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nuages::async {

class Activity;

namespace detail {
class Fiber;

/// Names the running fiber until its work ends; null outside fibers.
const void* current_fiber_id() noexcept;
/// True when ID names the running fiber, or one that waits for it in gather(), at any distance.
bool is_current_or_ancestor(const void* id) noexcept;
}  // namespace detail

/// True when the caller runs on a fiber and may suspend.
bool on_fiber() noexcept;

/// Throws NotOnFiber naming WHAT ("Article::save()") when the caller is not on a fiber.
void require_fiber(const char* what);

/// Lets every other fiber that is ready run, and input be polled, before it returns. A cancellation point.
void yield();

/// The right to wake one suspended fiber, once. Copies share that right; calls after the first do nothing.
/// wake() may be called from any thread, and long after the fiber and its loop are gone.
class Waker {
public:
    Waker() = default;
    void wake() const noexcept;
    explicit operator bool() const noexcept { return static_cast<bool>(fiber_); }
    /// To be called a little before wake(), by who wakes many: the fiber's memory may be far away.
    void fetch_ahead() const noexcept { __builtin_prefetch(fiber_.get(), 1); }

private:
    friend class detail::Fiber;
    Ref<RefCounted> fiber_;
    std::uint64_t ticket_ = 0;
};

/// Calls START with a Waker, then suspends the current fiber until that Waker is woken (which START itself may do).
/// Throws Cancelled when the fiber is cancelled meanwhile: what START began must then bear a late wake.
/// Throws NotOnFiber outside a fiber; whatever START throws passes through without a suspension.
void suspend(FunctionRef<void(Waker)> start);

/// While one is alive, suspension points of this fiber do not throw Cancelled; the first one after it does.
/// For destructors and clean-up that must suspend (a rollback).
class CancelShield {
public:
    CancelShield() noexcept;
    ~CancelShield();
    CancelShield(const CancelShield&) = delete;
    CancelShield& operator=(const CancelShield&) = delete;

private:
    detail::Fiber* fiber_;
};

/// Names what the current fiber does from here on ("GET", "/path"), as long as it lives: the watchdog, the message of a
/// stack overflow and whoever ends a process that hangs tell it. The texts must live as long.
class Activity {
public:
    explicit Activity(std::string_view what, std::string_view where = {}) noexcept;
    ~Activity();
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;
    std::string_view what() const noexcept { return what_; }
    std::string_view where() const noexcept { return where_; }

private:
    std::string_view what_;
    std::string_view where_;
    detail::Fiber* fiber_;
    const Activity* outer_ = nullptr;
};

/// Writes the Activity of the fiber that this thread is running to TEXT, at most SIZE bytes, and returns their number; 0
/// when there is none. Safe in a signal handler.
std::size_t describe_running(char* text, std::size_t size) noexcept;

/// Virtual size of the stacks of fibers started from now on, in bytes (default 256 KiB, more under AddressSanitizer),
/// rounded up to whole pages; a guard page below is added. Memory is used only as far as a fiber's calls reach.
void set_stack_size(std::size_t bytes) noexcept;

}  // namespace nuages::async
