#include <nuages/templates/detail/display.hpp>

#include <nuages/templates/detail/compiled.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace nuages::templates {

namespace {

constexpr int kExponentMax = 10000;
constexpr int kPlainDigitsMax = 200;

void append_grouped(std::string& out, std::string_view digits, const Formats& formats) {
    const auto group = static_cast<std::size_t>(formats.number_grouping);
    std::size_t head = digits.size() % group;
    out += digits.substr(0, head);
    for (; head < digits.size(); head += group) {
        if (head > 0) out += formats.thousand_separator;
        out += digits.substr(head, group);
    }
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

void append_scientific(std::string& out, const Parts& parts, const Formats& formats, NumberStyle style) {
    std::string coefficient = parts.negative ? "-" : "";
    coefficient += parts.digits[0];
    if (parts.digits.size() > 1) coefficient.append(".").append(parts.digits, 1);
    append_plain_number(out, coefficient, formats, style);
    const long exponent = parts.exponent + static_cast<long>(parts.digits.size()) - 1;
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::labs(exponent));
}

}  // namespace

void append_plain_number(std::string& out, std::string_view digits, const Formats& formats, NumberStyle style) {
    if (!digits.empty() && digits[0] == '-') {
        out += '-';
        digits.remove_prefix(1);
    }
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const std::string_view whole = digits.substr(0, point);
    std::string_view rest = point < digits.size() ? digits.substr(point + 1) : std::string_view();
    if (style.decimals >= 0) rest = rest.substr(0, static_cast<std::size_t>(style.decimals));
    const bool grouped =
        style.localized && (formats.use_thousand_separator || style.force_grouping) && formats.number_grouping > 0;
    if (grouped) {
        append_grouped(out, whole, formats);
    } else {
        out += whole;
    }
    const std::size_t places = style.decimals >= 0 ? static_cast<std::size_t>(style.decimals) : rest.size();
    if (places == 0) return;
    out += style.localized ? std::string_view(formats.decimal_separator) : std::string_view(".");
    out += rest;
    out.append(places - rest.size(), '0');
}

void append_number(std::string& out, const Value& number, const Formats& formats, NumberStyle style) {
    if (number.kind() == ValueKind::boolean) {
        number.append_str(out);
        return;
    }
    if (number.kind() == ValueKind::integer) {
        char buffer[24];
        auto end = std::to_chars(buffer, buffer + sizeof buffer, number.as_integer()).ptr;
        append_plain_number(out, {buffer, static_cast<std::size_t>(end - buffer)}, formats, style);
        return;
    }
    const std::string text = number.str();
    if (text.find_first_of("eE") == text.npos) {
        append_plain_number(out, text, formats, style);
        return;
    }
    Parts parts = parse_decimal(text);
    if (!parts.valid) {
        out += text;
    } else if (std::labs(parts.exponent) + static_cast<long>(parts.digits.size()) > kPlainDigitsMax) {
        append_scientific(out, parts, formats, style);
    } else {
        append_plain_number(out, plain_text(parts), formats, style);
    }
}

std::string plain_digits(const Value& number) {
    if (number.kind() == ValueKind::real && !std::isfinite(number.as_real())) return {};
    const Parts parts = parse_decimal(number.kind() == ValueKind::boolean ? (number.as_integer() ? "1" : "0")
                                                                          : std::string_view(number.str()));
    return parts.valid && std::labs(parts.exponent) <= kExponentMax ? plain_text(parts) : std::string();
}

utils::WallClock local_clock(DateTime at, const Formats& formats) {
    return formats.local_time ? formats.local_time(at) : utils::WallClock::of(at);
}

utils::WallClock clock_of(const Value& value, const Formats& formats, bool localized) {
    if (value.kind() == ValueKind::date) return utils::WallClock::of(Date{value.as_integer()});
    if (value.kind() == ValueKind::time) return utils::WallClock::of(Time{value.as_integer()});
    const DateTime at{value.as_integer()};
    if (value.is_naive()) {
        utils::WallClock zone = local_clock(at, formats);
        zone = local_clock(at - zone.utc_offset, formats);
        zone.date = at.date();
        zone.time = at.time();
        zone.naive = true;
        return zone;
    }
    if (localized && formats.use_tz) return local_clock(at, formats);
    if (!value.has_offset()) return utils::WallClock::of(at);
    return utils::WallClock::of(at, minutes(value.offset_minutes()), "");
}

std::string_view named_format(std::string_view name, const Formats& formats) {
    if (name == "DATE_FORMAT") return formats.date_format;
    if (name == "DATETIME_FORMAT") return formats.datetime_format;
    if (name == "TIME_FORMAT") return formats.time_format;
    if (name == "SHORT_DATE_FORMAT") return formats.short_date_format;
    if (name == "SHORT_DATETIME_FORMAT") return formats.short_datetime_format;
    if (name == "YEAR_MONTH_FORMAT") return formats.year_month_format;
    if (name == "MONTH_DAY_FORMAT") return formats.month_day_format;
    return name;
}

std::string_view type_name(const Value& value) noexcept {
    switch (value.kind()) {
        case ValueKind::missing:
        case ValueKind::null: return "NoneType";
        case ValueKind::boolean: return "bool";
        case ValueKind::integer: return "int";
        case ValueKind::real: return "float";
        case ValueKind::decimal: return "decimal.Decimal";
        case ValueKind::string: return "str";
        case ValueKind::date: return "datetime.date";
        case ValueKind::time: return "datetime.time";
        case ValueKind::datetime: return "datetime.datetime";
        case ValueKind::duration: return "datetime.timedelta";
        case ValueKind::list: return value.is_tuple() ? "tuple" : "list";
        case ValueKind::map: return "dict";
        case ValueKind::object: return value.type()->name;
        case ValueKind::callable: return "function";
    }
    return "object";
}

DateTime current_time(const Formats& formats) { return formats.now ? formats.now() : timezone::now(); }

}  // namespace nuages::templates
