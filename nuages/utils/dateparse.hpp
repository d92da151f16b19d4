// Dates, times and durations from the texts that people and programs write (django.utils.dateparse), and durations back
// to text (django.utils.duration).
#pragma once

#include <nuages/utils/datetime.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace nuages::utils {

/// A reading of a clock, with its offset from UTC where the text has one.
struct ParsedDateTime {
    DateTime wall_clock;
    std::optional<Duration> utc_offset;
};

// These give nothing for a text of another form, and throw Error for one of the right form that names no date.
std::optional<Date> parse_date(std::string_view text);
std::optional<Time> parse_time(std::string_view text);
std::optional<ParsedDateTime> parse_datetime(std::string_view text);
/// "4 15:30", "3 days 1:02:03", "P4DT15H30M"; fractions of the last part. None for one that does not fit 64 bits of
/// microseconds (some 292,000 years).
std::optional<Duration> parse_duration(std::string_view text);

/// "-1 01:03:05.000012".
std::string duration_string(Duration span);
/// "P1DT01H03M05.000012S", with a '-' before it.
std::string duration_iso_string(Duration span);

}  // namespace nuages::utils
