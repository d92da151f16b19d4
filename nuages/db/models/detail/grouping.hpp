// Questions about the groups of a query.
#pragma once

#include <nuages/db/models/query.hpp>

namespace nuages::db::models {

/// Whether the rows are groups that the model's key does not tell apart: such a query has no first row without an order.
bool groups_without_key(const Query& query);

}  // namespace nuages::db::models
