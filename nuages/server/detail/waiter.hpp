// A callable that waits for a socket: moved, called once, kept in place. Waiting must not allocate.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace nuages::server::detail {

template <class... A> class Waiter {
public:
    Waiter() = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Waiter>)
    Waiter(F callable) noexcept {
        static_assert(sizeof(F) <= sizeof place_ && alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>);
        new (place_) F(std::move(callable));
        call_ = [](void* place, A... arguments) { (*static_cast<F*>(place))(arguments...); };
        move_ = [](void* from, void* to) noexcept {
            auto* const callable = static_cast<F*>(from);
            if (to) new (to) F(std::move(*callable));
            callable->~F();
        };
    }
    Waiter(Waiter&& other) noexcept { take(other); }
    Waiter& operator=(Waiter&& other) noexcept {
        if (this == &other) return *this;
        clear();
        take(other);
        return *this;
    }
    ~Waiter() { clear(); }

    explicit operator bool() const noexcept { return call_ != nullptr; }
    void operator()(A... arguments) { call_(place_, arguments...); }

private:
    void clear() noexcept {
        if (!call_) return;
        call_ = nullptr;
        move_(place_, nullptr);
    }
    void take(Waiter& other) noexcept {
        call_ = std::exchange(other.call_, nullptr);
        move_ = other.move_;
        if (call_) move_(other.place_, place_);
    }

    void (*call_)(void*, A...) = nullptr;
    void (*move_)(void*, void*) noexcept = nullptr;
    alignas(void*) unsigned char place_[2 * sizeof(void*)];
};

}  // namespace nuages::server::detail
