// Numbers in digits, as a locale writes them (django.utils.numberformat).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nuages {
class Value;
}

namespace nuages::utils {

struct NumberFormat {
    std::string_view decimal_separator = ".";
    int decimals = -1;  ///< digits after the point, cut or filled with zeros; -1: as the number has
    /// Digits between separators, from the right; the last one repeats, a -1 ends the grouping. Empty: none.
    const std::vector<int>* grouping = nullptr;
    std::string_view thousand_separator{};
    bool grouped = false;  ///< USE_THOUSAND_SEPARATOR or force_grouping
};

/// Appends a number's plain digits ("-1234.50") as FORMAT says.
void append_digits(std::string& out, std::string_view digits, const NumberFormat& format);

/// Appends a number, or a text of digits: never with an exponent below 200 digits, above that as "1.5e+300". Throws
/// Error for NaN and infinities of decimals that are to be shown with places.
void append_number(std::string& out, const Value& number, const NumberFormat& format);

/// The plain digits of a number, however large its exponent (up to 10,000 places); empty for nan and infinity.
std::string plain_digits(const Value& number);

}  // namespace nuages::utils
