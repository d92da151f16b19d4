// Structured concurrency: tasks that do not outlive the block that started them (asyncio.TaskGroup).
//
//     task_group([&](TaskGroup& group) {
//         for (const std::string& url : urls) group.spawn([&, url] { fetch(url); });
//     });                                    // all have ended here; the first error is thrown
#pragma once

#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <exception>
#include <optional>
#include <vector>

namespace nuages::async {

/// The children of a task_group(). Children may spawn siblings.
class TaskGroup {
public:
    TaskGroup() : scope_("task_group()") {}
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Runs F on a new fiber, soon; it shares the ContextLocals of the fiber that opened the group. When it throws
    /// anything but Cancelled, the group's body and all other children are cancelled.
    template <class F> auto spawn(F&& f) -> Task<std::decay_t<std::invoke_result_t<std::decay_t<F>&>>> {
        using R = std::decay_t<std::invoke_result_t<std::decay_t<F>&>>;
        auto watched = [this, function = std::decay_t<F>(std::forward<F>(f))]() mutable -> R {
            try {
                return function();
            } catch (const Cancelled&) {
                throw;
            } catch (...) {
                child_failed();
                throw;
            }
        };
        Ref<detail::TaskState<R>> state = make_ref<detail::TaskCall<decltype(watched), R>>(std::move(watched));
        start(Ref<detail::TaskBase>(state.get()));
        return Task<R>(std::move(state));
    }
    /// Cancels all children; the body goes on.
    void cancel() noexcept;

private:
    template <class F> friend auto task_group(F&& body) -> std::invoke_result_t<F&, TaskGroup&>;

    void run(FunctionRef<void()> body);
    void start(Ref<detail::TaskBase> task);
    void child_failed() noexcept;
    void wait_for_children();
    void end_children();

    detail::InterruptScope scope_;
    std::vector<Ref<detail::TaskBase>> children_;
    std::exception_ptr failure_;
    bool ending_ = false;
};

/// Calls BODY(group) on this fiber and returns its result when all children have ended too. When the body or a child
/// throws, the rest is cancelled and waited for, and the first exception thrown; so it goes when the caller is cancelled.
template <class F> auto task_group(F&& body) -> std::invoke_result_t<F&, TaskGroup&> {
    using R = std::invoke_result_t<F&, TaskGroup&>;
    TaskGroup group;
    if constexpr (std::is_void_v<R>) {
        group.run([&] { body(group); });
    } else {
        std::optional<R> result;
        group.run([&] { result.emplace(body(group)); });
        return std::move(*result);
    }
}

}  // namespace nuages::async
