// Formats: how numbers, dates and times are shown when a template does not say.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/utils/dateformat.hpp>

#include <string>

namespace nuages::templates {

/// Django's format settings with the values of its English locale.
struct Formats {
    std::string date_format = "N j, Y";
    std::string datetime_format = "N j, Y, P";
    std::string time_format = "P";
    std::string short_date_format = "m/d/Y";
    std::string short_datetime_format = "m/d/Y P";
    std::string year_month_format = "F Y";
    std::string month_day_format = "F j";
    std::string decimal_separator = ".";
    std::string thousand_separator = ",";
    /// Digits between separators, from the right; 0: none.
    int number_grouping = 3;
    bool use_thousand_separator = false;
    bool use_tz = true;
    /// The wall clock of the current time zone for an instant; without it, UTC.
    Function<utils::WallClock(DateTime at)> local_time;
    /// The current instant; without it, the system's clock.
    Function<DateTime()> now;
};

}  // namespace nuages::templates
