// gather: several functions at once, each on a fiber of its own (asyncio.gather).
#pragma once

#include <nuages/async/task.hpp>

#include <span>
#include <tuple>

namespace nuages::async {

namespace detail {

/// Waits for all; at the first failure cancels the others, waits for them too, and throws it.
void join_all(std::span<const Ref<TaskBase>> tasks);

template <class F> using GatherResult = std::decay_t<std::invoke_result_t<F&>>;
template <class R> using StoredResult = std::conditional_t<std::is_void_v<R>, Nothing, R>;

template <class F> Ref<TaskState<GatherResult<F>>> start_child(F& f) {
    auto reference = [&f]() -> decltype(auto) { return f(); };
    Ref<TaskState<GatherResult<F>>> state = make_ref<TaskCall<decltype(reference), GatherResult<F>>>(reference);
    start_task(Ref<TaskBase>(state.get()), true);
    return state;
}

}  // namespace detail

/// Runs all functions at once and returns their results in order (Nothing for void). Returns when all have ended:
/// the first exception cancels the others and is thrown; so does a cancellation of the caller.
/// The functions share the caller's ContextLocals.
template <class... F> auto gather(F&&... functions) -> std::tuple<detail::StoredResult<detail::GatherResult<F>>...> {
    require_fiber("gather()");
    // Braces start the functions in their written order.
    std::tuple<Ref<detail::TaskState<detail::GatherResult<F>>>...> states{detail::start_child(functions)...};
    return std::apply(
        [](auto&... state) {
            const Ref<detail::TaskBase> all[] = {Ref<detail::TaskBase>(state.get())...};
            detail::join_all(all);
            return std::tuple<detail::StoredResult<detail::GatherResult<F>>...>(std::move(*state->value)...);
        },
        states);
}

}  // namespace nuages::async
