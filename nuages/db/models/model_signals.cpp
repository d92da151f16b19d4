#include <nuages/db/models/detail/many_to_many.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/model_signals.hpp>

namespace nuages::db::models::detail {

const ModelMeta& table_between(const Field& relation) { return side_of(relation).through(); }

}  // namespace nuages::db::models::detail
