// Values that follow a piece of work: the language and the time zone of a request.
//
// Low floors keep such values without knowing fibers: outside of fibers a value is the thread's own, and once fibers run
// (nuages/async says so by set_context_slots) each tree of fibers has its own, as with async::ContextLocal.
#pragma once

#include <cstddef>

namespace nuages {

namespace detail {

/// Where a floor above keeps the values of what runs now.
struct ContextSlots {
    bool (*inside)() noexcept;  ///< something with slots of its own runs
    void* (*find)(std::size_t slot) noexcept;
    void (*set)(std::size_t slot, void* value, void (*destroy)(void*));
};

/// Numbers that nobody else has.
std::size_t allocate_context_slot() noexcept;
/// SLOTS lives as long as the process.
void set_context_slots(const ContextSlots& slots) noexcept;
void* find_context_slot(std::size_t slot) noexcept;
void store_context_slot(std::size_t slot, void* value, void (*destroy)(void*));

}  // namespace detail

/// One T per piece of work, made at its first use and destroyed with the work. Declare at namespace scope.
template <class T> class ContextValue {
public:
    ContextValue() noexcept : slot_(detail::allocate_context_slot()) {}
    ContextValue(const ContextValue&) = delete;
    ContextValue& operator=(const ContextValue&) = delete;

    /// Null when nobody asked for it yet.
    T* find() const noexcept { return static_cast<T*>(detail::find_context_slot(slot_)); }
    T& get() const {
        if (T* value = find()) return *value;
        T* value = new T();
        detail::store_context_slot(slot_, value, [](void* old) { delete static_cast<T*>(old); });
        return *value;
    }

private:
    std::size_t slot_;
};

}  // namespace nuages
