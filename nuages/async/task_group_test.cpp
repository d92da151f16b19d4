// Structured concurrency: no child outlives its group, and no error gets lost.
#include <nuages/async/fiber_local.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task_group.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace nuages::async {
namespace {

TEST(TaskGroup, EndsWhenTheLastChildHasEnded) {
    run([] {
        int done = 0;
        const int answer = task_group([&](TaskGroup& group) {
            for (int i = 0; i < 3; ++i) {
                group.spawn([&] {
                    sleep_for(milliseconds(1));
                    group.spawn([&] { ++done; });  // children may have siblings
                    ++done;
                });
            }
            return 42;
        });
        EXPECT_EQ(answer, 42);
        EXPECT_EQ(done, 6);
    });
}

TEST(TaskGroup, ResultsAreJoinedFor) {
    run([] {
        const std::string text = task_group([](TaskGroup& group) {
            auto a = group.spawn([] { return std::string("a"); });
            auto b = group.spawn([] { return std::string("b"); });
            return b.join() + a.join();
        });
        EXPECT_EQ(text, "ba");
    });
}

TEST(TaskGroup, AnErrorOfOneChildCancelsTheOthersAndTheBodyAndReachesTheParent) {
    std::string log;
    run([&] {
        try {
            task_group([&](TaskGroup& group) {
                group.spawn([&] {
                    try {
                        sleep_for(hours(1));
                    } catch (const Cancelled&) {
                        log += "sibling ";
                        throw;
                    }
                });
                group.spawn([] {
                    sleep_for(milliseconds(1));
                    throw std::runtime_error("lost the race");
                });
                try {
                    sleep_for(hours(1));
                } catch (const Cancelled&) {
                    log += "body ";
                    throw;
                }
            });
        } catch (const std::runtime_error& error) {
            log += error.what();
        }
        sleep_for(milliseconds(1));  // the parent goes on: it was not cancelled itself
    });
    EXPECT_EQ(log, "sibling body lost the race");
}

TEST(TaskGroup, AnErrorOfTheBodyCancelsTheChildrenAndWaitsForTheirCleanUp) {
    std::string log;
    run([&] {
        EXPECT_THROW(task_group([&](TaskGroup& group) {
                         group.spawn([&] {
                             try {
                                 sleep_for(hours(1));
                             } catch (const Cancelled&) {
                                 sleep_for(milliseconds(1));
                                 log += "cleaned up";
                                 throw;
                             }
                         });
                         yield();
                         throw std::runtime_error("x");
                     }),
                     std::runtime_error);
        EXPECT_EQ(log, "cleaned up");
    });
}

TEST(TaskGroup, ACancelledParentTakesItsChildrenAlong) {
    std::string log;
    run([&] {
        auto parent = spawn([&] {
            task_group([&](TaskGroup& group) {
                group.spawn([&] {
                    try {
                        sleep_for(hours(1));
                    } catch (const Cancelled&) {
                        log += "child ";
                        throw;
                    }
                });
            });
        });
        yield();
        yield();
        parent.cancel();
        EXPECT_THROW(parent.join(), Cancelled);
        log += "parent";
    });
    EXPECT_EQ(log, "child parent");
}

TEST(TaskGroup, CancellingAChildIsNoErrorOfTheGroup) {
    run([] {
        bool reached = false;
        task_group([&](TaskGroup& group) {
            auto child = group.spawn([] { sleep_for(hours(1)); });
            yield();
            child.cancel();
            sleep_for(milliseconds(1));
            reached = true;
        });
        EXPECT_TRUE(reached);
    });
}

TEST(TaskGroup, ADeadlineAroundItEndsAll) {
    run([] {
        EXPECT_THROW(with_timeout(milliseconds(1),
                                  [] { task_group([](TaskGroup& group) { group.spawn([] { sleep_for(hours(1)); }); }); }),
                     TimeoutError);
    });
}

TEST(TaskGroup, ChildrenShareTheContextOfTheirParent) {
    static ContextLocal<int> tenant;
    run([] {
        *tenant = 7;
        task_group([](TaskGroup& group) {
            group.spawn([&group] {
                EXPECT_EQ(*tenant, 7);
                group.spawn([] { EXPECT_EQ(*tenant, 7); });
            });
        });
    });
}

TEST(TaskGroup, NeedsAFiber) { EXPECT_THROW(task_group([](TaskGroup&) {}), NotOnFiber); }

TEST(WithTimeout, OfTwoThatRanOutTheOuterOneEnds) {
    run([] {
        std::string log;
        try {
            with_timeout(milliseconds(1), [&] {
                try {
                    with_timeout(milliseconds(1), [] {
                        const std::int64_t end = monotonic_microseconds() + 5'000;
                        while (monotonic_microseconds() < end) {}
                        yield();  // both deadlines have passed
                        sleep_for(hours(1));
                    });
                } catch (const TimeoutError&) {
                    log += "inner ";
                }
                sleep_for(hours(1));
            });
        } catch (const TimeoutError&) {
            log += "outer";
        }
        EXPECT_EQ(log, "outer");
    });
}

}  // namespace
}  // namespace nuages::async
