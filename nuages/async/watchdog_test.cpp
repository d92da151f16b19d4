#include <nuages/async/watchdog.hpp>

#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/base/log.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

namespace nuages::async {
namespace {

void work_for_a_moment() {
    [[maybe_unused]] volatile int work = 0;
    for (int i = 0; i < 100'000; ++i) work = i;
}

/// Holds the loop until DONE says so; gives up after 20 s.
template <class Done>
void hold_the_loop_until(Done done) {
    const std::int64_t end = monotonic_microseconds() + 20'000'000;
    while (!done() && monotonic_microseconds() < end) work_for_a_moment();
}

TEST(Watchdog, ReportsWhatHeldALoopOnceWithItsStack) {
    std::mutex mutex;
    std::vector<std::string> seen;
    std::size_t frames = 0;
    std::int64_t held_us = 0;
    {
        const Watchdog watchdog(milliseconds(20), [&](const LoopHold& hold) {
            const std::lock_guard lock(mutex);
            seen.push_back(hold.activity);
            frames = hold.frame_count;
            held_us = hold.held.microseconds;
        });
        run([&] {
            spawn([&] {
                const Activity activity("GET", "/report/");
                hold_the_loop_until([&] {
                    const std::lock_guard lock(mutex);
                    return !seen.empty();
                });
                const std::int64_t reported = monotonic_microseconds();
                hold_the_loop_until([&] { return monotonic_microseconds() - reported > 60'000; });  // three limits more
            }).join();
        });
    }
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0], "GET /report/");
    EXPECT_GT(frames, 3u);
    EXPECT_GE(held_us, 20'000);
}

TEST(Watchdog, LeavesFibersThatWaitAndBusyLoopsAlone) {
    int reports = 0;
    {
        const Watchdog watchdog(seconds(1), [&](const LoopHold&) { ++reports; });
        run([] {
            bool awake = false;
            Task sleeper = spawn([&] {
                sleep_for(milliseconds(1500));
                awake = true;
            });
            while (!awake) {
                work_for_a_moment();
                yield();
            }
            sleeper.join();
        });
    }
    EXPECT_EQ(reports, 0);
}

TEST(Watchdog, WritesToTheLogOfItself) {
    std::mutex mutex;
    std::string logged;
    log::set_sink([&](log::Level, std::string_view logger, std::string_view message) {
        const std::lock_guard lock(mutex);
        logged.append(logger).append(": ").append(message);
    });
    {
        const Watchdog watchdog(milliseconds(10));
        run([&] {
            const Activity activity("command", "rebuild_index");
            hold_the_loop_until([&] {
                const std::lock_guard lock(mutex);
                return !logged.empty();
            });
        });
    }
    log::set_sink({});
    EXPECT_NE(logged.find("nuages.async: A fiber has held its event loop for"), std::string::npos) << logged;
    EXPECT_NE(logged.find("command rebuild_index\n"), std::string::npos) << logged;
}

TEST(Watchdog, ThereIsOnlyOne) {
    const Watchdog first(seconds(1));
    EXPECT_THROW(Watchdog(seconds(1)), Error);
}

}  // namespace
}  // namespace nuages::async
