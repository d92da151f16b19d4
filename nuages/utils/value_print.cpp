// Values as text: Python's str() and repr().

#include <nuages/utils/value.hpp>

#include <nuages/utils/datetime.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace nuages {

namespace {

// Containers that hold themselves cannot be built, but data can nest as deep as its sender likes.
constexpr int kPrintDepthMax = 100;

void append_integer(std::string& out, std::int64_t number) {
    char buffer[24];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, end);
}

void append_padded(std::string& out, std::int64_t number, int width) {
    char buffer[24];
    auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    for (auto n = end - buffer; n < width; ++n) out += '0';
    out.append(buffer, end);
}

// Python's repr(float): the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
void append_real(std::string& out, double number) {
    if (std::isnan(number)) {
        out += "nan";
    } else if (std::isinf(number)) {
        out += number < 0 ? "-inf" : "inf";
    } else {
        char buffer[40];
        const double size = std::fabs(number);
        const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
        auto end = std::to_chars(buffer, buffer + sizeof buffer, number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
        out.append(buffer, end);
        if (plain && !std::memchr(buffer, '.', static_cast<std::size_t>(end - buffer))) out += ".0";
    }
}

void append_duration(std::string& out, std::int64_t microseconds) {
    const std::int64_t days = utils::floor_div(microseconds, kMicrosecondsPerDay);
    const std::int64_t rest = microseconds - days * kMicrosecondsPerDay;
    if (days != 0) {
        append_integer(out, days);
        out += days == 1 || days == -1 ? " day, " : " days, ";
    }
    append_integer(out, rest / 3'600'000'000);
    out += ':';
    append_padded(out, rest / 60'000'000 % 60, 2);
    out += ':';
    append_padded(out, rest / 1'000'000 % 60, 2);
    if (rest % 1'000'000 != 0) {
        out += '.';
        append_padded(out, rest % 1'000'000, 6);
    }
}

void append_offset(std::string& out, Duration ahead) {
    const std::int64_t seconds = std::abs(ahead.microseconds / 1'000'000);
    out += ahead.microseconds < 0 ? '-' : '+';
    append_padded(out, seconds / 3600, 2);
    out += ':';
    append_padded(out, seconds / 60 % 60, 2);
    if (seconds % 60 == 0) return;
    out += ':';
    append_padded(out, seconds % 60, 2);
}

DateTime wall_clock(const Value& value) {
    const DateTime at{value.as_integer()};
    return value.zone() ? timezone::make_naive(at, *value.zone()) : at;
}

Duration ahead_of_utc(const Value& value) {
    return value.zone() ? value.zone()->at({value.as_integer()}).ahead : Duration{};
}

void append_datetime(std::string& out, const Value& value, char separator) {
    std::string zone;
    if (!value.is_naive()) append_offset(zone, ahead_of_utc(value));
    wall_clock(value).append_iso(out, separator, zone);
}

void append_hex(std::string& out, char kind, char32_t code, int width) {
    constexpr char digits[] = "0123456789abcdef";
    out += '\\';
    out += kind;
    for (int shift = 4 * (width - 1); shift >= 0; shift -= 4) out += digits[(code >> shift) & 15];
}

void append_quoted(std::string& out, std::string_view text) {
    const bool has_single = text.find('\'') != text.npos;
    const char quote = has_single && text.find('"') == text.npos ? '"' : '\'';
    out += quote;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            append_hex(out, 'x', byte, 2);
        } else if (byte < 0x80) {
            out += c;
        } else {
            const auto step = utils::utf8_step(text, i);
            const char32_t point = step.code_point;
            if (!utils::is_control_category(point) && !utils::is_space(point)) {
                out += text.substr(i, step.size);
            } else if (point < 0x100) {
                append_hex(out, 'x', point, 2);
            } else {
                append_hex(out, point < 0x10000 ? 'u' : 'U', point, point < 0x10000 ? 4 : 8);
            }
            i += step.size - 1;
        }
    }
    out += quote;
}

void append_datetime_repr(std::string& out, const Value& value) {
    const DateTime at = wall_clock(value);
    const Date date = at.date();
    const Time time = at.time();
    out += "datetime.datetime(";
    const int parts[] = {date.year(),   date.month(),  date.day(),        time.hour(),
                         time.minute(), time.second(), time.microsecond()};
    const int shown = parts[6] ? 7 : parts[5] ? 6 : 5;
    for (int i = 0; i < shown; ++i) {
        if (i) out += ", ";
        append_integer(out, parts[i]);
    }
    if (!value.is_naive()) out += ", tzinfo=datetime.timezone.utc";
    out += ')';
}

void append_time_repr(std::string& out, Time time) {
    const int parts[] = {time.hour(), time.minute(), time.second(), time.microsecond()};
    const int shown = parts[3] ? 4 : parts[2] ? 3 : 2;
    out += "datetime.time(";
    for (int i = 0; i < shown; ++i) {
        if (i) out += ", ";
        append_integer(out, parts[i]);
    }
    out += ')';
}

void append_duration_repr(std::string& out, std::int64_t microseconds) {
    const std::int64_t days = utils::floor_div(microseconds, kMicrosecondsPerDay);
    const std::int64_t rest = microseconds - days * kMicrosecondsPerDay;
    const std::pair<const char*, std::int64_t> parts[] = {
        {"days=", days}, {"seconds=", rest / 1'000'000}, {"microseconds=", rest % 1'000'000}};
    out += "datetime.timedelta(";
    bool any = false;
    for (const auto& [name, count] : parts) {
        if (count == 0) continue;
        if (any) out += ", ";
        any = true;
        out += name;
        append_integer(out, count);
    }
    out += any ? ")" : "0)";
}

void append_repr_at(std::string& out, const Value& value, int depth);

void append_items(std::string& out, const Value& value, int depth) {
    const bool tuple = value.is_tuple() || (value.type() && value.type()->name == "tuple");
    out += tuple ? '(' : '[';
    bool first = true;
    value.iterate([&](Value item) {
        if (!first) out += ", ";
        first = false;
        append_repr_at(out, item, depth + 1);
        return true;
    });
    if (tuple && value.size() == 1) out += ',';
    out += tuple ? ')' : ']';
}

void append_mapping(std::string& out, const Value& value, int depth) {
    out += '{';
    bool first = true;
    value.each_pair([&](Value key, Value item) {
        if (!first) out += ", ";
        first = false;
        append_repr_at(out, key, depth + 1);
        out += ": ";
        append_repr_at(out, item, depth + 1);
        return true;
    });
    out += '}';
}

void append_object(std::string& out, const Value& value, int depth) {
    const ObjectType& type = *value.type();
    if (type.str) {
        type.str(value.self(), out);
    } else if (type.pairs) {
        append_mapping(out, value, depth);
    } else if (value.is_iterable()) {
        append_items(out, value, depth);
    } else {
        out.append("<").append(type.name).append(" object>");
    }
}

void append_repr_at(std::string& out, const Value& value, int depth) {
    if (depth > kPrintDepthMax) {
        out += "...";
        return;
    }
    switch (value.kind()) {
        case ValueKind::string: append_quoted(out, value.as_text()); break;
        case ValueKind::decimal:
            if (value.is_whole()) {
                out += value.as_text();
            } else {
                out.append("Decimal('").append(value.as_text()).append("')");
            }
            break;
        case ValueKind::datetime: append_datetime_repr(out, value); break;
        case ValueKind::date: {
            const auto day = Date{value.as_integer()}.civil();
            out += "datetime.date(";
            append_integer(out, day.year);
            out += ", ";
            append_integer(out, day.month);
            out += ", ";
            append_integer(out, day.day);
            out += ')';
            break;
        }
        case ValueKind::time: append_time_repr(out, Time{value.as_integer()}); break;
        case ValueKind::duration: append_duration_repr(out, value.as_integer()); break;
        case ValueKind::list: append_items(out, value, depth); break;
        case ValueKind::map: append_mapping(out, value, depth); break;
        case ValueKind::object:
            if (value.type()->str && !value.is_iterable()) {
                out.append("<").append(value.type()->name).append(": ");
                value.type()->str(value.self(), out);
                out += '>';
            } else {
                append_object(out, value, depth);
            }
            break;
        default: value.append_str(out);
    }
}

}  // namespace

void Value::append_str(std::string& out) const {
    switch (kind_) {
        case ValueKind::missing: break;
        case ValueKind::null: out += "None"; break;
        case ValueKind::boolean: out += payload_.integer ? "True" : "False"; break;
        case ValueKind::integer: append_integer(out, payload_.integer); break;
        case ValueKind::real: append_real(out, payload_.real); break;
        case ValueKind::decimal:
        case ValueKind::string: out += as_text(); break;
        case ValueKind::date: Date{payload_.integer}.append_iso(out); break;
        case ValueKind::time: Time{payload_.integer}.append_iso(out); break;
        case ValueKind::datetime: append_datetime(out, *this, ' '); break;
        case ValueKind::duration: append_duration(out, payload_.integer); break;
        case ValueKind::list: append_items(out, *this, 0); break;
        case ValueKind::map: append_mapping(out, *this, 0); break;
        case ValueKind::object: append_object(out, *this, 0); break;
        case ValueKind::callable: out += "<function>"; break;
    }
}

void Value::append_repr(std::string& out) const { append_repr_at(out, *this, 0); }

std::string Value::str() const {
    std::string out;
    append_str(out);
    return out;
}

}  // namespace nuages
