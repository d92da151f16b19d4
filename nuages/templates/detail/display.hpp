// How numbers and dates become text on a page.
#pragma once

#include <nuages/utils/formats.hpp>
#include <nuages/utils/value.hpp>

#include <string>
#include <string_view>

namespace nuages::templates {

using Formats = formats::LocaleFormats;

struct NumberStyle {
    int decimals = -1;  ///< digits after the point; -1: as the number has
    bool force_grouping = false;
    bool localized = true;  ///< else with the settings' own formats, grouped only by force
};

/// The separators that STYLE asks for.
utils::NumberFormat number_format_of(const Formats& formats, NumberStyle style);

/// Appends a number as Django's number_format does: separators of the locale, never an exponent below 200 digits.
void append_number(std::string& out, const Value& number, const Formats& formats, NumberStyle style = {});
/// The same for digits in plain notation ("-1234.50").
void append_plain_number(std::string& out, std::string_view digits, const Formats& formats, NumberStyle style = {});

using utils::plain_digits;

}  // namespace nuages::templates
