#include <nuages/async/asio.hpp>
#include <nuages/async/detail/loop_core.hpp>
#include <nuages/async/detail/sanitizers.hpp>
#include <nuages/async/detail/stack.hpp>

#include <algorithm>
#include <string>

namespace nuages::async {

namespace detail {

Fiber::Fiber(LoopCore& core, std::size_t stack_size)
    : inbox_(core.inbox()), core_(&core), stack_(map_stack(stack_size)) {
    context_ = boost::context::detail::make_fcontext(stack_.sp, stack_.size, &Fiber::enter_stack);
#if defined(NUAGES_TSAN)
    tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() = default;

Fiber* Fiber::current() noexcept {
    LoopCore* core = LoopCore::current();
    return core ? core->running() : nullptr;
}

void Fiber::enter_stack(boost::context::detail::transfer_t from) {
    auto* fiber = static_cast<Fiber*>(from.data);
    fiber->core_->loop_context_ = from.fctx;
    fiber->live();
}

void Fiber::live() noexcept {
    LoopCore& core = *core_;
#if defined(NUAGES_ASAN)
    __sanitizer_finish_switch_fiber(nullptr, &core.asan_stack_bottom_, &core.asan_stack_size_);
#endif
    do {
        run_job();
        if (!core.park(*this)) break;
        core.switch_out(*this);
    } while (!quit_);
    state_ = State::ended;
#if defined(NUAGES_ASAN)
    __sanitizer_start_switch_fiber(nullptr, core.asan_stack_bottom_, core.asan_stack_size_);
#endif
#if defined(NUAGES_TSAN)
    __tsan_switch_to_fiber(core.tsan_loop_, 0);
#endif
    boost::context::detail::jump_fcontext(core.loop_context_, nullptr);
    __builtin_unreachable();
}

void Fiber::run_job() noexcept {
    state_ = State::running;
    job_->run();
    reset_locals();
    job_ = nullptr;
    reset_locals();  // what the job's own destruction set
    ++ticket_;
    parent_ = nullptr;
    activity_ = nullptr;
    interrupt_ = cancel_requested_ = cancel_delivered_ = false;
}

void Fiber::reset_locals() {
    own_slots_.clear();
    context_slots_ = nullptr;
}

void Fiber::suspend(FunctionRef<void(Waker)> start) {
    throw_if_cancelled();
    ++ticket_;
    woken_ = false;
    state_ = State::preparing;
    try {
        start(waker());
    } catch (...) {
        ++ticket_;
        state_ = State::running;
        throw;
    }
    if (!woken_) {
        state_ = State::suspended;
        core_->switch_out(*this);
    }
    ++ticket_;
    state_ = State::running;
    if (!woken_) deliver_cancellation();
}

void Fiber::yield() {
    throw_if_cancelled();
    ++ticket_;
    state_ = State::ready;
    core_->push_ready(*this);
    core_->switch_out(*this);
    state_ = State::running;
    throw_if_cancelled();
}

bool Fiber::wake_here(std::uint64_t ticket) noexcept {
    if (ticket != ticket_ || woken_) return false;
    if (state_ == State::preparing) {
        woken_ = true;
        return true;
    }
    if (state_ != State::suspended) return false;
    woken_ = true;
    state_ = State::ready;
    core_->push_ready(*this);
    return true;
}

void Fiber::wake(const Ref<RefCounted>& fiber, std::uint64_t ticket) noexcept {
    auto* target = static_cast<Fiber*>(fiber.get());
    const LoopCore* here = LoopCore::current();
    if (here && here->inbox() == target->inbox_) {
        target->wake_here(ticket);
    } else {
        target->inbox_->wake(*target, ticket);
    }
}

Waker Fiber::waker() {
    Waker waker;
    waker.fiber_ = Ref<RefCounted>(this);
    waker.ticket_ = ticket_;
    return waker;
}

void Fiber::request_cancel() noexcept {
    if (cancel_requested_) return;
    cancel_requested_ = true;
    interrupt();
}

void Fiber::expire(InterruptScope& scope) noexcept {
    scope.fired_ = true;
    interrupt();
}

void Fiber::interrupt() noexcept {
    interrupt_ = true;
    if (state_ == State::suspended && may_throw_cancelled()) {
        state_ = State::ready;  // without woken_: suspend() will throw
        core_->push_ready(*this);
    }
}

bool Fiber::may_throw_cancelled() const noexcept {
    const bool here = state_ == State::running || state_ == State::preparing;
    const unsigned int uncaught = here ? core_->exception_globals_->uncaught : exceptions_.uncaught;
    return shields_ == 0 && uncaught == 0;
}

void Fiber::throw_if_cancelled() {
    if (interrupt_ && may_throw_cancelled()) deliver_cancellation();
}

void Fiber::deliver_cancellation() {
    interrupt_ = false;
    if (cancel_requested_) cancel_delivered_ = true;
    for (InterruptScope* scope = scopes_; scope; scope = scope->outer_) {
        if (scope->fired_) scope->delivered_ = true;
    }
    throw Cancelled();
}

void Fiber::enter(InterruptScope& scope) noexcept {
    scope.outer_ = scopes_;
    scopes_ = &scope;
}

void Fiber::leave(InterruptScope& scope) noexcept {
    scopes_ = scope.outer_;
    interrupt_ = cancel_requested_ && !cancel_delivered_;
    for (InterruptScope* outer = scopes_; outer; outer = outer->outer_) {
        if (outer->fired_ && !outer->delivered_) interrupt_ = true;
    }
}

// When several have fired, the outermost ends: what lies inside it unwinds as cancelled.
bool Fiber::ended_by(const InterruptScope& scope) const noexcept {
    for (const InterruptScope* outer = scope.outer_; outer; outer = outer->outer_) {
        if (outer->delivered_) return false;
    }
    return scope.delivered_ && !cancel_delivered_;
}

bool Fiber::descends_from(const void* id) const noexcept {
    for (const Fiber* fiber = this; fiber; fiber = fiber->parent_) {
        if (fiber == id) return true;
    }
    return false;
}

Slots& Fiber::slots(SlotScope scope) {
    if (scope == SlotScope::fiber) return own_slots_;
    if (!context_slots_) context_slots_ = make_ref<Slots>();
    return *context_slots_;
}

Slots* Fiber::find_slots(SlotScope scope) noexcept {
    return scope == SlotScope::fiber ? &own_slots_ : context_slots_.get();
}

const void* current_fiber_id() noexcept { return Fiber::current(); }

bool is_current_or_ancestor(const void* id) noexcept {
    const Fiber* fiber = Fiber::current();
    return id && fiber && fiber->descends_from(id);
}

}  // namespace detail

bool on_fiber() noexcept { return detail::Fiber::current() != nullptr; }

void require_fiber(const char* what) {
    if (on_fiber()) return;
    throw NotOnFiber(std::string(what) +
                     " was called outside a fiber, where nothing can wait. Call it from a view, a command or a test, "
                     "from async::run(), or from another thread through async::run_on_loop(loop, ...).");
}

void yield() {
    require_fiber("yield()");
    detail::Fiber::current()->yield();
}

void suspend(FunctionRef<void(Waker)> start) {
    require_fiber("suspend()");
    detail::Fiber::current()->suspend(start);
}

void reset_locals() {
    if (detail::Fiber* fiber = detail::Fiber::current()) fiber->reset_locals();
}

void Waker::wake() const noexcept {
    if (fiber_) detail::Fiber::wake(fiber_, ticket_);
}

Activity::Activity(std::string_view what, std::string_view where) noexcept
    : what_(what), where_(where), fiber_(detail::Fiber::current()) {
    if (!fiber_) return;
    outer_ = fiber_->activity();
    fiber_->set_activity(this);
}

Activity::~Activity() {
    if (fiber_) fiber_->set_activity(outer_);
}

std::size_t describe_running(char* text, std::size_t size) noexcept {
    const detail::Fiber* fiber = detail::Fiber::current();
    const Activity* activity = fiber ? fiber->activity() : nullptr;
    std::size_t at = 0;
    const auto add = [&](std::string_view part) {
        const std::size_t bytes = std::min(part.size(), size - at);
        part.copy(text + at, bytes);
        at += bytes;
    };
    if (!activity) return 0;
    add(activity->what());
    if (!activity->where().empty()) add(" ");
    add(activity->where());
    return at;
}

CancelShield::CancelShield() noexcept : fiber_(detail::Fiber::current()) {
    if (fiber_) ++fiber_->shields_;
}

CancelShield::~CancelShield() {
    if (fiber_) --fiber_->shields_;
}

}  // namespace nuages::async
