// Lookups and transforms of a program's own: what Field.register_lookup is in Django.
#pragma once

#include <nuages/db/models/expression.hpp>

#include <string_view>

namespace nuages::db::models {

/// Makes `name` a transform of all columns whose field is of the class `field_class` ("CharField", "IntegerField"; a
/// class stands for those derived from it, "Field" for all): `title__unaccent__icontains`. `make` gets the column and
/// gives the expression that stands in its place. To be called at start-up, before the first query.
void register_transform(std::string_view field_class, std::string_view name, Expr (*make)(Expr operand));

/// Makes `name` a lookup: `make` gets both sides and gives a condition.
void register_lookup(std::string_view field_class, std::string_view name, Expr (*make)(Expr lhs, Expr rhs));

/// The transform, or the condition, of that name for a value of this type; empty if there is none.
Expr custom_transform(std::string_view name, const Expr& operand);
Expr custom_lookup(std::string_view name, const Expr& lhs, const Expr& rhs);
bool has_custom_lookup(std::string_view name, const OutputType& type);

}  // namespace nuages::db::models
