// The fiber itself. A Fiber runs one Job after another: when a job ends, its stack is parked on the loop's idle list
// with the context in place, so that starting the next job is one switch and no allocation.
//
// The C++ runtime keeps, per thread, the stack of caught exceptions and the count of uncaught ones. Both belong to the
// fiber: they are exchanged at every switch, so a fiber may suspend inside a catch block while others throw and catch.
//
// The switch itself is Boost.Context's bare jump: its fiber class would put instrumented calls between telling
// ThreadSanitizer of the switch and making it.
#pragma once

#include <nuages/async/detail/slots.hpp>
#include <nuages/async/detail/stack.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <boost/context/detail/fcontext.hpp>
#include <boost/context/stack_context.hpp>

#include <cstdint>

namespace nuages::async::detail {

class Inbox;
class LoopCore;

/// What the Itanium C++ ABI keeps in __cxa_eh_globals.
struct ExceptionState {
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

class alignas(64) Fiber final : public RefCounted {
public:
    enum class State : unsigned char { idle, ready, running, preparing, suspended, ended };

    Fiber(LoopCore& core, std::size_t stack_size);
    ~Fiber() override;

    static Fiber* current() noexcept;
    /// Gives back the loop's reference.
    static void forget(Fiber& fiber) noexcept { fiber.release(); }

    void suspend(FunctionRef<void(Waker)> start);
    void yield();
    /// Asks the running job to unwind.
    void request_cancel() noexcept;
    /// Unwinds the job as far as that scope.
    void expire(InterruptScope& scope) noexcept;

    /// On the fiber's own thread; true when the fiber will go on because of this call.
    bool wake_here(std::uint64_t ticket) noexcept;
    /// From any thread.
    static void wake(const Ref<RefCounted>& fiber, std::uint64_t ticket) noexcept;
    Waker waker();

    void enter(InterruptScope& scope) noexcept;
    void leave(InterruptScope& scope) noexcept;
    bool ended_by(const InterruptScope& scope) const noexcept;

    std::size_t stack_bytes() const noexcept { return stack_.size; }
    /// Whether a fault at ADDRESS means that this fiber's stack was too small.
    bool is_overflow(const void* address) const noexcept { return is_in_guard(stack_, address); }

    /// What the job is about, for those who ask why it takes so long.
    void set_activity(const Activity* activity) noexcept { activity_ = activity; }
    const Activity* activity() const noexcept { return activity_; }

    bool descends_from(const void* id) const noexcept;
    /// Of the loop that it belongs to.
    const Ref<Inbox>& inbox() const noexcept { return inbox_; }

    void reset_locals();
    Slots& slots(SlotScope scope);
    Slots* find_slots(SlotScope scope) noexcept;

private:
    friend class Inbox;
    friend class LoopCore;
    friend class nuages::async::CancelShield;

    [[noreturn]] static void enter_stack(boost::context::detail::transfer_t from);
    [[noreturn]] void live() noexcept;
    void run_job() noexcept;
    void interrupt() noexcept;
    bool may_throw_cancelled() const noexcept;
    void throw_if_cancelled();
    [[noreturn]] void deliver_cancellation();

    // What a switch touches comes first: many fibers wait, and each line of memory is fetched anew.
    std::uint64_t ticket_ = 0;
    Fiber* next_ready_ = nullptr;
    boost::context::detail::fcontext_t context_;  // where it was left
    State state_ = State::idle;
    bool woken_ = false;
    bool interrupt_ = false;
    bool cancel_requested_ = false;
    bool cancel_delivered_ = false;
    bool quit_ = false;
    Ref<Inbox> inbox_;  // of its loop; outlives it
    Ref<Job> job_;
    LoopCore* core_;  // valid while the fiber runs or waits
    ExceptionState exceptions_;
    int shields_ = 0;
    boost::context::stack_context stack_;
    Ref<Slots> context_slots_;
    Fiber* parent_ = nullptr;  // waits in gather() for this one
    Fiber* previous_live_ = nullptr;
    Fiber* next_live_ = nullptr;
    InterruptScope* scopes_ = nullptr;
    const Activity* activity_ = nullptr;
    Fiber* next_woken_ = nullptr;        // these three belong to the inbox and its lock
    std::uint64_t woken_ticket_ = 0;
    bool is_in_inbox_ = false;
    Slots own_slots_;
    void* asan_fake_stack_ = nullptr;
    void* tsan_fiber_ = nullptr;
};

}  // namespace nuages::async::detail
