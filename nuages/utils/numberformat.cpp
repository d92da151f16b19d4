#include <nuages/utils/numberformat.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace nuages::utils {

namespace {

constexpr int kExponentMax = 10000;
constexpr int kPlainDigitsMax = 200;

// DIGITS with separators between groups, whose sizes are counted from the right.
void append_grouped(std::string& out, std::string_view digits, const NumberFormat& format) {
    const std::vector<int>& sizes = *format.grouping;
    std::vector<std::size_t> cuts;  // from the right
    std::size_t i = 0, size = static_cast<std::size_t>(sizes[0]), at = 0;
    while (size > 0 && at + size < digits.size()) {
        at += size;
        cuts.push_back(at);
        if (i + 1 == sizes.size()) continue;
        if (sizes[++i] != 0) size = sizes[i] > 0 ? static_cast<std::size_t>(sizes[i]) : 0;
    }
    std::size_t done = 0;
    while (!cuts.empty()) {
        const std::size_t end = digits.size() - cuts.back();
        out.append(digits.substr(done, end - done)).append(format.thousand_separator);
        done = end;
        cuts.pop_back();
    }
    out += digits.substr(done);
}

struct Parts {
    bool negative = false;
    std::string digits;  // without the point
    long exponent = 0;   // of the last digit
    bool valid = false;
};

Parts parse_decimal(std::string_view text) {
    Parts parts;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        parts.negative = text[0] == '-';
        text.remove_prefix(1);
    }
    const std::size_t e = text.find_first_of("eE");
    if (e != text.npos) {
        std::string_view exponent = text.substr(e + 1);
        if (!exponent.empty() && exponent[0] == '+') exponent.remove_prefix(1);
        auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), parts.exponent);
        if (error != std::errc() || end != exponent.data() + exponent.size()) return parts;
        text = text.substr(0, e);
    }
    const std::size_t point = text.find('.');
    if (point != text.npos) parts.exponent -= static_cast<long>(text.size() - point - 1);
    for (char c : text) {
        if (c >= '0' && c <= '9') {
            parts.digits += c;
        } else if (c != '.') {
            return parts;
        }
    }
    parts.valid = !parts.digits.empty();
    const std::size_t zeros =
        std::min(parts.digits.find_first_not_of('0'), parts.digits.size() - (parts.valid ? 1 : 0));
    if (parts.valid) parts.digits.erase(0, zeros);
    return parts;
}

std::string plain_text(const Parts& parts) {
    std::string text = parts.negative ? "-" : "";
    if (parts.exponent >= 0) {
        text += parts.digits;
        if (parts.digits != "0") text.append(static_cast<std::size_t>(parts.exponent), '0');
        return text;
    }
    const auto places = static_cast<std::size_t>(-parts.exponent);
    if (parts.digits.size() > places) {
        text.append(parts.digits, 0, parts.digits.size() - places).append(".");
        text.append(parts.digits, parts.digits.size() - places);
    } else {
        text.append("0.").append(places - parts.digits.size(), '0').append(parts.digits);
    }
    return text;
}

void append_scientific(std::string& out, const Parts& parts, const NumberFormat& format) {
    std::string coefficient = parts.negative ? "-" : "";
    coefficient += parts.digits[0];
    if (parts.digits.size() > 1) coefficient.append(".").append(parts.digits, 1);
    append_digits(out, coefficient, format);
    const long exponent = parts.exponent + static_cast<long>(parts.digits.size()) - 1;
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::labs(exponent));
}

// Less than half the way to the last place shown: Django shows no sign then.
bool vanishes(const Parts& parts, int decimals) {
    return decimals >= 0 && (parts.digits == "0" ||
                             parts.exponent + static_cast<long>(parts.digits.size()) - 1 < -std::max(1, decimals));
}

void append_decimal(std::string& out, const Parts& from, const NumberFormat& format) {
    Parts parts = from;
    if (vanishes(parts, format.decimals)) parts = {false, "0", 0, true};
    if (std::labs(parts.exponent) + static_cast<long>(parts.digits.size()) > kPlainDigitsMax) {
        append_scientific(out, parts, format);
    } else {
        append_digits(out, plain_text(parts), format);
    }
}

}  // namespace

void append_digits(std::string& out, std::string_view digits, const NumberFormat& format) {
    if (!digits.empty() && digits[0] == '-') {
        out += '-';
        digits.remove_prefix(1);
    }
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const std::string_view whole = digits.substr(0, point);
    std::string_view rest = point < digits.size() ? digits.substr(point + 1) : std::string_view();
    if (format.decimals >= 0) rest = rest.substr(0, static_cast<std::size_t>(format.decimals));
    if (format.grouped && format.grouping && !format.grouping->empty() && format.grouping->front() > 0) {
        append_grouped(out, whole, format);
    } else {
        out += whole;
    }
    const std::size_t places = format.decimals >= 0 ? static_cast<std::size_t>(format.decimals) : rest.size();
    if (places == 0) return;
    out += format.decimal_separator;
    out += rest;
    out.append(places - rest.size(), '0');
}

void append_number(std::string& out, const Value& number, const NumberFormat& format) {
    if (number.kind() == ValueKind::integer) {
        char buffer[24];
        auto end = std::to_chars(buffer, buffer + sizeof buffer, number.as_integer()).ptr;
        append_digits(out, {buffer, static_cast<std::size_t>(end - buffer)}, format);
        return;
    }
    const std::string text = number.str();
    if (text.empty()) return;
    const bool exact = number.kind() == ValueKind::decimal && !number.is_whole();
    const bool has_exponent = number.kind() == ValueKind::real && text.find_first_of("eE") != text.npos;
    if (!exact && !has_exponent) {
        append_digits(out, text, format);
        return;
    }
    const Parts parts = parse_decimal(text);
    if (!parts.valid) {
        if (format.decimals >= 0) throw Error("'" + text + "' has no digits.");
        out += text;
    } else {
        append_decimal(out, parts, format);
    }
}

std::string plain_digits(const Value& number) {
    if (number.kind() == ValueKind::real && !std::isfinite(number.as_real())) return {};
    const Parts parts = parse_decimal(number.kind() == ValueKind::boolean ? (number.as_integer() ? "1" : "0")
                                                                          : std::string_view(number.str()));
    return parts.valid && std::labs(parts.exponent) <= kExponentMax ? plain_text(parts) : std::string();
}

}  // namespace nuages::utils
