// A span of time in whole microseconds: Django's timedelta, eight bytes, no <chrono>.
#pragma once

#include <compare>
#include <cstdint>

namespace nuages {

/// A signed span of time with microsecond resolution (about ±292,000 years).
struct Duration {
    std::int64_t microseconds = 0;

    static constexpr Duration from_seconds(double seconds) { return {static_cast<std::int64_t>(seconds * 1e6)}; }

    constexpr double total_seconds() const { return static_cast<double>(microseconds) / 1e6; }
    constexpr std::int64_t milliseconds() const { return microseconds / 1000; }

    friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
    friend constexpr Duration operator+(Duration a, Duration b) { return {a.microseconds + b.microseconds}; }
    friend constexpr Duration operator-(Duration a, Duration b) { return {a.microseconds - b.microseconds}; }
    friend constexpr Duration operator-(Duration a) { return {-a.microseconds}; }
    friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.microseconds * n}; }
    friend constexpr Duration operator*(std::int64_t n, Duration a) { return a * n; }
    friend constexpr Duration operator/(Duration a, std::int64_t n) { return {a.microseconds / n}; }
    constexpr Duration& operator+=(Duration by) { return microseconds += by.microseconds, *this; }
    constexpr Duration& operator-=(Duration by) { return microseconds -= by.microseconds, *this; }
};

constexpr Duration microseconds(std::int64_t n) { return {n}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }

}  // namespace nuages
