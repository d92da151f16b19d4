// run(), and loops as other threads see them.
#include <nuages/async/blocking.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nuages::async {
namespace {

TEST(Run, ReturnsTheResultOfMain) {
    EXPECT_EQ(run([] { return 42; }), 42);
    EXPECT_FALSE(on_fiber());
}

TEST(Run, ThrowsWhatMainThrows) {
    EXPECT_THROW(run([] { throw std::runtime_error("x"); }), std::runtime_error);
}

TEST(Run, RefusesToNest) {
    EXPECT_THROW(run([] { run([] {}); }), Error);
}

TEST(Run, CancelsTheFibersThatMainLeftBehind) {
    std::string log;
    run([&] {
        spawn([&] {
            try {
                sleep_for(hours(1));
            } catch (const Cancelled&) {
                log += "cancelled";
                throw;
            }
        });
        yield();
    });
    EXPECT_EQ(log, "cancelled");
}

TEST(Run, EndsOnlyWhenFibersThatCleanUpHaveEnded) {
    std::string log;
    run([&] {
        spawn([&] {
            try {
                sleep_for(hours(1));
            } catch (const Cancelled&) {
                sleep_for(milliseconds(1));
                spawn([&] {
                    yield();
                    log += "never";
                });
                log += "cleaned";
            }
        });
        yield();
    });
    EXPECT_EQ(log, "cleaned");
}

TEST(RunOnLoop, RunsOnTheLoopsThreadForAForeignThread) {
    run([] {
        Loop& loop = *current_loop();
        const auto here = std::this_thread::get_id();
        std::thread foreign([&] {
            EXPECT_EQ(run_on_loop(loop,
                                  [] {
                                      sleep_for(microseconds(5));
                                      EXPECT_TRUE(on_fiber());
                                      return std::this_thread::get_id();
                                  }),
                      here);
            EXPECT_THROW(run_on_loop(loop, [] { throw std::runtime_error("there"); }), std::runtime_error);
        });
        run_blocking([&] { foreign.join(); });
    });
}

TEST(RunOnLoop, SuspendsAFiberOfAnotherLoop) {
    run([] {
        Loop& first = *current_loop();
        std::thread second([&] {
            run([&] {
                std::string log;
                auto other = spawn([&] { log += "meanwhile "; });
                log += run_on_loop(first, [] {
                    sleep_for(milliseconds(2));
                    return std::string("there");
                });
                EXPECT_EQ(log, "meanwhile there");
                other.join();
            });
        });
        run_blocking([&] { second.join(); });
    });
}

TEST(RunOnLoop, CallsDirectlyOnItsOwnLoop) {
    EXPECT_EQ(run([] { return run_on_loop(*current_loop(), [] { return 3; }); }), 3);
}

TEST(RunOnLoop, ThrowsWhenTheLoopHasEnded) {
    Loop loop;
    loop.stop();
    loop.run();
    EXPECT_THROW(run_on_loop(loop, [] {}), Error);
}

TEST(Loop, StopsFromAnotherThread) {
    Loop loop;
    std::thread stopper;
    loop.post([&] { stopper = std::thread([&] { loop.stop(); }); });
    loop.run();
    stopper.join();
    EXPECT_EQ(current_loop(), nullptr);
}

TEST(Loop, MayEndBeforeItRanWhatWasPosted) {
    bool ran = false;
    for (int i = 0; i < 3; ++i) {
        Loop loop;
        loop.post([&] { ran = true; });
        loop.post([&] { ran = true; });
    }
    EXPECT_FALSE(ran);
}

TEST(Loop, PostsFromManyThreadsAllArrive) {
    Loop loop;
    int count = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 250; ++i) {
                loop.post([&] {
                    if (++count == 1000) loop.stop();
                });
            }
        });
    }
    loop.run();
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(count, 1000);
}

}  // namespace
}  // namespace nuages::async
