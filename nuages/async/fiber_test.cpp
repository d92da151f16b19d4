// Fibers: starting them, their stacks, exceptions across suspensions, wakers.
#include <nuages/async/detail/sanitizers.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <nuages/base/log.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nuages::async {
namespace {

TEST(Spawn, StartsAfterTheCallerSuspendsAndInOrder) {
    std::string log;
    run([&] {
        auto a = spawn([&] { log += "a"; });
        auto b = spawn([&] { log += "b"; });
        log += "m";
        a.join();
        b.join();
    });
    EXPECT_EQ(log, "mab");
}

TEST(Spawn, JoinGivesTheResultOrTheException) {
    run([] {
        auto text = spawn([] { return std::string("text"); });
        auto failing = spawn([]() -> int { throw std::out_of_range("far"); });
        EXPECT_EQ(text.join(), "text");
        EXPECT_THROW(failing.join(), std::out_of_range);
    });
}

TEST(Spawn, NeedsALoop) {
    EXPECT_THROW(spawn([] {}), NotOnFiber);
}

TEST(Spawn, LogsAnExceptionThatNobodyJoinsFor) {
    std::string logged;
    auto former = log::set_sink([&](log::Level, std::string_view logger, std::string_view message) {
        logged += std::string(logger) + ": " + std::string(message);
    });
    run([] {
        spawn([] { throw std::runtime_error("lost"); });
        yield();
    });
    log::set_sink(former);
    EXPECT_EQ(logged, "nuages.async: A fiber ended with an exception: lost");
}

TEST(Spawn, TakesMoveOnlyCallablesAndDestroysThemOnTheirFiber) {
    bool destroyed_on_fiber = false;
    struct Guard {
        bool* flag;
        explicit Guard(bool* f) : flag(f) {}
        Guard(Guard&& other) noexcept : flag(std::exchange(other.flag, nullptr)) {}
        ~Guard() {
            if (flag) *flag = on_fiber();
        }
    };
    run([&] {
        spawn([guard = Guard(&destroyed_on_fiber)] { yield(); });
        yield();
        yield();
        yield();
    });
    EXPECT_TRUE(destroyed_on_fiber);
}

TEST(Fibers, RunManyAtOnceAndReuseTheirStacks) {
    int sum = 0;
    run([&] {
        for (int round = 0; round < 3; ++round) {
            std::vector<Task<int>> tasks;
            for (int i = 0; i < 500; ++i) {
                tasks.push_back(spawn([i] {
                    yield();
                    sleep_for(microseconds(i % 7));
                    return i;
                }));
            }
            for (auto& task : tasks) sum += task.join();
        }
    });
    EXPECT_EQ(sum, 3 * 499 * 500 / 2);
}

TEST(Fibers, DeepCallsFitOnTheStackAndOverflowHitsTheGuardPage) {
    const auto dive = [](auto& self, int depth) -> int {
        volatile char frame[1024];
        frame[0] = static_cast<char>(depth);
        return depth == 0 ? frame[0] : self(self, depth - 1) + frame[0] * 0;
    };
    EXPECT_EQ(run([&] { return dive(dive, 2000); }), 0);
    EXPECT_EQ(run([&] { return spawn([&] { return dive(dive, 100); }).join(); }), 0);
    EXPECT_DEATH(run([&] { return spawn([&] { return dive(dive, 10'000); }).join(); }), "");
}

#if !defined(NUAGES_ASAN) && !defined(NUAGES_TSAN)
TEST(Fibers, AStackOverflowSaysWhatItIsAndWhere) {
    const auto dive = [](auto& self, int depth) -> int {
        volatile char frame[1024];
        frame[0] = static_cast<char>(depth);
        return depth == 0 ? frame[0] : self(self, depth - 1) + frame[0] * 0;
    };
    EXPECT_DEATH(run([&] {
                     spawn([&] {
                         const Activity activity("GET", "/deep/");
                         return dive(dive, 10'000);
                     }).join();
                 }),
                 "Stack overflow: a fiber needs more than its 256 KiB of stack, in GET /deep/");
    EXPECT_DEATH(run([] { spawn([] { *reinterpret_cast<volatile int*>(8) = 1; }).join(); }), "^[^S]*$") << "other faults";
}

TEST(Fibers, LoopsKnowHowDeepTheirStacksWere) {
    const auto dive = [](auto& self, int depth) -> int {
        volatile char frame[1024];
        frame[0] = static_cast<char>(depth);
        return depth == 0 ? frame[0] : self(self, depth - 1) + frame[0] * 0;
    };
    run([&] {
        spawn([] {}).join();
        const LoopStats before = current_loop()->stats();
        EXPECT_LT(before.stack_high_water, 64u * 1024);
        spawn([&] { return dive(dive, 100); }).join();
        const LoopStats after = current_loop()->stats();
        EXPECT_GT(after.stack_high_water, 100u * 1024);
        EXPECT_LE(after.stack_high_water, after.stack_size);
        EXPECT_EQ(after.fibers, 1u) << "this one";
        EXPECT_GE(after.fibers_peak, 2u);
        EXPECT_GE(after.fibers_idle, 1u);
    });
}
#endif

TEST(Fibers, TellWhatTheyDo) {
    const auto running = [] {
        char text[12];
        return std::string(text, describe_running(text, sizeof text));
    };
    run([&] {
        EXPECT_EQ(running(), "");
        const Activity outer("GET", "/");
        EXPECT_EQ(running(), "GET /");
        {
            const Activity inner("sending", "mail to all");
            EXPECT_EQ(running(), "sending mail");
            spawn([&] { EXPECT_EQ(running(), ""); }).join();
        }
        EXPECT_EQ(running(), "GET /");
    });
    EXPECT_EQ(running(), "");
}

TEST(Fibers, RefuseToSuspendOutsideAFiberAndSayWhatToDo) {
    EXPECT_THROW(yield(), NotOnFiber);
    EXPECT_THROW(sleep_for(seconds(1)), NotOnFiber);
    try {
        require_fiber("Article::save()");
        FAIL();
    } catch (const NotOnFiber& error) {
        EXPECT_NE(error.message().find("Article::save() was called outside a fiber"), std::string::npos);
        EXPECT_NE(error.message().find("run_on_loop"), std::string::npos);
    }
}

TEST(Yield, LetsTimersExpire) {
    run([] {
        bool slept = false;
        auto task = spawn([&] {
            sleep_for(microseconds(1));
            slept = true;
        });
        while (!slept) yield();
        task.join();
    });
}

// --- exceptions across suspensions

TEST(Exceptions, SurviveASuspensionInsideACatchBlockWhileOthersThrow) {
    std::string log;
    const auto work = [&log](std::string name) {
        return [&log, name] {
            try {
                throw std::runtime_error(name);
            } catch (const std::exception& error) {
                yield();
                yield();
                log += error.what();
                try {
                    throw;
                } catch (const std::runtime_error& again) {
                    log += again.what();
                    log += ' ';
                }
            }
        };
    };
    run([&] { gather(work("a"), work("b"), work("c")); });
    EXPECT_EQ(log, "aa bb cc ");
    EXPECT_EQ(std::uncaught_exceptions(), 0);
}

TEST(Exceptions, CurrentExceptionIsEachFibersOwn) {
    run([] {
        auto other = spawn([] {
            yield();
            EXPECT_FALSE(std::current_exception());
        });
        try {
            throw 1;
        } catch (int) {
            yield();
            yield();
            EXPECT_TRUE(std::current_exception());
        }
        other.join();
    });
}

TEST(Exceptions, DestructorsMaySuspendDuringUnwinding) {
    struct Suspends {
        std::string& log;
        ~Suspends() {
            log += std::to_string(std::uncaught_exceptions());
            yield();
            log += std::to_string(std::uncaught_exceptions());
        }
    };
    std::string log;
    const auto unwinding = [&] {
        try {
            const Suspends suspends{log};
            throw std::runtime_error("x");
        } catch (const std::runtime_error&) {
            log += 'c';
        }
    };
    run([&] {
        gather(unwinding, [&] {
            log += std::to_string(std::uncaught_exceptions());
            yield();
            log += std::to_string(std::uncaught_exceptions());
        });
    });
    EXPECT_EQ(log, "101c0");
}

// --- wakers

TEST(Suspend, ReturnsAtOnceWhenWokenWhileStarting) {
    run([] { suspend([](Waker waker) { waker.wake(); }); });
}

TEST(Suspend, PassesOnWhatStartThrows) {
    run([] {
        EXPECT_THROW(suspend([](Waker) { throw std::logic_error("no"); }), std::logic_error);
        yield();
    });
}

TEST(Suspend, IsWokenFromAnotherThread) {
    run([] {
        std::thread thread;
        suspend([&](Waker waker) { thread = std::thread([waker] { waker.wake(); }); });
        thread.join();
    });
}

TEST(Waker, WakesOnlyTheWaitItWasMadeFor) {
    run([] {
        Waker first;
        suspend([&](Waker waker) {
            first = waker;
            waker.wake();
        });
        Waker second;
        auto task = spawn([&] {
            yield();
            first.wake();  // stale
            yield();
            second.wake();
        });
        bool stale = true;
        suspend([&](Waker waker) {
            second = waker;
            stale = false;
        });
        EXPECT_FALSE(stale);
        task.join();
        first.wake();
        second.wake();
    });
}

TEST(Waker, MayOutliveItsFiberAndItsLoop) {
    Waker waker;
    run([&] {
        suspend([&](Waker given) {
            waker = given;
            given.wake();
        });
    });
    waker.wake();
    run([&] { waker.wake(); });
}

}  // namespace
}  // namespace nuages::async
