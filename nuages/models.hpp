// What a models.hpp includes: the base of models, fields, querysets, expressions.
#pragma once

// The headers whose lines compilers show in errors come first, so that no chain of includes stands above these errors.
// clang-format off
#include <nuages/db/models/names.hpp>
#include <nuages/db/models/row.hpp>
#include <nuages/db/models/conditions.hpp>
#include <nuages/db/models/queryset.hpp>
#include <nuages/db/models/to_many.hpp>
#include <nuages/db/models/model.hpp>
// clang-format on

namespace nuages {

using db::models::Avg;
using db::models::Count;
using db::models::Exists;
using db::models::Max;
using db::models::Min;
using db::models::OuterRef;
using db::models::Q;
using db::models::Subquery;
using db::models::Sum;

}  // namespace nuages
