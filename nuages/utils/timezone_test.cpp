#include <nuages/utils/detail/tzif.hpp>
#include <nuages/utils/timezone.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

std::string shown(DateTime at, const timezone::TimeZone& zone) {
    return utils::date_format(timezone::localtime(at, zone), "Y-m-d H:i T");
}

TEST(TimeZone, ShowsAnInstantOnAPlacesClock) {
    const auto& paris = timezone::zone("Europe/Paris");
    EXPECT_EQ(shown(DateTime::from_ymdhms(2026, 1, 15, 12), paris), "2026-01-15 13:00 CET");
    EXPECT_EQ(shown(DateTime::from_ymdhms(2026, 7, 15, 12), paris), "2026-07-15 14:00 CEST");
    EXPECT_EQ(shown(DateTime::from_ymdhms(2026, 7, 15, 12), timezone::zone("Asia/Kolkata")), "2026-07-15 17:30 IST");
}

TEST(TimeZone, GoesOnAfterTheLastTransitionOfItsFile) {
    EXPECT_EQ(shown(DateTime::from_ymdhms(2045, 7, 4, 12), timezone::zone("America/Chicago")), "2045-07-04 07:00 CDT");
    EXPECT_EQ(shown(DateTime::from_ymdhms(2045, 1, 4, 12), timezone::zone("Australia/Sydney")), "2045-01-04 23:00 AEDT");
}

TEST(TimeZone, TellsTheTwoHoursOfAutumnApart) {
    const auto& york = timezone::zone("America/New_York");
    const DateTime wall = DateTime::from_ymdhms(2021, 11, 7, 1, 30);
    EXPECT_EQ(york.instant_of(wall, 0), DateTime::from_ymdhms(2021, 11, 7, 5, 30));
    EXPECT_EQ(york.instant_of(wall, 1), DateTime::from_ymdhms(2021, 11, 7, 6, 30));
    EXPECT_TRUE(york.is_ambiguous_or_imaginary(wall));
    EXPECT_TRUE(york.is_ambiguous_or_imaginary(DateTime::from_ymdhms(2021, 3, 14, 2, 30)));
    EXPECT_FALSE(york.is_ambiguous_or_imaginary(DateTime::from_ymdhms(2021, 3, 14, 3, 30)));
}

TEST(TimeZone, RefusesNamesThatLeaveItsFolder) {
    for (const char* name : {"../../etc/passwd", "/etc/localtime", "", "Europe//Paris", "Mars/Olympus", "Europe"}) {
        EXPECT_EQ(timezone::find_zone(name), nullptr) << name;
    }
    EXPECT_THROW(timezone::zone("Nowhere"), timezone::UnknownTimeZone);
}

TEST(TimeZone, IsActivatedForABlock) {
    timezone::configure({"Europe/Paris", true});
    EXPECT_EQ(timezone::get_current_timezone_name(), "Europe/Paris");
    {
        timezone::override scope("Asia/Tokyo");
        EXPECT_EQ(timezone::get_current_timezone_name(), "Asia/Tokyo");
        EXPECT_EQ(timezone::localdate(DateTime::from_ymdhms(2026, 1, 1, 20)), Date::from_ymd(2026, 1, 2));
    }
    timezone::activate("UTC");
    EXPECT_EQ(timezone::get_current_timezone_name(), "UTC");
    timezone::deactivate();
    EXPECT_EQ(timezone::get_current_timezone_name(), "Europe/Paris");
    EXPECT_THROW(timezone::configure({"No/Where", true}), timezone::UnknownTimeZone);
    timezone::configure({});
}

TEST(TimeZone, HasFixedOffsets) {
    EXPECT_EQ(timezone::get_fixed_timezone(-90).name(), "-0130");
    EXPECT_EQ(timezone::utc_offset(330).name(), "UTC+05:30");
    EXPECT_EQ(timezone::make_naive(DateTime::from_ymdhms(2026, 1, 1), timezone::get_fixed_timezone(60)),
              DateTime::from_ymdhms(2026, 1, 1, 1));
    EXPECT_EQ(timezone::make_aware(DateTime::from_ymdhms(2026, 1, 1), timezone::get_fixed_timezone(60)),
              DateTime::from_ymdhms(2025, 12, 31, 23));
}

TEST(TimeZoneFiles, RefuseDamage) {
    timezone::TimeZone::Rules rules;
    EXPECT_FALSE(timezone::read_tzif("", rules));
    EXPECT_FALSE(timezone::read_tzif("TZif2", rules));
    std::string bytes = "TZif" + std::string(40, '\xff');
    EXPECT_FALSE(timezone::read_tzif(bytes, rules));
}

TEST(TimeZones, AreListed) {
    const auto all = timezone::available_timezones();
    EXPECT_GT(all.size(), 300u);
    EXPECT_TRUE(std::find(all.begin(), all.end(), "Europe/Paris") != all.end());
}

}  // namespace
