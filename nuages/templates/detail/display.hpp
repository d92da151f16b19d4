// How numbers and dates become text on a page.
#pragma once

#include <nuages/templates/formats.hpp>
#include <nuages/utils/value.hpp>

#include <string>
#include <string_view>

namespace nuages::templates {

struct NumberStyle {
    int decimals = -1;  ///< digits after the point; -1: as the number has
    bool force_grouping = false;
    bool localized = true;
};

/// Appends a number as Django's number_format does: separators of the locale, never an exponent below 200 digits.
void append_number(std::string& out, const Value& number, const Formats& formats, NumberStyle style = {});
/// The same for digits in plain notation ("-1234.50").
void append_plain_number(std::string& out, std::string_view digits, const Formats& formats, NumberStyle style = {});

/// The digits of a number in plain notation, however large its exponent (up to 10,000 places); empty for nan and
/// infinity.
std::string plain_digits(const Value& number);

/// The wall clock a date, time or datetime shows; instants in the current zone when LOCALIZED, else in their own.
utils::WallClock clock_of(const Value& value, const Formats& formats, bool localized = true);

/// The wall clock of the current zone at an instant.
utils::WallClock local_clock(DateTime at, const Formats& formats);

/// The format that NAME ("DATE_FORMAT" ...) stands for, else NAME itself.
std::string_view named_format(std::string_view name, const Formats& formats);

/// The current instant by the engine's clock.
DateTime current_time(const Formats& formats);

}  // namespace nuages::templates
