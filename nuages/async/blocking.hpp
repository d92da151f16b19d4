// run_blocking: calls that block a thread (a slow statement, getaddrinfo, a file) leave the loop.
#pragma once

#include <nuages/async/errors.hpp>
#include <nuages/base/function.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace nuages::async {

namespace detail {
/// Runs F on a thread of the pool, suspending the fiber meanwhile, and throws what it threw.
void run_on_pool(FunctionRef<void()> f);
}  // namespace detail

/// Runs F on a thread of the process-wide pool and returns its result (or throws its exception) here; the fiber is
/// suspended meanwhile and other fibers run. Not cancelled midway: F may use the caller's locals.
/// F is not on a fiber. Without a loop on this thread F simply runs in place; on a loop's thread outside a fiber
/// it throws NotOnFiber.
template <class F> auto run_blocking(F&& f) -> std::decay_t<std::invoke_result_t<F&>> {
    using R = std::decay_t<std::invoke_result_t<F&>>;
    if constexpr (std::is_void_v<R>) {
        detail::run_on_pool([&f] { f(); });
    } else {
        std::optional<R> result;
        detail::run_on_pool([&f, &result] { result.emplace(f()); });
        return std::move(*result);
    }
}

/// The most threads that run_blocking may use at once (default: four per processor, at least eight).
/// Threads are started as needed and end after ten idle seconds.
void set_blocking_threads(unsigned count);

/// How many calls may wait for a thread (default 10,000): run_blocking throws TooManyBlockingCalls beyond that, at once.
void set_blocking_queue(std::size_t calls_max);

}  // namespace nuages::async
