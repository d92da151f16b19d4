#include <nuages/serializers/detail/json_text.hpp>
#include <nuages/utils/value.hpp>

#include <cmath>

namespace nuages::serializers {

namespace json = boost::json;

namespace {

void new_line(std::string& out, const JsonStyle& style, int level) {
    if (style.indent < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(style.indent * level), ' ');
}

}  // namespace

void append_json(std::string& out, const json::value& value, const JsonStyle& style, int level) {
    const std::string_view comma = style.indent < 0 ? ", " : ",";
    switch (value.kind()) {
        case json::kind::null: out += "null"; break;
        case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
        case json::kind::int64: out += std::to_string(value.get_int64()); break;
        case json::kind::uint64: out += std::to_string(value.get_uint64()); break;
        case json::kind::double_:
            if (std::isnan(value.get_double()))
                out += "NaN";
            else if (std::isinf(value.get_double()))
                out += value.get_double() < 0 ? "-Infinity" : "Infinity";
            else
                Value(value.get_double()).append_repr(out);
            break;
        case json::kind::string: utils::append_json_string(out, value.get_string(), style.characters); break;
        case json::kind::array: {
            const json::array& items = value.get_array();
            out += '[';
            for (std::size_t i = 0; i < items.size(); ++i) {
                if (i) out += comma;
                new_line(out, style, level + 1);
                append_json(out, items[i], style, level + 1);
            }
            if (!items.empty()) new_line(out, style, level);
            out += ']';
            break;
        }
        case json::kind::object: {
            const json::object& members = value.get_object();
            out += '{';
            bool first = true;
            for (const auto& [key, member] : members) {
                if (!first) out += comma;
                first = false;
                new_line(out, style, level + 1);
                utils::append_json_string(out, key, style.characters);
                out += ": ";
                append_json(out, member, style, level + 1);
            }
            if (!members.empty()) new_line(out, style, level);
            out += '}';
            break;
        }
    }
}

}  // namespace nuages::serializers
