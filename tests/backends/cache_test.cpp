// The cache in a database. The same on every database.
#include <nuages/async/gather.hpp>
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/database_cache.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/utils/datetime.hpp>

#include <gtest/gtest.h>

#include <string>

using namespace nuages;

namespace {

DateTime clock_at;

class DatabaseCacheTest : public testing::Test {
protected:
    DatabaseCacheTest() {
        clock_at = DateTime::from_ymdhms(2026, 1, 1);
        timezone::set_clock([] { return clock_at; });
    }
    ~DatabaseCacheTest() override { timezone::set_clock(nullptr); }
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
    }
    template <class F> static void with_cache(F&& f) {
        const db::testing::TestDatabase database;
        async::run([&] {
            const auto cache = db::database_cache({.location = "site_cache", .timeout = seconds(60), .max_entries = 20, .cull_frequency = 2});
            for (const std::string& sql : static_cast<db::DatabaseCache&>(*cache).creation_sql(connection())) connection().execute(sql);
            f(*cache);
        });
    }
};

TEST_F(DatabaseCacheTest, KeepsBytesForTheirTime) {
    with_cache([](cache::Cache& cache) {
        const std::string bytes("\0\n\xff '%s", 8);
        cache.set("a", bytes);
        EXPECT_EQ(cache.get("a"), bytes);
        cache.set("a", "new");
        EXPECT_EQ(cache.get("a"), "new");
        cache.set("always", "y", std::nullopt);
        cache.set("with'quote", "q");
        clock_at = clock_at + seconds(61);
        EXPECT_FALSE(cache.get("a"));
        EXPECT_FALSE(cache.delete_("a"));
        EXPECT_FALSE(cache.touch("a"));
        EXPECT_EQ(cache.get("always"), "y");
        EXPECT_TRUE(cache.delete_("always"));
        cache.clear();
        EXPECT_FALSE(cache.has_key("with'quote"));
    });
}

TEST_F(DatabaseCacheTest, AddsOnlyWhatIsNotThereAndCounts) {
    with_cache([](cache::Cache& cache) {
        EXPECT_TRUE(cache.add("n", "1"));
        EXPECT_FALSE(cache.add("n", "2"));
        EXPECT_EQ(cache.incr("n", 41), 42);
        EXPECT_TRUE(cache.touch("n", seconds(120)));
        clock_at = clock_at + seconds(100);
        EXPECT_EQ(cache.get("n"), "42");
        clock_at = clock_at + seconds(100);
        EXPECT_TRUE(cache.add("n", "3"));
        EXPECT_EQ(cache.get("n"), "3");
        EXPECT_THROW(cache.incr("other"), Error);
        async::gather([&] { for (int i = 0; i < 20; ++i) cache.incr("n"); }, [&] { for (int i = 0; i < 20; ++i) cache.incr("n"); });
        EXPECT_EQ(cache.get("n"), "43");
    });
}

TEST_F(DatabaseCacheTest, HoldsNoMoreThanItsLimit) {
    with_cache([](cache::Cache& cache) {
        for (int i = 0; i < 60; ++i) cache.set("k" + std::to_string(i), "v");
        EXPECT_LE(std::get<0>(connection().query<int>("SELECT count(*) FROM site_cache").at(0)), 20);
        EXPECT_TRUE(cache.has_key("k59"));
    });
}

TEST_F(DatabaseCacheTest, NamesItsTableAndItsDatabase) {
    EXPECT_THROW(db::database_cache({}), ImproperlyConfigured);
    const auto cache = db::database_cache({.location = "other:pages"});
    EXPECT_EQ(static_cast<db::DatabaseCache&>(*cache).alias(), "other");
    EXPECT_EQ(static_cast<db::DatabaseCache&>(*cache).table(), "pages");
    const db::testing::TestDatabase database;
    async::run([] { EXPECT_THROW(db::database_cache({.location = "missing"})->get("a"), db::DatabaseError); });
}

}  // namespace
