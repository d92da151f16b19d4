// Values of a fiber, and of a request with its gathered children.
#include <nuages/async/fiber.hpp>
#include <nuages/async/fiber_local.hpp>
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace nuages::async {
namespace {

FiberLocal<std::string> own_text;
ContextLocal<int> queries;

TEST(FiberLocal, EachFiberHasItsOwn) {
    run([] {
        *own_text = "main";
        gather([] { EXPECT_EQ(own_text.find(), nullptr), *own_text = "child"; }, [] { EXPECT_EQ(*own_text, ""); });
        EXPECT_EQ(*own_text, "main");
        own_text.reset();
        EXPECT_EQ(own_text.find(), nullptr);
    });
}

TEST(FiberLocal, AReusedFiberStartsClean) {
    run([] {
        for (int i = 0; i < 3; ++i) {
            spawn([] {
                EXPECT_EQ(own_text.find(), nullptr);
                EXPECT_EQ(queries.find(), nullptr);
                *own_text = "used";
                *queries = 5;
            }).join();
        }
    });
}

TEST(FiberLocal, OutsideFibersItIsTheThreads) {
    *own_text = "thread";
    run([] { EXPECT_EQ(own_text.find(), nullptr); });
    EXPECT_EQ(*own_text, "thread");
    std::thread([] { EXPECT_EQ(own_text.find(), nullptr); }).join();
    own_text.reset();
}

struct SuspendsInDestructor {
    ~SuspendsInDestructor() { sleep_for(microseconds(1)); }
};
FiberLocal<SuspendsInDestructor> suspending;

TEST(FiberLocal, ValuesAreDestroyedOnTheirFiberAndMaySuspend) {
    run([] {
        auto task = spawn([] { suspending.get(); });
        task.join();
        sleep_for(milliseconds(1));
    });
}

TEST(ContextLocal, GatheredChildrenShareTheCallersValueAndSpawnedOnesDoNot) {
    run([] {
        *queries = 1;
        gather([] { ++*queries; },
               [] {
                   yield();
                   gather([] { ++*queries; });
               });
        EXPECT_EQ(*queries, 3);
        spawn([] { EXPECT_EQ(queries.find(), nullptr); }).join();
    });
}

TEST(ContextLocal, FirstUseInAChildIsSeenByTheParent) {
    run([] {
        gather([] { *queries = 9; });
        EXPECT_EQ(*queries, 9);
    });
}

TEST(Ancestry, ReachesFromAGatheredFiberToThoseThatWaitForIt) {
    run([] {
        const void* top = detail::current_fiber_id();
        EXPECT_TRUE(detail::is_current_or_ancestor(top));
        EXPECT_FALSE(detail::is_current_or_ancestor(nullptr));
        gather([&] {
            const void* middle = detail::current_fiber_id();
            EXPECT_NE(middle, top);
            EXPECT_TRUE(detail::is_current_or_ancestor(top));
            gather([&] {
                EXPECT_TRUE(detail::is_current_or_ancestor(top));
                EXPECT_TRUE(detail::is_current_or_ancestor(middle));
            });
            spawn([&] { EXPECT_FALSE(detail::is_current_or_ancestor(top)); }).join();
        });
    });
    EXPECT_FALSE(detail::is_current_or_ancestor(&queries));
}

}  // namespace
}  // namespace nuages::async
