#include <nuages/templates/detail/printf.hpp>

#include <nuages/templates/detail/display.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace nuages::templates {

namespace {

constexpr int kWidthMax = 100'000;

struct Spec {
    bool left = false, plus = false, space = false, zero = false, alternate = false;
    int width = 0;
    int precision = -1;
    char type = 0;
};

std::size_t read_number(std::string_view format, std::size_t i, int& number) {
    number = 0;
    for (; i < format.size() && format[i] >= '0' && format[i] <= '9'; ++i) {
        number = std::min(kWidthMax + 1, number * 10 + (format[i] - '0'));
    }
    return i;
}

// Reads a conversion after its '%'; the place behind it, or npos where Python raises ValueError.
std::size_t read_spec(std::string_view format, std::size_t i, Spec& spec) {
    for (; i < format.size(); ++i) {
        if (format[i] == '-')
            spec.left = true;
        else if (format[i] == '+')
            spec.plus = true;
        else if (format[i] == ' ')
            spec.space = true;
        else if (format[i] == '0')
            spec.zero = true;
        else if (format[i] == '#')
            spec.alternate = true;
        else
            break;
    }
    i = read_number(format, i, spec.width);
    if (i < format.size() && format[i] == '.') i = read_number(format, i + 1, spec.precision);
    if (i < format.size() && (format[i] == 'l' || format[i] == 'h' || format[i] == 'L')) ++i;
    if (i >= format.size() || spec.width > kWidthMax || spec.precision > kWidthMax) return std::string_view::npos;
    spec.type = format[i];
    return i + 1;
}

void append_padded(std::string& out, const Spec& spec, std::string_view sign, std::string_view body, bool numeric) {
    const std::size_t length = length_of(sign) + length_of(body);
    const std::size_t missing =
        static_cast<std::size_t>(spec.width) > length ? static_cast<std::size_t>(spec.width) - length : 0;
    const bool zeros = spec.zero && !spec.left && numeric;
    if (!spec.left && !zeros) out.append(missing, ' ');
    out += sign;
    if (zeros) out.append(missing, '0');
    out += body;
    if (spec.left) out.append(missing, ' ');
}

std::string_view sign_of(bool negative, const Spec& spec) {
    return negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
}

bool append_whole(std::string& out, const Spec& spec, const Value& value) {
    const bool decimal_type = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
    if (!value.is_number() || (!decimal_type && (value.kind() == ValueKind::real))) return false;
    std::string digits;
    if (decimal_type) {
        if (value.kind() == ValueKind::real && std::isinf(value.as_real())) {
            throw ValueError("cannot convert float infinity to integer");
        }
        digits = plain_digits(value);
        if (digits.empty()) return false;
        digits.resize(std::min(digits.find('.'), digits.size()));
        if (digits == "-0") digits = "0";
    } else {
        const auto number = to_integer(value);
        if (!number ||
            (value.kind() == ValueKind::decimal && value.as_text().find_first_of(".eE") != std::string_view::npos)) {
            return false;
        }
        char buffer[72];
        const int base = spec.type == 'o' ? 8 : 16;
        auto end = std::to_chars(buffer, buffer + sizeof buffer, *number, base).ptr;
        digits.assign(buffer, end);
    }
    const bool negative = digits[0] == '-';
    if (negative) digits.erase(0, 1);
    if (spec.type == 'X')
        std::transform(digits.begin(), digits.end(), digits.begin(),
                       [](char c) { return static_cast<char>(c >= 'a' ? c - 32 : c); });
    if (spec.precision > static_cast<int>(digits.size()))
        digits.insert(0, static_cast<std::size_t>(spec.precision) - digits.size(), '0');
    std::string sign(sign_of(negative, spec));
    if (spec.alternate && spec.type == 'o') sign += "0o";
    if (spec.alternate && spec.type == 'x') sign += "0x";
    if (spec.alternate && spec.type == 'X') sign += "0X";
    append_padded(out, spec, sign, digits, true);
    return true;
}

bool append_real(std::string& out, const Spec& spec, const Value& value) {
    if (!value.is_number()) return false;
    const auto number = to_real(value);
    if (!number) return false;
    const bool negative = std::signbit(*number) && !std::isnan(*number);
    std::string body;
    if (!std::isfinite(*number)) {
        body = std::isnan(*number) ? "nan" : "inf";
        if (spec.type >= 'A' && spec.type <= 'Z') {
            for (char& c : body) c = static_cast<char>(c - 32);
        }
    } else {
        const char format[] = {'%',
                               spec.alternate ? '#' : '.',
                               spec.alternate ? '.' : '*',
                               spec.alternate ? '*' : spec.type,
                               spec.alternate ? spec.type : '\0',
                               '\0'};
        const int precision = spec.precision < 0 ? 6 : spec.precision;
        const int length = std::snprintf(nullptr, 0, format, precision, std::fabs(*number));
        body.resize(static_cast<std::size_t>(length) + 1);
        std::snprintf(body.data(), body.size(), format, precision, std::fabs(*number));
        body.pop_back();
    }
    append_padded(out, spec, sign_of(negative, spec), body, true);
    return true;
}

// The first COUNT characters; all when COUNT is negative.
std::string_view first_characters(std::string_view text, int count) {
    if (count < 0) return text;
    std::size_t i = 0;
    while (i < text.size() && count-- > 0) i += utils::utf8_step(text, i).size;
    return text.substr(0, i);
}

bool append_text(std::string& out, const Spec& spec, const Value& value) {
    std::string text;
    if (spec.type == 's') {
        value.append_str(text);
    } else {
        value.append_repr(text);
    }
    append_padded(out, spec, "", first_characters(text, spec.precision), false);
    return true;
}

bool append_character(std::string& out, const Spec& spec, const Value& value) {
    std::string text;
    if (value.is_string()) {
        if (length_of(value.as_text()) != 1) return false;
        text = value.as_text();
    } else {
        if (value.kind() != ValueKind::integer && value.kind() != ValueKind::boolean) return false;
        if (value.as_integer() < 0 || value.as_integer() > 0x10ffff) {
            throw ValueError("%c arg not in range(0x110000)");
        }
        utils::append_utf8(text, static_cast<char32_t>(value.as_integer()));
    }
    append_padded(out, spec, "", text, false);
    return true;
}

bool append_converted(std::string& out, const Spec& spec, const Value& value) {
    switch (spec.type) {
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X': return append_whole(out, spec, value);
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G': return append_real(out, spec, value);
        case 's':
        case 'r':
        case 'a': return append_text(out, spec, value);
        case 'c': return append_character(out, spec, value);
        default: return false;
    }
}

}  // namespace

bool append_printf(std::string& out, std::string_view format, const Value& value) {
    // A tuple is shown as one value, not taken apart.
    Value shown = value;
    if (value.is_tuple()) {
        std::string text;
        value.append_str(text);
        shown = Value(std::move(text));
    }
    const std::size_t start = out.size();
    std::string whole = "%";
    whole += format;
    bool used = false;
    for (std::size_t i = 0; i < whole.size();) {
        if (whole[i] != '%') {
            out += whole[i++];
            continue;
        }
        Spec spec;
        i = read_spec(whole, i + 1, spec);
        const bool percent = i != whole.npos && spec.type == '%';
        if (i == whole.npos || (!percent && used) || (!percent && !append_converted(out, spec, shown))) {
            out.resize(start);
            return false;
        }
        if (percent) out += '%';
        used = used || !percent;
    }
    if (!used) {  // Python: not all arguments converted
        const bool takes_any = value.is_mapping() || (value.is_iterable() && !value.is_string() && !value.is_tuple());
        if (!takes_any) out.resize(start);
        return takes_any;
    }
    return true;
}

}  // namespace nuages::templates
