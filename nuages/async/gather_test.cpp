#include <nuages/async/asio.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include <string>

namespace nuages::async {
namespace {

TEST(Gather, ReturnsAllResultsInOrder) {
    run([] {
        auto [number, text, nothing] = gather(
            [] {
                sleep_for(milliseconds(1));
                return 1;
            },
            [] { return std::string("two"); }, [] { yield(); });
        EXPECT_EQ(number, 1);
        EXPECT_EQ(text, "two");
        static_assert(std::is_same_v<decltype(nothing), Nothing>);
    });
}

TEST(Gather, RunsItsFunctionsAtOnce) {
    std::string log;
    run([&] {
        const auto part = [&](char name) {
            return [&log, name] {
                log += name;
                yield();
                log += name;
            };
        };
        gather(part('a'), part('b'));
    });
    EXPECT_EQ(log, "abab");
}

TEST(Gather, OutsideAFiberItStartsNothing) {
    bool started = false;
    bool refused = false;
    run([&] {
        boost::asio::post(io_context(*current_loop()), [&] {
            try {
                gather([&] { started = true; });
            } catch (const NotOnFiber& error) {
                refused = error.message().find("gather() was called outside a fiber") != std::string::npos;
            }
        });
        sleep_for(milliseconds(1));
    });
    EXPECT_TRUE(refused);
    EXPECT_FALSE(started);
}

TEST(Gather, TheFirstFailureCancelsTheOthersAndIsThrown) {
    run([] {
        bool cancelled = false;
        const auto slow = [&] {
            try {
                sleep_for(hours(1));
            } catch (const Cancelled&) {
                yield();
                cancelled = true;
                throw;
            }
        };
        EXPECT_THROW(gather(slow, [] { throw std::invalid_argument("bad"); }), std::invalid_argument);
        EXPECT_TRUE(cancelled);
    });
}

TEST(Gather, CancellationOfTheCallerCancelsTheChildrenFirst) {
    run([] {
        int cancelled = 0;
        const auto slow = [&] {
            try {
                sleep_for(hours(1));
            } catch (const Cancelled&) {
                ++cancelled;
                throw;
            }
        };
        auto task = spawn([&] { gather(slow, slow); });
        yield();
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(cancelled, 2);
    });
}

TEST(Gather, ATimeoutAroundItCancelsTheChildren) {
    run([] {
        EXPECT_THROW(with_timeout(milliseconds(1), [] { gather([] { sleep_for(hours(1)); }, [] {}); }), TimeoutError);
    });
}

}  // namespace
}  // namespace nuages::async
