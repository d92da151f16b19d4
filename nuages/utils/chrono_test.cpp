#include <nuages/utils/chrono.hpp>

#include <gtest/gtest.h>

namespace {

using namespace nuages;
using namespace std::chrono_literals;

TEST(Chrono, DaysAreSysDays) {
    const std::chrono::year_month_day leap{std::chrono::year(2024), std::chrono::February, std::chrono::day(29)};
    EXPECT_EQ(from_chrono(leap), Date::from_ymd(2024, 2, 29));
    EXPECT_EQ(std::chrono::year_month_day(to_chrono(Date::from_ymd(2024, 2, 29))), leap);
    EXPECT_EQ(from_chrono(std::chrono::sys_days(std::chrono::year(2023) / 2 / std::chrono::last)), Date::from_ymd(2023, 2, 28));
    EXPECT_EQ(from_chrono(to_chrono(Date::from_ymd(1, 1, 1))), Date::from_ymd(1, 1, 1));
    EXPECT_EQ(from_chrono(to_chrono(Date::from_ymd(9999, 12, 31))), Date::from_ymd(9999, 12, 31));
}

TEST(Chrono, InstantsAreSysTimes) {
    const DateTime instant = DateTime::from_ymdhms(2026, 3, 9, 13, 5, 9, 250);
    EXPECT_EQ(from_chrono(to_chrono(instant)), instant);
    EXPECT_EQ(to_chrono(instant) - to_chrono(instant.date()), 13h + 5min + 9s + 250us);
    EXPECT_EQ(from_chrono(std::chrono::sys_seconds(-1s)), DateTime{-1'000'000});
    EXPECT_EQ(from_chrono(std::chrono::sys_time<std::chrono::nanoseconds>(-1ns)), DateTime{-1});  // before, not after
    const DateTime now = from_chrono(std::chrono::system_clock::now());
    EXPECT_GT(now, DateTime::from_ymdhms(2020, 1, 1));
}

TEST(Chrono, SpansAndTimesOfDay) {
    EXPECT_EQ(from_chrono(90min), hours(1) + minutes(30));
    EXPECT_EQ(from_chrono(1500ns), microseconds(1));
    EXPECT_EQ(from_chrono(std::chrono::duration<double>(0.5)), milliseconds(500));
    EXPECT_EQ(to_chrono(seconds(-2)), -2s);
    EXPECT_EQ(from_chrono(std::chrono::hh_mm_ss(13h + 5min)), Time::from_hms(13, 5));
    EXPECT_EQ(std::chrono::hh_mm_ss(to_chrono(Time::from_hms(13, 5, 9))).minutes(), 5min);
}

}  // namespace
