#include <nuages/base/function.hpp>
#include <nuages/base/log.hpp>
#include <nuages/base/result.hpp>

#include <gtest/gtest.h>

#include <string>

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
