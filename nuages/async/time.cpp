#include <nuages/async/time.hpp>

#include <nuages/async/detail/loop_core.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <string>

namespace nuages::async {

namespace {
using boost::system::error_code;

std::chrono::microseconds to_chrono(Duration duration) { return std::chrono::microseconds(duration.microseconds); }
}  // namespace

std::int64_t monotonic_microseconds() noexcept {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

void sleep_for(Duration duration) {
    require_fiber("sleep_for()");
    if (duration.microseconds <= 0) return yield();
    boost::asio::steady_timer timer(detail::LoopCore::current()->io(), to_chrono(duration));
    suspend([&](Waker waker) {
        timer.async_wait([waker = std::move(waker)](error_code error) {
            if (!error) waker.wake();
        });
    });
}

namespace detail {

namespace {
// Outlives its scope until the handler has run.
struct Deadline final : RefCounted {
    boost::asio::steady_timer timer;
    TimeoutScope* scope;
    Fiber* fiber;

    Deadline(TimeoutScope& of, Fiber& on, Duration limit)
        : timer(LoopCore::current()->io(), to_chrono(limit)), scope(&of), fiber(&on) {}
};
}  // namespace

TimeoutScope::TimeoutScope(Duration limit) : limit_(limit) {
    require_fiber("with_timeout()");
    fiber_ = Fiber::current();
    auto deadline = make_ref<Deadline>(*this, *fiber_, limit);
    deadline->timer.async_wait([deadline](error_code error) {
        if (!error && deadline->scope) deadline->fiber->expire(*deadline->scope);
    });
    timer_ = deadline;
    fiber_->enter(*this);
}

TimeoutScope::~TimeoutScope() {
    auto* deadline = static_cast<Deadline*>(timer_.get());
    deadline->scope = nullptr;
    deadline->timer.cancel();
    fiber_->leave(*this);
}

void TimeoutScope::translate() const {
    if (!fiber_->timed_out(*this)) return;
    throw TimeoutError("Not done within " + std::to_string(limit_.total_seconds()) + " seconds.");
}

}  // namespace detail
}  // namespace nuages::async
