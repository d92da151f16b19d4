#include <nuages/async/semaphore.hpp>

namespace nuages::async {

bool Semaphore::take() noexcept {
    if (free_ <= 0) return false;
    --free_;
    return true;
}

bool Semaphore::try_acquire() noexcept {
    const detail::WaitQueue::Guard guard(queue_);
    return take();
}

void Semaphore::acquire() {
    if (try_acquire()) return;
    queue_.wait(nullptr, [this] { return take(); }, [] {}, [this] { release(); });
}

bool Semaphore::acquire(Duration limit) {
    if (try_acquire()) return true;
    return queue_.wait(&limit, [this] { return take(); }, [] {}, [this] { release(); });
}

// A permit is handed to the first in the queue, so whoever takes one finds none that others wait for.
void Semaphore::release() noexcept {
    const detail::WaitQueue::Guard guard(queue_);
    if (!queue_.grant_one()) ++free_;
}

}  // namespace nuages::async
