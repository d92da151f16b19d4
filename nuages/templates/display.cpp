#include <nuages/templates/detail/display.hpp>

#include <nuages/templates/detail/compiled.hpp>

namespace nuages::templates {

utils::NumberFormat number_format_of(const Formats& formats, NumberStyle style) {
    if (style.localized) return formats.numbers(style.decimals, style.force_grouping);
    utils::NumberFormat format = formats::plain().numbers(style.decimals);
    format.grouped = style.force_grouping;
    return format;
}

void append_plain_number(std::string& out, std::string_view digits, const Formats& formats, NumberStyle style) {
    utils::append_digits(out, digits, number_format_of(formats, style));
}

void append_number(std::string& out, const Value& number, const Formats& formats, NumberStyle style) {
    if (number.kind() == ValueKind::boolean) {
        number.append_str(out);
        return;
    }
    utils::append_number(out, number, number_format_of(formats, style));
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

}  // namespace nuages::templates
