// FieldType: a field class of a program's own, as a table of functions (django.db.models.Field's methods of these names).
//
//     const models::FieldType colour_type {.name = "ColourField", .kind = FieldKind::char_,
//         .db_type = [](const Field&, const Connection&) { return std::string("char(6)"); },
//         .get_prep_value = [](const Field&, const Literal& value) { return Literal(hex_of(value)); }};
//     struct ColourField : models::CharField {                      // in a model: ColourField colour {{.max_length = 6}};
//         static constexpr std::string_view class_name = "ColourField";
//         static constexpr const models::FieldType& field_type = colour_type;
//         using CharField::CharField;
//     };
//
// Run-time models give Field::type. Lookups and transforms of the class are registered under its name
// (custom_lookups.hpp); those of `kind` it has anyhow.
#pragma once

#include <nuages/db/models/field.hpp>

#include <string>
#include <string_view>

namespace nuages::db::models {

/// A lookup of a field class: `make` gets both sides and gives a condition. A value on the right goes through `prepare`
/// first, or through the class's get_prep_value where that is null.
struct FieldLookup {
    Expr (*make)(Expr lhs, Expr rhs) = nullptr;
    Literal (*prepare)(const Field& field, const Literal& value) = nullptr;
};

/// Functions that are null do what the fields of `kind` do. They get no nulls: a null is a null in both directions.
struct FieldType {
    std::string_view name;                ///< the class: "ColourField"; register_lookup knows it by this
    FieldKind kind = FieldKind::char_;    ///< get_internal_type(): how values travel and compare
    /// The column's type, whole; empty: that of `kind`.
    std::string (*db_type)(const Field& field, const Connection& connection) = nullptr;
    /// A value on its way into the database, also in lookups. Throws ValueError or ValidationError for one that does not fit.
    Literal (*get_prep_value)(const Field& field, const Literal& value) = nullptr;
    /// A column's value, as one of `kind` has it, on its way out.
    Literal (*from_db_value)(const Field& field, const Literal& value) = nullptr;
    /// A value of a form or a fixture as the field's own: full_clean() and loaddata call it. Throws ValidationError.
    Literal (*to_python)(const Field& field, const Literal& value) = nullptr;
    /// A value as text for fixtures: dumpdata calls it.
    std::string (*value_to_string)(const Field& field, const Literal& value) = nullptr;
    /// The class's own lookup of that name, which comes before those of `kind`; null: none.
    const FieldLookup* (*get_lookup)(std::string_view name) = nullptr;
    /// The class's own transform of that name, where names are no list: the index of an array, a key. Empty: none.
    Expr (*get_transform)(const Field& field, std::string_view name, const Expr& operand) = nullptr;
};

}  // namespace nuages::db::models
