#include <nuages/management/detail/slow_views.hpp>

#include <nuages/base/log.hpp>
#include <nuages/views/stack_text.hpp>

#include <string>

namespace nuages::management::detail {
namespace {

void report(const async::LoopHold& hold) {
    std::string text = hold.activity.empty() ? "Code outside a request" : hold.activity;
    text += " has held its event loop for " + std::to_string(hold.held.microseconds / 1000) +
            " ms so far: every other request of this thread waits. Work of this length belongs into async::run_blocking().\n" +
            views::stack_text(hold.frames, static_cast<int>(hold.frame_count));
    log::warning("nuages.slow", text);
}

}  // namespace

void SlowViews::watch(std::int64_t limit_ms) {
    if (limit_ms > 0 && !watchdog_) watchdog_.emplace(milliseconds(limit_ms), report);
}

}  // namespace nuages::management::detail
