#include <nuages/templates/detail/json.hpp>

#include <nuages/templates/detail/compiled.hpp>
#include <nuages/utils/json_text.hpp>

#include <cmath>

namespace nuages::templates {

namespace {

constexpr int kDepthMax = 200;

void append_text(std::string& out, std::string_view text) {
    utils::append_json_string(out, text, utils::JsonCharacters::ascii);
}

// Django's encoder: milliseconds instead of microseconds, Z instead of +00:00.
void append_clock(std::string& out, const Value& value) {
    std::string text = value.kind() == ValueKind::datetime ? value.get("isoformat").str() : value.str();
    const std::size_t point = text.find('.');
    if (point != text.npos) text.erase(point + 4, 3);
    if (text.ends_with("+00:00")) text.replace(text.size() - 6, 6, "Z");
    append_text(out, text);
}

// "P1DT02H03M04S"
void append_span(std::string& out, std::int64_t microseconds) {
    const bool negative = microseconds < 0;
    const std::int64_t size = negative ? -microseconds : microseconds;
    auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    std::string text = negative ? "-P" : "P";
    text += std::to_string(size / kMicrosecondsPerDay) + "DT" + two(size / 3'600'000'000 % 24) + "H" +
            two(size / 60'000'000 % 60) + "M" + two(size / 1'000'000 % 60);
    if (size % 1'000'000 != 0) {
        const std::string micros = std::to_string(size % 1'000'000);
        text += "." + std::string(6 - micros.size(), '0') + micros;
    }
    append_text(out, text + "S");
}

void append_at(std::string& out, const Value& value, int depth) {
    if (depth > kDepthMax) throw ValueError("JSON nests too deep");
    switch (value.kind()) {
        case ValueKind::missing:
        case ValueKind::null: out += "null"; return;
        case ValueKind::boolean: out += value.as_integer() ? "true" : "false"; return;
        case ValueKind::integer: value.append_str(out); return;
        case ValueKind::real:
            if (std::isnan(value.as_real())) {
                out += "NaN";
            } else if (std::isinf(value.as_real())) {
                out += value.as_real() < 0 ? "-Infinity" : "Infinity";
            } else {
                value.append_str(out);
            }
            return;
        case ValueKind::string:
        case ValueKind::decimal: append_text(out, value.as_text()); return;
        case ValueKind::date:
        case ValueKind::time:
        case ValueKind::datetime: append_clock(out, value); return;
        case ValueKind::duration: append_span(out, value.as_integer()); return;
        default: break;
    }
    bool first = true;
    if (value.is_mapping()) {
        out += '{';
        value.each_pair([&](Value key, Value item) {
            if (!first) out += ", ";
            first = false;
            if (key.is_string()) {
                append_text(out, key.as_text());
            } else {
                std::string name;
                append_at(name, key, depth + 1);
                append_text(out, name);
            }
            out += ": ";
            append_at(out, item, depth + 1);
            return true;
        });
        out += '}';
    } else if (value.is_iterable()) {
        out += '[';
        value.iterate([&](Value item) {
            if (!first) out += ", ";
            first = false;
            append_at(out, item, depth + 1);
            return true;
        });
        out += ']';
    } else if (value.type() && value.type()->html_safe) {
        append_text(out, value.str());
    } else {
        throw TypeError("Object of type " + std::string(type_name(value)) + " is not JSON serializable");
    }
}

}  // namespace

void append_json(std::string& out, const Value& value) { append_at(out, value, 0); }

}  // namespace nuages::templates
