#include <nuages/base/error.hpp>
#include <nuages/utils/dateparse.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/uuid.hpp>

#include <gtest/gtest.h>

namespace nuages {
namespace {

static_assert(sizeof(Date) == 8 && sizeof(Time) == 8 && sizeof(DateTime) == 8);
static_assert(Date::from_ymd(1970, 1, 1).days == 0);
static_assert(Date::from_ymd(2024, 2, 29).day_of_year() == 60);

TEST(Date, GoesThroughEveryDayOfFourCenturies) {
    Date day = Date::from_ymd(1900, 1, 1);
    int year = 1900, month = 1, dom = 1, weekday = 0;  // a Monday
    for (int i = 0; i < 146097; ++i, ++day.days) {
        ASSERT_EQ(day.year(), year);
        ASSERT_EQ(day.month(), month);
        ASSERT_EQ(day.day(), dom);
        ASSERT_EQ(day.weekday(), weekday);
        weekday = (weekday + 1) % 7;
        if (++dom > utils::days_in_month(year, month)) dom = 1, ++month;
        if (month > 12) month = 1, ++year;
    }
}

TEST(Date, RefusesDaysThatDoNotExist) {
    EXPECT_EQ(Date::parse("2026-03-09"), Date::from_ymd(2026, 3, 9));
    for (const char* wrong :
         {"2026-02-29", "2026-13-01", "2026-00-01", "2026-3-9", "0000-01-01", "2026-03-09 ", "20260309"})
        EXPECT_FALSE(Date::parse(wrong)) << wrong;
}

TEST(DateTime, ReadsAndWritesIso) {
    const auto at = DateTime::parse("2026-03-09T13:05:09.25+01:30");
    ASSERT_TRUE(at);
    EXPECT_EQ(at->iso(), "2026-03-09T11:35:09.250000+00:00");
    EXPECT_EQ(DateTime::parse("2026-03-09 13:05Z")->iso(), "2026-03-09T13:05:00+00:00");
    for (const char* wrong :
         {"2026-03-09", "2026-03-09T25:00", "2026-03-09T13:05:09.", "2026-03-09T13:05+1", "2026-03-09T13:05:09 x"})
        EXPECT_FALSE(DateTime::parse(wrong)) << wrong;
}

TEST(DateTime, BeforeTheEpochPartsStayPositive) {
    const DateTime at{-1};
    EXPECT_EQ(at.iso(), "1969-12-31T23:59:59.999999+00:00");
    EXPECT_EQ(at.timestamp(), -1);
    EXPECT_EQ(at.date(hours(1)), Date::from_ymd(1970, 1, 1));
}

TEST(DateTime, NowAsksTheClockThatIsSet) {
    timezone::set_clock([] { return DateTime::from_ymdhms(2020, 1, 2, 3, 4, 5); });
    EXPECT_EQ(utils::http_date(timezone::now()), "Thu, 02 Jan 2020 03:04:05 GMT");
    timezone::set_clock(nullptr);
    EXPECT_GT(timezone::now(), DateTime::from_ymdhms(2025, 1, 1));
}

TEST(DateParse, TellsAWrongFormFromAWrongDate) {
    EXPECT_FALSE(utils::parse_date("yesterday"));
    EXPECT_THROW(utils::parse_date("2012-04-56"), Error);
    EXPECT_EQ(utils::parse_time("4:8:16"), Time::from_hms(4, 8, 16));
    const auto at = utils::parse_datetime("2012-4-9 4:8:16-0320");
    ASSERT_TRUE(at && at->utc_offset);
    EXPECT_EQ(*at->utc_offset, -minutes(200));
}

TEST(DateParse, RefusesDurationsThatDoNotFit) {
    for (const char* text : {"99999999999999999999", "P999999999999D", "-106751992 04:00:54", "999999999:00:00:00", "106751991 23:00:00.5 x",
                             "9223372036855", "-9223372036855", "P1000000W999999999999D"})
        EXPECT_EQ(utils::parse_duration(text), std::nullopt) << text;
    EXPECT_EQ(utils::parse_duration("106751991"), seconds(106'751'991));
    EXPECT_EQ(utils::parse_duration("-106751990 00:00:00")->microseconds, -106751990 * 86'400'000'000);
    EXPECT_EQ(utils::duration_string(Duration{INT64_MIN + 1}), "-106751992 19:59:05.224193");
}

TEST(DateParse, DurationsSurviveTheRoundTrip) {
    for (const Duration span : {Duration{0}, Duration{-1}, seconds(90185), -days(400), Duration{3785012345}}) {
        EXPECT_EQ(utils::parse_duration(utils::duration_iso_string(span)), span);
        EXPECT_EQ(utils::parse_duration(utils::duration_string(span)), span);
    }
}

TEST(Uuid, ReadsItsTwoFormsAndWritesOne) {
    const auto id = Uuid::parse("39DA9369-838E-4750-91A5-F7805CD82839");
    ASSERT_TRUE(id);
    EXPECT_EQ(id->str(), "39da9369-838e-4750-91a5-f7805cd82839");
    EXPECT_EQ(Uuid::parse(id->hex()), id);
    EXPECT_FALSE(Uuid::parse("39da9369-838e-4750-91a5-f7805cd8283g"));
    EXPECT_FALSE(Uuid::parse("39da9369838e-4750-91a5-f7805cd828390"));
    EXPECT_NE(Uuid::random(), Uuid::random());
    EXPECT_EQ(Uuid::random().str()[14], '4');
}

}  // namespace
}  // namespace nuages
