// Loop: one thread's event loop, on which its fibers run. run() is what main() and tests start with.
#pragma once

#include <nuages/async/fiber.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace nuages::async {

namespace detail {
class LoopCore;
}

/// How a loop's fibers fare. Bytes of stacks are those of ordinary fibers: run()'s main function has a larger one.
struct LoopStats {
    std::size_t fibers = 0;            ///< that have work
    std::size_t fibers_peak = 0;       ///< the most at one time
    std::size_t fibers_idle = 0;       ///< kept for the next work
    std::size_t stack_size = 0;        ///< of fibers started from now on: set_stack_size()
    std::size_t stack_high_water = 0;  ///< the most that any of those fibers has ever used, in whole pages
};

/// An event loop for one thread (Boost.Asio's io_context inside).
class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Serves this loop on the calling thread until stop(); then cancels the fibers that are left and waits for them.
    void run();
    /// Makes run() return, soon. From any thread.
    void stop() noexcept;
    /// Runs F on a new fiber of this loop. From any thread; after the loop has ended F is dropped.
    void post(Function<void()> f);

    /// On the loop's own thread.
    LoopStats stats() const;

    detail::LoopCore& core() const noexcept { return *core_; }

private:
    detail::LoopCore* core_;
};

/// The loop that this thread is serving, or null.
Loop* current_loop() noexcept;

namespace detail {
void run_main(FunctionRef<void()> main);
void run_there(Loop& loop, FunctionRef<void()> f);
}  // namespace detail

/// Runs MAIN on a fiber of a fresh loop on this thread and returns its result (or throws its exception) when it is
/// done; fibers that MAIN left behind are cancelled (asyncio.run). Throws Error when this thread already serves a loop.
template <class F> auto run(F&& main) -> std::decay_t<std::invoke_result_t<F&>> {
    using R = std::decay_t<std::invoke_result_t<F&>>;
    if constexpr (std::is_void_v<R>) {
        detail::run_main([&main] { main(); });
    } else {
        std::optional<R> result;
        detail::run_main([&main, &result] { result.emplace(main()); });
        return std::move(*result);
    }
}

/// Runs F on a fiber of LOOP and returns its result (or throws its exception) here. From a foreign thread this blocks
/// that thread; from a fiber of another loop it suspends the fiber. Throws Error when LOOP ends before F is done.
template <class F> auto run_on_loop(Loop& loop, F&& f) -> std::decay_t<std::invoke_result_t<F&>> {
    using R = std::decay_t<std::invoke_result_t<F&>>;
    if constexpr (std::is_void_v<R>) {
        detail::run_there(loop, [&f] { f(); });
    } else {
        std::optional<R> result;
        detail::run_there(loop, [&f, &result] { result.emplace(f()); });
        return std::move(*result);
    }
}

}  // namespace nuages::async
