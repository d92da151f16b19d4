// The thread pool behind run_blocking. Threads are started when work waits and none is idle; the pool is never
// destroyed, because threads may outlive main()'s statics.
#include <nuages/async/blocking.hpp>

#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace nuages::async {

namespace {

constexpr std::chrono::seconds kIdleThreadLife{10};

// How much nicer than the loops the pool is: long work must not keep short requests from a processor.
constexpr int kNiceness = 10;

void yield_to_loops() noexcept {
    const auto thread = static_cast<id_t>(::gettid());
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + kNiceness);
}

// Lives on the waiting fiber's stack.
struct Work {
    FunctionRef<void()> function;
    std::exception_ptr error;
    Waker waker;
};

class Pool {
public:
    static Pool& instance() {
        static Pool* const pool = new Pool;
        return *pool;
    }

    void submit(Work& work) {
        const std::lock_guard lock(mutex_);
        if (queue_.size() >= queue_limit_)
            throw TooManyBlockingCalls("run_blocking(): " + std::to_string(queue_limit_) +
                                       " calls wait for a thread already. Are the pool's threads stuck?");
        queue_.push_back(&work);
        if (idle_ >= queue_.size()) {
            work_arrived_.notify_one();
        } else if (threads_ < limit_) {
            start_thread();
        }
    }

    void set_limit(unsigned limit) {
        const std::lock_guard lock(mutex_);
        limit_ = std::max(1u, limit);
    }
    void set_queue_limit(std::size_t limit) {
        const std::lock_guard lock(mutex_);
        queue_limit_ = std::max<std::size_t>(1, limit);
    }

private:
    void start_thread() {
        try {
            std::thread([this] { serve(); }).detach();
            ++threads_;
        } catch (const std::exception&) {
            if (threads_ == 0) {
                queue_.pop_back();
                throw;  // nobody would ever take it
            }
        }
    }

    void serve() {
        yield_to_loops();
        std::unique_lock lock(mutex_);
        for (;;) {
            if (queue_.empty()) {
                ++idle_;
                const bool found = work_arrived_.wait_for(lock, kIdleThreadLife, [&] { return !queue_.empty(); });
                --idle_;
                if (!found) break;
            }
            Work* work = queue_.front();
            queue_.pop_front();
            lock.unlock();
            perform(*work);
            lock.lock();
        }
        --threads_;
    }

    static void perform(Work& work) noexcept {
        try {
            work.function();
        } catch (...) {
            work.error = std::current_exception();
        }
        const Waker waker = std::move(work.waker);
        waker.wake();  // WORK is gone from here on
    }

    std::mutex mutex_;
    std::condition_variable work_arrived_;
    std::deque<Work*> queue_;
    std::size_t queue_limit_ = 10'000;
    unsigned limit_ = std::max(8u, 4 * std::thread::hardware_concurrency());
    unsigned threads_ = 0;
    unsigned idle_ = 0;
};

}  // namespace

namespace detail {

void run_on_pool(FunctionRef<void()> f) {
    if (!current_loop()) return f();
    require_fiber("run_blocking()");
    Work work{f, nullptr, {}};
    {
        const CancelShield until_done;
        suspend([&](Waker waker) {
            work.waker = std::move(waker);
            Pool::instance().submit(work);
        });
    }
    if (work.error) std::rethrow_exception(std::move(work.error));
}

}  // namespace detail

void set_blocking_threads(unsigned count) { Pool::instance().set_limit(count); }

void set_blocking_queue(std::size_t calls_max) { Pool::instance().set_queue_limit(calls_max); }

}  // namespace nuages::async
