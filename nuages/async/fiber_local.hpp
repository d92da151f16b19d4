// Variables of a fiber: what thread_local is to threads.
// FiberLocal: each fiber has its own. ContextLocal: one per tree of fibers, so that the children that gather() and
// with_timeout() start for a request see the request's value. Outside any fiber both are the thread's own.
#pragma once

#include <cstddef>

namespace nuages::async {

namespace detail {
using DestroySlot = void (*)(void*);
enum class SlotScope { fiber, context };
std::size_t allocate_slot() noexcept;
void* find_slot(SlotScope scope, std::size_t slot) noexcept;
void set_slot(SlotScope scope, std::size_t slot, void* value, DestroySlot destroy);
/// From now on nuages::ContextValue (the language, the time zone) follows fibers as ContextLocal does.
void give_context_to_floors_below() noexcept;

template <class T, SlotScope Scope> class Local {
public:
    Local() noexcept : slot_(allocate_slot()) {}
    Local(const Local&) = delete;
    Local& operator=(const Local&) = delete;

    /// The current fiber's value, default-constructed at the first use.
    T& get() const {
        if (void* value = find_slot(Scope, slot_)) return *static_cast<T*>(value);
        T* value = new T();
        set_slot(Scope, slot_, value, [](void* old) { delete static_cast<T*>(old); });
        return *value;
    }
    /// The current fiber's value, or null when nobody asked for it yet.
    T* find() const noexcept { return static_cast<T*>(find_slot(Scope, slot_)); }

    /// Destroys the current fiber's value; the next get() starts anew.
    void reset() const { set_slot(Scope, slot_, nullptr, nullptr); }

    T& operator*() const { return get(); }
    T* operator->() const { return &get(); }

private:
    std::size_t slot_;
};
}  // namespace detail

/// A value of its own for each fiber; destroyed on the fiber when its work ends. Declare at namespace scope.
template <class T> class FiberLocal : public detail::Local<T, detail::SlotScope::fiber> {};

/// A value shared by a fiber and the children it gathers (a request and its parallel queries); a spawned fiber
/// starts with a fresh one. Destroyed when the last fiber of the tree ends. Declare at namespace scope.
template <class T> class ContextLocal : public detail::Local<T, detail::SlotScope::context> {};

}  // namespace nuages::async
