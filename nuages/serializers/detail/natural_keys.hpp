// Natural keys: how fixtures refer to objects without their primary keys.
#pragma once

#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/query.hpp>

#include <string>
#include <vector>

namespace nuages::serializers {

/// The paths of a model's natural key; those of a model that it refers to stand in for that reference.
std::vector<std::string> natural_paths(const db::models::ModelMeta& meta);

}  // namespace nuages::serializers
