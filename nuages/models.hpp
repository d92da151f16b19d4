// What a models.hpp includes: the base of models, fields, querysets, expressions.
#pragma once

#include <nuages/db/models/model.hpp>

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
