// The time between two moments in words: "2 weeks, 3 days" (django.utils.timesince).
#pragma once

#include <nuages/utils/datetime.hpp>

#include <string>
#include <string_view>

namespace nuages {
class Value;
}

namespace nuages::utils {

/// The messages for the units, with "%(num)d"; year, month, week, day, hour, minute. `context` tells apart equal texts.
struct TimeStrings {
    std::string_view singular[6];
    std::string_view plural[6];
    std::string_view context{};
};

/// Appends the span from FROM to TO, both readings of one clock, in at most DEPTH adjacent units, with no-break spaces;
/// calendar months and years count first. Throws Error when DEPTH is below 1. In the active language.
void append_time_since(std::string& out, DateTime from, DateTime to, int depth = 2,
                       const TimeStrings* strings = nullptr);

/// The time from VALUE, a date or datetime, to NOW (missing or null: the clock); with REVERSED the other way round.
/// Throws Error where Python raises TypeError: no date, or a naive reading beside an instant.
std::string timesince(const Value& value, const Value& now, bool reversed = false, int depth = 2,
                      const TimeStrings* strings = nullptr);
/// The time from NOW to VALUE.
std::string timeuntil(const Value& value, const Value& now, int depth = 2, const TimeStrings* strings = nullptr);

}  // namespace nuages::utils
