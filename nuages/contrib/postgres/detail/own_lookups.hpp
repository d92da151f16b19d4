// Lookups and transforms of this folder's field classes: an operator between two sides, and columns in a text of SQL.
#pragma once

#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/db/models/field_type.hpp>

#include <optional>
#include <string>

namespace nuages::postgres::detail {

/// left OPERATOR right as a condition.
Expr compared(std::string_view operation, Expr lhs, Expr rhs);
/// BEFORE operand AFTER, of the type of FIELD or KIND. The texts are the program's, without values.
Expr wrapped(std::string before, Expr operand, std::string after, const db::models::Field& field);
Expr wrapped(std::string before, Expr operand, std::string after, FieldKind kind);
bool is_wrapped(const Expr& expression);

/// The lookup that is an operator between the two sides.
template <const char* Operation> Expr by_operator(Expr lhs, Expr rhs) {
    return compared(Operation, std::move(lhs), std::move(rhs));
}

/// The type of a list of such values, with an array's lookups; unknown where the items are, or are arrays themselves.
OutputType list_type(const OutputType& item);

/// Throws NotSupportedError where the connection is no PostgreSQL.
void require_postgresql(const db::Connection& connection, std::string_view field_class);
/// The column's type of a field of any class.
std::string column_type(const db::models::Field& field, const db::Connection& connection);
/// A value as PostgreSQL writes it inside of arrays and ranges, with quotes.
void append_quoted(std::string& out, std::string_view text);
/// A value without quotes: a number, a date in ISO 8601, a text as it is.
std::string plain_text(const db::models::Literal& value);
/// Lists, texts, numbers and truth values of JSON; an object as a list of pairs. Nothing for a text that is none.
std::optional<db::models::Literal> literal_of_json(std::string_view text);

}  // namespace nuages::postgres::detail
