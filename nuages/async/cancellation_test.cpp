// How a fiber is asked to end: cancellation, shields, deadlines that nest.
#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <gtest/gtest.h>

#include <string>

namespace nuages::async {
namespace {

TEST(Cancel, UnwindsFromTheSuspensionPoint) {
    run([] {
        bool unwound = false;
        struct Guard {
            bool& flag;
            ~Guard() { flag = true; }
        };
        auto task = spawn([&] {
            const Guard guard{unwound};
            sleep_for(hours(1));
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_TRUE(unwound);
    });
}

TEST(Cancel, BeforeTheStartMeansNeverStarted) {
    run([] {
        bool started = false;
        auto task = spawn([&] { started = true; });
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_FALSE(started);
    });
}

TEST(Cancel, IsNoStdException) {
    run([] {
        bool swallowed = false;
        auto task = spawn([&] {
            try {
                sleep_for(hours(1));
            } catch (const std::exception&) {
                swallowed = true;
            }
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_FALSE(swallowed);
    });
}

TEST(Cancel, IsDeliveredOnceSoThatCleanUpMaySuspend) {
    run([] {
        std::string log;
        auto task = spawn([&] {
            try {
                sleep_for(hours(1));
            } catch (const Cancelled&) {
                yield();
                log += "clean";
            }
            yield();
            log += " end";
        });
        yield();
        task.cancel();
        task.join();
        EXPECT_EQ(log, "clean end");
    });
}

TEST(Cancel, DoesNotThrowFromDestructorsThatSuspendWhileUnwinding) {
    run([] {
        std::string log;
        struct Rollback {
            std::string& log;
            ~Rollback() {
                yield();
                log += "rolled back";
            }
        };
        auto task = spawn([&] {
            const Rollback rollback{log};
            Waker never;
            suspend([&](Waker waker) { never = waker; });
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(log, "rolled back");
    });
}

TEST(Cancel, WaitsForTheEndOfAShield) {
    run([] {
        std::string log;
        auto task = spawn([&] {
            {
                const CancelShield shield;
                yield();
                yield();
                log += "shielded";
            }
            yield();
            log += " never";
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(log, "shielded");
    });
}

TEST(Cancel, AWokenWaitIsNotCancelled) {
    run([] {
        Waker waker;
        std::string log;
        auto task = spawn([&] {
            suspend([&](Waker given) { waker = given; });
            log += "owned";
            yield();
            log += " never";
        });
        yield();
        waker.wake();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(log, "owned");
    });
}

TEST(Cancel, OfAWaitingFiberLeavesTheTaskRunning) {
    run([] {
        bool done = false;
        auto inner = spawn([&] {
            sleep_for(milliseconds(2));
            done = true;
        });
        auto outer = spawn([&] { inner.join(); });
        yield();
        outer.cancel();
        EXPECT_THROW(outer.join(), Cancelled);
        EXPECT_FALSE(done);
        inner.join();
        EXPECT_TRUE(done);
    });
}

// --- timeouts

TEST(WithTimeout, GivesTheResultInTime) {
    EXPECT_EQ(run([] { return with_timeout(seconds(60), [] { return sleep_for(microseconds(10)), 7; }); }), 7);
}

TEST(WithTimeout, ThrowsTimeoutErrorAndTheFiberGoesOn) {
    run([] {
        EXPECT_THROW(with_timeout(milliseconds(1), [] { sleep_for(hours(1)); }), TimeoutError);
        yield();
        EXPECT_THROW(with_timeout(milliseconds(1), [] { sleep_for(hours(1)); }), TimeoutError);
    });
}

TEST(WithTimeout, TheOuterDeadlinePassesThroughTheInner) {
    run([] {
        bool inner_timed_out = false;
        const auto inner = [&] {
            try {
                with_timeout(hours(1), [] { sleep_for(hours(1)); });
            } catch (const TimeoutError&) {
                inner_timed_out = true;
                throw;
            }
        };
        EXPECT_THROW(with_timeout(milliseconds(1), inner), TimeoutError);
        EXPECT_FALSE(inner_timed_out);
    });
}

TEST(WithTimeout, AnExpiredDeadlineThatNothingNoticedLeavesNoTrace) {
    run([] {
        with_timeout(microseconds(1), [] {
            const CancelShield shield;
            sleep_for(milliseconds(2));
        });
        yield();
    });
}

TEST(WithTimeout, CancellationStaysCancellation) {
    run([] {
        auto task = spawn([] { with_timeout(hours(1), [] { sleep_for(hours(1)); }); });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
    });
}

}  // namespace
}  // namespace nuages::async
