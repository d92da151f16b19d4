// Between fibers and Asio's coroutines.
#include <nuages/async/asio.hpp>
#include <nuages/async/time.hpp>

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

namespace nuages::async {
namespace {

namespace asio = boost::asio;

asio::awaitable<int> answer_later(int milliseconds_to_wait) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(milliseconds_to_wait));
    co_await timer.async_wait(asio::use_awaitable);
    co_return 42;
}

asio::awaitable<void> fail() {
    co_await answer_later(1);
    throw std::runtime_error("x");
}

TEST(Await, GivesTheCoroutinesResultOrItsException) {
    run([] {
        EXPECT_EQ(await(answer_later(1)), 42);
        EXPECT_THROW(await(fail()), std::runtime_error);
    });
    EXPECT_THROW(await(answer_later(1)), NotOnFiber);
}

TEST(Await, SuspendsOnlyItsFiber) {
    std::string order;
    run([&] {
        auto other = spawn([&] { order += "other "; });
        await(answer_later(1));
        order += "awaited";
        other.join();
    });
    EXPECT_EQ(order, "other awaited");
}

TEST(Await, CancelsTheCoroutineWithTheFiber) {
    bool ended = false;
    run([&] {
        const auto work = [&]() -> asio::awaitable<void> {
            try {
                co_await answer_later(3'600'000);
            } catch (const boost::system::system_error&) {
                ended = true;
                throw;
            }
        };
        EXPECT_THROW(with_timeout(milliseconds(2), [&] { await(work()); }), TimeoutError);
    });
    EXPECT_TRUE(ended);
}

TEST(AsAwaitable, RunsAFunctionOnAFiberForACoroutine) {
    run([] {
        const auto work = []() -> asio::awaitable<std::string> {
            const int number = co_await as_awaitable([] {
                EXPECT_TRUE(on_fiber());
                sleep_for(milliseconds(1));
                return 7;
            });
            co_await as_awaitable([] { yield(); });
            try {
                co_await as_awaitable([]() -> int { throw std::runtime_error("from the fiber"); });
            } catch (const std::runtime_error& error) {
                co_return std::to_string(number) + " " + error.what();
            }
            co_return "nothing was thrown";
        };
        EXPECT_EQ(await(work()), "7 from the fiber");
    });
}

}  // namespace
}  // namespace nuages::async
