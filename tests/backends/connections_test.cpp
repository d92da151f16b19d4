// Statements and values by hand. The same on every database.
#include <nuages/async/gather.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/db/backend.hpp>
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/execute_wrapper.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/signals.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

using namespace nuages;

namespace {

class Connections : public testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
    }
    template <class F> static void run(F&& f, db::testing::TestDatabase::Options options = {}) {
        const db::testing::TestDatabase database(std::move(options));
        async::run([&] { f(); });
    }
    static int count(std::string_view table) {
        return std::get<0>(connection().query<int>("SELECT count(*) FROM " + std::string(table)).at(0));
    }
};

TEST_F(Connections, ReturnTypedRowsOfHandWrittenSql) {
    run([] {
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY, name text, score real)");
        EXPECT_EQ(connection().execute("INSERT INTO t (id, name, score) VALUES (%s, %s, %s)", 1, "Ada", 1.5).rows_changed, 1);
        connection().execute("INSERT INTO t (id, name, score) VALUES (2, %s, %s)", std::string("50%"), nullptr);
        std::vector<std::string> seen;
        for (auto& [id, name, score] : connection().query<int, std::string, std::optional<double>>(
                 "SELECT id, name, score FROM t WHERE name LIKE '%%' || %s ORDER BY id", ""))
            seen.push_back(std::to_string(id) + name + (score ? "+" : "-"));
        EXPECT_EQ(seen, (std::vector<std::string>{"1Ada+", "250%-"}));
        EXPECT_EQ(connection().execute("UPDATE t SET score = 0").rows_changed, 2);
        EXPECT_EQ(connection().query<int>("SELECT count(*) FROM t WHERE name LIKE '%%'").size(), 1u);
    });
}

TEST_F(Connections, StoreEveryKindOfValue) {
    run([] {
        const db::Operations& operations = connection().operations();
        const auto type = [&](const char* kind) { return std::string(operations.data_type(kind)); };
        connection().execute("CREATE TABLE v (a " + type("BooleanField") + ", b " + type("BigIntegerField") + ", c " +
                             type("FloatField") + ", d text, e " + type("BinaryField") + ", f " + type("DateField") + ", g " +
                             type("TimeField") + ", h " + type("DateTimeField") + ", i " + type("DurationField") + ")");
        const DateTime at = DateTime::from_ymdhms(2026, 3, 9, 10, 11, 12, 250);
        connection().execute("INSERT INTO v VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", true, INT64_MIN, 0.1, "é",
                             db::Blob{std::string_view("\xff\x00", 2)}, at.date(), at.time(), at, seconds(3));
        const auto rows =
            connection().query<bool, std::int64_t, double, std::string, std::string, Date, Time, DateTime, Duration>(
                "SELECT * FROM v");
        ASSERT_EQ(rows.size(), 1u);
        const auto& [flag, number, real, text, blob, date, time, datetime, duration] = rows[0];
        EXPECT_TRUE(flag);
        EXPECT_EQ(number, INT64_MIN);
        EXPECT_EQ(real, 0.1);
        EXPECT_EQ(text, "é");
        EXPECT_EQ(blob, std::string("\xff\x00", 2));
        EXPECT_EQ(date, at.date());
        EXPECT_EQ(time, at.time());
        EXPECT_EQ(datetime, at);
        EXPECT_EQ(duration, seconds(3));
    });
}

TEST_F(Connections, CheckThePlaceholdersOfHandWrittenSql) {
    run([] {
        EXPECT_THROW(connection().execute("SELECT %s, %s", 1), db::ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT %d", 1), db::ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT 1; SELECT 2"), db::ProgrammingError);
        EXPECT_THROW(connection().execute("  "), db::ProgrammingError);
        EXPECT_THROW((connection().query<int, int>("SELECT 1")), db::ProgrammingError);
        EXPECT_THROW(connection().execute(std::string_view("SELECT 1\0; DROP TABLE t", 23)), db::ProgrammingError);
        EXPECT_THROW(connection().query<Date>("SELECT %s", Date::from_ymd(10000, 1, 1)), db::DataError);
    });
}

TEST_F(Connections, TakeParametersByName) {
    run([] {
        const std::string text = "50%";
        const auto rows = connection().query<std::string, std::int64_t, std::string>(
            "SELECT %(text)s, %(n)s + %(n)s, '100%%' || %(text)s", {{"n", 21}, {"text", text}});
        ASSERT_EQ(rows.size(), 1u);
        EXPECT_EQ(rows[0], std::tuple("50%", 42, "100%50%"));
        EXPECT_THROW(connection().execute("SELECT %(nope)s", {{"n", 1}}), db::ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT %s", {{"n", 1}}), db::ProgrammingError);
    });
}

TEST_F(Connections, ViolatedConstraintsAreIntegrityErrors) {
    run([] {
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL, n integer CHECK (n > 0))");
        connection().execute("INSERT INTO t VALUES (1, 'a', 1)");
        EXPECT_THROW(connection().execute("INSERT INTO t VALUES (1, 'a', 1)"), db::IntegrityError);
        EXPECT_THROW(connection().execute("INSERT INTO t VALUES (2, NULL, 1)"), db::IntegrityError);
        EXPECT_THROW(connection().execute("INSERT INTO t VALUES (2, 'a', 0)"), db::IntegrityError);
        EXPECT_EQ(count("t"), 1);
    });
}

TEST_F(Connections, LetARowSinkRunQueriesOfItsOwn) {
    run([] {
        const auto nested = [] {
            int sum = 0;
            connection().execute("SELECT id FROM t", {}, [&](std::span<const db::Cell> row) {
                connection().execute("SELECT id FROM t", {}, [&](std::span<const db::Cell> inner) {
                    sum += static_cast<int>(row[0].integer() * inner[0].integer());
                });
            });
            EXPECT_EQ(sum, 9);
        };
        connection().execute("CREATE TABLE t (id integer)");
        for (int i = 0; i < 3; ++i) connection().execute("INSERT INTO t VALUES (%s)", i);
        nested();
        atomic(nested);
    });
}

TEST_F(Connections, GoOnAfterASinkThrows) {
    run([] {
        connection().execute("CREATE TABLE t (id integer)");
        for (int i = 0; i < 3; ++i) connection().execute("INSERT INTO t VALUES (%s)", i);
        EXPECT_THROW(connection().execute("SELECT id FROM t", {}, [](std::span<const db::Cell>) { throw 1; }), int);
        EXPECT_EQ(count("t"), 3);
        connection().execute("DELETE FROM t");
    });
}

TEST_F(Connections, RefuseTransactionsThatSqlTextOpens) {
    run([] {
        EXPECT_THROW(connection().execute("BEGIN"), db::ProgrammingError);
        connection().execute("CREATE TABLE t (id integer)");
        EXPECT_EQ(count("t"), 0);
    });
}

TEST_F(Connections, ReturnTheRowsOfReturning) {
    run([] {
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY, name text)");
        const auto rows = connection().query<int, std::string>(
            "INSERT INTO t (id, name) VALUES (1, %s), (2, %s) RETURNING id, upper(name)", "a", "b");
        ASSERT_EQ(rows.size(), 2u);
        EXPECT_EQ(rows[1], (std::tuple<int, std::string>(2, "B")));
        EXPECT_EQ(count("t"), 2);
    });
}

TEST_F(Connections, CountTheQueriesOfAFiberAndOfThoseItGathers) {
    run([] {
        connection().execute("SELECT 1");
        EXPECT_EQ(db::current_stats()->count, 1);
        const db::StatsScope scope(true);
        async::gather([] { connection().execute("SELECT 1"); }, [] { connection().execute("SELECT 2"); });
        EXPECT_EQ(scope.stats().count, 2);
        EXPECT_EQ(scope.stats().statements.size(), 2u);
    });
}

TEST_F(Connections, ThousandFibersInTransactionsOnAPoolOfTen) {
    run(
        [] {
            connection().execute("CREATE TABLE t (fiber integer, part integer)");
            std::vector<async::Task<void>> tasks;
            for (int fiber = 0; fiber < 1000; ++fiber) {
                tasks.push_back(async::spawn([fiber] {
                    const auto add = [fiber](int part) {
                        connection().execute("INSERT INTO t VALUES (%s, %s)", fiber, part);
                    };
                    const auto block = [&] {
                        async::gather([&] { add(1); }, [&] { atomic([&] { add(2); }); }, [&] { add(3); });
                        if (fiber % 10 == 0) throw Error("every tenth is rolled back");
                    };
                    try {
                        atomic(block);
                    } catch (const Error& error) {
                        if (fiber % 10) throw;
                    }
                }));
            }
            for (auto& task : tasks) task.join();
            EXPECT_EQ(count("t"), 2700);
        },
        {{"pool_size", "10"}});
}

TEST_F(Connections, CancelledFibersLeaveThePoolWhole) {
    run(
        [] {
            connection().execute("CREATE TABLE t (id integer)");
            for (int round = 0; round < 30; ++round) {
                std::vector<async::Task<void>> tasks;
                for (int i = 0; i < 10; ++i) {
                    tasks.push_back(async::spawn([i] {
                        if (i % 2) {
                            atomic([&] {
                                connection().execute("INSERT INTO t VALUES (%s)", i);
                                async::yield();
                                connection().execute("INSERT INTO t VALUES (%s)", i);
                                throw 1;
                            });
                        }
                        count("t");
                    }));
                }
                for (int i = 0; i < round % 5; ++i) async::yield();
                if (round % 3 == 0) async::sleep_for(microseconds(round * 50));
                for (auto& task : tasks) task.cancel();
                for (auto& task : tasks) {
                    try {
                        task.join();
                    } catch (...) {}
                }
            }
            EXPECT_EQ(count("t"), 0);
            for (int i = 0; i < 4; ++i) atomic([] { connection().execute("INSERT INTO t VALUES (1)"); });
            EXPECT_EQ(count("t"), 4);
        },
        {{"pool_size", "4"}});
}

TEST_F(Connections, StatementsGoThroughWrappers) {
    run([] {
        connection().execute("CREATE TABLE t (id integer)");
        std::string heard;
        {
            const db::ExecuteWrapper outer([&](db::ExecuteWrapper::Execute execute, const db::Statement& statement) {
                heard += "[" + std::string(statement.sql) + " " + std::to_string(statement.params.size());
                const db::ExecuteResult result = execute(statement.sql, statement.params);
                heard += "]";
                return result;
            });
            const db::ExecuteWrapper inner([&](db::ExecuteWrapper::Execute execute, const db::Statement&) {
                heard += "(";
                const db::Param seven[] = {7};
                std::string placeholder;
                connection().operations().placeholder(placeholder, 1);
                const db::ExecuteResult result = execute("INSERT INTO t VALUES (" + placeholder + ")", seven);
                heard += ")";
                return result;
            });
            EXPECT_EQ(connection().execute("DELETE FROM t").rows_changed, 1);  // the inner one sends another text
        }
        EXPECT_EQ(heard, "[DELETE FROM t 0()]");
        EXPECT_EQ(connection().query<int>("SELECT id FROM t"), std::vector{std::tuple(7)});
        const db::ExecuteWrapper blocker([](db::ExecuteWrapper::Execute, const db::Statement&) -> db::ExecuteResult {
            throw db::RuntimeError("no queries here");
        });
        EXPECT_THROW(connection().execute("DELETE FROM t"), db::RuntimeError);
        EXPECT_THROW(async::gather([] { connection().execute("DELETE FROM t"); }, [] {}), db::RuntimeError);
        bool other_fiber_was_blocked = true;
        async::spawn([&] {
            other_fiber_was_blocked = false;
            EXPECT_EQ(count("t"), 1);
        }).join();
        EXPECT_FALSE(other_fiber_was_blocked);
    });
}

TEST_F(Connections, SavepointsGoThroughWrappers) {
    run([] {
        std::vector<std::string> heard;
        const db::ExecuteWrapper listener([&](db::ExecuteWrapper::Execute execute, const db::Statement& statement) {
            heard.emplace_back(statement.sql);
            return execute(statement.sql, statement.params);
        });
        atomic([&] {
            atomic([] {});
            EXPECT_THROW(atomic([] { throw 1; }), int);
            const int id = db::savepoint();
            db::savepoint_commit(id);
        });
        EXPECT_EQ(heard, (std::vector<std::string>{"SAVEPOINT s1", "RELEASE SAVEPOINT s1", "SAVEPOINT s2", "ROLLBACK TO SAVEPOINT s2",
                                                   "RELEASE SAVEPOINT s2", "SAVEPOINT s3", "RELEASE SAVEPOINT s3"}));
    });
}

TEST_F(Connections, AreLoggedWhereTheLevelIsDebug) {
    run([] {
        std::vector<std::string> lines;
        const auto former = log::set_sink([&](log::Level, std::string_view logger, std::string_view message) {
            if (logger == "django.db.backends") lines.emplace_back(message);
        });
        connection().query<int>("SELECT 1");
        log::set_level(log::Level::debug);
        connection().query<std::string>("SELECT CAST(%s AS varchar(9))", "it's");
        atomic([] { atomic([] {}); });
        log::set_level(log::Level::info);
        log::set_sink(former);
        ASSERT_EQ(lines.size(), 3u);
        EXPECT_TRUE(lines[0].starts_with("(0.")) << lines[0];
        EXPECT_NE(lines[0].find("; args=('it's',); alias=default"), std::string::npos) << lines[0];
        EXPECT_EQ(lines[1], "SAVEPOINT s1; args=None; alias=default");
    });
}

TEST_F(Connections, TellOfEachSessionThatIsOpened) {
    std::vector<std::string> heard;
    auto& signal = db::signals::connection_created();
    const auto receiver = signal.connect([&](const db::signals::ConnectionCreated& event) {
        heard.push_back(event.connection.alias());
        event.session.execute("CREATE TEMPORARY TABLE own_of_the_session (id integer)", {}, [](auto) {});
    });
    run([&] {
        EXPECT_TRUE(heard.empty());
        EXPECT_EQ(count("own_of_the_session"), 0);
        EXPECT_EQ(count("own_of_the_session"), 0);
        EXPECT_EQ(heard, (std::vector<std::string>{"default"}));
    });
    signal.disconnect(receiver);
    const auto failing = signal.connect([](const db::signals::ConnectionCreated&) { throw db::RuntimeError("not this one"); });
    run([&] { EXPECT_THROW(connection().execute("SELECT 1"), db::RuntimeError); });
    signal.disconnect(failing);
    run([&] { EXPECT_NO_THROW(connection().execute("SELECT 1")); });
}

}  // namespace
