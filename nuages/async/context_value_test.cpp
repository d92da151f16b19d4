#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/context_value.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

const ContextValue<int> language;

TEST(ContextValue, BelongsToEachRequestsFibers) {
    language.get() = 7;  // of the thread
    int inside = 0, gathered = 0, other = 0;
    async::run([&] {
        language.get() = 1;
        auto [child, second] = async::gather([] { return *language.find(); }, [] { return language.get(); });
        gathered = child + second;
        auto task = async::spawn([&] { other = language.get(); });
        task.join();
        inside = language.get();
    });
    EXPECT_EQ(inside, 1);
    EXPECT_EQ(gathered, 2);
    EXPECT_EQ(other, 0);
    EXPECT_EQ(language.get(), 7);
}

}  // namespace
