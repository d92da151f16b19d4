#include <nuages/async/asio.hpp>
#include <nuages/async/blocking.hpp>
#include <nuages/async/detail/sanitizers.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/fiber_local.hpp>
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>

#include <nuages/base/log.hpp>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

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

// --- cancellation

TEST(Cancel, UnwindsFromTheSuspensionPoint) {
    run([] {
        bool unwound = false;
        struct Guard {
            bool& flag;
            ~Guard() { flag = true; }
        };
        auto task = spawn([&] {
            const Guard guard{unwound};
            sleep_for(hours(1));
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_TRUE(unwound);
    });
}

TEST(Cancel, BeforeTheStartMeansNeverStarted) {
    run([] {
        bool started = false;
        auto task = spawn([&] { started = true; });
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_FALSE(started);
    });
}

TEST(Cancel, IsNoStdException) {
    run([] {
        bool swallowed = false;
        auto task = spawn([&] {
            try {
                sleep_for(hours(1));
            } catch (const std::exception&) {
                swallowed = true;
            }
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_FALSE(swallowed);
    });
}

TEST(Cancel, IsDeliveredOnceSoThatCleanUpMaySuspend) {
    run([] {
        std::string log;
        auto task = spawn([&] {
            try {
                sleep_for(hours(1));
            } catch (const Cancelled&) {
                yield();
                log += "clean";
            }
            yield();
            log += " end";
        });
        yield();
        task.cancel();
        task.join();
        EXPECT_EQ(log, "clean end");
    });
}

TEST(Cancel, DoesNotThrowFromDestructorsThatSuspendWhileUnwinding) {
    run([] {
        std::string log;
        struct Rollback {
            std::string& log;
            ~Rollback() {
                yield();
                log += "rolled back";
            }
        };
        auto task = spawn([&] {
            const Rollback rollback{log};
            Waker never;
            suspend([&](Waker waker) { never = waker; });
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(log, "rolled back");
    });
}

TEST(Cancel, WaitsForTheEndOfAShield) {
    run([] {
        std::string log;
        auto task = spawn([&] {
            {
                const CancelShield shield;
                yield();
                yield();
                log += "shielded";
            }
            yield();
            log += " never";
        });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(log, "shielded");
    });
}

TEST(Cancel, AWokenWaitIsNotCancelled) {
    run([] {
        Waker waker;
        std::string log;
        auto task = spawn([&] {
            suspend([&](Waker given) { waker = given; });
            log += "owned";
            yield();
            log += " never";
        });
        yield();
        waker.wake();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
        EXPECT_EQ(log, "owned");
    });
}

TEST(Cancel, OfAWaitingFiberLeavesTheTaskRunning) {
    run([] {
        bool done = false;
        auto inner = spawn([&] {
            sleep_for(milliseconds(2));
            done = true;
        });
        auto outer = spawn([&] { inner.join(); });
        yield();
        outer.cancel();
        EXPECT_THROW(outer.join(), Cancelled);
        EXPECT_FALSE(done);
        inner.join();
        EXPECT_TRUE(done);
    });
}

// --- timeouts

TEST(WithTimeout, GivesTheResultInTime) {
    EXPECT_EQ(run([] { return with_timeout(seconds(60), [] { return sleep_for(microseconds(10)), 7; }); }), 7);
}

TEST(WithTimeout, ThrowsTimeoutErrorAndTheFiberGoesOn) {
    run([] {
        EXPECT_THROW(with_timeout(milliseconds(1), [] { sleep_for(hours(1)); }), TimeoutError);
        yield();
        EXPECT_THROW(with_timeout(milliseconds(1), [] { sleep_for(hours(1)); }), TimeoutError);
    });
}

TEST(WithTimeout, TheOuterDeadlinePassesThroughTheInner) {
    run([] {
        bool inner_timed_out = false;
        const auto inner = [&] {
            try {
                with_timeout(hours(1), [] { sleep_for(hours(1)); });
            } catch (const TimeoutError&) {
                inner_timed_out = true;
                throw;
            }
        };
        EXPECT_THROW(with_timeout(milliseconds(1), inner), TimeoutError);
        EXPECT_FALSE(inner_timed_out);
    });
}

TEST(WithTimeout, AnExpiredDeadlineThatNothingNoticedLeavesNoTrace) {
    run([] {
        with_timeout(microseconds(1), [] {
            const CancelShield shield;
            sleep_for(milliseconds(2));
        });
        yield();
    });
}

TEST(WithTimeout, CancellationStaysCancellation) {
    run([] {
        auto task = spawn([] { with_timeout(hours(1), [] { sleep_for(hours(1)); }); });
        yield();
        task.cancel();
        EXPECT_THROW(task.join(), Cancelled);
    });
}

// --- gather

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

// --- locals

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

// --- blocking calls

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

// --- other threads

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

}  // namespace
}  // namespace nuages::async
