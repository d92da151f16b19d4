#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/contrib/postgres/search_vector_field.hpp>
#include <nuages/db/models/own_operator.hpp>

namespace nuages::postgres {

namespace {

using db::models::Field;
using db::models::FieldLookup;
using db::models::Literal;

constexpr char kMatches[] = " @@ ";

/// A text that is searched for becomes a query; a query stays one.
Expr matches(Expr lhs, Expr rhs) {
    if (!dynamic_cast<const db::models::OwnOperator*>(rhs.get())) rhs = expr::search_query(std::move(rhs));
    return detail::compared(kMatches, std::move(lhs), std::move(rhs));
}

const FieldLookup* get_lookup(std::string_view name) {
    static constexpr FieldLookup kMatch{matches, [](const Field&, const Literal& value) { return value; }};
    return name == "exact" || name == "search" ? &kMatch : nullptr;
}

}  // namespace

const db::models::FieldType search_vector_type{
    .name = "SearchVectorField",
    .kind = db::models::FieldKind::text,
    .db_type =
        [](const Field&, const db::Connection& connection) {
            detail::require_postgresql(connection, "SearchVectorField");
            return std::string("tsvector");
        },
    .get_lookup = get_lookup,
};

Field search_vector_field(std::string name) {
    Field field;
    field.name = std::move(name);
    field.kind = db::models::FieldKind::text;
    field.type = &search_vector_type;
    return field;
}

}  // namespace nuages::postgres
