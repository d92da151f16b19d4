// add, floatformat, filesizeformat, get_digit, divisibleby, pluralize.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/display.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace nuages::templates {

std::optional<std::int64_t> to_integer(const Value& value) {
    switch (value.kind()) {
        case ValueKind::boolean:
        case ValueKind::integer: return value.as_integer();
        case ValueKind::real: {
            const double number = value.as_real();
            if (!(std::fabs(number) < 9.2e18)) return std::nullopt;
            return static_cast<std::int64_t>(number);
        }
        case ValueKind::decimal: {
            const std::string digits = plain_digits(value);
            std::int64_t number = 0;
            const std::size_t end = std::min(digits.find('.'), digits.size());
            if (std::from_chars(digits.data(), digits.data() + end, number).ec != std::errc()) return std::nullopt;
            return number;
        }
        case ValueKind::string: {
            std::string_view text = trimmed(value.as_text());
            if (!text.empty() && text.front() == '+') text.remove_prefix(1);
            std::string digits;
            for (std::size_t i = 0; i < text.size(); ++i) {
                const bool between = i > 0 && i + 1 < text.size() && text[i - 1] != '_' && text[i - 1] != '-';
                if (text[i] != '_') {
                    digits += text[i];
                } else if (!between) {
                    return std::nullopt;
                }
            }
            std::int64_t number = 0;
            auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
            if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
            return number;
        }
        default: return std::nullopt;
    }
}

std::optional<double> to_real(const Value& value) {
    switch (value.kind()) {
        case ValueKind::boolean:
        case ValueKind::integer: return static_cast<double>(value.as_integer());
        case ValueKind::real: return value.as_real();
        case ValueKind::decimal:
        case ValueKind::string: {
            const std::string text(trimmed(value.as_text()));
            if (text.empty() || text.find_first_of("xXpP(") != text.npos) return std::nullopt;
            char* end = nullptr;
            const double number = std::strtod(text.c_str(), &end);
            if (end != text.c_str() + text.size()) return std::nullopt;
            return number;
        }
        default: return std::nullopt;
    }
}

namespace {

constexpr long kFloatDigitsMax = 200;

// The decimal digits of a number: value = digits × 10^exponent.
struct Digits {
    bool negative = false;
    char text[kFloatDigitsMax + 8];
    int count = 0;
    long exponent = 0;
    enum class State { good, too_long, not_finite, invalid } state = State::invalid;
};

// Python's Decimal(text).
Digits read_digits(std::string_view text) {
    Digits digits;
    text = trimmed(text);
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        digits.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text.empty()) return digits;
    std::string lower;
    for (char c : text.substr(0, 16)) lower += static_cast<char>(c | 0x20);
    if (lower == "inf" || lower == "infinity" || lower.substr(0, 3) == "nan" || lower.substr(0, 4) == "snan") {
        digits.state = Digits::State::not_finite;
        return digits;
    }
    bool point = false, any = false;
    long total = 0;
    std::size_t i = 0;
    for (; i < text.size() && (text[i] | 0x20) != 'e'; ++i) {
        const char c = text[i];
        if (c == '_') continue;
        if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            any = true;
            if (point) --digits.exponent;
            if (c == '0' && total == 0) continue;
            if (total < kFloatDigitsMax + 1) digits.text[digits.count++] = c;
            ++total;
        } else {
            return digits;
        }
    }
    if (!any) return digits;
    if (i < text.size()) {
        std::string_view power = text.substr(i + 1);
        if (!power.empty() && power.front() == '+') power.remove_prefix(1);
        long number = 0;
        auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), number);
        if (end != power.data() + power.size() || power.empty()) return digits;
        if (error == std::errc::result_out_of_range) number = power.front() == '-' ? -100'000'000 : 100'000'000;
        digits.exponent += number;
    }
    if (total == 0) {
        digits.text[digits.count++] = '0';
        total = 1;
    }
    digits.state = total + std::labs(digits.exponent) > kFloatDigitsMax ? Digits::State::too_long : Digits::State::good;
    return digits;
}

// Writes DIGITS with PLACES digits after the point, halves rounded up, into OUT.
void round_digits(std::string& out, const Digits& digits, long places) {
    std::string whole(digits.text, static_cast<std::size_t>(digits.count));
    if (digits.exponent > 0 && whole != "0") whole.append(static_cast<std::size_t>(digits.exponent), '0');
    long scale = digits.exponent < 0 ? -digits.exponent : 0;  // digits after the point in `whole`
    bool up = false;
    if (scale > places) {
        const long drop = scale - places;
        if (static_cast<long>(whole.size()) < drop) {
            whole = "0";
        } else {
            up = whole[whole.size() - static_cast<std::size_t>(drop)] >= '5';
            whole.resize(whole.size() - static_cast<std::size_t>(drop));
        }
    } else {
        whole.append(static_cast<std::size_t>(places - scale), '0');
    }
    for (std::size_t i = whole.size(); up && i > 0; --i) {
        up = whole[i - 1] == '9';
        whole[i - 1] = up ? '0' : static_cast<char>(whole[i - 1] + 1);
    }
    if (up) whole.insert(0, "1");
    if (static_cast<long>(whole.size()) <= places) {
        whole.insert(0, static_cast<std::size_t>(places) + 1 - whole.size(), '0');
    }
    const std::size_t zeros = std::min(whole.find_first_not_of('0'), whole.size());
    const std::size_t keep = whole.size() - static_cast<std::size_t>(places) - 1;
    const bool is_zero = zeros == whole.size();
    whole.erase(0, std::min(zeros, keep));
    if (digits.negative && !is_zero) out += '-';
    out.append(whole, 0, whole.size() - static_cast<std::size_t>(places));
    if (places > 0) out.append(".").append(whole, whole.size() - static_cast<std::size_t>(places));
}

bool is_whole(const Digits& digits) {
    if (digits.exponent >= 0) return true;
    for (long i = digits.count - 1; i >= 0 && i >= digits.count + digits.exponent; --i) {
        if (digits.text[i] != '0') return false;
    }
    return true;
}

struct FloatStyle {
    NumberStyle number;
    std::string_view places = "-1";
};

// Takes the suffixes g (grouped) and u (not localized) off the argument.
FloatStyle float_style(std::string_view argument) {
    FloatStyle style;
    const std::string_view last_two = argument.size() >= 2 ? argument.substr(argument.size() - 2) : std::string_view();
    std::size_t suffix = 0;
    if (last_two == "gu" || last_two == "ug") {
        style.number.force_grouping = true;
        style.number.localized = false;
        suffix = 2;
    } else if (!argument.empty() && argument.back() == 'g') {
        style.number.force_grouping = true;
        suffix = 1;
    } else if (!argument.empty() && argument.back() == 'u') {
        style.number.localized = false;
        suffix = 1;
    }
    argument.remove_suffix(suffix);
    if (!argument.empty() || suffix == 0) style.places = argument;
    return style;
}

bool is_plain(const NumberStyle& style, const Formats& formats) {
    const utils::NumberFormat format = number_format_of(formats, style);
    return !format.grouped && format.decimal_separator == ".";
}

// DIGITS ("-12.345") with PLACES digits after the point, halves rounded up. False for the rare cases: a sum that gets
// longer, or zero with a sign.
bool append_rounded(std::string& out, std::string_view digits, std::size_t places) {
    const std::size_t point = digits.find('.');
    if (point == digits.npos || digits.front() == '-') return false;
    const std::size_t end = point + 1 + places;
    if (digits.size() <= end) {
        out += digits;
        out.append(end - digits.size(), '0');
        return true;
    }
    const std::size_t start = out.size();
    out += digits.substr(0, end);
    if (digits[end] < '5') return true;
    for (std::size_t i = out.size(); i > start; --i) {
        char& digit = out[i - 1];
        if (digit == '.') continue;
        if (digit != '9') {
            ++digit;
            return true;
        }
        digit = '0';
    }
    out.resize(start);
    return false;
}

Value floatformat(const Value& value, const Value* argument, FilterCall& call) {
    FloatStyle style;
    std::optional<std::int64_t> places = -1;
    if (argument) {
        if (argument->is_string()) {
            style = float_style(argument->as_text());
            places = to_integer(Value::borrow(style.places));
        } else {
            places = to_integer(*argument);
        }
    }
    char buffer[40];
    std::string_view input;
    if (value.kind() == ValueKind::real && std::isfinite(value.as_real()) && value.as_real() != 0 &&
        std::fabs(value.as_real()) < 1e16 && std::fabs(value.as_real()) >= 1e-4) {
        auto end = std::to_chars(buffer, buffer + sizeof buffer, value.as_real(), std::chars_format::fixed).ptr;
        input = {buffer, static_cast<std::size_t>(end - buffer)};
        if (places && *places > 0 && *places <= 8 && is_plain(style.number, call.formats())) {
            std::string& text = call.text();
            if (append_rounded(text, input, static_cast<std::size_t>(*places))) return FilterCall::result(text, true);
        }
    } else {
        input = text_of(value, call);
    }
    Digits digits = read_digits(input);
    if (digits.state == Digits::State::invalid) {
        const auto number = value.is_string() ? std::nullopt : to_real(value);
        if (!number) return Value::borrow("");
        digits = read_digits(Value(*number).str());
    }
    if (!places || digits.state != Digits::State::good || std::llabs(*places) > 10000) {
        return Value(value.is_string() ? std::string(value.as_text()) : value.str());
    }
    std::string& rounded = call.text();
    const bool whole = is_whole(digits);
    if (whole && *places <= 0) {
        digits.negative = digits.negative && !(digits.count == 1 && digits.text[0] == '0');
        round_digits(rounded, digits, 0);
        style.number.decimals = 0;
    } else {
        round_digits(rounded, digits, static_cast<long>(std::llabs(*places)));
        style.number.decimals = static_cast<int>(std::llabs(*places));
    }
    std::string& text = call.text();
    append_plain_number(text, rounded, call.formats(), style.number);
    return FilterCall::result(text, true);
}

// The usual case without Python's digits: a double far from a tie rounds as its shortest digits do.
bool write_floatformat(const Value& value, const Value* argument, FilterCall& call, bool) {
    static constexpr double kPowers[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};
    if (value.kind() != ValueKind::real || !argument || argument->kind() != ValueKind::integer) return false;
    const std::int64_t places = argument->as_integer();
    const double number = value.as_real();
    if (places < 1 || places > 6 || !(number >= 0 && number < 1e8) || !call.renderer().has_plain_numbers()) return false;
    const double scaled = number * kPowers[places];
    auto whole = static_cast<std::uint64_t>(scaled);
    const double rest = scaled - static_cast<double>(whole);
    if (std::fabs(rest - 0.5) < 1e-3) return false;
    whole += rest > 0.5;
    char buffer[32];
    char* at = buffer + sizeof buffer;
    for (std::int64_t i = 0; i < places; ++i, whole /= 10) *--at = static_cast<char>('0' + whole % 10);
    *--at = '.';
    do {
        *--at = static_cast<char>('0' + whole % 10);
        whole /= 10;
    } while (whole != 0);
    call.renderer().out().append(at, static_cast<std::size_t>(buffer + sizeof buffer - at));
    return true;
}

Value joined_lists(const Value& a, const Value& b) {
    std::vector<Value> items;
    for (const Value* list : {&a, &b}) {
        list->iterate([&](Value item) {
            items.push_back(std::move(item));
            return true;
        });
    }
    return a.is_tuple() ? Value::tuple(std::move(items)) : Value::list(std::move(items));
}

bool is_list(const Value& value) {
    return value.kind() == ValueKind::list || (value.type() && value.type()->at && !value.type()->pairs);
}

// Python's int() of an infinity is an error of its own, which filters let pass.
void refuse_infinity(const Value& value) {
    if (value.kind() == ValueKind::real && std::isinf(value.as_real())) {
        throw ValueError("cannot convert float infinity to integer");
    }
}

Value add(const Value& value, const Value* argument, FilterCall& call) {
    const Value& other = *argument;
    refuse_infinity(value);
    const auto a = to_integer(value), b = to_integer(other);
    if (a && b) {
        std::int64_t sum = 0;
        if (!__builtin_add_overflow(*a, *b, &sum)) return sum;
        return Value::borrow("");
    }
    if (value.is_string() && other.is_string()) {
        std::string& text = call.text();
        text.append(value.as_text()).append(other.as_text());
        return FilterCall::result(text, value.is_safe() && other.is_safe());
    }
    if (is_list(value) && is_list(other) && value.is_tuple() == other.is_tuple()) return joined_lists(value, other);
    const Value& span = value.kind() == ValueKind::duration ? value : other;
    const Value& base = value.kind() == ValueKind::duration ? other : value;
    if (span.kind() == ValueKind::duration) {
        const std::int64_t micros = span.as_integer();
        if (base.kind() == ValueKind::duration) return Value::duration(base.as_integer() + micros);
        if (base.kind() == ValueKind::date) return Value::date((Date{base.as_integer()} + Duration{micros}).days);
        if (base.kind() == ValueKind::datetime) {
            if (base.is_naive()) return Value::naive_datetime(base.as_integer() + micros);
            if (base.zone()) {  // Python adds on the clock, not on the time line
                const DateTime wall = timezone::make_naive({base.as_integer()}, *base.zone()) + Duration{micros};
                return Value::zoned_datetime(base.zone()->instant_of(wall).microseconds, *base.zone());
            }
            return Value::datetime(base.as_integer() + micros);
        }
    }
    if (value.is_number() && other.is_number()) {
        const auto x = to_real(value), y = to_real(other);
        if (x && y) return *x + *y;
    }
    return Value::borrow("");
}

Value filesizeformat(const Value& value, const Value*, FilterCall& call) {
    constexpr std::string_view kUnits[] = {"%s KB", "%s MB", "%s GB", "%s TB", "%s PB"};
    const auto bytes = to_integer(value);
    const double size = bytes ? std::fabs(static_cast<double>(*bytes)) : 0;
    std::string number, pattern;
    if (size < 1024) {
        const std::int64_t count = bytes ? std::llabs(*bytes) : 0;
        number = std::to_string(count);
        pattern = translation::ngettext("%(size)d byte", "%(size)d bytes", count);
    } else {
        int unit = 0;
        double scaled = size / 1024;
        for (; unit < 4 && scaled >= 1024; ++unit) scaled /= 1024;
        char buffer[64];
        std::snprintf(buffer, sizeof buffer, "%.1f", scaled);
        append_plain_number(number, buffer, call.formats(), {.decimals = 1});
        pattern = translation::gettext(kUnits[unit]);
    }
    std::string text = bytes && *bytes < 0 ? "-" : "";
    const std::size_t slot = std::min(pattern.find('%'), pattern.size());
    const std::string_view rest = std::string_view(pattern).substr(slot);
    const std::size_t length = rest.starts_with("%s") ? 2 : rest.starts_with("%(size)d") ? 8 : 0;
    text.append(pattern, 0, slot).append(number).append(rest.substr(length));
    std::string& out = call.text();
    out = utils::avoid_wrapping(text);
    return FilterCall::result(out);
}

Value get_digit(const Value& value, const Value* argument, FilterCall&) {
    const auto place = to_integer(*argument);
    if (!place) return value;
    refuse_infinity(value);
    if (!value.is_number() && !value.is_string()) {
        throw TypeError("int() argument must be a string or a number, not '" + std::string(type_name(value)) + "'");
    }
    const auto number = to_integer(value);
    if (!number) return value;
    if (*place < 1) return *number;
    const std::string digits = std::to_string(*number);
    if (static_cast<std::uint64_t>(*place) > digits.size()) return 0;
    const char digit = digits[digits.size() - static_cast<std::size_t>(*place)];
    if (digit < '0' || digit > '9') throw ValueError("invalid literal for int() with base 10: '-'");
    return digit - '0';
}

Value divisibleby(const Value& value, const Value* argument, FilterCall&) {
    const auto number = to_integer(value), divisor = to_integer(*argument);
    if (!number || !divisor) throw ValueError("divisibleby needs two whole numbers");
    if (*divisor == 0) throw ValueError("integer modulo by zero");
    return *divisor == -1 || *number % *divisor == 0;
}

Value pluralize(const Value& value, const Value* argument, FilterCall& call) {
    std::string& text = call.text();
    if (argument) {
        argument->append_str(text);
    } else {
        text = "s";
    }
    const std::size_t comma = text.find(',');
    std::string_view singular, plural = text;
    if (comma != text.npos) {
        if (text.find(',', comma + 1) != text.npos) return Value::borrow("");
        singular = std::string_view(text).substr(0, comma);
        plural = std::string_view(text).substr(comma + 1);
    }
    bool one = false;
    if (const auto number = to_real(value)) {
        one = *number == 1;
    } else if (value.is_string() || value.size() < 0) {
        return Value::borrow("");
    } else {
        one = value.size() == 1;
    }
    return Value::transient(one ? singular : plural);
}

}  // namespace

void add_number_filters(Library& library) {
    add_filter(library, "add", add, 1, 1);
    add_filter(library, "floatformat", floatformat, 0, 1, kSafeFilter, write_floatformat);
    add_filter(library, "filesizeformat", filesizeformat, 0, 0, kSafeFilter);
    add_filter(library, "get_digit", get_digit, 1, 1);
    add_filter(library, "divisibleby", divisibleby, 1, 1);
    add_filter(library, "pluralize", pluralize, 0, 1);
}

}  // namespace nuages::templates
