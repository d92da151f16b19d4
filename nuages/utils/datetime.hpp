// Date, Time and DateTime: eight bytes each, no <chrono> (it costs 0.7 s in every file).
// A DateTime is an instant: microseconds since 1970-01-01T00:00:00 UTC. Time zones only matter when one is shown or
// read; then wall-clock parts are made from the instant plus an offset. Calendar arithmetic is proleptic Gregorian.
#pragma once

#include <nuages/base/duration.hpp>

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace nuages {

namespace utils {
/// Days from 1970-01-01 to the given civil day; the parts must be valid.
constexpr std::int64_t days_from_civil(std::int64_t year, int month, int day) {
    year -= month <= 2;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct CivilDay {
    int year;
    int month;  // 1 to 12
    int day;    // 1 to 31
};

/// The civil day of a count of days since 1970-01-01.
constexpr CivilDay civil_from_days(std::int64_t days) {
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const std::int64_t day_of_era = days - era * 146097;
    const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted = (5 * day_of_year + 2) / 153;
    const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
    const int day = static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1);
    return {static_cast<int>(year_of_era + era * 400 + (month <= 2)), month, day};
}

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}
constexpr bool is_leap_year(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
/// 28 to 31; `month` is 1 to 12.
constexpr int days_in_month(std::int64_t year, int month) {
    return month == 2 ? 28 + is_leap_year(year) : 30 + ((month + (month > 7)) & 1);
}
}  // namespace utils

inline constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;

/// A calendar day (Python's datetime.date). Years 1 to 9999 can be parsed and shown.
struct Date {
    std::int64_t days = 0;  // since 1970-01-01

    static constexpr Date from_ymd(int year, int month, int day) { return {utils::days_from_civil(year, month, day)}; }
    /// As from_ymd, but nothing when there is no such day in the years 1 to 9999.
    static std::optional<Date> checked(int year, int month, int day);
    /// Reads "2026-03-09" (ISO 8601, exactly ten characters).
    static std::optional<Date> parse(std::string_view text);

    constexpr utils::CivilDay civil() const { return utils::civil_from_days(days); }
    constexpr int year() const { return civil().year; }
    constexpr int month() const { return civil().month; }
    constexpr int day() const { return civil().day; }
    /// Monday is 0, Sunday is 6.
    constexpr int weekday() const { return static_cast<int>(days + 3 - utils::floor_div(days + 3, 7) * 7); }
    /// 1 to 366.
    constexpr int day_of_year() const { return static_cast<int>(days - utils::days_from_civil(year(), 1, 1) + 1); }

    /// "2026-03-09".
    std::string iso() const;
    void append_iso(std::string& out) const;

    friend constexpr auto operator<=>(const Date&, const Date&) = default;
    friend constexpr Date operator+(Date date, Duration span) {
        return {date.days + utils::floor_div(span.microseconds, kMicrosecondsPerDay)};
    }
    friend constexpr Date operator-(Date date, Duration span) { return date + -span; }
    friend constexpr Duration operator-(Date a, Date b) { return nuages::days(a.days - b.days); }
    constexpr Date& operator+=(Duration span) { return *this = *this + span; }
    constexpr Date& operator-=(Duration span) { return *this = *this - span; }
};

/// A wall-clock time without a day (Python's datetime.time): 0 <= microseconds < 86,400,000,000.
struct Time {
    std::int64_t microseconds = 0;  // since midnight

    static constexpr Time from_hms(int hour, int minute, int second = 0, int microsecond = 0) {
        return {((hour * 60LL + minute) * 60 + second) * 1'000'000 + microsecond};
    }
    /// Reads "13:05", "13:05:09" or "13:05:09.25".
    static std::optional<Time> parse(std::string_view text);

    constexpr int hour() const { return static_cast<int>(microseconds / 3'600'000'000); }
    constexpr int minute() const { return static_cast<int>(microseconds / 60'000'000 % 60); }
    constexpr int second() const { return static_cast<int>(microseconds / 1'000'000 % 60); }
    constexpr int microsecond() const { return static_cast<int>(microseconds % 1'000'000); }

    /// "13:05:09", with ".000250" when there are microseconds.
    std::string iso() const;
    void append_iso(std::string& out) const;

    friend constexpr auto operator<=>(const Time&, const Time&) = default;
};

/// An instant (an aware datetime in UTC).
struct DateTime {
    std::int64_t microseconds = 0;  // since 1970-01-01T00:00:00Z

    static constexpr DateTime combine(Date date, Time time) {
        return {date.days * kMicrosecondsPerDay + time.microseconds};
    }
    static constexpr DateTime from_ymdhms(int year, int month, int day, int hour = 0, int minute = 0, int second = 0,
                                          int microsecond = 0) {
        return combine(Date::from_ymd(year, month, day), Time::from_hms(hour, minute, second, microsecond));
    }
    static constexpr DateTime from_timestamp(std::int64_t seconds) { return {seconds * 1'000'000}; }
    /// Reads "2026-03-09T13:05:09.25+01:00"; 'T' may be a space, fraction and offset may be absent (then it is UTC).
    static std::optional<DateTime> parse(std::string_view text);

    /// The parts in UTC, or on a clock that is `utc_offset` ahead of it.
    constexpr Date date(Duration utc_offset = {}) const {
        return {utils::floor_div(microseconds + utc_offset.microseconds, kMicrosecondsPerDay)};
    }
    constexpr Time time(Duration utc_offset = {}) const {
        const std::int64_t local = microseconds + utc_offset.microseconds;
        return {local - utils::floor_div(local, kMicrosecondsPerDay) * kMicrosecondsPerDay};
    }
    constexpr std::int64_t timestamp() const { return utils::floor_div(microseconds, 1'000'000); }

    /// "2026-03-09T13:05:09.000250+00:00": Python's isoformat().
    std::string iso() const;
    void append_iso(std::string& out, char separator = 'T', std::string_view suffix = "+00:00") const;

    friend constexpr auto operator<=>(const DateTime&, const DateTime&) = default;
    friend constexpr DateTime operator+(DateTime at, Duration span) { return {at.microseconds + span.microseconds}; }
    friend constexpr DateTime operator-(DateTime at, Duration span) { return {at.microseconds - span.microseconds}; }
    friend constexpr Duration operator-(DateTime a, DateTime b) { return {a.microseconds - b.microseconds}; }
    constexpr DateTime& operator+=(Duration span) { return microseconds += span.microseconds, *this; }
    constexpr DateTime& operator-=(Duration span) { return microseconds -= span.microseconds, *this; }
};

/// As Python's str(): "2026-03-09", "13:05:09", "2026-03-09 13:05:09+00:00", "1 day, 1:00:00".
std::ostream& operator<<(std::ostream& out, const Date& date);
std::ostream& operator<<(std::ostream& out, const Time& time);
std::ostream& operator<<(std::ostream& out, const DateTime& at);
std::ostream& operator<<(std::ostream& out, const Duration& span);

namespace timezone {
/// The current instant (django.utils.timezone.now).
DateTime now();
/// Today's day in UTC.
Date today();

using Clock = DateTime (*)();
/// Makes now() ask `clock` (null: the system's) and returns the one before: tests stop the time with it.
Clock set_clock(Clock clock);
}  // namespace timezone

namespace utils {
/// "Mon, 09 Mar 2026 13:05:09 GMT" (RFC 9110, 5.6.7): django.utils.http.http_date.
std::string http_date(DateTime at);
void append_http_date(std::string& out, DateTime at);
}  // namespace utils

}  // namespace nuages

template <> struct std::hash<nuages::Date> {
    std::size_t operator()(const nuages::Date& date) const noexcept { return std::hash<std::int64_t>{}(date.days); }
};
template <> struct std::hash<nuages::Time> {
    std::size_t operator()(const nuages::Time& time) const noexcept { return std::hash<std::int64_t>{}(time.microseconds); }
};
template <> struct std::hash<nuages::DateTime> {
    std::size_t operator()(const nuages::DateTime& at) const noexcept { return std::hash<std::int64_t>{}(at.microseconds); }
};
template <> struct std::hash<nuages::Duration> {
    std::size_t operator()(const nuages::Duration& span) const noexcept { return std::hash<std::int64_t>{}(span.microseconds); }
};
