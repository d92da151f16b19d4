#include <nuages/async/mutex.hpp>

namespace nuages::async {

bool Condition::wait_until(Mutex& mutex, const Duration* limit) {
    bool unlocked = false;
    const auto unlock = [&] {
        unlocked = true;
        mutex.unlock();
    };
    const auto lock_again = [&] {
        if (!unlocked) return;
        const CancelShield until_locked;
        mutex.lock();
    };
    bool notified;
    try {
        notified = queue_.wait(limit, [] { return false; }, unlock, [this] { notify_one(); });
    } catch (...) {
        lock_again();
        throw;
    }
    lock_again();
    return notified;
}

void Condition::wait(Mutex& mutex) { wait_until(mutex, nullptr); }

bool Condition::wait_for(Mutex& mutex, Duration limit) { return wait_until(mutex, &limit); }

void Condition::notify_one() noexcept {
    const detail::WaitQueue::Guard guard(queue_);
    queue_.grant_one();
}

void Condition::notify_all() noexcept {
    const detail::WaitQueue::Guard guard(queue_);
    while (queue_.grant_one()) {}
}

}  // namespace nuages::async
