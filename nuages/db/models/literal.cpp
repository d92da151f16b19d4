#include <nuages/db/models/literal.hpp>

#include <nuages/utils/value.hpp>

#include <charconv>
#include <cmath>

namespace nuages::db::models {

struct Name::Holder : RefCounted {
    std::string text;
    explicit Holder(std::string value) : text(std::move(value)) {}
};

Name::Name(std::string text) {
    Ref<Holder> holder = make_ref<Holder>(std::move(text));
    view_ = holder->text;
    owner_ = holder;
}
Name::Name(std::string_view text) : Name(std::string(text)) {}
Name::Name(const char* text) : Name(std::string(text)) {}

struct Literal::List : RefCounted {
    std::vector<Literal> values;
    explicit List(std::vector<Literal> list) : values(std::move(list)) {}
};

Literal::Literal(std::string text) : kind_(Kind::text), integer_(0), text_(std::move(text)) {}
Literal::Literal(std::vector<Literal> values) : kind_(Kind::list), list_(make_ref<List>(std::move(values))) {}
const std::vector<Literal>& Literal::list() const { return static_cast<const List&>(*list_).values; }

Literal Literal::textual(Kind kind, std::string value) {
    Literal literal(std::move(value));
    literal.kind_ = kind;
    return literal;
}
Literal Literal::blob(std::string bytes) { return textual(Kind::blob, std::move(bytes)); }
Literal Literal::decimal(std::string digits) { return textual(Kind::decimal, std::move(digits)); }
Literal Literal::uuid(std::string digits) { return textual(Kind::uuid, std::move(digits)); }
Literal Literal::json(std::string text) { return textual(Kind::json, std::move(text)); }
Literal Literal::expression(Ref<const RefCounted> tree) {
    Literal literal;
    literal.kind_ = Kind::expression;
    literal.list_ = std::move(tree);
    return literal;
}

bool operator==(const Literal& a, const Literal& b) {
    if (a.kind_ != b.kind_) return false;
    switch (a.kind_) {
        case Literal::Kind::null: return true;
        case Literal::Kind::real: return a.real_ == b.real_;
        case Literal::Kind::text:
        case Literal::Kind::blob:
        case Literal::Kind::decimal:
        case Literal::Kind::uuid:
        case Literal::Kind::json: return a.text_ == b.text_;
        case Literal::Kind::list: return a.list() == b.list();
        case Literal::Kind::expression: return a.tree() == b.tree();
        default: return a.integer_ == b.integer_;
    }
}

bool operator<(const Literal& a, const Literal& b) {
    if (a.kind_ != b.kind_) return a.kind_ < b.kind_;
    switch (a.kind_) {
        case Literal::Kind::null: return false;
        case Literal::Kind::real: return a.real_ < b.real_;
        case Literal::Kind::text:
        case Literal::Kind::blob:
        case Literal::Kind::decimal:
        case Literal::Kind::uuid:
        case Literal::Kind::json: return a.text_ < b.text_;
        case Literal::Kind::list: return a.list() < b.list();
        case Literal::Kind::expression: return a.tree() < b.tree();
        default: return a.integer_ < b.integer_;
    }
}

namespace {

std::string repr_text(std::string_view text, bool bytes = false) {
    const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
    std::string out(1, quote);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\\' || c == quote) {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\r') {
            out += "\\r";
        } else if (byte < 0x20 || byte == 0x7f || (bytes && byte > 0x7f)) {
            constexpr char kDigits[] = "0123456789abcdef";
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        } else {
            out += c;
        }
    }
    out += quote;
    return out;
}

std::string repr_real(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    char buffer[32];
    const double size = std::abs(value);  // Python writes an exponent below 1e-4 and from 1e16 on
    const auto form = size == 0 || (size >= 1e-4 && size < 1e16) ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, form).ptr;
    std::string out(buffer, end);
    if (out.find_first_of(".e") == out.npos) out += ".0";
    return out;
}

}  // namespace

std::string repr(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::null: return "None";
        case Literal::Kind::boolean: return value.integer() ? "True" : "False";
        case Literal::Kind::real: return repr_real(value.real());
        case Literal::Kind::text:
        case Literal::Kind::json: return repr_text(value.text());
        case Literal::Kind::blob: return "b" + repr_text(value.text(), true);
        case Literal::Kind::decimal: return "Decimal('" + value.text() + "')";
        case Literal::Kind::uuid: return "UUID('" + value.text() + "')";
        case Literal::Kind::date: return "'" + Date{value.integer()}.iso() + "'";
        case Literal::Kind::time: return "'" + Time{value.integer()}.iso() + "'";
        case Literal::Kind::datetime: return "'" + DateTime{value.integer()}.iso() + "'";
        case Literal::Kind::list: {
            std::string out = "[";
            for (const Literal& item : value.list()) {
                if (out.size() > 1) out += ", ";
                out += repr(item);
            }
            return out + "]";
        }
        case Literal::Kind::expression: return value.tree() ? "<expression>" : "<database default>";
        default: return std::to_string(value.integer());
    }
}

std::string python_str(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::text:
        case Literal::Kind::decimal: return value.text();
        case Literal::Kind::date: return Date{value.integer()}.iso();
        case Literal::Kind::time: return Time{value.integer()}.iso();
        case Literal::Kind::datetime: {
            std::string text;
            DateTime{value.integer()}.append_iso(text, ' ');
            return text;
        }
        case Literal::Kind::duration: {
            constexpr std::int64_t kSecond = 1'000'000, kDay = 86400 * kSecond;
            std::int64_t days = value.integer() / kDay, rest = value.integer() % kDay;
            if (rest < 0) rest += kDay, --days;
            const auto two = [](std::int64_t number) { return (number < 10 ? ":0" : ":") + std::to_string(number); };
            std::string text = days == 0 ? "" : std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ");
            text += std::to_string(rest / kSecond / 3600) + two(rest / kSecond / 60 % 60) + two(rest / kSecond % 60);
            if (rest % kSecond) text += "." + std::to_string(kSecond + rest % kSecond).substr(1);
            return text;
        }
        case Literal::Kind::uuid: {
            std::string digits = value.text();
            for (const std::size_t at : {20, 16, 12, 8}) digits.insert(at, "-");
            return digits;
        }
        case Literal::Kind::list: {
            std::string text = "(";
            for (const Literal& part : value.list()) text += (text.size() > 1 ? ", " : "") + repr(part);
            return text + ")";
        }
        default: return repr(value);
    }
}

std::string_view python_type_name(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::null: return "NoneType";
        case Literal::Kind::boolean: return "bool";
        case Literal::Kind::integer: return "int";
        case Literal::Kind::real: return "float";
        case Literal::Kind::text: return "str";
        case Literal::Kind::blob: return "bytes";
        case Literal::Kind::date: return "date";
        case Literal::Kind::time: return "time";
        case Literal::Kind::datetime: return "datetime";
        case Literal::Kind::duration: return "timedelta";
        case Literal::Kind::decimal: return "Decimal";
        case Literal::Kind::uuid: return "UUID";
        default: return "list";
    }
}

nuages::Value to_value(const Literal& value) {
    using nuages::Value;
    switch (value.kind()) {
        case Literal::Kind::null: return Value(nullptr);
        case Literal::Kind::boolean: return Value(value.integer() != 0);
        case Literal::Kind::integer: return Value(value.integer());
        case Literal::Kind::real: return Value(value.real());
        case Literal::Kind::date: return Value::date(value.integer());
        case Literal::Kind::time: return Value::time(value.integer());
        case Literal::Kind::datetime: return Value::datetime(value.integer());
        case Literal::Kind::duration: return Value::duration(value.integer());
        case Literal::Kind::decimal: return Value::decimal(value.text());
        case Literal::Kind::uuid: return Value(python_str(value));
        case Literal::Kind::list: {
            std::vector<Value> items;
            for (const Literal& item : value.list()) items.push_back(to_value(item));
            return Value::list(std::move(items));
        }
        default: return Value(value.text());
    }
}

}  // namespace nuages::db::models
