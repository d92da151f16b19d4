// The object before or after another one, by a date: Django's get_next_by_FOO() and get_previous_by_FOO().
#pragma once

#include <nuages/db/models/query.hpp>

#include <string>
#include <string_view>

namespace nuages::db::models {

/// The rows behind (or before) `object` in the order of a date field, the nearest one first; rows of the same date come in the
/// order of their keys. ValueError for an object without key; FieldError unless the field is a DateField or DateTimeField
/// that takes no NULL.
Query neighbours(const ModelMeta& meta, const void* object, std::string_view field, bool next, std::string_view database = {});
/// "Article matching query does not exist."
std::string no_match(const ModelMeta& meta);

}  // namespace nuages::db::models
