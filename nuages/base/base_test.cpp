#include <nuages/base/function.hpp>
#include <nuages/base/log.hpp>
#include <nuages/base/result.hpp>
#include <nuages/base/slice.hpp>

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <span>
#include <string>
#include <vector>

using namespace nuages;

namespace {

int twice(int n) { return 2 * n; }
int apply(FunctionRef<int(int)> f, int n) { return f(n); }

TEST(FunctionRef, CallsFunctionsAndLambdas) {
    int offset = 1;
    EXPECT_EQ(apply(twice, 4), 8);
    EXPECT_EQ(apply([&](int n) { return n + offset; }, 4), 5);
}

TEST(Function, CopiesShareOneCallable) {
    Function<int()> count = [n = 0]() mutable { return ++n; };
    auto same = count;
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(same(), 2);
    EXPECT_FALSE(Function<int()>());
}

struct Animal { int legs = 0; };
struct Cat : Animal { int lives = 9; };

int sum(Slice<const int> numbers) {
    int total = 0;
    for (const int number : numbers) total += number;
    return total;
}

TEST(Slice, BorrowsVectorsArraysAndSpans) {
    std::vector<int> numbers{1, 2, 3};
    const std::array<int, 2> two{4, 5};
    const int plain[] = {6, 7};
    EXPECT_EQ(sum(numbers), 6);
    EXPECT_EQ(sum(two), 9);
    EXPECT_EQ(sum(plain), 13);
    EXPECT_EQ(sum(std::span(numbers).first(2)), 3);
    EXPECT_EQ(sum({}), 0);
    EXPECT_TRUE(Slice<int>().empty());

    const Slice<int> all(numbers);
    all[1] = 20;
    EXPECT_EQ(numbers[1], 20);
    EXPECT_EQ(sum(all), 24);
    const std::span<const int> seen = all;
    EXPECT_EQ(seen.data(), numbers.data());
    EXPECT_EQ(seen.size(), 3u);
}

TEST(Slice, TakesElementsOfItsTypeOnly) {
    EXPECT_TRUE((std::convertible_to<std::vector<Animal>&, Slice<const Animal>>));
    EXPECT_FALSE((std::convertible_to<const std::vector<Animal>&, Slice<Animal>>));
    EXPECT_FALSE((std::convertible_to<std::vector<Cat>&, Slice<const Animal>>));  // a step would be of the wrong size
    EXPECT_FALSE((std::convertible_to<int, Slice<const int>>));
}

TEST(Result, ValueThrowsTheFailuresMessage) {
    Result<int> bad = Failure{"port 99999 is above 65535"};
    EXPECT_FALSE(bad.ok());
    EXPECT_THROW(
        {
            try {
                (void)bad.value();
            } catch (const Error& error) {
                EXPECT_STREQ(error.what(), "port 99999 is above 65535");
                throw;
            }
        },
        Error);
}

TEST(Log, GoesToTheSinkThatWasSet) {
    std::string seen;
    auto former = log::set_sink([&](log::Level, std::string_view logger, std::string_view message) {
        seen.append(logger).append(" ").append(message);
    });
    log::warning("nuages.request", "Not Found: /x");
    log::debug("nuages.request", "dropped below the level");
    log::set_sink(former);
    EXPECT_EQ(seen, "nuages.request Not Found: /x");
}

}  // namespace
