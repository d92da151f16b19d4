#include <nuages/async/asio.hpp>
#include <nuages/async/detail/loop_core.hpp>
#include <nuages/async/detail/sanitizers.hpp>
#include <nuages/async/detail/stack.hpp>
#include <nuages/async/detail/watched_loop.hpp>
#include <nuages/base/log.hpp>

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <condition_variable>

namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
}  // namespace __cxxabiv1

namespace nuages::async {

namespace detail {

namespace {
// Per loop; each holds the pages that its deepest call touched. More are kept while as many were needed lately: mapping
// and unmapping a stack costs more than what most fibers do.
constexpr std::size_t kIdleFibersKept = 256;
constexpr std::size_t kIdleFibersMost = 2048;
constexpr std::size_t kEndsPerLook = 8192;  // jobs that end until "lately" begins anew
constexpr std::size_t kMainStackSize = 8 * 1024 * 1024;

constinit thread_local LoopCore* served_here = nullptr;

void log_without_fail(const char* what, const char* reason) noexcept {
    try {
        log::error("nuages.async", std::string(what) + ": " + reason);
    } catch (...) {
        return;
    }
}
}  // namespace

void Inbox::tell_loop() noexcept {
    if (told_) return;
    told_ = true;
    // Posted under the lock: close() waits for it, so the io_context is alive. The memory is free: the last handler gave
    // it back before it emptied the inbox.
    boost::asio::post(core_->io(), boost::asio::bind_allocator(HandlerAllocator<char>(memory_),
                                                               [core = core_] { core->open_mail(); }));
}

void Inbox::send(Ref<Job> job) {
    const std::lock_guard lock(mutex_);
    if (!core_) return;
    mail_.jobs.push_back(std::move(job));
    tell_loop();
}

void Inbox::wake(Fiber& fiber, std::uint64_t ticket) noexcept {
    const std::lock_guard lock(mutex_);
    if (!core_) return;
    if (fiber.is_in_inbox_) {
        fiber.woken_ticket_ = std::max(fiber.woken_ticket_, ticket);
        return;
    }
    fiber.retain();
    fiber.is_in_inbox_ = true;
    fiber.woken_ticket_ = ticket;
    fiber.next_woken_ = mail_.first_woken;
    mail_.first_woken = &fiber;
    tell_loop();
}

void Inbox::take(Mail& mail) {
    const std::lock_guard lock(mutex_);
    mail.jobs.swap(mail_.jobs);
    Fiber* reversed = std::exchange(mail_.first_woken, nullptr);
    while (reversed) {  // in the order of their waking
        Fiber* next = reversed->next_woken_;
        reversed->next_woken_ = mail.first_woken;
        reversed->is_in_inbox_ = false;
        mail.first_woken = reversed;
        reversed = next;
    }
    told_ = false;
}

void Inbox::close() {
    Mail dropped;
    take(dropped);
    while (Fiber* fiber = dropped.first_woken) {
        dropped.first_woken = fiber->next_woken_;
        fiber->release();
    }
    const std::lock_guard lock(mutex_);
    core_ = nullptr;
}

// Reactor calls are made on the loop's own thread only; posting stays open to all.
LoopCore::LoopCore(Loop& owner)
    : inbox_(new Inbox(*this)), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), work_(io_.get_executor()), owner_(owner) {
    idle_.reserve(kIdleFibersKept);
    kept_most_ = kIdleFibersKept;
}

LoopCore::~LoopCore() { inbox_->close(); }

LoopCore* LoopCore::current() noexcept { return served_here; }

void LoopCore::run() {
    if (served_here) throw Error("This thread already serves an event loop: run() cannot be nested.");
    served_here = this;
    give_context_to_floors_below();
    thread_ = pthread_self();
    const OverflowReporter overflow_reporter;
    const WatchedLoop watched(*this);
    exception_globals_ = reinterpret_cast<ExceptionState*>(__cxxabiv1::__cxa_get_globals());
    io_.run();
    wind_down();
    served_here = nullptr;
}

void LoopCore::wind_down() {
    winding_down_ = true;
    for (Fiber* fiber = live_; fiber; fiber = fiber->next_live_) fiber->request_cancel();
    while (live_) {
        io_.restart();
        io_.run_one();
    }
    inbox_->close();
    while (!idle_.empty()) {
        Fiber& fiber = *idle_.back();
        idle_.pop_back();
        fiber.quit_ = true;
        resume(fiber);
    }
}

Fiber& LoopCore::new_fiber(std::size_t stack_size) {
    auto* fiber = new Fiber(*this, stack_size);
    fiber->retain();  // until release()
    return *fiber;
}

Fiber& LoopCore::take_idle_fiber(Ref<Job> job) {
    Fiber* fiber;
    if (idle_.empty()) {
        if (live_count_ >= idle_.capacity()) idle_.reserve(2 * idle_.capacity());  // park() must not fail
        fiber = &new_fiber(stack_size());
    } else {
        fiber = idle_.back();
        idle_.pop_back();
        if (!idle_.empty()) __builtin_prefetch(idle_.back(), 1);
    }
    give(*fiber, std::move(job));
    return *fiber;
}

void LoopCore::give(Fiber& fiber, Ref<Job> job) noexcept {
    fiber.job_ = std::move(job);
    fiber.previous_live_ = nullptr;
    fiber.next_live_ = live_;
    if (live_) live_->previous_live_ = &fiber;
    live_ = &fiber;
    live_peak_ = std::max(live_peak_, ++live_count_);
    recent_peak_ = std::max(recent_peak_, live_count_);
    if (winding_down_) fiber.request_cancel();
}

bool LoopCore::park(Fiber& fiber) noexcept {
    (fiber.previous_live_ ? fiber.previous_live_->next_live_ : live_) = fiber.next_live_;
    if (fiber.next_live_) fiber.next_live_->previous_live_ = fiber.previous_live_;
    fiber.state_ = Fiber::State::idle;
    --live_count_;
    if (++ends_ % kEndsPerLook == 0) {
        kept_most_ = std::max(kIdleFibersKept, recent_peak_);
        recent_peak_ = live_count_;
    }
    const std::size_t most = std::min(std::max(kept_most_, recent_peak_), kIdleFibersMost);
    if (live_count_ + idle_.size() >= most || idle_.size() == idle_.capacity()) return false;
    idle_.push_back(&fiber);
    return true;
}

void LoopCore::release(Fiber& fiber) noexcept {
#if defined(NUAGES_TSAN)
    __tsan_destroy_fiber(fiber.tsan_fiber_);
#endif
    unmap_stack(fiber.stack_);
    Fiber::forget(fiber);
}

Fiber& LoopCore::start(Ref<Job> job, Fiber* parent) {
    Fiber& fiber = take_idle_fiber(std::move(job));
    if (parent) {
        fiber.parent_ = parent;
        fiber.context_slots_ = Ref<Slots>(&parent->slots(SlotScope::context));
    }
    fiber.state_ = Fiber::State::ready;
    push_ready(fiber);
    return fiber;
}

void LoopCore::start_main(Ref<Job> job) {
    Fiber& fiber = new_fiber(std::max(kMainStackSize, stack_size()));
    give(fiber, std::move(job));
    fiber.state_ = Fiber::State::ready;
    push_ready(fiber);
}

void LoopCore::start_now(Ref<Job> job) {
    if (running_) {
        start(std::move(job), nullptr);
    } else {
        resume(take_idle_fiber(std::move(job)));
    }
}

void LoopCore::push_ready(Fiber& fiber) noexcept {
    fiber.next_ready_ = nullptr;
    (ready_last_ ? ready_last_->next_ready_ : ready_first_) = &fiber;
    ready_last_ = &fiber;
    if (run_ready_posted_) return;
    run_ready_posted_ = true;
    boost::asio::post(
        io_, boost::asio::bind_allocator(HandlerAllocator<char>(run_ready_memory_), [this] { run_ready(); }));
}

// Of many fibers that wait, none is in the near caches any more: the next one's stack is fetched while this one runs.
void LoopCore::fetch_ahead(const Fiber& fiber) noexcept {
    constexpr std::ptrdiff_t kLine = 64, kAbove = 24 * kLine, kFetched = 36 * kLine;
    const char* const end = std::min(static_cast<const char*>(fiber.context_) + kAbove, static_cast<const char*>(fiber.stack_.sp));
    for (const char* line = end - kFetched; line < end; line += kLine) __builtin_prefetch(line, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(&fiber) + kLine, 1);
    __builtin_prefetch(fiber.job_.get(), 1);
}

void LoopCore::run_ready() noexcept {
    Fiber* fiber = ready_first_;
    ready_first_ = ready_last_ = nullptr;
    run_ready_posted_ = false;  // what becomes ready from here on waits for the next turn, after input was polled
    while (fiber) {
        Fiber* next = fiber->next_ready_;
        if (next) {
            fetch_ahead(*next);
            __builtin_prefetch(next->next_ready_, 1);
        }
        resume(*fiber);
        fiber = next;
    }
}

void LoopCore::resume(Fiber& fiber) noexcept {
    running_ = &fiber;
    const ExceptionState mine = *exception_globals_;
    *exception_globals_ = fiber.exceptions_;
#if defined(NUAGES_ASAN)
    __sanitizer_start_switch_fiber(&asan_fake_stack_, static_cast<char*>(fiber.stack_.sp) - fiber.stack_.size,
                                   fiber.stack_.size);
#endif
#if defined(NUAGES_TSAN)
    tsan_loop_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(fiber.tsan_fiber_, 0);
#endif
    __atomic_store_n(&beat_, beat_ + 1, __ATOMIC_RELAXED);
    fiber.context_ = boost::context::detail::jump_fcontext(fiber.context_, &fiber).fctx;
    __atomic_store_n(&beat_, beat_ + 1, __ATOMIC_RELAXED);
#if defined(NUAGES_ASAN)
    __sanitizer_finish_switch_fiber(asan_fake_stack_, nullptr, nullptr);
#endif
    fiber.exceptions_ = *exception_globals_;
    *exception_globals_ = mine;
    running_ = nullptr;
    if (fiber.state_ == Fiber::State::ended) release(fiber);
}

void LoopCore::switch_out([[maybe_unused]] Fiber& fiber) noexcept {
#if defined(NUAGES_ASAN)
    __sanitizer_start_switch_fiber(&fiber.asan_fake_stack_, asan_stack_bottom_, asan_stack_size_);
#endif
#if defined(NUAGES_TSAN)
    __tsan_switch_to_fiber(tsan_loop_, 0);
#endif
    loop_context_ = boost::context::detail::jump_fcontext(loop_context_, nullptr).fctx;
#if defined(NUAGES_ASAN)
    __sanitizer_finish_switch_fiber(fiber.asan_fake_stack_, &asan_stack_bottom_, &asan_stack_size_);
#endif
}

void LoopCore::open_mail() noexcept {
    inbox_->take(mail_);
    while (Fiber* fiber = mail_.first_woken) {
        mail_.first_woken = fiber->next_woken_;
        fiber->wake_here(fiber->woken_ticket_);
        fiber->release();
    }
    for (Ref<Job>& job : mail_.jobs) {
        try {
            start(std::move(job), nullptr);
        } catch (const std::exception& error) {
            log_without_fail("A posted function was dropped: no fiber could be started", error.what());
        }
    }
    mail_.jobs.clear();
}

LoopStats LoopCore::stats() const {
    LoopStats stats{.fibers = live_count_, .fibers_peak = live_peak_, .fibers_idle = idle_.size(), .stack_size = stack_size()};
    const auto look_at = [&stats](const Fiber& fiber) {
        if (fiber.stack_.size > stats.stack_size) return;  // of run()'s main function
        stats.stack_high_water = std::max(stats.stack_high_water, touched_bytes(fiber.stack_));
    };
    for (const Fiber* fiber = live_; fiber; fiber = fiber->next_live_) look_at(*fiber);
    for (const Fiber* fiber : idle_) look_at(*fiber);
    return stats;
}

namespace {

class FunctionJob final : public Job {
public:
    explicit FunctionJob(Function<void()> function) : function_(std::move(function)) {}
    void run() noexcept override {
        try {
            function_();
        } catch (const Cancelled&) {
        } catch (...) {
            log_uncaught();
        }
        function_ = nullptr;
    }

private:
    Function<void()> function_;
};

// The caller of run_there() waits for this, on its own stack.
struct RemoteCall {
    FunctionRef<void()> function;
    std::exception_ptr error;
    Waker waker;
    std::mutex mutex;
    std::condition_variable changed;
    bool started = false;
    bool ended = false;

    explicit RemoteCall(FunctionRef<void()> f) : function(f) {}
    void end() noexcept {
        const Waker waiting = waker;
        std::unique_lock lock(mutex);
        ended = true;
        changed.notify_one();
        lock.unlock();
        waiting.wake();
    }
    void finish() {
        if (error) std::rethrow_exception(error);
        if (!started) throw Error("run_on_loop(): the loop has ended, or has no memory for a fiber.");
    }
};

// Ends the call when it has run, and also when the loop drops it.
class RemoteJob final : public Job {
public:
    explicit RemoteJob(RemoteCall& call) : call_(&call) {}
    ~RemoteJob() override {
        if (call_) call_->end();
    }
    RemoteJob(const RemoteJob&) = delete;
    RemoteJob& operator=(const RemoteJob&) = delete;
    void run() noexcept override {
        call_->started = true;
        try {
            call_->function();
        } catch (...) {
            call_->error = std::current_exception();
        }
        std::exchange(call_, nullptr)->end();
    }

private:
    RemoteCall* call_;
};

}  // namespace

void run_there(Loop& loop, FunctionRef<void()> f) {
    LoopCore* here = LoopCore::current();
    if (here == &loop.core()) {
        require_fiber("run_on_loop()");
        return f();
    }
    RemoteCall call(f);
    if (on_fiber()) {
        const CancelShield until_done;
        suspend([&](Waker waker) {
            call.waker = std::move(waker);
            loop.core().inbox()->send(make_ref<RemoteJob>(call));
        });
    } else {
        loop.core().inbox()->send(make_ref<RemoteJob>(call));
        std::unique_lock lock(call.mutex);
        call.changed.wait(lock, [&] { return call.ended; });
    }
    call.finish();
}

void run_main(FunctionRef<void()> main) {
    if (LoopCore::current()) throw Error("This thread already serves an event loop: run() cannot be nested.");
    Loop loop;
    std::exception_ptr error;
    bool returned = false;
    loop.core().start_main(make_ref<FunctionJob>([&] {
        try {
            main();
            returned = true;
        } catch (...) {
            error = std::current_exception();
        }
        loop.stop();
    }));
    loop.run();
    if (error) std::rethrow_exception(error);
    if (!returned) throw Error("The event loop was stopped before its main function began.");
}

}  // namespace detail

Loop::Loop() : core_(new detail::LoopCore(*this)) {}

Loop::~Loop() { delete core_; }

void Loop::run() { core_->run(); }

void Loop::stop() noexcept { core_->stop(); }

void Loop::post(Function<void()> f) { core_->inbox()->send(make_ref<detail::FunctionJob>(std::move(f))); }

LoopStats Loop::stats() const { return core_->stats(); }

Loop* current_loop() noexcept {
    detail::LoopCore* core = detail::LoopCore::current();
    return core ? &core->owner() : nullptr;
}

boost::asio::io_context& io_context(Loop& loop) noexcept { return loop.core().io(); }

void start_now(Loop& loop, Ref<detail::Job> job) { loop.core().start_now(std::move(job)); }

}  // namespace nuages::async
