#include <nuages/async/gather.hpp>

#include <nuages/async/detail/loop_core.hpp>
#include <nuages/base/log.hpp>

namespace nuages::async::detail {

void log_uncaught() noexcept {
    try {
        throw;
    } catch (const Error& error) {
        log::error("nuages.async", std::string("A fiber ended with ") + error.name() + ": " + error.what());
    } catch (const std::exception& error) {
        log::error("nuages.async", std::string("A fiber ended with an exception: ") + error.what());
    } catch (...) {
        log::error("nuages.async", "A fiber ended with an exception of unknown type.");
    }
}

TaskBase::~TaskBase() {
    if (!error_ || observed_ || cancelled_) return;
    try {
        std::rethrow_exception(error_);
    } catch (...) {
        log_uncaught();
    }
}

void TaskBase::run() noexcept {
    try {
        if (cancelled_) throw Cancelled();
        call();
    } catch (const Cancelled&) {
        cancelled_ = true;
        error_ = std::current_exception();
    } catch (...) {
        error_ = std::current_exception();
    }
    done_ = true;
    fiber_ = nullptr;
    for (const Waker& waker : waiting_) waker.wake();
    waiting_.clear();
}

void TaskBase::cancel() noexcept {
    if (done_) return;
    cancelled_ = true;
    if (fiber_) static_cast<Fiber*>(fiber_.get())->request_cancel();
}

void TaskBase::wait() {
    if (done_) return;
    require_fiber("Task::join()");
    suspend([this](Waker waker) { waiting_.push_back(std::move(waker)); });
}

void TaskBase::rethrow() {
    observed_ = true;
    if (error_) std::rethrow_exception(error_);
}

void start_task(const Ref<TaskBase>& task, bool is_child) {
    LoopCore* core = LoopCore::current();
    if (!core) throw NotOnFiber("spawn() and gather() need a running event loop: call them inside async::run().");
    Fiber& fiber = core->start(Ref<Job>(task.get()), is_child ? core->running() : nullptr);
    task->fiber_ = Ref<RefCounted>(&fiber);
}

void start_child_of(Fiber& parent, const Ref<TaskBase>& task) {
    LoopCore* core = LoopCore::current();
    if (!core || core->inbox() != parent.inbox()) throw NotOnFiber("A child must be started on its parent's loop.");
    task->fiber_ = Ref<RefCounted>(&core->start(Ref<Job>(task.get()), &parent));
}

void join_all(std::span<const Ref<TaskBase>> tasks) {
    require_fiber("gather()");
    const TaskBase* first_failure = nullptr;
    const auto cancel_all = [&] {
        for (const auto& task : tasks) task->cancel();
    };
    const auto any_pending = [&] {
        bool pending = false;
        for (const auto& task : tasks) {
            if (!task->done()) pending = true;
            if (task->done() && task->failed() && !first_failure) first_failure = task.get();
        }
        return pending;
    };
    const auto wait_for_one = [&] {
        suspend([&](Waker waker) {
            for (const auto& task : tasks) task->notify(waker);
        });
    };
    try {
        while (any_pending() && !first_failure) wait_for_one();
    } catch (const Cancelled&) {
        cancel_all();
        const CancelShield until_all_ended;
        while (any_pending()) wait_for_one();
        for (const auto& task : tasks) task->observe();
        throw;
    }
    if (first_failure) {
        cancel_all();
        const CancelShield until_all_ended;
        while (any_pending()) wait_for_one();
    }
    for (const auto& task : tasks) task->observe();
    if (first_failure) const_cast<TaskBase*>(first_failure)->rethrow();
}

}  // namespace nuages::async::detail
