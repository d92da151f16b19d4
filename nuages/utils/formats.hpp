// How numbers, dates and times are shown and read, by language (django.utils.formats).
//
// The formats of 105 languages are built in. What a language does not state, and everything when translation is off,
// comes from the settings.
#pragma once

#include <nuages/utils/dateformat.hpp>
#include <nuages/utils/numberformat.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages {
class Value;
}

namespace nuages::formats {

/// Django's format settings with their global defaults.
struct Settings {
    std::string date_format = "N j, Y";
    std::string time_format = "P";
    std::string datetime_format = "N j, Y, P";
    std::string year_month_format = "F Y";
    std::string month_day_format = "F j";
    std::string short_date_format = "m/d/Y";
    std::string short_datetime_format = "m/d/Y P";
    std::string decimal_separator = ".";
    std::string thousand_separator = ",";
    /// Digits between separators, from the right: {3}, or {3, 2, 0} for India; empty: none.
    std::vector<int> number_grouping;
    bool use_thousand_separator = false;
    int first_day_of_week = 0;  ///< 0: Sunday
    std::vector<std::string> date_input_formats = {"%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%b %d %Y", "%b %d, %Y", "%d %b %Y",
                                                   "%d %b, %Y", "%B %d %Y", "%B %d, %Y", "%d %B %Y", "%d %B, %Y"};
    std::vector<std::string> time_input_formats = {"%H:%M:%S", "%H:%M:%S.%f", "%H:%M"};
    std::vector<std::string> datetime_input_formats = {
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f",
        "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M:%S", "%m/%d/%y %H:%M:%S.%f", "%m/%d/%y %H:%M"};
    /// Formats of the site's own by language (django: FORMAT_MODULE_PATH); they count before all others.
    std::vector<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> by_language;
};
/// At start-up, while nothing is shown.
void configure(Settings settings);
const Settings& settings();

/// The formats of one language, complete.
struct LocaleFormats {
    std::string date_format, time_format, datetime_format, year_month_format, month_day_format, short_date_format,
        short_datetime_format, decimal_separator, thousand_separator;
    std::vector<int> number_grouping;
    int first_day_of_week = 0;
    std::vector<std::string> date_input_formats, time_input_formats, datetime_input_formats;

    /// The format that NAME ("DATE_FORMAT", "SHORT_DATE_FORMAT" ...) stands for, else NAME itself.
    std::string_view named(std::string_view name) const;
    /// The separators as numberformat.hpp takes them; grouped when the settings or FORCE say so.
    utils::NumberFormat numbers(int decimals = -1, bool force_grouping = false) const;
};

/// Those of the active language; they stay as long as the process.
const LocaleFormats& current();
/// Those of the settings alone.
const LocaleFormats& plain();
const LocaleFormats& of_language(std::string_view code);

/// What a date, time or datetime shows on a clock: an instant in the current zone (unless it has a zone of its own that
/// it keeps, or LOCALIZED is false: then in its own), a naive reading as it is.
utils::WallClock clock_of(const Value& value, bool localized);

/// VALUE in FORMAT (a name or letters; empty: DATE_FORMAT, TIME_FORMAT).
std::string date_format(const Value& value, std::string_view format = {}, bool use_l10n = true);
std::string time_format(const Value& value, std::string_view format = {}, bool use_l10n = true);
std::string number_format(const Value& value, int decimals = -1, bool use_l10n = true, bool force_grouping = false);
/// A number, date or time as the active language shows it; other values stay. Without USE_L10N numbers stay as digits.
Value localize(const Value& value, bool use_l10n = true);
/// The same for the inside of an input element: dates in the first input format.
Value localize_input(const Value& value, std::string_view format = {});
/// The text of a number as people of the active language write it, with "." for the decimals and no separators.
std::string sanitize_separators(std::string_view text);
/// CLOCK by strftime's directives, in English.
std::string strftime(const utils::WallClock& clock, std::string_view format);

}  // namespace nuages::formats
