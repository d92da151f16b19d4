#include <nuages/async/gather.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/task_group.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/postgresql/notifications.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/backend.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

namespace nuages::db::postgresql {
namespace {

class PostgresqlTest : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!TestCluster::shared(&reason)) GTEST_SKIP() << reason;
    }
};

template <class F> void with(F&& f, std::vector<std::pair<std::string, std::string>> options = {}) {
    with_database(std::forward<F>(f), std::move(options));
}

template <class T> T one(std::string_view sql) { return std::get<0>(connection().query<T>(sql).at(0)); }

TEST_F(PostgresqlTest, EveryTypeComesBackAsItWent) {
    with([] {
        const auto echo = [](std::string_view sql, auto value) { return std::get<0>(connection().query<decltype(value)>(sql, value).at(0)); };
        EXPECT_EQ(echo("SELECT %s::int", 7), 7);
        EXPECT_EQ(echo("SELECT %s::smallint", -7), -7);
        EXPECT_EQ(echo("SELECT %s::bigint", std::int64_t{1} << 40), std::int64_t{1} << 40);
        EXPECT_EQ(echo("SELECT %s", 7), 7) << "an integer needs no cast";
        EXPECT_EQ(echo("SELECT %s", true), true);
        EXPECT_EQ(echo("SELECT %s", 2.5), 2.5);
        EXPECT_EQ(echo("SELECT %s::real", 2.5), 2.5);
        EXPECT_EQ(echo("SELECT %s", std::string("été")), "été");
        EXPECT_EQ(echo("SELECT %s", Date::from_ymd(1999, 12, 31)), Date::from_ymd(1999, 12, 31));
        EXPECT_EQ(echo("SELECT %s", Date::from_ymd(1, 1, 1)), Date::from_ymd(1, 1, 1));
        EXPECT_EQ(echo("SELECT %s", Time::from_hms(23, 59, 59, 999999)), Time::from_hms(23, 59, 59, 999999));
        EXPECT_EQ(echo("SELECT %s", DateTime::from_ymdhms(1969, 7, 20, 20, 17, 40, 5)), DateTime::from_ymdhms(1969, 7, 20, 20, 17, 40, 5));
        EXPECT_EQ(echo("SELECT %s", Duration{-90061000001}), Duration{-90061000001});
        EXPECT_EQ(echo("SELECT %s::text", std::optional<std::string>()), std::nullopt);
    });
}

TEST_F(PostgresqlTest, IdleConnectionsAreClosedWithoutAnybodyAsking) {
    with(
        [] {
            const auto sessions = [] {
                connection().execute("SELECT pg_stat_clear_snapshot()");
                return one<int>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'");
            };
            const auto sleep = [] { connection().execute("SELECT pg_sleep(0.05) FOR UPDATE"); };
            async::gather(sleep, sleep, sleep, sleep);
            EXPECT_GE(sessions(), 3);
            // From a connection that is in use all the time, so that the others are never asked for.
            int left = 0;
            atomic([&] {
                for (int round = 0; round < 40 && (left = sessions()) > 1; ++round) async::sleep_for(milliseconds(100));
            });
            EXPECT_EQ(left, 1);
            EXPECT_EQ(one<int>("SELECT 7"), 7);
        },
        {{"idle_timeout", "1"}});
}

TEST_F(PostgresqlTest, NumericsComeDigitByDigit) {
    with([] {
        for (const char* text : {"0", "12.50", "-12.50", "0.00001", "100000000", "99999999999999999999.9999", "-0.1", "10000", "123456789.987654321", "0.10", "1e20"})
            EXPECT_EQ(one<std::string>("SELECT '" + std::string(text) + "'::numeric"), one<std::string>("SELECT ('" + std::string(text) + "'::numeric)::text"));
        EXPECT_EQ(one<std::string>("SELECT 'NaN'::numeric"), "NaN");
    });
}

TEST_F(PostgresqlTest, AddressesAndIdentifiersAreText) {
    with([] {
        for (const char* text : {"192.168.0.1", "10.0.0.0/8", "::1", "::", "2001:db8::1", "1:0:0:2::3", "fe80::", "1:2:3:4:5:6:7:8",
                                 "1:0:2:3:4:5:6:7", "1::", "::2:0:0:0", "::ffff:1.2.3.4", "::1.2.3.4", "::ffff:0:1", "::2"}) {
            const std::string literal = "'" + std::string(text) + "'::inet";
            EXPECT_EQ(one<std::string>("SELECT " + literal),
                      one<std::string>("SELECT CASE WHEN masklen(i) IN (32, 128) THEN host(i) ELSE text(i) END FROM (SELECT " + literal + " AS i) s"));
        }
        EXPECT_EQ(one<std::string>("SELECT '123e4567-e89b-12d3-a456-426614174000'::uuid"), "123e4567-e89b-12d3-a456-426614174000");
        EXPECT_EQ(one<std::string>("SELECT '{\"a\": [1, 2]}'::jsonb"), R"({"a": [1, 2]})");
        EXPECT_EQ(one<std::string>("SELECT '[1,2)'::int4range"), "[1,2)") << "a type that is not known comes as text";
        EXPECT_EQ(one<std::string>("SELECT pg_typeof(now())::text"), "timestamp with time zone");
    });
}

TEST_F(PostgresqlTest, ErrorsHaveDjangosClassesAndTheServersText) {
    with([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0))");
        connection().execute("INSERT INTO t VALUES (1, 1)");
        try {
            connection().execute("INSERT INTO t VALUES (1, 1)");
            FAIL();
        } catch (const IntegrityError& error) {
            EXPECT_STREQ(error.what(), "duplicate key value violates unique constraint \"t_pkey\"\nDETAIL:  Key (id)=(1) already exists.");
            EXPECT_EQ(error.code(), "23505");
        }
        try {
            connection().execute("SELECT * FROM nowhere");
            FAIL();
        } catch (const ProgrammingError& error) {
            EXPECT_STREQ(error.what(), "relation \"nowhere\" does not exist\nLINE 1: SELECT * FROM nowhere\n                      ^");
        }
        EXPECT_THROW(connection().execute("SELECT 1/0"), DataError);
        EXPECT_THROW(connection().execute("SELEC 1"), ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT 1; SELECT 2"), ProgrammingError);
        EXPECT_THROW(connection().execute(""), ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT %s::int", 1LL << 40), DataError);
        EXPECT_THROW(connection().execute("SELECT %s", std::string("a\0b", 3)), DataError);
        EXPECT_EQ(one<int>("SELECT 1"), 1) << "the session goes on";
    });
}

TEST_F(PostgresqlTest, ShortReadsOfManyFibersShareSessions) {
    with([] {
        const Driver& driver = connection().database().driver();
        EXPECT_FALSE(driver.shareable("SELECT 41 + 1")) << "nobody knows yet whether it is short";
        while (!driver.shareable("SELECT 41 + 1")) one<int>("SELECT 41 + 1");  // until one run was short
        std::vector<async::Task<int>> tasks;
        for (int i = 0; i < 100; ++i) tasks.push_back(async::spawn([] { return one<int>("SELECT 41 + 1"); }));
        for (auto& task : tasks) EXPECT_EQ(task.join(), 42);
        connection().execute("CREATE TABLE t (id int)");
        for (const char* sql : {"SELECT id FROM t FOR UPDATE", "SELECT pg_sleep(0)", "INSERT INTO t VALUES (1)", "DELETE FROM t"}) {
            connection().execute(sql);
            EXPECT_FALSE(driver.shareable(sql)) << sql;
        }
    });
}

TEST_F(PostgresqlTest, AnErrorReachesOnlyTheFiberThatMadeIt) {
    with([] {
        connection().execute("CREATE TABLE t (id int)");
        connection().execute("INSERT INTO t SELECT generate_series(1, 10)");
        const auto divide = [](int by) { return std::get<0>(connection().query<int>("SELECT 100 / (id - %s) FROM t WHERE id = 3", by).at(0)); };
        EXPECT_EQ(divide(1), 50);
        int failed = 0, passed = 0;
        std::vector<async::Task<int>> tasks;
        for (int i = 0; i < 50; ++i) tasks.push_back(async::spawn([&, i] { return divide(i % 5 == 0 ? 3 : 1); }));
        for (auto& task : tasks) {
            try {
                EXPECT_EQ(task.join(), 50);
                ++passed;
            } catch (const DataError&) {
                ++failed;
            }
        }
        EXPECT_EQ(failed, 10);
        EXPECT_EQ(passed, 40);
    });
}

TEST_F(PostgresqlTest, ATransactionHoldsOneSessionAndRollsBack) {
    with([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY)");
        EXPECT_THROW(atomic([&] {
            connection().execute("INSERT INTO t VALUES (1)");
            throw Error("no");
        }), Error);
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 0);
        atomic([&] {
            connection().execute("INSERT INTO t VALUES (1)");
            EXPECT_THROW(atomic([&] { connection().execute("INSERT INTO t VALUES (1)"); }), IntegrityError);
            atomic([&] { connection().execute("INSERT INTO t VALUES (2)"); });
        });
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 2);
    });
}

TEST_F(PostgresqlTest, ABlockWithASwallowedErrorIsRolledBackAsInDjango) {
    with([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY)");
        bool committed = false;
        atomic([&] {
            connection().execute("INSERT INTO t VALUES (1)");
            on_commit([&] { committed = true; });
            EXPECT_THROW(connection().execute("INSERT INTO t VALUES (1)"), IntegrityError);
            EXPECT_THROW(one<int>("SELECT 1"), InternalError) << "until the block ends";
        });
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 0);
        EXPECT_FALSE(committed) << "callbacks are for what was stored";
    });
}

TEST_F(PostgresqlTest, ReadsThatShareASyncShareNoErrors) {
    with([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY)");
        connection().execute("INSERT INTO t SELECT generate_series(0, 99)");
        const auto read = [](int id) { return connection().query<int>("SELECT 100 / id FROM t WHERE id = %s", id).size(); };
        for (int id = 1; id < 3; ++id) read(id);  // known to be short
        for (const int bad : {0, 7, 19}) {        // the first, one in the middle, the last
            std::vector<int> right(20), failed(20);
            async::task_group([&](async::TaskGroup& group) {
                for (int i = 0; i < 20; ++i) group.spawn([&, i] {
                    try {
                        right[static_cast<std::size_t>(i)] = static_cast<int>(read(i == bad ? 0 : i + 1));
                    } catch (const DataError& error) {
                        EXPECT_STREQ(error.what(), "division by zero");
                        failed[static_cast<std::size_t>(i)] = 1;
                    }
                });
            });
            for (int i = 0; i < 20; ++i) {
                EXPECT_EQ(right[static_cast<std::size_t>(i)], i == bad ? 0 : 1) << i;
                EXPECT_EQ(failed[static_cast<std::size_t>(i)], i == bad ? 1 : 0) << i;
            }
        }
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 100);
    });
}

TEST_F(PostgresqlTest, FunctionsOfTheSiteShareNoSync) {
    with([] {
        connection().execute("CREATE TABLE seen (n int)");
        connection().execute("CREATE FUNCTION note(n int) RETURNS int LANGUAGE sql AS 'INSERT INTO seen VALUES (n) RETURNING n'");
        const auto note = [](int n) { return connection().query<int>("SELECT 100 / note(%s)", n).size(); };
        note(1);  // known to be short
        async::task_group([&](async::TaskGroup& group) {
            for (int n = 2; n >= 0; --n) group.spawn([&, n] {
                if (n == 0)
                    EXPECT_THROW(note(n), DataError);
                else
                    note(n);
            });
        });
        EXPECT_EQ(one<int>("SELECT count(*) FROM seen"), 3);  // what was answered stays, whatever failed behind it
    });
}

TEST_F(PostgresqlTest, PoolExhaustionSaysSo) {
    with([] {
        std::vector<async::Task<void>> holders;
        int held = 0;
        bool release = false;
        for (int i = 0; i < 2; ++i) holders.push_back(async::spawn([&] {
            atomic([&] {
                one<int>("SELECT 1");
                ++held;
                EXPECT_TRUE(eventually([&] { return release; }));
            });
        }));
        ASSERT_TRUE(eventually([&] { return held == 2; }));
        try {
            atomic([] { one<int>("SELECT 1"); });
            FAIL();
        } catch (const OperationalError& error) {
            EXPECT_EQ(std::string(error.what()).find("couldn't get a connection after 0.20 sec"), 0u) << error.what();
        }
        release = true;
        for (auto& holder : holders) holder.join();
        atomic([] { EXPECT_EQ(one<int>("SELECT 1"), 1); });
    }, {{"pool_size", "2"}, {"pool_timeout", "0.2"}});
}

TEST_F(PostgresqlTest, ACancelledFiberLeavesNoStatementBehind) {
    with([] {
        const auto at_work = [] {
            return one<int>("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()");
        };
        auto asleep = async::spawn([] { one<int>("SELECT 1 FROM (SELECT pg_sleep(600)) s"); });
        ASSERT_TRUE(eventually([&] { return at_work() == 1; }));
        asleep.cancel();
        EXPECT_THROW(asleep.join(), async::Cancelled);
        EXPECT_EQ(one<int>("SELECT 1"), 1);
        EXPECT_TRUE(eventually([&] { return at_work() == 0; }));
    });
}

TEST_F(PostgresqlTest, NotificationsArriveInOrderAfterTheCommit) {
    with([] {
        Listener listener({"orders", "Other \"channel\""});
        notify("orders", "1");
        atomic([&] {
            notify("orders", "2");
            EXPECT_EQ(listener.next().payload, "1");
            EXPECT_EQ(listener.next(milliseconds(30)), std::nullopt) << "not before the commit";
        });
        EXPECT_EQ(listener.next().payload, "2");
        auto waiting = async::spawn([&] { return listener.next().channel; });
        notify("Other \"channel\"");
        EXPECT_EQ(waiting.join(), "Other \"channel\"");
        connection().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
        EXPECT_THROW(listener.next(), ConnectionLost);
        notify("orders", "3");
        EXPECT_EQ(listener.next().payload, "3");
    });
}

TEST_F(PostgresqlTest, LargeResultsComeInParts) {
    with([] {
        connection().execute("CREATE TABLE t AS SELECT i AS id, repeat('x', 100) AS text FROM generate_series(1, 10000) AS i");
        const auto stream = [](bool nested) {
            std::int64_t sum = 0;
            connection().execute_streamed("SELECT id, text FROM t ORDER BY id", {}, 500, [&](std::span<const Cell> row) {
                sum += row[0].integer();
                if (nested && row[0].integer() % 1000 == 0) sum += one<int>("SELECT 0");
            });
            return sum;
        };
        EXPECT_EQ(stream(false), 50005000);
        EXPECT_EQ(stream(true), 50005000);
        atomic([&] {
            connection().execute("INSERT INTO t VALUES (10001, '')");
            EXPECT_EQ(stream(true), 50015001) << "inside a transaction other statements may run between";
            EXPECT_THROW(connection().execute_streamed("SELECT id FROM t", {}, 10, [](auto) { throw 1; }), int);
            EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 10001);
        });
        EXPECT_THROW(connection().execute_streamed("SELECT 1 / (5000 - id) FROM t", {}, 100, [](auto) {}), DataError);
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 10001);
    });
}

TEST_F(PostgresqlTest, CopyTakesManyRowsAtOnce) {
    with([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY, name text)");
        int row = 0;
        const auto some = [&](std::string& data) {
            for (int i = 0; i < 1000; ++i, ++row) data += std::to_string(row) + "\tname \\\\ " + std::to_string(row) + "\n";
            return row < 100000;
        };
        EXPECT_EQ(connection().copy_in("COPY t FROM STDIN", some).rows_changed, 100000);
        EXPECT_EQ(one<std::string>("SELECT name FROM t WHERE id = 77"), "name \\ 77");
        row = 0;
        EXPECT_THROW(connection().copy_in("COPY t FROM STDIN", some), IntegrityError);
        row = 200000;
        EXPECT_THROW(connection().copy_in("COPY t FROM STDIN", [&](std::string& data) { some(data); if (row > 205000) throw 1; return true; }), int);
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 100000);
        EXPECT_THROW(connection().execute("COPY t FROM STDIN"), DatabaseError);
        EXPECT_EQ(one<int>("SELECT count(*) FROM t"), 100000);
    });
}

TEST_F(PostgresqlTest, OptionsReachTheServerAndNameWhatIsWrong) {
    with(
        [] {
            EXPECT_EQ(one<std::string>("SELECT current_setting('statement_timeout')"), "50ms");
            EXPECT_EQ(one<std::string>("SELECT current_setting('application_name')"), "shop");
            EXPECT_EQ(one<std::string>("SELECT current_setting('TimeZone')"), "UTC");
            try {
                connection().execute("SELECT pg_sleep(5)");
                FAIL();
            } catch (const OperationalError& error) {
                EXPECT_STREQ(error.what(), "canceling statement due to statement timeout");
                EXPECT_EQ(error.code(), "57014");
            }
            atomic([] { EXPECT_EQ(one<std::string>("SELECT current_setting('transaction_isolation')"), "repeatable read"); });
        },
        {{"statement_timeout", "50ms"}, {"application_name", "shop"}, {"isolation_level", "repeatable_read"}});
    const auto refused = [](const char* key, const char* value) {
        conf::DatabaseUrl url{.engine = "postgresql", .name = "x", .options = {{key, value}}};
        EXPECT_THROW(make_databases({{"default", url}}), ImproperlyConfigured) << key;
    };
    refused("colour", "red");
    refused("pool_size", "0");
    refused("isolation_level", "strict");
    refused("statement_timeout", "5s -c log_statement=all");
    refused("client_encoding", "latin1");
}

/// What a statement says that cannot reach its server.
std::string message_of(const conf::DatabaseUrl& url) {
    const Databases former = set_databases(make_databases({{"default", url}}));
    std::string text;
    async::run([&] {
        try {
            connection().execute("SELECT 1");
        } catch (const OperationalError& error) {
            text = error.what();
        }
    });
    set_databases(former);
    return text;
}

TEST_F(PostgresqlTest, UnreachableAndRefusingServersSayWhat) {
    register_backend(backend);
    conf::DatabaseUrl url = TestCluster::shared()->url("nowhere");
    EXPECT_NE(message_of(url).find("FATAL:  database \"nowhere\" does not exist"), std::string::npos) << message_of(url);
    url.host = "127.0.0.1";
    url.port = 1;
    EXPECT_NE(message_of(url).find("Connection refused"), std::string::npos) << message_of(url);
}

TEST_F(PostgresqlTest, AWrongPasswordIsSaidInTheServersWords) {
    TestCluster cluster;
    cluster.start();
    cluster.command("CREATE ROLE shop LOGIN PASSWORD 'right'");
    cluster.write_file("data/pg_hba.conf", "local all nuages trust\nlocal all all scram-sha-256\n");
    cluster.command("SELECT pg_reload_conf()");
    conf::DatabaseUrl url = cluster.url("postgres");
    url.user = "shop";
    url.password = "wrong";
    for (int i = 0; i < 3000 && message_of(url).empty(); ++i) usleep(10'000);  // until the server has read the file
    EXPECT_NE(message_of(url).find("FATAL:  password authentication failed for user \"shop\""), std::string::npos) << message_of(url);
    url.password = "right";
    EXPECT_EQ(message_of(url), "");
}

TEST_F(PostgresqlTest, TooManyConnectionsAreSaidInTheServersWords) {
    TestCluster cluster;
    cluster.start("max_connections=4 superuser_reserved_connections=0 max_wal_senders=0");
    conf::DatabaseUrl url = cluster.url("postgres");
    url.options = {{"pool_size", "20"}};
    const Databases former = set_databases(make_databases({{"default", url}}));
    async::run([] {
        int refused = 0;
        std::vector<async::Task<void>> tasks;
        for (int i = 0; i < 12; ++i) {
            tasks.push_back(async::spawn([&] {
                try {
                    atomic([&] {
                        one<int>("SELECT 1");
                        eventually([&] { return refused > 0; });
                    });
                } catch (const OperationalError& error) {
                    EXPECT_NE(std::string(error.what()).find("FATAL:  sorry, too many clients already"), std::string::npos) << error.what();
                    ++refused;
                }
            }));
        }
        for (auto& task : tasks) task.join();
        EXPECT_GT(refused, 0);
        EXPECT_EQ(one<int>("SELECT 1"), 1) << "the pool goes on";
    });
    set_databases(former);
}

TEST_F(PostgresqlTest, AnAlteredTableIsReadAnewByEverySession) {
    with([] {
        connection().execute("CREATE TABLE t (id int)");
        connection().execute("INSERT INTO t VALUES (7)");
        EXPECT_EQ(one<std::string>("SELECT id FROM t"), "7");
        EXPECT_EQ(one<std::string>("SELECT id FROM t"), "7");
        connection().execute("ALTER TABLE t ALTER COLUMN id TYPE text USING 'seven'");
        EXPECT_EQ(one<std::string>("SELECT id FROM t"), "seven");
        std::vector<async::Task<std::string>> tasks;
        for (int i = 0; i < 20; ++i) tasks.push_back(async::spawn([] { return one<std::string>("SELECT id FROM t"); }));
        for (auto& task : tasks) EXPECT_EQ(task.join(), "seven");
    });
}

}  // namespace
}  // namespace nuages::db::postgresql
