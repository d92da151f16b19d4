#include <nuages/async/fiber_local.hpp>

#include <nuages/async/detail/loop_core.hpp>

#include <atomic>

namespace nuages::async::detail {

namespace {
constinit std::atomic<std::size_t> slots_given{0};

// Outside fibers.
thread_local Slots slots_of_thread;
}  // namespace

std::size_t allocate_slot() noexcept { return slots_given.fetch_add(1, std::memory_order_relaxed); }

void* find_slot(SlotScope scope, std::size_t slot) noexcept {
    Fiber* fiber = Fiber::current();
    const Slots* slots = fiber ? fiber->find_slots(scope) : &slots_of_thread;
    return slots ? slots->find(slot) : nullptr;
}

void set_slot(SlotScope scope, std::size_t slot, void* value, DestroySlot destroy) {
    Fiber* fiber = Fiber::current();
    Slots& slots = fiber ? fiber->slots(scope) : slots_of_thread;
    slots.set(slot, value, destroy);
}

}  // namespace nuages::async::detail
