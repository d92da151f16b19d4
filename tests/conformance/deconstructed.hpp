// Models, fields, constraints and expressions as the recorded data spells them ("deconstructed", README-orm.md).
#pragma once

#include "runner.hpp"

#include <nuages/db/models/meta.hpp>

#include <functional>
#include <string_view>

namespace nuages::conformance {

/// Finds a model by its label ("shop.book").
using FindModel = std::function<const models::ModelMeta*(std::string_view label)>;

/// A value of the recorded data as a literal: numbers, texts, null, and those with a "$type".
models::Literal literal_of(const json::value& value);

/// {"$obj": "django.db.models.functions.text.Lower", "args": ["email"]}, F, Value ... A text stands for F(text) where
/// Django takes it so.
models::Expr expression_of(const json::value& value);
/// {"$q": "AND", "negated": false, "children": [["age__lt", 150]]}
models::QNode condition_of(const json::value& value);

models::Index index_of(const json::value& value);
models::Constraint constraint_of(const json::value& value);

/// A field with its options; relations lead to what `find` knows.
models::Field field_of(std::string_view name, std::string_view type, const json::object& options,
                       const FindModel& find);
/// Fills in what Meta's options say.
void apply_meta_options(models::ModelMeta& meta, const json::object& options);

}  // namespace nuages::conformance
