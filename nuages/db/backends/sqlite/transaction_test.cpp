// Transactions against real SQLite files: nesting, rollback, locks between fibers, threads and processes.
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace nuages;

namespace {

class SqliteTransaction : public testing::Test {
protected:
    void SetUp() override { ASSERT_NE(mkdtemp(folder_.data()), nullptr); }
    void TearDown() override {
        for (const char* end : {"", "-wal", "-shm", "-journal"}) std::remove((file() + end).c_str());
        std::remove(folder_.c_str());
    }
    std::string file() const { return folder_ + "/db.sqlite3"; }

    template <class F> void run(F&& f, std::vector<std::pair<std::string, std::string>> options = {}) {
        const db::sqlite::TestDatabase database({.name = file(), .options = std::move(options)});
        async::run([&] {
            connection().execute("CREATE TABLE IF NOT EXISTS t (id integer PRIMARY KEY, name text UNIQUE)");
            f();
        });
    }
    static void add(const char* name) { connection().execute("INSERT INTO t (name) VALUES (%s)", name); }
    static std::string names() {
        std::string all;
        for (auto& [name] : connection().query<std::string>("SELECT name FROM t ORDER BY id")) all += name;
        return all;
    }

    /// A statement that keeps the session from its siblings for a while.
    static void hold_the_session() {
        connection().execute("SELECT 1", {}, [](std::span<const db::Cell>) { async::sleep_for(milliseconds(5)); });
    }
    static void fail_slowly() {
        try {
            atomic([] {
                add("lost");
                async::sleep_for(milliseconds(10));
                throw 1;
            });
        } catch (int) {}
    }

    std::string folder_ = "/tmp/nuages_atomic_XXXXXX";
};

TEST_F(SqliteTransaction, CommitsAndReturnsTheBlocksResult) {
    run([] {
        EXPECT_EQ(atomic([] {
                      add("a");
                      EXPECT_TRUE(connection().in_atomic_block());
                      return std::string("done");
                  }),
                  "done");
        EXPECT_FALSE(connection().in_atomic_block());
        EXPECT_EQ(names(), "a");
    });
}

TEST_F(SqliteTransaction, RollsBackOnAnyException) {
    run([] {
        EXPECT_THROW(atomic([] {
                         add("a");
                         throw 1;
                     }),
                     int);
        EXPECT_EQ(names(), "");
        EXPECT_THROW(atomic([] {
                         add("a");
                         add("a");
                     }),
                     db::IntegrityError);
        EXPECT_EQ(names(), "");
        add("b");
        EXPECT_EQ(names(), "b");
    });
}

TEST_F(SqliteTransaction, RollsBackWhenTheFiberIsCancelled) {
    run([] {
        auto task = async::spawn([] {
            atomic([] {
                add("a");
                async::sleep_for(hours(1));
            });
        });
        while (!task.done()) {
            async::sleep_for(milliseconds(1));
            task.cancel();
        }
        EXPECT_EQ(names(), "");
        atomic([] { add("b"); });
        EXPECT_EQ(names(), "b");
    });
}

TEST_F(SqliteTransaction, InnerBlocksAreSavepoints) {
    run([] {
        atomic([] {
            add("a");
            EXPECT_THROW(atomic([] {
                             add("b");
                             atomic([] { add("c"); });
                             throw 1;
                         }),
                         int);
            atomic([] { add("d"); });
        });
        EXPECT_EQ(names(), "ad");
    });
}

TEST_F(SqliteTransaction, AnInnerFailureWithoutSavepointDoomsTheOuterBlock) {
    run([] {
        atomic([] {
            add("a");
            EXPECT_THROW(atomic([] { throw 1; }, {.savepoint = false}), int);
            EXPECT_THROW(add("b"), db::TransactionManagementError);
        });
        EXPECT_EQ(names(), "");
    });
}

TEST_F(SqliteTransaction, DurableBlocksMustBeOutermost) {
    run([] {
        atomic([] { add("a"); }, {.durable = true});
        EXPECT_THROW(atomic([] { atomic([] {}, {.durable = true}); }), db::TransactionManagementError);
        EXPECT_EQ(names(), "a");
    });
}

TEST_F(SqliteTransaction, SetRollbackEndsTheBlockWithoutAnException) {
    run([] {
        atomic([] {
            add("a");
            db::set_rollback(true);
            EXPECT_TRUE(db::get_rollback());
        });
        EXPECT_EQ(names(), "");
        EXPECT_THROW(db::set_rollback(true), db::TransactionManagementError);
    });
}

TEST_F(SqliteTransaction, OnCommitWaitsForTheOutermostCommit) {
    run([] {
        std::string log;
        on_commit([&] { log += "0"; });
        EXPECT_EQ(log, "0");
        atomic([&] {
            on_commit([&] { log += "1" + std::string(connection().in_atomic_block() ? "!" : ""); });
            atomic([&] { on_commit([&] { log += "2"; }); });
            EXPECT_THROW(atomic([&] {
                             on_commit([&] { log += "lost"; });
                             throw 1;
                         }),
                         int);
            on_commit([&] { throw Error("robust ones may fail"); }, {.robust = true});
            on_commit([&] { log += "3"; });
            EXPECT_EQ(log, "0");
        });
        EXPECT_EQ(log, "0123");
        EXPECT_THROW(atomic([&] {
                         on_commit([&] { log += "lost"; });
                         throw 1;
                     }),
                     int);
        EXPECT_EQ(log, "0123");
    });
}

TEST_F(SqliteTransaction, DeferredForeignKeysFailAtCommitAndRollBack) {
    run([] {
        connection().execute("CREATE TABLE child (t_id integer REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
        EXPECT_THROW(atomic([] { connection().execute("INSERT INTO child VALUES (99)"); }), db::IntegrityError);
        EXPECT_EQ(std::get<0>(connection().query<int>("SELECT count(*) FROM child")[0]), 0);
        add("a");
    });
}

TEST_F(SqliteTransaction, GatheredFibersShareItInTurn) {
    run([] {
        atomic([] {
            add("a");
            const auto [seen, again, nothing] = async::gather([] { return names(); }, [] { return names(); },
                                                              [] { atomic([] { connection().execute("SELECT 1"); }); });
            EXPECT_EQ(seen, "a");  // uncommitted, so it is the same session
            EXPECT_EQ(again, "a");
        });
    });
}

TEST_F(SqliteTransaction, SavepointsOfGatheredFibersDoNotInterleave) {
    run([] {
        atomic([] {
            const auto slow_failure = [] {
                try {
                    atomic([] {
                        add("lost");
                        async::sleep_for(milliseconds(5));
                        add("lost too");
                        throw 1;
                    });
                } catch (int) {}
            };
            async::gather(slow_failure, [] {
                async::sleep_for(milliseconds(1));
                atomic([] { add("kept"); });
                add("kept too");
            });
        });
        EXPECT_EQ(names(), "keptkept too");
    });
}

TEST_F(SqliteTransaction, SavepointsOfGatheredFibersDoNotInterleaveWhenBothQueueForTheSession) {
    run([] {
        atomic([] { async::gather(hold_the_session, fail_slowly, [] { atomic([] { add("kept"); }); }); });
        EXPECT_EQ(names(), "kept");
    });
}

TEST_F(SqliteTransaction, AQueuedStatementStaysOutOfASiblingsSavepoint) {
    run([] {
        atomic([] { async::gather(hold_the_session, fail_slowly, [] { add("kept"); }); });
        EXPECT_EQ(names(), "kept");
    });
}

TEST_F(SqliteTransaction, BlocksWithoutSavepointHideNoSavepointFromSiblings) {
    run([] {
        atomic([] {
            const auto without_savepoint = [] {
                const auto work = [] {
                    async::sleep_for(milliseconds(2));
                    add("kept");
                };
                atomic(work, {.savepoint = false});
            };
            async::gather(without_savepoint, [] {
                try {
                    atomic([] {
                        const auto work = [] {
                            add("lost");
                            async::sleep_for(milliseconds(10));
                        };
                        atomic(work, {.savepoint = false});
                        throw 1;
                    });
                } catch (int) {}
            });
        });
        EXPECT_EQ(names(), "kept");
    });
}

TEST_F(SqliteTransaction, AFailureWithoutSavepointIsNotForgivenByASiblingsSavepoint) {
    run([] {
        atomic([] {
            const auto doom = [] {
                try {
                    const auto work = [] {
                        async::sleep_for(milliseconds(2));
                        throw 1;
                    };
                    atomic(work, {.savepoint = false});
                } catch (int) {}
            };
            async::gather(doom, fail_slowly);
            EXPECT_THROW(add("after"), db::TransactionManagementError);
        });
        EXPECT_EQ(names(), "");
    });
}

TEST_F(SqliteTransaction, CallbacksAreNotLostWithASiblingsSavepoint) {
    run([] {
        std::string log;
        atomic([&] {
            async::gather(fail_slowly, [&] {
                async::sleep_for(milliseconds(2));
                on_commit([&] { log += "kept"; });
            });
        });
        EXPECT_EQ(log, "kept");
    });
}

TEST_F(SqliteTransaction, GatheredFibersOutsideATransactionOpenTheirOwn) {
    run([] {
        const auto own_block = [] {
            async::sleep_for(milliseconds(2));
            EXPECT_FALSE(connection().in_atomic_block());
            atomic([] { add("kept"); }, {.durable = true});
            add("kept too");
        };
        async::gather(fail_slowly, own_block);
        EXPECT_EQ(names(), "keptkept too");
    });
}

TEST_F(SqliteTransaction, SpawnedFibersAreOnTheirOwn) {
    run([] {
        atomic([] {
            add("a");
            EXPECT_EQ(async::spawn([] { return names(); }).join(), "");
        });
    });
}

TEST_F(SqliteTransaction, ALockedDatabaseIsWaitedForAndThenReported) {
    run(
        [&] {
            sqlite3* other = nullptr;
            ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
            ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
            int turns = 0;
            bool failed = false;
            async::gather(
                [&] {
                    try {
                        add("a");
                    } catch (const db::OperationalError& error) {
                        EXPECT_STREQ(error.what(), "database is locked");
                    }
                    failed = true;
                },
                [&] {
                    while (!failed) {
                        async::sleep_for(milliseconds(1));
                        ++turns;
                    }
                });
            EXPECT_GT(turns, 1);  // the thread went on meanwhile
            EXPECT_THROW(atomic([] { add("a"); }), db::OperationalError);
            EXPECT_EQ(names(), "");  // readers are not held up
            async::gather([] { add("b"); },
                          [&] {
                              async::sleep_for(milliseconds(20));
                              sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
                          });
            EXPECT_EQ(names(), "b");
            sqlite3_close(other);
        },
        {{"timeout", "0.4"}});
}

TEST_F(SqliteTransaction, DeferredTransactionsThatCannotBeUpgradedFailAtOnce) {
    run(
        [&] {
            sqlite3* other = nullptr;
            ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
            EXPECT_THROW(atomic([&] {
                             names();
                             ASSERT_EQ(
                                 sqlite3_exec(other, "INSERT INTO t (name) VALUES ('x')", nullptr, nullptr, nullptr),
                                 SQLITE_OK);
                             add("a");
                         }),
                         db::OperationalError);
            EXPECT_EQ(names(), "x");
            sqlite3_close(other);
        },
        {{"transaction_mode", "DEFERRED"}});
}

TEST_F(SqliteTransaction, ManyFibersOfManyThreadsLoseNoUpdate) {
    const db::sqlite::TestDatabase database({.name = file()});
    async::run([] {
        connection().execute("CREATE TABLE counter (n integer)");
        connection().execute("INSERT INTO counter VALUES (0)");
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([] {
            async::run([] {
                const auto work = [] {
                    for (int round = 0; round < 10; ++round) {
                        atomic([] {
                            const auto n = std::get<0>(connection().query<int>("SELECT n FROM counter")[0]);
                            async::yield();
                            connection().execute("UPDATE counter SET n = %s", n + 1);
                        });
                        connection().execute("UPDATE counter SET n = n + 1");
                    }
                };
                std::vector<async::Task<void>> tasks;
                for (int fiber = 0; fiber < 5; ++fiber) tasks.push_back(async::spawn(work));
                for (auto& task : tasks) task.join();
            });
        });
    }
    for (auto& thread : threads) thread.join();
    async::run([] { EXPECT_EQ(std::get<0>(connection().query<int>("SELECT n FROM counter")[0]), 300); });
}

TEST_F(SqliteTransaction, AFullPoolIsWaitedFor) {
    run(
        [] {
            bool first_is_in = false;
            async::gather(
                [&] {
                    atomic([&] {
                        first_is_in = true;
                        async::sleep_for(milliseconds(10));
                        add("a");
                    });
                },
                [&] {
                    while (!first_is_in) async::yield();
                    EXPECT_EQ(async::spawn([] { return names(); }).join(), "a");
                });
        },
        {{"pool_size", "1"}});
}

TEST_F(SqliteTransaction, ADatabaseInMemoryIsOneForAllThreads) {
    const db::sqlite::TestDatabase database;
    async::run([] { connection().execute("CREATE TABLE t (id integer)"); });
    std::thread([] { async::run([] { connection().execute("INSERT INTO t VALUES (1)"); }); }).join();
    async::run([] { EXPECT_EQ(connection().query<int>("SELECT id FROM t").size(), 1u); });
}

TEST_F(SqliteTransaction, StatsCountSavepointsAsDjangoDoes) {
    run([] {
        const db::StatsScope scope(true);
        atomic([] { atomic([] { add("a"); }); });
        EXPECT_EQ(scope.stats().count, 3);
        EXPECT_EQ(scope.stats().statements.front(), "SAVEPOINT s1");
    });
}

TEST_F(SqliteTransaction, AManualBlockIsRolledBackWhenItGoes) {
    run([] {
        {
            const db::ManualAtomic block;
            add("a");
        }
        EXPECT_EQ(names(), "");
        db::ManualAtomic block;
        add("b");
        block.commit();
        EXPECT_EQ(names(), "b");
    });
}

/// What the killed process does: numbered rows, each reported to descriptor 3 once it is committed.
void write_rows_until_killed(const char* file) {
    const db::sqlite::TestDatabase database({.name = file});
    async::run([] {
        connection().execute("CREATE TABLE IF NOT EXISTS log (n integer PRIMARY KEY, half integer)");
        for (;;) {
            const auto next =
                std::get<0>(connection().query<std::int64_t>("SELECT COALESCE(MAX(n), 0) + 1 FROM log")[0]);
            atomic([&] {
                connection().execute("INSERT INTO log VALUES (%s, 1)", next);
                connection().execute("UPDATE log SET half = 2 WHERE n = %s", next);
            });
            if (write(3, &next, sizeof next) != sizeof next) _exit(1);
        }
    });
}

/// Runs this program again as the writer; the read end of its report pipe goes to REPORTS.
pid_t start_writer(const std::string& file, int& reports) {
    int channel[2];
    if (pipe(channel) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        dup2(channel[1], 3);
        setenv("NUAGES_TEST_WRITER", file.c_str(), 1);
        execl("/proc/self/exe", "writer", "--gtest_filter=SqliteWriter.*", nullptr);
        _exit(127);
    }
    close(channel[1]);
    reports = channel[0];
    return child;
}

TEST(SqliteWriter, RunsOnlyAsTheChildOfTheTestBelow) {
    if (const char* file = std::getenv("NUAGES_TEST_WRITER")) write_rows_until_killed(file);
}

TEST_F(SqliteTransaction, KillNineLosesNothingThatWasAcknowledged) {
    for (int round = 0; round < 15; ++round) {
        int reports = -1;
        const pid_t child = start_writer(file(), reports);
        std::int64_t acknowledged = 0;
        for (int i = 0; i <= round * 3; ++i)
            ASSERT_EQ(read(reports, &acknowledged, sizeof acknowledged), static_cast<ssize_t>(sizeof acknowledged));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        while (read(reports, &acknowledged, sizeof acknowledged) == sizeof acknowledged) {}
        close(reports);
        run([&] {
            const auto [count, max, halves] = connection().query<std::int64_t, std::int64_t, std::int64_t>(
                "SELECT COUNT(*), MAX(n), SUM(half = 1) FROM log")[0];
            EXPECT_GE(max, acknowledged);
            EXPECT_LE(max, acknowledged + 1);
            EXPECT_EQ(count, max);
            EXPECT_EQ(halves, 0);
            EXPECT_EQ(std::get<0>(connection().query<std::string>("PRAGMA integrity_check")[0]), "ok");
        });
    }
}

}  // namespace
