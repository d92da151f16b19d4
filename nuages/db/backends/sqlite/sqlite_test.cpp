// The connection, its statements and values, against real SQLite files.
#include <nuages/async/gather.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/sqlite/detail/session.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

using namespace nuages;

namespace {

/// A folder for one test's files.
class Folder {
public:
    Folder() { mkdtemp(path_.data()); }
    ~Folder() {
        for (const char* end : {"", "-wal", "-shm", "-journal"}) std::remove((file() + end).c_str());
        std::remove(path_.c_str());
    }
    std::string file() const { return path_ + "/db.sqlite3"; }
    conf::DatabaseUrl url(std::vector<std::pair<std::string, std::string>> options = {}) const {
        return {.name = file(), .options = std::move(options)};
    }

private:
    std::string path_ = "/tmp/nuages_sqlite_XXXXXX";
};

template <class E, class F> std::string message_of(F&& f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    return "(no exception)";
}

template <class F> void on_file(F&& f, std::vector<std::pair<std::string, std::string>> options = {}) {
    const Folder folder;
    const db::sqlite::TestDatabase database(folder.url(std::move(options)));
    async::run([&] { f(); });
}

TEST(SqliteConnection, ReturnsTypedRowsOfHandWrittenSql) {
    on_file([] {
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY, name text, score real)");
        auto inserted = connection().execute("INSERT INTO t (name, score) VALUES (%s, %s)", "Ada", 1.5);
        EXPECT_EQ(inserted.rows_changed, 1);
        EXPECT_EQ(inserted.last_insert_id, 1);
        connection().execute("INSERT INTO t (name, score) VALUES (%s, %s)", std::string("50%"), nullptr);
        std::vector<std::string> seen;
        for (auto& [id, name, score] : connection().query<int, std::string, std::optional<double>>(
                 "SELECT id, name, score FROM t WHERE name LIKE '%%' || %s ORDER BY id", ""))
            seen.push_back(std::to_string(id) + name + (score ? "+" : "-"));
        EXPECT_EQ(seen, (std::vector<std::string>{"1Ada+", "250%-"}));
        EXPECT_EQ(connection().execute("UPDATE t SET score = 0").rows_changed, 2);
        EXPECT_EQ(connection().query<int>("SELECT count(*) FROM t WHERE name LIKE '%%'").size(), 1u);
    });
}

TEST(SqliteConnection, BindsAndReadsEveryKindOfValue) {
    db::sqlite::with_memory_database([] {
        const DateTime at = DateTime::from_ymdhms(2026, 3, 9, 10, 11, 12, 250);
        const auto rows =
            connection().query<bool, std::int64_t, double, std::string, std::string, Date, Time, DateTime, Duration>(
                "SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s", true, INT64_MIN, 0.1, "é", db::Blob{"\xff\x00"}, at.date(),
                at.time(), at, seconds(3));
        ASSERT_EQ(rows.size(), 1u);
        const auto& [flag, number, real, text, blob, date, time, datetime, duration] = rows[0];
        EXPECT_TRUE(flag);
        EXPECT_EQ(number, INT64_MIN);
        EXPECT_EQ(real, 0.1);
        EXPECT_EQ(text, "é");
        EXPECT_EQ(blob, "\xff");
        EXPECT_EQ(date, at.date());
        EXPECT_EQ(time, at.time());
        EXPECT_EQ(datetime, at);
        EXPECT_EQ(duration, seconds(3));
        const auto stored = connection().query<std::string, std::string>("SELECT %s, %s", at, DateTime{});
        EXPECT_EQ(std::get<0>(stored[0]), "2026-03-09 10:11:12.000250");
        EXPECT_EQ(std::get<1>(stored[0]), "1970-01-01 00:00:00");
    });
}

TEST(SqliteConnection, KeepsNulBytesAndEmptyTextApartFromNull) {
    db::sqlite::with_memory_database([] {
        const std::string text("a\0b", 3);
        const auto rows = connection().query<std::string, int, std::string, bool>(
            "SELECT %s, length(CAST(%s AS BLOB)), %s, %s IS NULL", text, text, std::string_view(), std::string_view());
        EXPECT_EQ(std::get<0>(rows[0]), text);
        EXPECT_EQ(std::get<1>(rows[0]), 3);
        EXPECT_EQ(std::get<2>(rows[0]), "");
        EXPECT_FALSE(std::get<3>(rows[0]));
    });
}

TEST(SqliteConnection, Security58RefusesWhatItCannotKeep) {
    db::sqlite::with_memory_database([] {
        EXPECT_THROW(connection().query<std::string>("SELECT %s", "\xff"), db::DataError);
        EXPECT_THROW(connection().query<std::string>("SELECT %s", "\xed\xa0\x80"), db::DataError);  // a lone surrogate
        EXPECT_THROW(connection().query<std::string>("SELECT %s", "12345678\xc0\x80"), db::DataError);
        EXPECT_NO_THROW(connection().query<std::string>("SELECT %s", "12345678\U0001F600"));
        EXPECT_THROW(connection().query<double>("SELECT %s", std::numeric_limits<double>::quiet_NaN()), db::DataError);
        EXPECT_THROW(connection().query<std::string>("SELECT %s", Date::from_ymd(10000, 1, 1)), db::DataError);
        EXPECT_THROW(connection().execute(std::string_view("SELECT 1\0; DROP TABLE t", 23)), db::ProgrammingError);
    });
}

TEST(SqliteConnection, ChecksThePlaceholdersOfHandWrittenSql) {
    db::sqlite::with_memory_database([] {
        EXPECT_THROW(connection().execute("SELECT %s, %s", 1), db::ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT %d", 1), db::ProgrammingError);
        EXPECT_THROW(connection().execute("SELECT ?"), db::ProgrammingError);
        EXPECT_EQ(message_of<db::ProgrammingError>([] { connection().execute("SELECT 1; SELECT 2"); }),
                  "You can only execute one statement at a time.");
        EXPECT_NO_THROW(connection().execute("SELECT 1;  -- no more"));
        EXPECT_THROW(connection().execute("  "), db::ProgrammingError);
        EXPECT_THROW((connection().query<int, int>("SELECT 1")), db::ProgrammingError);
    });
}

TEST(SqliteConnection, MapsErrorsToDjangosClasses) {
    db::sqlite::with_memory_database([] {
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY, name text UNIQUE NOT NULL)");
        connection().execute("CREATE TABLE child (t_id integer REFERENCES t (id))");
        connection().execute("INSERT INTO t (name) VALUES ('a')");
        EXPECT_EQ(message_of<db::IntegrityError>([] { connection().execute("INSERT INTO t (name) VALUES ('a')"); }),
                  "UNIQUE constraint failed: t.name");
        EXPECT_EQ(message_of<db::IntegrityError>([] { connection().execute("INSERT INTO t DEFAULT VALUES"); }),
                  "NOT NULL constraint failed: t.name");
        EXPECT_EQ(message_of<db::IntegrityError>([] { connection().execute("INSERT INTO child VALUES (99)"); }),
                  "FOREIGN KEY constraint failed");
        EXPECT_EQ(message_of<db::OperationalError>([] { connection().execute("SELECT * FROM missing"); }),
                  "no such table: missing");
        EXPECT_EQ(message_of<db::OperationalError>([] { connection().execute("SELECT \"nam\" FROM t"); }),
                  "no such column: nam");
        try {
            connection().execute("SELEC 1");
        } catch (const db::DatabaseError& error) {
            EXPECT_STREQ(error.name(), "OperationalError");
            EXPECT_EQ(error.sql(), "SELEC 1");
        }
    });
}

TEST(SqliteConnection, NamesRunOnLoopWhereThereIsNoFiber) {
    const db::sqlite::TestDatabase database;
    EXPECT_NE(message_of<Error>([] { connection().execute("SELECT 1"); }).find("run_on_loop"), std::string::npos);
    EXPECT_NE(message_of<Error>([] { atomic([] {}); }).find("run_on_loop"), std::string::npos);
}

TEST(SqliteConnection, LetsARowSinkRunQueriesOfItsOwn) {
    for (const bool in_memory : {false, true}) {
        const auto nested = [] {
            connection().execute("CREATE TABLE t (id integer)");
            for (int i = 0; i < 3; ++i) connection().execute("INSERT INTO t VALUES (%s)", i);
            int sum = 0;
            connection().execute("SELECT id FROM t", {}, [&](std::span<const db::Cell> row) {
                connection().execute("SELECT id FROM t", {}, [&](std::span<const db::Cell> inner) {
                    sum += static_cast<int>(row[0].integer() * inner[0].integer());
                });
            });
            EXPECT_EQ(sum, 9);
        };
        if (in_memory) {
            db::sqlite::with_memory_database(nested);
        } else {
            on_file(nested);
        }
    }
}

TEST(SqliteConnection, GoesOnAfterASinkThrows) {
    on_file([] {
        connection().execute("CREATE TABLE t (id integer)");
        for (int i = 0; i < 3; ++i) connection().execute("INSERT INTO t VALUES (%s)", i);
        EXPECT_THROW(connection().execute("SELECT id FROM t", {}, [](std::span<const db::Cell>) { throw 1; }), int);
        EXPECT_EQ(connection().query<int>("SELECT id FROM t").size(), 3u);
        connection().execute("DELETE FROM t");  // no reader holds the table
    });
}

TEST(SqliteConnection, HandsRowsOfLongStatementsToTheFiberInOrder) {
    on_file([] {
        // A recursive query of 40,000 rows with texts: slow at first sight, so it moves to a pool thread midway,
        // and starts there the second time.
        const char* sql =
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39999) "
            "SELECT i, printf('row %d', i), CASE WHEN i % 2 THEN NULL ELSE zeroblob(3) END FROM n";
        for (int round = 0; round < 3; ++round) {
            std::int64_t expected = 0;
            bool right = true;
            connection().execute(sql, {}, [&](std::span<const db::Cell> row) {
                right = right && async::on_fiber() && row.size() == 3 && row[0].integer() == expected &&
                        row[1].text() == "row " + std::to_string(expected) &&
                        (expected % 2 ? row[2].is_null() : row[2].text().size() == 3);
                ++expected;
            });
            EXPECT_TRUE(right);
            EXPECT_EQ(expected, 40000);
        }
    });
}

TEST(SqliteConnection, LetsOtherFibersRunDuringALongStatement) {
    on_file([] {
        const char* slow =
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT count(*) FROM n";
        bool done = false;
        int turns = 0;
        async::gather(
            [&] {
                EXPECT_EQ(std::get<0>(connection().query<int>(slow)[0]), 1500001);
                done = true;
            },
            [&] {
                while (!done) {
                    async::sleep_for(milliseconds(1));
                    turns += !done;
                    if (turns > 1) connection().query<int>("SELECT 1");  // another session serves it
                }
            });
        EXPECT_GT(turns, 2);
    });
}

TEST(SqliteConnection, RefusesTransactionsThatSqlTextOpens) {
    on_file([] {
        EXPECT_THROW(connection().execute("BEGIN"), db::ProgrammingError);
        connection().execute("CREATE TABLE t (id integer)");
        EXPECT_EQ(connection().query<int>("SELECT count(*) FROM t").size(), 1u);
    });
}

TEST(SqliteConnection, ReturnsTheRowsOfReturning) {
    on_file([] {
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY, name text)");
        const auto rows = connection().query<int, std::string>(
            "INSERT INTO t (name) VALUES (%s), (%s) RETURNING id, upper(name)", "a", "b");
        ASSERT_EQ(rows.size(), 2u);
        EXPECT_EQ(rows[1], (std::tuple<int, std::string>(2, "B")));
        EXPECT_EQ(std::get<0>(connection().query<int>("SELECT count(*) FROM t")[0]), 2);
    });
}

std::vector<std::int64_t> keys_of_insert(const std::string& insert, std::initializer_list<db::Param> params) {
    std::vector<std::int64_t> keys;
    connection().insert(insert + " RETURNING \"id\"", insert.size(), {params.begin(), params.size()},
                        [&](std::span<const db::Cell> cells) { keys.push_back(cells[0].integer()); });
    return keys;
}

TEST(SqliteConnection, TellsTheKeysOfInsertedRowsInTheirOrder) {
    on_file([] {
        using Keys = std::vector<std::int64_t>;
        connection().execute("CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, name text)");
        connection().execute("CREATE TABLE log (id integer PRIMARY KEY, name text)");
        const std::string two = "INSERT INTO t (name) VALUES (?), (?)";
        EXPECT_EQ(keys_of_insert("INSERT INTO t (name) VALUES (?)", {"a"}), Keys{1});
        EXPECT_EQ(keys_of_insert(two, {"b", "c"}), (Keys{2, 3}));
        // A row of a trigger's own, in this table or in another one, is not among them.
        connection().execute("CREATE TRIGGER copies AFTER INSERT ON t WHEN NEW.name = 'twice' "
                             "BEGIN INSERT INTO t (name) VALUES ('copy'); INSERT INTO log (name) VALUES (NEW.name); END");
        EXPECT_EQ(keys_of_insert(two, {"twice", "d"}), (Keys{4, 6}));
        EXPECT_EQ(keys_of_insert("INSERT INTO t (name) VALUES (?)", {"twice"}), Keys{7});
        connection().execute("DROP TRIGGER copies");
        EXPECT_EQ(keys_of_insert(two, {"twice", "d"}), (Keys{9, 10}));
        EXPECT_EQ(connection().query<int>("SELECT id FROM log").size(), 2u);
        // A table may hold the greatest key: SQLite draws the next ones by lot then.
        connection().execute("INSERT INTO log (id, name) VALUES (%s, 'last')", INT64_MAX);
        const Keys drawn = keys_of_insert("INSERT INTO log (name) VALUES (?), (?), (?)", {"x", "y", "z"});
        ASSERT_EQ(drawn.size(), 3u);
        for (std::size_t i = 0; i < drawn.size(); ++i) {
            const auto rows = connection().query<std::string>("SELECT name FROM log WHERE id = %s", drawn[i]);
            ASSERT_EQ(rows.size(), 1u);
            EXPECT_EQ(std::get<0>(rows[0]), std::string(1, static_cast<char>('x' + i)));
        }
    });
}

TEST(SqliteConnection, UsesWalAndForeignKeys) {
    on_file([] {
        EXPECT_EQ(std::get<0>(connection().query<std::string>("PRAGMA journal_mode")[0]), "wal");
        EXPECT_EQ(std::get<0>(connection().query<int>("PRAGMA foreign_keys")[0]), 1);
        EXPECT_EQ(std::get<0>(connection().query<int>("PRAGMA busy_timeout")[0]), 0);
    });
}

TEST(SqliteConnection, SaysWhichFileItCannotOpen) {
    const db::sqlite::TestDatabase database({.name = "/nonexistent/folder/db.sqlite3"});
    async::run([] {
        EXPECT_EQ(message_of<db::OperationalError>([] { connection().execute("SELECT 1"); }),
                  "unable to open database file: /nonexistent/folder/db.sqlite3");
    });
}

TEST(SqliteOptions, NameWhatIsWrong) {
    using db::sqlite::detail::read_options;
    EXPECT_THROW(read_options({.name = ""}), ImproperlyConfigured);
    EXPECT_THROW(read_options({.name = "x", .options = {{"timeout", "soon"}}}), ImproperlyConfigured);
    EXPECT_THROW(read_options({.name = "x", .options = {{"colour", "red"}}}), ImproperlyConfigured);
    const auto options = read_options({.name = "x", .options = {{"timeout", "0.5"}, {"transaction_mode", "deferred"}}});
    EXPECT_EQ(options.timeout, milliseconds(500));
    EXPECT_EQ(options.begin, "BEGIN DEFERRED");
}

TEST(SqliteConnection, RunsInitCommandOnEachConnection) {
    on_file([] { EXPECT_EQ(std::get<0>(connection().query<int>("PRAGMA cache_size")[0]), 77); },
            {{"init_command", "PRAGMA cache_size = 77"}});
}

TEST(QueryStats, CountTheQueriesOfAFiberAndOfThoseItGathers) {
    on_file([] {
        connection().execute("SELECT 1");
        EXPECT_EQ(db::current_stats()->count, 1);
        const db::StatsScope outer;
        {
            const db::StatsScope inner(true);
            async::gather([] { connection().execute("SELECT 1"); }, [] { connection().execute("SELECT 2"); });
            EXPECT_EQ(inner.stats().count, 2);
            EXPECT_EQ(inner.stats().statements.size(), 2u);
        }
        connection().execute("SELECT 3");
        EXPECT_EQ(outer.stats().count, 3);
        EXPECT_EQ(db::current_stats(), &outer.stats());
    });
}

TEST(SqliteFunctions, MatchRegularExpressionsAgainstLongText) {
    db::sqlite::with_memory_database([] {
        const auto matches = [](const std::string& text, const char* pattern) {
            return std::get<0>(connection().query<int>("SELECT %s REGEXP %s", text, pattern)[0]);
        };
        const std::string body(20'000, 'a');
        EXPECT_EQ(matches(body + "x", "(?:a|.)*x$"), 1);
        EXPECT_EQ(matches("short", "(?:a|.)*x$"), 0);
        EXPECT_THROW(matches(std::string(40, 'a') + "!", "^(a+)+$"), db::OperationalError);
    });
}

TEST(StatementCache, ReusesStatementsAndForgetsTheOldest) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
    {
        db::sqlite::detail::StatementCache cache;
        auto& first = cache.acquire(handle, "SELECT 1");
        auto& twin = cache.acquire(handle, "SELECT 1");  // in use: a second one beside the cache
        EXPECT_NE(&first, &twin);
        cache.release(twin);
        cache.release(first);
        EXPECT_EQ(&cache.acquire(handle, "SELECT 1"), &first);
        for (int i = 0; i < 1000; ++i) cache.release(cache.acquire(handle, "SELECT " + std::to_string(i + 2)));
        EXPECT_EQ(cache.size(), cache.kCapacity);
        auto& kept = cache.acquire(handle, "SELECT 1001");
        EXPECT_TRUE(kept.cached);
        cache.release(kept);
        cache.release(first);  // was in use, so it stayed
        EXPECT_EQ(&cache.acquire(handle, "SELECT 1"), &first);
        cache.release(first);
    }
    EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
}

TEST(SqliteOperations, Security59QuotesNames) {
    const db::sqlite::SqliteOperations operations;
    EXPECT_EQ(operations.quoted("blog_article"), "\"blog_article\"");
    EXPECT_EQ(operations.quoted("a\"; DROP TABLE t; --"), "\"a\"\"; DROP TABLE t; --\"");
    EXPECT_THROW(operations.quoted(std::string_view("a\0b", 3)), db::ProgrammingError);
    EXPECT_THROW(operations.quoted("a\nb"), db::ProgrammingError);
}

TEST(SqliteOperations, SpellsLimitsAndPatterns) {
    const db::sqlite::SqliteOperations operations;
    const auto limits = [&](std::int64_t low, std::optional<std::int64_t> high) {
        std::string out;
        operations.limit_offset(out, low, high);
        return out;
    };
    EXPECT_EQ(limits(0, std::nullopt), "");
    EXPECT_EQ(limits(0, 10), " LIMIT 10");
    EXPECT_EQ(limits(5, 10), " LIMIT 5 OFFSET 5");
    EXPECT_EQ(limits(5, std::nullopt), " LIMIT -1 OFFSET 5");
    std::string pattern;
    operations.escape_like(pattern, "50%_\\");
    EXPECT_EQ(pattern, "50\\%\\_\\\\");
    EXPECT_EQ(operations.lookup_operator("icontains").after, " ESCAPE '\\'");
    EXPECT_EQ(operations.data_type("CharField"), "varchar(%(max_length)s)");
}

}  // namespace
