// Dates and times by Django's format letters ("N j, Y", "H:i"), as its `date` and `time` filters take them.
// Names are those of the active language; the letters work on wall-clock parts, so that time zones stay outside.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/utils/datetime.hpp>

#include <string>
#include <string_view>

namespace nuages::timezone {
class TimeZone;
}

namespace nuages::utils {

/// A wall clock reading: a day, a time of day, or both, with the zone it was read in where that is known.
struct WallClock {
    Date date{};
    Time time{};
    bool has_date = true;
    bool has_time = true;
    bool has_zone = false;
    bool naive = false;  // the zone is assumed: not shown by 'c' and 'e'
    Duration utc_offset{};  // ahead of UTC; meaningful with has_zone
    bool daylight_saving = false;
    std::string_view zone_name{};  // "CET"; empty: made from the offset
    /// Whose clock it is, where that is known: a reading that comes twice or never shows no zone.
    const timezone::TimeZone* zone = nullptr;

    static WallClock of(DateTime at, Duration utc_offset = {}, std::string_view zone_name = "UTC");
    static WallClock of(Date date) { return {.date = date, .has_time = false}; }
    static WallClock of(Time time) { return {.time = time, .has_date = false}; }
};

/// Appends CLOCK in FORMAT; a backslash keeps the next letter. False, with nothing appended, when FORMAT asks for what
/// the clock has not (a day of a bare time, an hour of a bare day), the first such letter in REFUSED.
/// (django.utils.dateformat)
bool append_date_format(std::string& out, const WallClock& clock, std::string_view format, char* refused = nullptr);

/// The same with the letters for times only: all others are asking for too much (django: time_format).
bool append_time_format(std::string& out, const WallClock& clock, std::string_view format);

/// As a string, empty where append_date_format answers false.
std::string date_format(const WallClock& clock, std::string_view format);
/// The same with English names, whatever language is active.
std::string date_format_untranslated(const WallClock& clock, std::string_view format);

}  // namespace nuages::utils
