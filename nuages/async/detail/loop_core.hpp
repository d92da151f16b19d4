// What a Loop is made of: the io_context, the fibers that are ready, and those that wait for work.
#pragma once

#include <nuages/async/detail/fiber.hpp>
#include <nuages/async/detail/inbox.hpp>
#include <nuages/async/loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <pthread.h>

#include <cstddef>
#include <vector>

namespace nuages::async::detail {

class LoopCore {
public:
    explicit LoopCore(Loop& owner);
    ~LoopCore();
    LoopCore(const LoopCore&) = delete;
    LoopCore& operator=(const LoopCore&) = delete;

    /// The loop that this thread serves, or null.
    static LoopCore* current() noexcept;

    boost::asio::io_context& io() noexcept { return io_; }
    Loop& owner() noexcept { return owner_; }
    Fiber* running() const noexcept { return running_; }
    const Ref<Inbox>& inbox() const noexcept { return inbox_; }

    void run();
    void stop() noexcept { io_.stop(); }

    /// Gives JOB to an idle fiber and queues that. PARENT, when given, waits for it and shares its ContextLocals.
    Fiber& start(Ref<Job> job, Fiber* parent);
    /// Queues JOB on a new fiber with a stack as large as a thread's: main functions do not expect a small one.
    void start_main(Ref<Job> job);
    /// Gives JOB to an idle fiber and switches to it at once (on a fiber: queues it).
    void start_now(Ref<Job> job);

    void push_ready(Fiber& fiber) noexcept;
    /// From a fiber back to the loop.
    void switch_out(Fiber& fiber) noexcept;
    /// FIBER's job has ended; false when the fiber is to end too, because enough are idle.
    bool park(Fiber& fiber) noexcept;
    /// Handles what other threads sent.
    void open_mail() noexcept;

    /// Odd while a fiber runs; changes with every switch. For the watchdog's thread.
    std::uint64_t beat() const noexcept { return __atomic_load_n(&beat_, __ATOMIC_RELAXED); }
    pthread_t thread() const noexcept { return thread_; }
    LoopStats stats() const;

private:
    friend class Fiber;

    Fiber& take_idle_fiber(Ref<Job> job);
    Fiber& new_fiber(std::size_t stack_size);
    void give(Fiber& fiber, Ref<Job> job) noexcept;
    void resume(Fiber& fiber) noexcept;
    static void fetch_ahead(const Fiber& fiber) noexcept;
    void run_ready() noexcept;
    void wind_down();
    void release(Fiber& fiber) noexcept;

    // These lend memory to handlers that the io_context destroys at its end: they go after it.
    HandlerMemory run_ready_memory_;
    Ref<Inbox> inbox_;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    Loop& owner_;
    Mail mail_;

    Fiber* running_ = nullptr;
    Fiber* ready_first_ = nullptr;
    Fiber* ready_last_ = nullptr;
    Fiber* live_ = nullptr;
    std::vector<Fiber*> idle_;
    std::size_t live_count_ = 0;
    std::size_t live_peak_ = 0;
    std::size_t recent_peak_ = 0;
    std::size_t kept_most_ = 0;
    std::size_t ends_ = 0;
    std::uint64_t beat_ = 0;
    pthread_t thread_{};
    bool run_ready_posted_ = false;
    bool winding_down_ = false;

    boost::context::detail::fcontext_t loop_context_ = nullptr;  // while a fiber runs
    ExceptionState* exception_globals_ = nullptr;
    void* asan_fake_stack_ = nullptr;
    const void* asan_stack_bottom_ = nullptr;
    std::size_t asan_stack_size_ = 0;
    void* tsan_loop_ = nullptr;
};

}  // namespace nuages::async::detail
