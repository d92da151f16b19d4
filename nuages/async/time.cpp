#include <nuages/async/time.hpp>

#include <nuages/async/detail/loop_core.hpp>

#include <boost/asio/steady_timer.hpp>

#include <time.h>

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

std::int64_t coarse_monotonic_microseconds() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
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

InterruptScope::InterruptScope(const char* what) {
    require_fiber(what);
    fiber_ = Fiber::current();
    fiber_->enter(*this);
}

InterruptScope::~InterruptScope() { fiber_->leave(*this); }

void InterruptScope::fire() noexcept { fiber_->expire(*this); }

bool InterruptScope::was_cause() const noexcept { return fiber_->ended_by(*this); }

namespace {
// Outlives its scope until the handler has run.
struct Deadline final : RefCounted {
    boost::asio::steady_timer timer;
    InterruptScope* scope;

    Deadline(InterruptScope& of, Duration limit) : timer(LoopCore::current()->io(), to_chrono(limit)), scope(&of) {}
};
}  // namespace

TimeoutScope::TimeoutScope(Duration limit) : scope_("with_timeout()"), limit_(limit) {
    auto deadline = make_ref<Deadline>(scope_, limit);
    deadline->timer.async_wait([deadline](error_code error) {
        if (!error && deadline->scope) deadline->scope->fire();
    });
    timer_ = deadline;
}

TimeoutScope::~TimeoutScope() {
    auto* deadline = static_cast<Deadline*>(timer_.get());
    deadline->scope = nullptr;
    deadline->timer.cancel();
}

void TimeoutScope::translate() const {
    if (!scope_.was_cause()) return;
    throw TimeoutError("Not done within " + std::to_string(limit_.total_seconds()) + " seconds.");
}

}  // namespace detail
}  // namespace nuages::async
