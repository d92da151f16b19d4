// Callables without <functional>: FunctionRef borrows, Function owns and shares.
#pragma once

#include <nuages/base/ref.hpp>

#include <type_traits>
#include <utility>

namespace nuages {

template <class Signature> class FunctionRef;
template <class Signature> class Function;

/// A borrowed callable, two pointers wide; the callable must outlive the call.
/// For parameters that are called before the function returns.
template <class R, class... A>
class FunctionRef<R(A...)> {
public:
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, A...>)
    FunctionRef(F&& callable) noexcept {
        using Callable = std::remove_reference_t<F>;
        if constexpr (std::is_function_v<Callable>) {
            target_.function = reinterpret_cast<void (*)()>(&callable);
            call_ = [](Target target, A... arguments) -> R {
                return reinterpret_cast<Callable*>(target.function)(std::forward<A>(arguments)...);
            };
        } else {
            target_.object = const_cast<void*>(static_cast<const void*>(&callable));
            call_ = [](Target target, A... arguments) -> R {
                return (*static_cast<Callable*>(target.object))(std::forward<A>(arguments)...);
            };
        }
    }

    R operator()(A... arguments) const { return call_(target_, std::forward<A>(arguments)...); }

private:
    union Target {
        void* object;
        void (*function)();
    };
    Target target_{};
    R (*call_)(Target, A...) = nullptr;
};

/// An owned callable. Copies share the same immutable callable (one reference count, no copy of the captures),
/// so it can stand in initializer lists. Calling an empty one is undefined; test it first.
template <class R, class... A>
class Function<R(A...)> {
public:
    Function() = default;
    Function(std::nullptr_t) {}

    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Function> && std::is_invocable_r_v<R, std::decay_t<F>&, A...>)
    Function(F&& callable) : holder_(make_ref<Callable<std::decay_t<F>>>(std::forward<F>(callable))) {}

    R operator()(A... arguments) const { return holder_->call(std::forward<A>(arguments)...); }

    explicit operator bool() const noexcept { return static_cast<bool>(holder_); }

private:
    struct Holder : RefCounted {
        virtual R call(A... arguments) = 0;
    };
    template <class F>
    struct Callable final : Holder {
        F function;
        template <class Source> explicit Callable(Source&& source) : function(std::forward<Source>(source)) {}
        R call(A... arguments) override { return function(std::forward<A>(arguments)...); }
    };
    Ref<Holder> holder_;
};

}  // namespace nuages
