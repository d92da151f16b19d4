#include <nuages/serializers/detail/json_text.hpp>
#include <nuages/utils/value.hpp>

#include <cmath>

namespace nuages::serializers {

namespace json = boost::json;

namespace {

void append_escape(std::string& out, unsigned code) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[code >> shift & 15];
}

// The character at I of well-formed UTF-8; moves I behind it.
unsigned code_point(std::string_view text, std::size_t& i) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    const unsigned first = byte(i);
    const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    unsigned code = first & (0xffu >> (length + 1));
    for (std::size_t j = 1; j < length; ++j) code = code << 6 | (byte(i + j) & 0x3f);
    i += length;
    return code;
}

void new_line(std::string& out, const JsonStyle& style, int level) {
    if (style.indent < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(style.indent * level), ' ');
}

}  // namespace

void append_json_text(std::string& out, std::string_view text, bool ascii_only) {
    out += '"';
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80 && ascii_only) {
            const unsigned code = code_point(text, i);
            if (code < 0x10000) {
                append_escape(out, code);
            } else {
                append_escape(out, 0xd800 + ((code - 0x10000) >> 10));
                append_escape(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
            }
            continue;
        }
        ++i;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            default:
                if (byte < 0x20)
                    append_escape(out, byte);
                else
                    out += c;
        }
    }
    out += '"';
}

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
        case json::kind::string: append_json_text(out, value.get_string(), style.ascii_only); break;
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
                append_json_text(out, key, style.ascii_only);
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
