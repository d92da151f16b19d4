#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/field.hpp>
#include <nuages/db/models/schema.hpp>

#include <boost/json.hpp>

namespace nuages::postgres::detail {

namespace {

using db::models::Field;
using db::models::Literal;

struct OperatorNode final : Node<OperatorNode> {
    std::string_view operation;

    void write(SqlWriter& out) const override {
        parts[0]->write(out);
        out << operation << '(';
        parts[1]->write(out);
        out << ')';
    }
    OutputType output() const override { return type_of(FieldKind::boolean); }
};

struct WrappedNode final : Node<WrappedNode> {
    std::string before, after;
    OutputType type;

    void write(SqlWriter& out) const override {
        out << before;
        parts[0]->write(out);
        out << after;
    }
    OutputType output() const override { return type; }
};

Expr wrap(std::string before, Expr operand, std::string after, const OutputType& type) {
    auto made = make_ref<WrappedNode>();
    made->parts = {std::move(operand)};
    made->before = std::move(before);
    made->after = std::move(after);
    made->type = type;
    return made;
}

}  // namespace

namespace {
Literal literal_of(const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::null: return {};
        case boost::json::kind::bool_: return Literal(value.get_bool());
        case boost::json::kind::int64: return Literal(value.get_int64());
        case boost::json::kind::uint64: return Literal::decimal(std::to_string(value.get_uint64()));
        case boost::json::kind::double_: return Literal(value.get_double());
        case boost::json::kind::string: return Literal(std::string_view(value.get_string()));
        case boost::json::kind::array: {
            std::vector<Literal> items;
            for (const boost::json::value& item : value.get_array()) items.push_back(literal_of(item));
            return Literal(std::move(items));
        }
        case boost::json::kind::object: {
            std::vector<Literal> pairs;
            for (const auto& [key, item] : value.get_object())
                pairs.push_back(Literal(std::vector<Literal>{Literal(std::string_view(key)), literal_of(item)}));
            return Literal(std::move(pairs));
        }
    }
    return {};
}
}  // namespace

std::optional<Literal> literal_of_json(std::string_view text) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse({text.data(), text.size()}, error);
    if (error) return std::nullopt;
    return literal_of(value);
}

Expr compared(std::string_view operation, Expr lhs, Expr rhs) {
    auto made = make_ref<OperatorNode>();
    made->parts = {std::move(lhs), std::move(rhs)};
    made->operation = operation;
    return made;
}

Expr wrapped(std::string before, Expr operand, std::string after, const Field& field) {
    return wrap(std::move(before), std::move(operand), std::move(after), {field.kind, &field, true});
}
Expr wrapped(std::string before, Expr operand, std::string after, FieldKind kind) {
    return wrap(std::move(before), std::move(operand), std::move(after), type_of(kind));
}

bool is_wrapped(const Expr& expression) { return dynamic_cast<const WrappedNode*>(expression.get()) != nullptr; }

void require_postgresql(const db::Connection& connection, std::string_view field_class) {
    if (connection.vendor() != "postgresql")
        throw db::NotSupportedError(std::string(field_class) + " is a field of PostgreSQL; '" + connection.alias() + "' is a database of " +
                                    std::string(connection.vendor()) + ".");
}

std::string column_type(const Field& field, const db::Connection& connection) {
    // A number of any size, where no digits are said; texts without a length are `text`.
    if (!field.type && field.kind == FieldKind::decimal && !field.max_digits) return "numeric";
    if (!field.type && field.kind == FieldKind::char_ && !field.max_length) return "text";
    return db::models::schema::column_type(field, connection);
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

std::string plain_text(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::boolean: return value.integer() ? "t" : "f";
        case Literal::Kind::date: return Date{value.integer()}.iso();
        case Literal::Kind::time: return Time{value.integer()}.iso();
        case Literal::Kind::datetime: return DateTime{value.integer()}.iso();
        case Literal::Kind::duration: return std::to_string(value.integer()) + " microseconds";
        case Literal::Kind::blob: {
            constexpr const char* kHex = "0123456789abcdef";
            std::string out = "\\x";
            for (const char c : value.text()) {
                out += kHex[static_cast<unsigned char>(c) >> 4];
                out += kHex[static_cast<unsigned char>(c) & 15];
            }
            return out;
        }
        case Literal::Kind::text:
        case Literal::Kind::decimal:
        case Literal::Kind::uuid:
        case Literal::Kind::json: return value.text();
        default: return repr(value);
    }
}

}  // namespace nuages::postgres::detail
