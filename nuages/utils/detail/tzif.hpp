// The compiled time zone files of tzdata (RFC 9636, "TZif"): transitions, and the rule for the years after the last.
#pragma once

#include <nuages/utils/timezone.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::timezone {

/// One day of a rule: "M3.5.0/2", "J60", "59/1:30" of a POSIX TZ string.
struct RuleDay {
    enum class Kind : std::uint8_t { julian, zero_based, month_week_day } kind = Kind::month_week_day;
    int month = 0, week = 0, day = 0;
    std::int64_t seconds = 7200;  // of the day, may be negative or past 24 hours

    /// Seconds from 1970 to this moment of YEAR, on the clock that runs before it.
    std::int64_t in_year(int year) const noexcept;
};

struct TimeZone::Rules {
    struct Type {
        std::int64_t ahead_s = 0;
        bool daylight_saving = false;
        std::string abbreviation;
    };
    /// "CET-1CEST,M3.5.0,M10.5.0/3": what holds after the last transition.
    struct Forever {
        bool exists = false;
        bool has_daylight_saving = false;
        Type standard, daylight;
        RuleDay begin, end;

        const Type& at(std::int64_t instant_s) const noexcept;
        const Type& at_wall(std::int64_t wall_s, int fold) const noexcept;
    };

    std::vector<std::int64_t> instants;  // of the transitions, in seconds
    std::vector<std::int64_t> walls[2];  // the same on the clock, for fold 0 and 1
    std::vector<std::uint8_t> indexes;   // of the type that begins
    std::vector<Type> types;
    std::size_t first = 0;  // the type before the first transition
    Forever forever;

    static Rules fixed(std::int64_t ahead_s, std::string abbreviation);
};

/// Reads a file's bytes; false when they are not a TZif file. Bounds are checked, content may be hostile.
bool read_tzif(std::string_view bytes, TimeZone::Rules& rules);

}  // namespace nuages::timezone
