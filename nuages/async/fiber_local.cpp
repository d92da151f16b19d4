#include <nuages/async/fiber_local.hpp>

#include <nuages/async/detail/loop_core.hpp>
#include <nuages/base/context_value.hpp>

namespace nuages::async::detail {

namespace {
// Outside fibers.
thread_local Slots slots_of_thread;

// What ContextValue asks while a fiber runs.
constexpr nuages::detail::ContextSlots kContextSlots{
    [] () noexcept { return Fiber::current() != nullptr; },
    [](std::size_t slot) noexcept { return find_slot(SlotScope::context, slot); },
    [](std::size_t slot, void* value, DestroySlot destroy) { set_slot(SlotScope::context, slot, value, destroy); },
};
}  // namespace

std::size_t allocate_slot() noexcept { return nuages::detail::allocate_context_slot(); }

void give_context_to_floors_below() noexcept { nuages::detail::set_context_slots(kContextSlots); }

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
