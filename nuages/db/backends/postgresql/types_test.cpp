// Types at their edges: what the server can store and a program's types may not hold.
#include <nuages/db/array.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/errors.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nuages::db::postgresql {
namespace {

class PostgresqlTypes : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!TestCluster::shared(&reason)) GTEST_SKIP() << reason;
    }
};

template <class T> T one(std::string_view sql) { return std::get<0>(connection().query<T>(sql).at(0)); }
template <class T> T echo(std::string_view sql, const T& value) { return std::get<0>(connection().query<T>(sql, value).at(0)); }
std::string refused(std::string_view sql) {
    try {
        (void)connection().query<std::optional<DateTime>>(sql);
    } catch (const DataError& error) {
        return error.message();
    }
    return "nothing was refused";
}

TEST_F(PostgresqlTypes, IntegersAndFloatsReachTheirEnds) {
    with_database([] {
        for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), std::int64_t{0}})
            EXPECT_EQ(echo("SELECT %s::bigint", value), value);
        EXPECT_EQ(one<std::int32_t>("SELECT (-2147483648)::int"), std::numeric_limits<std::int32_t>::min());
        EXPECT_EQ(one<std::int16_t>("SELECT (-32768)::smallint"), std::numeric_limits<std::int16_t>::min());
        EXPECT_EQ(one<std::int64_t>("SELECT 4294967295::oid"), 4294967295);
        EXPECT_THROW(one<std::int16_t>("SELECT 32768"), DataError);
        for (const double value : {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::denorm_min(),
                                   std::numeric_limits<double>::max(), -0.0})
            EXPECT_EQ(echo("SELECT %s::double precision", value), value);
        EXPECT_TRUE(std::isnan(echo("SELECT %s::double precision", std::nan(""))));
        EXPECT_EQ(one<double>("SELECT 1.5::real"), 1.5);
    });
}

TEST_F(PostgresqlTypes, NumericsKeepEveryDigit) {
    with_database([] {
        const std::string huge = "1" + std::string(131071, '7'), tiny = "0." + std::string(16382, '0') + "3";
        EXPECT_EQ(one<std::string>("SELECT ('1' || repeat('7', 131071))::numeric"), huge);
        EXPECT_EQ(one<std::string>("SELECT ('0.' || repeat('0', 16382) || '3')::numeric"), tiny);
        EXPECT_EQ(one<std::string>("SELECT 'NaN'::numeric"), "NaN");
        EXPECT_EQ(one<std::string>("SELECT 1000000000000000000000000::numeric * 10000"), "10000000000000000000000000000");
        for (const char* text : {"0.0001", "-0.00010000", "9999.9999", "10000.0001", "99990000.00009999", "-1"})
            EXPECT_EQ(one<std::string>("SELECT '" + std::string(text) + "'::numeric"), text);
        EXPECT_EQ(one<std::string>("SELECT pg_typeof(12.50::money)::text"), "money");
        EXPECT_EQ(one<std::string>("SELECT 12.50::money"), "$12.50") << "as the server's lc_monetary writes it";
    });
}

TEST_F(PostgresqlTypes, MomentsEndWhereTheProgramsCalendarDoes) {
    with_database([] {
        EXPECT_EQ(one<Date>("SELECT '0001-01-01'::date"), Date::from_ymd(1, 1, 1));
        EXPECT_EQ(one<Date>("SELECT '9999-12-31'::date"), Date::from_ymd(9999, 12, 31));
        EXPECT_EQ(one<DateTime>("SELECT '9999-12-31 23:59:59.999999+00'::timestamptz"), DateTime::from_ymdhms(9999, 12, 31, 23, 59, 59, 999999));
        EXPECT_EQ(one<DateTime>("SELECT '0001-01-01 00:00:00+00'::timestamptz"), DateTime::from_ymdhms(1, 1, 1));
        EXPECT_EQ(one<DateTime>("SELECT '2024-06-01 12:00:00'::timestamp"), DateTime::from_ymdhms(2024, 6, 1, 12));
        EXPECT_EQ(one<DateTime>("SELECT '2024-06-01 12:00:00+05:30'::timestamptz"), DateTime::from_ymdhms(2024, 6, 1, 6, 30));
        EXPECT_EQ(refused("SELECT 'infinity'::date"), "date too large (after year 10K)");
        EXPECT_EQ(refused("SELECT '-infinity'::date"), "date too small (before year 1)");
        EXPECT_EQ(refused("SELECT '0044-03-15 BC'::date"), "date too small (before year 1)");
        EXPECT_EQ(refused("SELECT 'infinity'::timestamptz"), "timestamp too large (after year 10K)");
        EXPECT_EQ(refused("SELECT '-infinity'::timestamptz"), "timestamp too small (before year 1)");
        EXPECT_EQ(refused("SELECT '10000-01-01'::timestamp"), "timestamp too large (after year 10K)");
        EXPECT_EQ(one<int>("SELECT 1"), 1) << "the connection goes on";
        EXPECT_EQ(one<std::string>("SELECT 'infinity'::date::text"), "infinity");
        EXPECT_EQ(one<Time>("SELECT '24:00:00'::time"), Time{kMicrosecondsPerDay - 1});
        EXPECT_EQ(one<std::string>("SELECT '12:30:00+02'::timetz"), "12:30:00+02");
    });
}

TEST_F(PostgresqlTypes, IntervalsAreDaysOfWhichAYearHas365) {
    with_database([] {
        EXPECT_EQ(one<Duration>("SELECT interval '1 day 02:03:04.000005'"), Duration{93784000005});
        EXPECT_EQ(one<Duration>("SELECT interval '-1 microsecond'"), Duration{-1});
        EXPECT_EQ(one<Duration>("SELECT interval '1 year'"), days(365));
        EXPECT_EQ(one<Duration>("SELECT interval '2 years 3 months 4 days'"), days(2 * 365 + 90 + 4));
        EXPECT_EQ(one<Duration>("SELECT interval '-14 months'"), days(-365 - 60));
        EXPECT_EQ(one<Duration>("SELECT interval '1 month -30 days'"), Duration{});
        EXPECT_THROW(one<Duration>("SELECT interval '178000000 years'"), DataError);
        const Duration longest = days(106751991);
        EXPECT_EQ(echo("SELECT %s::interval", longest), longest);
        EXPECT_EQ(echo("SELECT %s::interval", -longest), -longest);
    });
}

TEST_F(PostgresqlTypes, BytesAndTextsComeWhole) {
    with_database([] {
        std::string bytes;
        for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
        EXPECT_EQ(std::get<0>(connection().query<std::string>("SELECT %s::bytea", Blob{bytes}).at(0)), bytes);
        EXPECT_EQ(std::get<0>(connection().query<std::string>("SELECT %s::bytea", Blob{{}}).at(0)), "");
        EXPECT_EQ(one<std::string>("SELECT repeat('x', 3000000)").size(), 3'000'000u);
        const std::string odd = "\xf0\x9f\x98\x80 '\\\n\"";
        EXPECT_EQ(echo("SELECT %s::text", odd), odd);
        EXPECT_EQ(one<std::string>("SELECT 'ab'::char(5)"), "ab   ");
        EXPECT_EQ(one<std::string>("SELECT '<a/>'::xml::text"), "<a/>");
        EXPECT_EQ(one<std::string>("SELECT B'0101'"), "0101");
        EXPECT_EQ(one<std::string>("SELECT '08:00:2b:01:02:03'::macaddr"), "08:00:2b:01:02:03");
        EXPECT_EQ(one<std::string>("SELECT point(1, 2.5)"), "(1,2.5)");
        EXPECT_EQ(one<std::string>("SELECT ROW(1, 'a b', NULL)"), "(1,\"a b\",)");
        EXPECT_EQ(one<std::string>("SELECT to_tsvector('simple', 'a b a')"), "'a':1,3 'b':2");
    });
}

TEST_F(PostgresqlTypes, TextsMayIgnoreTheirCase) {
    with_database([] {
        connection().execute("CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
        connection().execute("CREATE TABLE t (name text COLLATE no_case UNIQUE)");
        connection().execute("INSERT INTO t VALUES (%s), (%s)", "Anna", "Zoe");
        EXPECT_EQ(std::get<0>(connection().query<std::string>("SELECT name FROM t WHERE name = %s", "ANNA").at(0)), "Anna");
        EXPECT_THROW(connection().execute("INSERT INTO t VALUES (%s)", "zoe"), IntegrityError);
        EXPECT_THROW(connection().query<std::string>("SELECT name FROM t WHERE name LIKE %s", "an%"), NotSupportedError);
        try {
            connection().execute("CREATE EXTENSION citext");
        } catch (const DatabaseError&) {
            GTEST_SKIP() << "postgresql-contrib is not installed";
        }
        connection().execute("CREATE TABLE c (name citext PRIMARY KEY, names citext[])");
        connection().execute("INSERT INTO c VALUES (%s, %s)", "Anna", "{Bo,Cy}");
        EXPECT_EQ(std::get<0>(connection().query<std::string>("SELECT name FROM c WHERE name = %s", "ANNA").at(0)), "Anna");
        EXPECT_EQ(std::get<0>(connection().query<std::vector<std::string>>("SELECT names FROM c WHERE name LIKE %s", "aN%").at(0)), (std::vector<std::string>{"Bo", "Cy"}));
    });
}

TEST_F(PostgresqlTypes, EnumsAndDomainsAreWhatTheyAreMadeOf) {
    with_database([] {
        connection().execute("CREATE TYPE mood AS ENUM ('sad', 'it''s ok')");
        connection().execute("CREATE DOMAIN small_count AS int CHECK (VALUE BETWEEN 0 AND 9)");
        connection().execute("CREATE DOMAIN names AS text[]");
        connection().execute("CREATE TABLE t (m mood, c small_count, n names, all_moods mood[])");
        connection().execute("INSERT INTO t VALUES (%s, %s, %s, '{sad,NULL}')", "it's ok", 7, "{a,\"b c\"}");
        const auto row = connection().query<std::string, int, std::string>("SELECT m, c, array_to_string(n, '|') FROM t WHERE m = %s AND c = %s", "it's ok", 7).at(0);
        EXPECT_EQ(row, std::tuple(std::string("it's ok"), 7, std::string("a|b c")));
        EXPECT_EQ(one<std::string>("SELECT all_moods FROM t"), "{sad,NULL}");
        EXPECT_THROW(connection().execute("INSERT INTO t (c) VALUES (%s)", 12), IntegrityError);
        EXPECT_THROW(connection().execute("INSERT INTO t (m) VALUES (%s)", "glad"), DataError);
    });
}

}  // namespace
}  // namespace nuages::db::postgresql
