// Our dates and spans as std::chrono's, and back. A header to be asked for: <chrono> costs 0.7 s in every file.
//
//     const auto day = nuages::to_chrono(article.published_at->date());      std::chrono::sys_days
//     article.published_at = nuages::from_chrono(std::chrono::system_clock::now());
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/utils/datetime.hpp>

#include <chrono>

namespace nuages {

/// Whole days, UTC.
constexpr std::chrono::sys_days to_chrono(Date day) { return std::chrono::sys_days(std::chrono::days(day.days)); }
/// The instant.
constexpr std::chrono::sys_time<std::chrono::microseconds> to_chrono(DateTime instant) {
    return std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(instant.microseconds));
}
constexpr std::chrono::microseconds to_chrono(Duration span) { return std::chrono::microseconds(span.microseconds); }
/// Since midnight; std::chrono::hh_mm_ss takes it.
constexpr std::chrono::microseconds to_chrono(Time time) { return std::chrono::microseconds(time.microseconds); }

/// A day of the calendar: also year_month_day, year/month/last ... , which convert to sys_days.
constexpr Date from_chrono(std::chrono::sys_days day) { return {day.time_since_epoch().count()}; }
constexpr Date from_chrono(std::chrono::year_month_day day) { return from_chrono(std::chrono::sys_days(day)); }
/// Microseconds of the instant; finer parts are cut off, towards the past.
template <class Span>
requires(!std::chrono::treat_as_floating_point_v<typename Span::rep> && Span(1) < std::chrono::days(1))
constexpr DateTime from_chrono(std::chrono::sys_time<Span> instant) {
    return {std::chrono::floor<std::chrono::microseconds>(instant).time_since_epoch().count()};
}
/// A span in whole microseconds; finer parts are cut off, towards zero.
template <class Rep, class Period> constexpr Duration from_chrono(std::chrono::duration<Rep, Period> span) {
    return {std::chrono::duration_cast<std::chrono::microseconds>(span).count()};
}
/// A time of day. The hours must be those of one day.
template <class Span> constexpr Time from_chrono(const std::chrono::hh_mm_ss<Span>& time) {
    return {std::chrono::duration_cast<std::chrono::microseconds>(time.to_duration()).count()};
}

}  // namespace nuages
