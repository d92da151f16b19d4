// Semaphore, Mutex, Condition and Channel: how fibers wait for each other.
#include <nuages/async/channel.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task_group.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <thread>

namespace nuages::async {
namespace {

TEST(Semaphore, LetsOnlySoManyGoOnAtOnce) {
    int running = 0, most = 0, done = 0;
    run([&] {
        Semaphore permits(3);
        task_group([&](TaskGroup& group) {
            for (int i = 0; i < 20; ++i) {
                group.spawn([&] {
                    permits.acquire();
                    most = std::max(most, ++running);
                    sleep_for(microseconds(200));
                    --running;
                    ++done;
                    permits.release();
                });
            }
        });
    });
    EXPECT_EQ(most, 3);
    EXPECT_EQ(done, 20);
}

TEST(Semaphore, ServesThoseWhoWaitInTheirOrder) {
    std::string order;
    run([&] {
        Semaphore permit(1);
        permit.acquire();
        task_group([&](TaskGroup& group) {
            for (char name : {'a', 'b', 'c'}) {
                group.spawn([&, name] {
                    permit.acquire();
                    order += name;
                    permit.release();
                });
            }
            yield();
            permit.release();
            EXPECT_FALSE(permit.try_acquire()) << "nobody overtakes";
        });
    });
    EXPECT_EQ(order, "abc");
}

TEST(Semaphore, AWaitHasALimitAndLeavesNoTrace) {
    run([] {
        Semaphore permit(1);
        permit.acquire();
        EXPECT_FALSE(permit.acquire(milliseconds(2)));
        permit.release();
        EXPECT_TRUE(permit.acquire(milliseconds(2)));
    });
}

TEST(Semaphore, ACancelledWaiterPassesItsPermitOn) {
    run([] {
        Semaphore permit(1);
        permit.acquire();
        bool second_got_it = false;
        auto first = spawn([&] { permit.acquire(); });
        auto second = spawn([&] {
            permit.acquire();
            second_got_it = true;
        });
        yield();
        first.cancel();
        permit.release();  // granted to the first, which is unwinding already
        second.join();
        EXPECT_TRUE(second_got_it);
    });
}

TEST(Semaphore, PlainThreadsAreBlockedByItAndFibersAreNot) {
    Semaphore permit(0);
    std::thread thread([&] { permit.acquire(); });
    permit.release();
    thread.join();
    EXPECT_FALSE(permit.acquire(milliseconds(1)));
    std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        permit.release();
    });
    run([&] { permit.acquire(); });
    other.join();
}

TEST(Mutex, KeepsStateWholeAcrossSuspensions) {
    int counter = 0;
    run([&] {
        Mutex mutex;
        task_group([&](TaskGroup& group) {
            for (int i = 0; i < 10; ++i) {
                group.spawn([&] {
                    const std::lock_guard lock(mutex);
                    const int seen = counter;
                    yield();
                    counter = seen + 1;
                });
            }
        });
    });
    EXPECT_EQ(counter, 10);
}

TEST(Mutex, IsHeldBetweenLoopsOfSeveralThreads) {
    Mutex mutex;
    int counter = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            run([&] {
                for (int j = 0; j < 200; ++j) {
                    const std::lock_guard lock(mutex);
                    const int seen = counter;
                    if (j % 10 == 0) yield();
                    counter = seen + 1;
                }
            });
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(counter, 600);
}

TEST(Condition, WakesWhoWaitsForIt) {
    run([] {
        Mutex mutex;
        Condition changed;
        int value = 0;
        auto waiter = spawn([&] {
            const std::lock_guard lock(mutex);
            changed.wait(mutex, [&] { return value == 2; });
            return value;
        });
        for (int i = 1; i <= 2; ++i) {
            yield();
            const std::lock_guard lock(mutex);
            value = i;
            changed.notify_all();
        }
        EXPECT_EQ(waiter.join(), 2);
    });
}

TEST(Condition, HoldsTheMutexAgainAfterATimeoutAndAfterACancellation) {
    run([] {
        Mutex mutex;
        Condition never;
        mutex.lock();
        EXPECT_FALSE(never.wait_for(mutex, milliseconds(1)));
        EXPECT_FALSE(mutex.try_lock());
        mutex.unlock();
        bool held = false;
        auto waiter = spawn([&] {
            mutex.lock();
            try {
                never.wait(mutex);
            } catch (const Cancelled&) {
                held = !mutex.try_lock();
                mutex.unlock();
                throw;
            }
        });
        yield();
        waiter.cancel();
        EXPECT_THROW(waiter.join(), Cancelled);
        EXPECT_TRUE(held);
    });
}

TEST(Channel, CarriesValuesInOrderAndHoldsBackTheSender) {
    run([] {
        Channel<int> numbers(2);
        int sent = 0;
        auto sender = spawn([&] {
            for (; sent < 5; ++sent) numbers.send(sent);
            numbers.close();
        });
        yield();
        yield();
        EXPECT_EQ(sent, 2) << "two have room, the third waits";
        std::string seen;
        for (int& number : numbers) seen += std::to_string(number);
        EXPECT_EQ(seen, "01234");
        sender.join();
    });
}

TEST(Channel, ClosingEndsReceiversAndRefusesSenders) {
    run([] {
        Channel<std::string> lines(1);
        lines.send("last");
        auto late = spawn([&] { lines.send("too late"); });
        yield();
        lines.close();
        EXPECT_THROW(late.join(), ChannelClosed);
        EXPECT_EQ(lines.receive(), "last");
        EXPECT_EQ(lines.receive(), std::nullopt);
        std::string kept = "kept";
        EXPECT_FALSE(lines.try_send(std::move(kept)));
        EXPECT_EQ(kept, "kept");
    });
}

TEST(Channel, ConnectsThreads) {
    Channel<int> numbers(4);
    std::thread producer([&] {
        for (int i = 1; i <= 1000; ++i) numbers.send(i);
        numbers.close();
    });
    long sum = 0;
    run([&] {
        for (int& number : numbers) sum += number;
    });
    producer.join();
    EXPECT_EQ(sum, 500'500);
}

}  // namespace
}  // namespace nuages::async
