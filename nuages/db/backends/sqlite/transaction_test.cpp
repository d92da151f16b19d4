// What is SQLite's own about transactions: locks, and files that survive a kill. The rest stands in tests/backends.
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <fstream>

#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

    std::string folder_ = "/tmp/nuages_atomic_XXXXXX";
};

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

TEST_F(SqliteTransaction, ADatabaseInMemoryIsOneForAllThreads) {
    const db::sqlite::TestDatabase database;
    async::run([] { connection().execute("CREATE TABLE t (id integer)"); });
    std::thread([] { async::run([] { connection().execute("INSERT INTO t VALUES (1)"); }); }).join();
    async::run([] { EXPECT_EQ(connection().query<int>("SELECT id FROM t").size(), 1u); });
}

TEST_F(SqliteTransaction, AFullDiskRollsBackAndTheNextWriteWorksOnceThereIsRoom) {
    const std::string folder = file() + ".disk";
    ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=400k") != 0) {
        rmdir(folder.c_str());
        GTEST_SKIP() << "mounting a small tmpfs needs more rights";
    }
    {
        const std::string filler = folder + "/filler";
        std::ofstream(filler) << std::string(150'000, 'x');
        const db::sqlite::TestDatabase database({.name = folder + "/full.sqlite3"});
        async::run([&] {
            connection().execute("CREATE TABLE log (n integer PRIMARY KEY, text text)");
            connection().execute("INSERT INTO log VALUES (0, 'first')");
            const std::string text(20'000, 'y');
            const auto fill = [&] {
                atomic([&] {
                    for (int n = 1; n <= 20; ++n) connection().execute("INSERT INTO log VALUES (%s, %s)", n, text);
                });
            };
            EXPECT_THROW(fill(), db::OperationalError);
            EXPECT_EQ(connection().query<int>("SELECT n FROM log").size(), 1u);
            std::remove(filler.c_str());
            connection().execute("INSERT INTO log VALUES (1, 'second')");
            EXPECT_EQ(connection().query<int>("SELECT n FROM log").size(), 2u);
            EXPECT_EQ(std::get<0>(connection().query<std::string>("PRAGMA integrity_check")[0]), "ok");
        });
    }
    umount(folder.c_str());
    rmdir(folder.c_str());
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
    const char* asked = std::getenv("NUAGES_KILL_ROUNDS");  // 200 before a release; a few each time
    const int rounds = asked ? std::atoi(asked) : 15;
    for (int round = 0; round < rounds; ++round) {
        int reports = -1;
        const pid_t child = start_writer(file(), reports);
        std::int64_t acknowledged = 0;
        for (int i = 0; i <= round % 15 * 3; ++i)
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
