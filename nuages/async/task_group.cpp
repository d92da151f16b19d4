#include <nuages/async/task_group.hpp>

#include <algorithm>

namespace nuages::async {

void TaskGroup::start(Ref<detail::TaskBase> task) {
    if (children_.size() == children_.capacity())
        std::erase_if(children_, [](const auto& child) { return child->done(); });
    children_.push_back(task);
    detail::start_child_of(*scope_.fiber(), task);
    if (ending_) task->cancel();
}

void TaskGroup::cancel() noexcept {
    for (const auto& child : children_) child->cancel();
}

// In the child's handler of its exception: only the first counts, later ones are logged with their tasks.
void TaskGroup::child_failed() noexcept {
    if (failure_) return;
    failure_ = std::current_exception();
    ending_ = true;
    cancel();
    scope_.fire();
}

void TaskGroup::wait_for_children() {
    // One after the other, the last first: a failure interrupts the wait, and with it most need no notice.
    const auto last_pending = [this] {
        return std::find_if(children_.rbegin(), children_.rend(), [](const auto& child) { return !child->done(); });
    };
    for (auto child = last_pending(); child != children_.rend(); child = last_pending())
        suspend([&](Waker waker) { (*child)->notify(waker); });
}

void TaskGroup::end_children() {
    ending_ = true;
    cancel();
    const CancelShield until_all_ended;
    wait_for_children();
    if (!failure_) return;
    // The first failure is thrown here: its task need not log it.
    for (const auto& child : children_) {
        if (child->error() == failure_) child->observe();
    }
}

void TaskGroup::run(FunctionRef<void()> body) {
    try {
        body();
        wait_for_children();
    } catch (const Cancelled&) {
        const bool by_child = scope_.was_cause();
        end_children();
        if (by_child && failure_) std::rethrow_exception(failure_);
        throw;
    } catch (...) {
        end_children();
        throw;
    }
    if (failure_) {  // of a child that ended while the body could not be interrupted
        end_children();
        std::rethrow_exception(failure_);
    }
}

}  // namespace nuages::async
