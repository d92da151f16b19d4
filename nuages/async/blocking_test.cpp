#include <nuages/async/blocking.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace nuages::async {
namespace {

TEST(RunBlocking, ReturnsResultsAndThrowsExceptionsOnTheFiber) {
    run([] {
        const auto here = std::this_thread::get_id();
        EXPECT_NE(run_blocking([] { return std::this_thread::get_id(); }), here);
        EXPECT_EQ(std::this_thread::get_id(), here);
        EXPECT_THROW(run_blocking([] { throw std::runtime_error("disk"); }), std::runtime_error);
    });
}

TEST(RunBlocking, LetsOtherFibersRun) {
    run([] {
        Waker waker;
        auto other = spawn([&] { waker.wake(); });
        auto [a, b] = gather([] { return run_blocking([] { return std::this_thread::get_id(); }); },
                             [] { return std::this_thread::get_id(); });
        EXPECT_NE(a, b);
        other.join();
    });
}

TEST(RunBlocking, FinishesItsWorkEvenWhenCancelled) {
    run([] {
        bool finished = false;
        auto task = spawn([&] {
            run_blocking([&] {
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                finished = true;
            });
            yield();
        });
        yield();
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_TRUE(finished);
    });
}

TEST(RunBlocking, ServesMoreCallsThanThreads) {
    set_blocking_threads(2);
    int sum = 0;
    run([&] {
        std::vector<Task<int>> tasks;
        for (int i = 0; i < 100; ++i) tasks.push_back(spawn([i] { return run_blocking([i] { return i; }); }));
        for (auto& task : tasks) sum += task.join();
    });
    EXPECT_EQ(sum, 4950);
    set_blocking_threads(8);
}

TEST(RunBlocking, RefusesWhenTooManyCallsWait) {
    set_blocking_threads(1);
    set_blocking_queue(2);
    int refused = 0, done = 0;
    run([&] {
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 100; ++i) {  // more than there are threads
            tasks.push_back(spawn([&] {
                try {
                    run_blocking([] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); });
                    ++done;
                } catch (const TooManyBlockingCalls&) {
                    ++refused;
                }
            }));
        }
        for (auto& task : tasks) task.join();
    });
    set_blocking_queue(10'000);
    set_blocking_threads(8);
    EXPECT_GE(refused, 20);
    EXPECT_EQ(refused + done, 100);
}

TEST(RunBlocking, RunsInPlaceWithoutALoop) {
    EXPECT_EQ(run_blocking([] { return std::this_thread::get_id(); }), std::this_thread::get_id());
}

}  // namespace
}  // namespace nuages::async
