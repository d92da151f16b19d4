#include <nuages/db/cell.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/errors.hpp>

#include <gtest/gtest.h>

#include <string>

using namespace nuages;

namespace {

template <class T> T decoded(const db::Cell& cell) {
    T value{};
    db::decode(cell, value);
    return value;
}

TEST(Param, KeepsTheKindOfWhatItWasGiven) {
    EXPECT_EQ(db::Param(true).kind(), db::ParamKind::boolean);
    EXPECT_EQ(db::Param('a').kind(), db::ParamKind::integer);
    EXPECT_EQ(db::Param("ada").kind(), db::ParamKind::text);
    EXPECT_EQ(db::Param(1.5F).real(), 1.5);
    EXPECT_EQ(db::Param(std::optional<int>()).kind(), db::ParamKind::null);
    EXPECT_EQ(db::Param(std::optional<std::string>("x")).kind(), db::ParamKind::text);
    EXPECT_EQ(db::Param(db::Blob{"x"}).kind(), db::ParamKind::blob);
    EXPECT_EQ(db::Param(Date::from_ymd(1970, 1, 2)).integer(), 1);
}

TEST(Param, RefusesUnsignedNumbersPast63Bits) {
    EXPECT_EQ(db::Param(UINT64_MAX / 2).integer(), INT64_MAX);
    EXPECT_THROW(db::Param(UINT64_MAX / 2 + 1), db::DataError);
}

TEST(Cell, DecodesIntoTheTypeAskedFor) {
    EXPECT_EQ(decoded<int>(db::Cell::from_integer(7)), 7);
    EXPECT_EQ(decoded<double>(db::Cell::from_integer(7)), 7.0);
    EXPECT_EQ(decoded<std::int64_t>(db::Cell::from_real(3.0)), 3);
    EXPECT_EQ(decoded<std::string>(db::Cell::from_real(0.1)), "0.1");
    EXPECT_EQ(decoded<std::optional<int>>(db::Cell()), std::nullopt);
    EXPECT_EQ(decoded<Date>(db::Cell::from_text("2026-03-09")), Date::from_ymd(2026, 3, 9));
    EXPECT_EQ(decoded<DateTime>(db::Cell::from_text("2026-03-09 10:11:12.5")),
              DateTime::from_ymdhms(2026, 3, 9, 10, 11, 12, 500000));
    EXPECT_EQ(decoded<Duration>(db::Cell::from_integer(5)), microseconds(5));
}

TEST(Cell, ThrowsInsteadOfGuessing) {
    EXPECT_THROW(decoded<int>(db::Cell()), db::DataError);
    EXPECT_THROW(decoded<std::int8_t>(db::Cell::from_integer(300)), db::DataError);
    EXPECT_THROW(decoded<std::uint64_t>(db::Cell::from_integer(-1)), db::DataError);
    EXPECT_THROW(decoded<std::int64_t>(db::Cell::from_real(3.5)), db::DataError);
    EXPECT_THROW(decoded<std::int64_t>(db::Cell::from_real(1e300)), db::DataError);
    EXPECT_THROW(decoded<Date>(db::Cell::from_text("yesterday")), db::DataError);
    EXPECT_THROW(decoded<std::string>(db::Cell()), db::DataError);
}

TEST(Databases, NameTheAliasThatDoesNotExist) {
    try {
        connection("replica");
        FAIL();
    } catch (const db::ConnectionDoesNotExist& error) {
        EXPECT_STREQ(error.what(), "The connection 'replica' doesn't exist.");
    }
}

TEST(Databases, NameTheEnginesThatExistWhenOneIsUnknown) {
    EXPECT_THROW(db::Database("default", conf::DatabaseUrl{.engine = "oracle"}), ImproperlyConfigured);
}

}  // namespace
