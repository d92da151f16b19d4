// Values for columns: what a field's get_prep_value does in Django, with its messages.
#include <nuages/db/models/detail/json.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/utils/dateparse.hpp>
#include <nuages/utils/ip.hpp>

#include <nuages/utils/utf8.hpp>

#include <charconv>
#include <cmath>

namespace nuages::db::models {

std::string_view output_name(const OutputType& type) {
    if (type.field) return field_class_name(*type.field);
    static const Field* const names = [] {
        auto* fields = new Field[static_cast<std::size_t>(FieldKind::reverse) + 1];
        for (std::size_t i = 0; i <= static_cast<std::size_t>(FieldKind::reverse); ++i)
            fields[i].kind = static_cast<FieldKind>(i);
        return fields;
    }();
    return field_class_name(names[static_cast<std::size_t>(type.kind)]);
}

namespace {

using Kind = Literal::Kind;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

template <class T> bool parse_number(std::string_view text, T& value) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
}

[[noreturn]] void not_a_number(const OutputType& type, const Literal& value) {
    const Field* field = type.field;
    while (field && (field->is_foreign_key() || field->kind == FieldKind::many_to_many)) field = &field->target_field();
    const std::string prefix = "Field '" + (field ? field->name : "None") + "' expected";  // a field that is in no model has no name
    throw ValueError(prefix + " a number but got " + repr(value) + ".");
}

[[noreturn]] void invalid(const Literal& value, const char* rest) {
    throw InvalidValue("“" + (value.kind() == Kind::text ? value.text() : repr(value)) + "” " + rest);
}

const Literal& to_integer(const OutputType& type, const Literal& value, Literal& storage) {
    switch (value.kind()) {
        case Kind::integer: return value;
        case Kind::boolean: return storage = Literal(value.integer());
        case Kind::real:
            if (!(value.real() >= -0x1p63 && value.real() < 0x1p63)) not_a_number(type, value);
            return storage = Literal(static_cast<std::int64_t>(value.real()));
        case Kind::text:
        case Kind::decimal: {
            std::int64_t number = 0;
            double real = 0;
            if (parse_number(value.text(), number)) return storage = Literal(number);
            if (value.kind() == Kind::decimal && parse_number(value.text(), real) && std::abs(real) < 9.2e18)
                return storage = Literal(static_cast<std::int64_t>(real));
            not_a_number(type, value);
        }
        default: not_a_number(type, value);
    }
}

const Literal& to_real(const OutputType& type, const Literal& value, Literal& storage) {
    double number = 0;
    switch (value.kind()) {
        case Kind::real: number = value.real(); break;
        case Kind::integer:
        case Kind::boolean: number = static_cast<double>(value.integer()); break;
        case Kind::text:
        case Kind::decimal:
            if (parse_number(value.text(), number)) break;
            [[fallthrough]];
        default: not_a_number(type, value);
    }
    // A database reads NaN as NULL: the row would silently mean something else.
    if (std::isnan(number)) not_a_number(type, value);
    return value.kind() == Kind::real ? value : storage = Literal(number);
}

const Literal& to_boolean(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::boolean) return value;
    if (value.kind() == Kind::integer && (value.integer() == 0 || value.integer() == 1))
        return storage = Literal(value.integer() == 1);
    if (value.kind() == Kind::text) {
        const std::string& text = value.text();
        if (text == "t" || text == "True" || text == "1") return storage = Literal(true);
        if (text == "f" || text == "False" || text == "0") return storage = Literal(false);
    }
    invalid(value, "value must be either True or False.");
}

// Databases cut texts at NUL bytes, or refuse them, and none takes ill-formed UTF-8: it is said before the statement.
const Literal& checked_text(const Literal& value) {
    const std::string_view text = value.text();
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '\0') throw ValueError("A string literal cannot contain NUL (0x00) characters.");
        const utils::Utf8Step step = utils::utf8_step(text, i);
        if (!step.well_formed) throw ValueError("A string literal must be well-formed UTF-8: byte " + std::to_string(i) + " is not.");
        i += step.size;
    }
    return value;
}

const Literal& to_text(const Literal& value, Literal& storage) {
    switch (value.kind()) {
        case Kind::text: return checked_text(value);
        case Kind::decimal:
        case Kind::uuid:
        case Kind::json:
        case Kind::blob: return storage = Literal(value.text());
        case Kind::date: return storage = Literal(Date{value.integer()}.iso());
        case Kind::time: return storage = Literal(Time{value.integer()}.iso());
        case Kind::datetime: return storage = Literal(DateTime{value.integer()}.iso());
        default: return storage = Literal(repr(value));
    }
}

// An IPv6 address is written in its one short form, so that equal ones are equal texts; what is none goes as it is.
const Literal& to_address(const OutputType& type, const Literal& value, Literal& storage) {
    const Literal& text = to_text(value, storage);
    if (text.text().find(':') == std::string::npos) return text;
    const auto clean = utils::clean_ipv6_address(text.text(), type.field && type.field->unpack_ipv4);
    if (!clean || *clean == text.text()) return text;
    return storage = Literal(*clean);
}

const Literal& to_date(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::date) return value;
    if (value.kind() == Kind::datetime) return storage = Literal(DateTime{value.integer()}.date());
    if (value.kind() == Kind::text) {
        if (const auto date = Date::parse(value.text())) return storage = Literal(*date);
        if (value.text().size() == 10 && value.text()[4] == '-' && value.text()[7] == '-')
            invalid(value, "value has the correct format (YYYY-MM-DD) but it is an invalid date.");
    }
    invalid(value, "value has an invalid date format. It must be in YYYY-MM-DD format.");
}

const Literal& to_datetime(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::datetime) return value;
    if (value.kind() == Kind::date) return storage = Literal(DateTime{value.integer() * kMicrosecondsPerDay});
    if (value.kind() == Kind::text) {
        if (const auto instant = DateTime::parse(value.text())) return storage = Literal(*instant);
        if (const auto date = Date::parse(value.text())) return storage = Literal(DateTime::combine(*date, Time{}));
        const std::string& text = value.text();
        const bool dated = text.size() >= 10 && text[4] == '-' && text[7] == '-';
        if (dated && text.size() == 10) invalid(value, "value has the correct format (YYYY-MM-DD) but it is an invalid date.");
        if (dated && text.size() >= 16 && text[13] == ':' && text.find_first_not_of("0123456789-+:.TZ ") == text.npos)
            invalid(value, "value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an invalid date/time.");
    }
    invalid(value, "value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.");
}

const Literal& to_time(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::time) return value;
    if (value.kind() == Kind::datetime) return storage = Literal(DateTime{value.integer()}.time());
    if (value.kind() == Kind::text) {
        if (const auto time = Time::parse(value.text())) return storage = Literal(*time);
        const std::string& text = value.text();
        if (text.size() >= 5 && text[2] == ':' && text.find_first_not_of("0123456789:.") == text.npos)
            invalid(value, "value has the correct format (HH:MM[:ss[.uuuuuu]]) but it is an invalid time.");
    }
    invalid(value, "value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format.");
}

// Digits with at most one point, and an exponent: what Python's Decimal reads, without NaN and infinities.
bool is_decimal(std::string_view text) {
    std::size_t i = 0, digits = 0;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    bool point = false;
    for (; i < text.size(); ++i) {
        if (text[i] >= '0' && text[i] <= '9') {
            ++digits;
        } else if (text[i] == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (digits == 0 || digits > 1000) return false;
    if (i == text.size()) return true;
    if (text[i] != 'e' && text[i] != 'E') return false;
    int exponent = 0;
    return parse_number(text.substr(i + 1), exponent) && std::abs(exponent) < 1000;
}

const Literal& to_decimal(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::decimal) return value;
    if (value.kind() == Kind::integer || value.kind() == Kind::boolean)
        return storage = Literal::decimal(std::to_string(value.integer()));
    if (value.kind() == Kind::real && std::isfinite(value.real())) return storage = Literal::decimal(repr(value));
    if (value.kind() == Kind::text && is_decimal(trimmed(value.text())))
        return storage = Literal::decimal(std::string(trimmed(value.text())));
    invalid(value, "value must be a decimal number.");
}

const Literal& to_uuid(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::uuid) return value;
    if (value.kind() == Kind::text) {
        std::string digits;
        bool valid = true;
        for (const char c : value.text()) {
            if (c == '-' || c == '{' || c == '}') continue;
            const char low = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
            if (!((low >= '0' && low <= '9') || (low >= 'a' && low <= 'f'))) valid = false;
            digits += low;
        }
        if (valid && digits.size() == 32) return storage = Literal::uuid(std::move(digits));
    }
    invalid(value, "is not a valid UUID.");
}

const Literal& to_duration(const Literal& value, Literal& storage) {
    if (value.kind() == Kind::duration) return value;
    if (value.kind() == Kind::integer) return storage = Literal(Duration{value.integer()});
    if (value.kind() == Kind::text) {
        try {
            if (const auto span = utils::parse_duration(value.text())) return storage = Literal(*span);
        } catch (const Error&) {
            // of the right form, but longer than a Duration can be
        }
    }
    invalid(value, "value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format.");
}

}  // namespace

const Literal& prepared(const OutputType& type, const Literal& value, Literal& storage) {
    if (value.is_null() || !type.known) return value;
    if (type.field) {
        const Field& field = type.field->is_foreign_key() ? type.field->value_field() : *type.field;
        if (field.type && field.type->get_prep_value) [[unlikely]]
            return storage = field.type->get_prep_value(field, value);
    }
    switch (type.kind) {
        case FieldKind::small_auto:
        case FieldKind::auto_:
        case FieldKind::big_auto:
        case FieldKind::small_integer:
        case FieldKind::integer:
        case FieldKind::big_integer:
        case FieldKind::positive_small_integer:
        case FieldKind::positive_integer:
        case FieldKind::positive_big_integer: return to_integer(type, value, storage);
        case FieldKind::boolean: return to_boolean(value, storage);
        case FieldKind::float_: return to_real(type, value, storage);
        case FieldKind::decimal: return to_decimal(value, storage);
        case FieldKind::char_:
        case FieldKind::text: return to_text(value, storage);
        case FieldKind::ip_address: return to_address(type, value, storage);
        case FieldKind::date: return to_date(value, storage);
        case FieldKind::time: return to_time(value, storage);
        case FieldKind::date_time: return to_datetime(value, storage);
        case FieldKind::uuid: return to_uuid(value, storage);
        case FieldKind::json:
            if (value.kind() == Kind::list) throw TypeError("Object of type set is not JSON serializable");
            return storage = Literal::json(json_of(value));
        case FieldKind::duration:
            return to_duration(value, storage);
        default: return value;
    }
}

}  // namespace nuages::db::models
