// Tasks: start a function on a fiber of its own, wait for its result, cancel it.
#pragma once

#include <nuages/async/fiber.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::async {

/// Stands for the result of a function that returns nothing.
struct Nothing {};

namespace detail {

/// What a fiber runs. run() must not throw.
class Job : public RefCounted {
public:
    virtual void run() noexcept = 0;
};

class TaskBase : public Job {
public:
    TaskBase() = default;
    ~TaskBase() override;
    void run() noexcept final;
    bool done() const noexcept { return done_; }
    bool failed() const noexcept { return static_cast<bool>(error_); }
    const std::exception_ptr& error() const noexcept { return error_; }
    void cancel() noexcept;
    /// Suspends until done; does not throw the task's exception.
    void wait();
    /// Throws the task's exception, if it has one.
    void rethrow();
    /// Marks the exception as seen.
    void observe() noexcept { observed_ = true; }
    /// Wakes WAKER when done.
    void notify(Waker waker) { waiting_.push_back(std::move(waker)); }

protected:
    virtual void call() = 0;

private:
    friend class Fiber;
    friend void start_task(const Ref<TaskBase>& task, bool is_child);
    friend void start_child_of(Fiber& parent, const Ref<TaskBase>& task);
    std::exception_ptr error_;
    std::vector<Waker> waiting_;
    Ref<RefCounted> fiber_;
    bool done_ = false;
    bool cancelled_ = false;
    bool observed_ = false;
};

/// Logs the exception being handled, which nobody will catch.
void log_uncaught() noexcept;

/// Queues TASK on the current loop. A child shares the current fiber's ContextLocals.
void start_task(const Ref<TaskBase>& task, bool is_child);
/// Queues TASK as a child of PARENT, a fiber of the current loop that outlives it.
void start_child_of(Fiber& parent, const Ref<TaskBase>& task);

template <class R> class TaskState : public TaskBase {
public:
    std::optional<R> value;
};
template <> class TaskState<void> : public TaskBase {
public:
    std::optional<Nothing> value;
};

template <class F, class R> class TaskCall final : public TaskState<R> {
public:
    template <class Source> explicit TaskCall(Source&& source) : function_(std::forward<Source>(source)) {}

private:
    void call() override {
        if constexpr (std::is_void_v<R>) {
            function_();
            this->value.emplace();
        } else {
            this->value.emplace(function_());
        }
    }
    F function_;
};

}  // namespace detail

/// A handle on a started function. Copies share it; dropping every handle lets the function run on by itself
/// (an exception that nobody joined for is logged under nuages.async). Used on the loop that started it.
template <class R> class Task {
public:
    Task() = default;
    explicit Task(Ref<detail::TaskState<R>> state) : state_(std::move(state)) {}

    /// Suspends until the function returned, and gives its result (moved out: call it once) or throws its exception;
    /// throws Cancelled when the task was cancelled, or when the waiting fiber is (the task then goes on).
    R join() {
        state_->wait();
        state_->rethrow();
        if constexpr (!std::is_void_v<R>) return std::move(*state_->value);
    }
    /// Asks the function to unwind with Cancelled from its next (or present) suspension point.
    void cancel() noexcept { state_->cancel(); }
    bool done() const noexcept { return state_->done(); }
    explicit operator bool() const noexcept { return static_cast<bool>(state_); }

private:
    Ref<detail::TaskState<R>> state_;
};

/// Runs F on a new fiber of the current loop, soon: the caller goes on first. Throws NotOnFiber without a loop.
template <class F> auto spawn(F&& f) -> Task<std::decay_t<std::invoke_result_t<std::decay_t<F>&>>> {
    using R = std::decay_t<std::invoke_result_t<std::decay_t<F>&>>;
    Ref<detail::TaskState<R>> state = make_ref<detail::TaskCall<std::decay_t<F>, R>>(std::forward<F>(f));
    detail::start_task(Ref<detail::TaskBase>(state.get()), false);
    return Task<R>(std::move(state));
}

}  // namespace nuages::async
