// Methods of texts and lists, and the format language of f-strings: Python's, as far as examples of queries use them.
#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/utils/unicode.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace nuages::shell {

namespace {

using Kind = Literal::Kind;

constexpr std::string_view kSpaces = " \t\n\r\v\f";
constexpr std::size_t kWidthMax = 10'000;

std::string stripped(const std::string& text, const Arguments& a, bool left, bool right) {
    const Object* given = a.find(0, "chars");
    const std::string chars = given && !given->is_none() ? text_of(*given) : std::string(kSpaces);
    std::size_t from = left ? text.find_first_not_of(chars) : 0;
    if (from == text.npos) return {};
    const std::size_t to = right ? text.find_last_not_of(chars) : text.size() - 1;
    return to == text.npos ? std::string() : text.substr(from, to - from + 1);
}

Object split(const std::string& text, const Arguments& a) {
    std::vector<Object> parts;
    const Object* given = a.find(0, "sep");
    if (given && !given->is_none()) {
        const std::string sep = text_of(*given);
        if (sep.empty()) throw Raised("ValueError", "empty separator");
        std::size_t from = 0;
        for (std::size_t at = text.find(sep); at != text.npos; at = text.find(sep, from)) {
            parts.emplace_back(Literal(text.substr(from, at - from)));
            from = at + sep.size();
        }
        parts.emplace_back(Literal(text.substr(from)));
        return list_of(std::move(parts));
    }
    for (std::size_t at = text.find_first_not_of(kSpaces); at != text.npos;) {
        const std::size_t end = std::min(text.find_first_of(kSpaces, at), text.size());
        parts.emplace_back(Literal(text.substr(at, end - at)));
        at = text.find_first_not_of(kSpaces, end);
    }
    return list_of(std::move(parts));
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    if (from.empty()) return text;
    std::string out;
    std::size_t at = 0;
    for (std::size_t found = text.find(from); found != text.npos; found = text.find(from, at)) {
        out.append(text, at, found - at).append(to);
        at = found + from.size();
    }
    return out.append(text, at);
}

std::string joined_by(const std::string& text, const Arguments& a) {
    std::string out;
    bool first = true;
    for (const Object& item : items_of(a.at(0, "iterable"))) {
        if (!first) out += text;
        first = false;
        out += text_of(item);
    }
    return out;
}

std::string in_title_case(const std::string& text, bool every_word) {
    std::string out;
    bool inside = false;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (end < text.size() && (text[end] & 0xc0) == 0x80) ++end;
        const std::string letter = text.substr(at, end - at), lower = utils::to_lower(letter), upper = utils::to_upper(letter);
        out += inside ? lower : upper;
        inside = every_word ? lower != upper : true;
        at = end;
    }
    return out;
}

// "{} {0} {name!r:>5}".format(...)
std::string filled_in(const std::string& text, const Arguments& a) {
    std::string out;
    std::size_t next = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
        if (text[i] != '{' && text[i] != '}') {
            out += text[i];
            continue;
        }
        if (doubled) {
            out += text[i++];
            continue;
        }
        const std::size_t close = text[i] == '{' ? text.find('}', i) : text.npos;
        if (close == text.npos) throw Raised("ValueError", std::string("Single '") + text[i] + "' encountered in format string");
        std::string_view field = std::string_view(text).substr(i + 1, close - i - 1);
        const std::size_t colon = std::min(field.find(':'), field.size());
        const std::string_view spec = colon < field.size() ? field.substr(colon + 1) : std::string_view();
        field = field.substr(0, colon);
        const std::size_t mark = std::min(field.find('!'), field.size());
        const bool represent = mark < field.size() && field.substr(mark) == "!r";
        field = field.substr(0, mark);
        const std::size_t dot = std::min(field.find('.'), field.size());
        const std::string_view head = field.substr(0, dot);
        Object value;
        if (head.empty() || head.find_first_not_of("0123456789") == head.npos) {
            const std::size_t index = head.empty() ? next++ : static_cast<std::size_t>(std::strtoul(std::string(head).c_str(), nullptr, 10));
            if (index >= a.positional.size()) throw Raised("IndexError", "Replacement index " + std::to_string(index) + " out of range for positional args tuple");
            value = a.positional[index];
        } else {
            const Object* named = a.find(999, head);
            if (!named) throw Raised("KeyError", models::repr(Literal(std::string(head))));
            value = *named;
        }
        for (std::string_view rest = field.substr(dot); !rest.empty();) {
            const std::size_t end = std::min(rest.find('.', 1), rest.size());
            value = attribute(value, rest.substr(1, end - 1));
            rest.remove_prefix(end);
        }
        out += represent ? formatted_value(Literal(repr(value)), spec) : formatted_value(value, spec);
        i = close;
    }
    return out;
}

Object call_text(const std::string& text, std::string_view name, const Arguments& a) {
    if (name == "upper") return Literal(utils::to_upper(text));
    if (name == "lower" || name == "casefold") return Literal(utils::to_lower(text));
    if (name == "strip") return Literal(stripped(text, a, true, true));
    if (name == "lstrip") return Literal(stripped(text, a, true, false));
    if (name == "rstrip") return Literal(stripped(text, a, false, true));
    if (name == "startswith") return Literal(text.starts_with(text_of(a.at(0, "prefix"))));
    if (name == "endswith") return Literal(text.ends_with(text_of(a.at(0, "suffix"))));
    if (name == "replace") return Literal(replaced(text, text_of(a.at(0, "old")), text_of(a.at(1, "new"))));
    if (name == "split") return split(text, a);
    if (name == "format") return Literal(filled_in(text, a));
    if (name == "title" || name == "capitalize") return Literal(in_title_case(text, name == "title"));
    if (name == "count") {
        const std::string part = text_of(a.at(0, "sub"));
        std::int64_t times = 0;
        for (std::size_t at = text.find(part); !part.empty() && at != text.npos; at = text.find(part, at + part.size())) ++times;
        return Literal(times);
    }
    if (name == "isdigit") return Literal(!text.empty() && text.find_first_not_of("0123456789") == text.npos);
    if (name == "join") return Literal(joined_by(text, a));
    throw Raised("AttributeError", "'str' object has no attribute '" + std::string(name) + "'");
}

constexpr std::string_view kTextMethods[] = {"upper",  "lower",      "casefold", "strip",   "lstrip", "rstrip",
                                             "startswith", "endswith", "replace", "split", "join", "format", "title", "capitalize", "count", "isdigit"};

/// A format, read.
struct Format {
    std::string fill = " ";
    char align = 0, sign = '-', type = 0;
    bool grouped = false;
    std::size_t width = 0;
    int precision = -1;
};

[[noreturn]] void bad_format(std::string_view text) {
    throw Raised("ValueError", "Invalid format specifier '" + std::string(text) + "'");
}

Format read_format(std::string_view text) {
    Format format;
    std::string_view rest = text;
    const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^'; };
    if (rest.size() >= 2 && is_align(rest[1])) {
        format.fill = rest[0];
        format.align = rest[1];
        rest.remove_prefix(2);
    } else if (!rest.empty() && is_align(rest[0])) {
        format.align = rest[0];
        rest.remove_prefix(1);
    }
    if (!rest.empty() && (rest[0] == '+' || rest[0] == '-' || rest[0] == ' ')) {
        format.sign = rest[0];
        rest.remove_prefix(1);
    }
    if (!rest.empty() && rest[0] == '0' && !format.align) {
        format.fill = "0";
        format.align = '=';
    }
    const auto number = [&](auto& into) {
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), into);
        if (error == std::errc::result_out_of_range) bad_format(text);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    };
    number(format.width);
    if (!rest.empty() && rest[0] == ',') {
        format.grouped = true;
        rest.remove_prefix(1);
    }
    if (!rest.empty() && rest[0] == '.') {
        rest.remove_prefix(1);
        number(format.precision);
    }
    if (!rest.empty()) {
        format.type = rest[0];
        rest.remove_prefix(1);
    }
    if (!rest.empty() || format.width > kWidthMax || format.precision > 100) bad_format(text);
    return format;
}

std::string grouped(std::string digits) {
    const std::size_t point = std::min(digits.find('.'), digits.size());
    const std::size_t first = !digits.empty() && digits[0] == '-' ? 1 : 0;
    for (std::size_t at = point; at > first + 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

std::string number_text(const Literal& value, const Format& format, std::string_view spec) {
    char text[512];
    std::string out;
    const bool whole = value.kind() == Kind::integer || value.kind() == Kind::boolean;
    if (whole && (format.type == 0 || format.type == 'd')) {
        out = std::to_string(value.integer());
    } else if (whole && (format.type == 'x' || format.type == 'o')) {
        std::snprintf(text, sizeof text, format.type == 'x' ? "%llx" : "%llo", static_cast<unsigned long long>(value.integer()));
        out = text;
    } else if (format.type == 0 && format.precision < 0) {
        out = str(Object(value));
    } else {
        const double number = value.kind() == Kind::decimal ? std::strtod(value.text().c_str(), nullptr)
                              : whole                       ? static_cast<double>(value.integer())
                                                            : value.real();
        const int places = format.precision < 0 ? 6 : format.precision;
        const char* pattern = format.type == 'e' ? "%.*e" : format.type == 'f' || format.type == '%' ? "%.*f" : "%.*g";
        if (format.type && std::string_view("efg%").find(format.type) == std::string_view::npos)
            throw Raised("ValueError", "Unknown format code '" + std::string(1, format.type) + "' for object of type 'float'");
        std::snprintf(text, sizeof text, pattern, places, format.type == '%' ? number * 100 : number);
        out = text;
        if (format.type == '%') out += '%';
    }
    (void)spec;
    if (format.grouped) out = grouped(std::move(out));
    if (format.sign != '-' && !out.starts_with('-')) out.insert(0, 1, format.sign);
    return out;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string formatted_value(const Object& value, std::string_view spec) {
    if (spec.empty()) return str(value);
    const bool moment = value.is_literal() && (value.literal().kind() == Kind::date || value.literal().kind() == Kind::datetime ||
                                               value.literal().kind() == Kind::time);
    if (moment) return moment_text(value.literal(), spec);
    const Format format = read_format(spec);
    const bool number = value.is_literal() && (value.literal().kind() == Kind::integer || value.literal().kind() == Kind::boolean ||
                                               value.literal().kind() == Kind::real || value.literal().kind() == Kind::decimal);
    std::string text;
    if (number) {
        text = number_text(value.literal(), format, spec);
    } else {
        if (format.type && format.type != 's')
            throw Raised("ValueError", "Unknown format code '" + std::string(1, format.type) + "' for object of type '" + type_name(value) + "'");
        text = str(value);
        if (format.precision >= 0) {
            std::size_t at = 0;
            for (int left = format.precision; at < text.size() && left > 0; --left) {
                ++at;
                while (at < text.size() && (text[at] & 0xc0) == 0x80) ++at;
            }
            text.resize(at);
        }
    }
    const std::size_t shown = characters(text);
    if (shown >= format.width) return text;
    const std::size_t missing = format.width - shown;
    const char align = format.align ? format.align : number ? '>' : '<';
    const std::size_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
    const std::size_t at = align == '=' && !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    text.insert(at, left, format.fill[0]);
    return text.append(missing - left, format.fill[0]);
}

bool text_method(const std::string& text, std::string_view name, Object& found) {
    if (std::find(std::begin(kTextMethods), std::end(kTextMethods), name) == std::end(kTextMethods)) return false;
    found = callable(std::string(name), [text, method = std::string(name)](const Arguments& a) { return call_text(text, method, a); });
    return true;
}

bool sequence_method(const Ref<Sequence>& sequence, std::string_view name, Object& found) {
    const bool list = sequence->kind == Sequence::Kind::list, set = sequence->kind == Sequence::Kind::set;
    if ((list && name == "append") || (set && name == "add")) {
        found = callable(std::string(name), [sequence, set](const Arguments& a) {
            const Object& item = a.at(0, "object");
            const bool known = set && std::any_of(sequence->items.begin(), sequence->items.end(), [&](const Object& one) { return equal(one, item); });
            if (!known) sequence->items.push_back(item);
            return Object();
        });
        return true;
    }
    if (list && name == "extend") {
        found = callable("extend", [sequence](const Arguments& a) {
            for (Object& item : items_of(a.at(0, "iterable"))) sequence->items.push_back(std::move(item));
            return Object();
        });
        return true;
    }
    if (!set && (name == "count" || name == "index")) {
        found = callable(std::string(name), [sequence, count = name == "count"](const Arguments& a) -> Object {
            const Object& wanted = a.at(0, "value");
            std::int64_t times = 0;
            for (std::size_t i = 0; i < sequence->items.size(); ++i) {
                if (!equal(sequence->items[i], wanted)) continue;
                if (!count) return Literal(static_cast<std::int64_t>(i));
                ++times;
            }
            if (!count) throw Raised("ValueError", repr(wanted) + " is not in list");
            return Literal(times);
        });
        return true;
    }
    return false;
}

}  // namespace nuages::shell
