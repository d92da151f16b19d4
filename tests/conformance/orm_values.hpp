// Values of the query shell as the recorded data spells them, and their comparison.
#pragma once

#include "runner.hpp"

#include <nuages/shell/object.hpp>

namespace nuages::conformance {

namespace models = db::models;

/// A literal as tagged JSON.
json::value json_of(const models::Literal& value);
/// A result. Objects stand by their key, with annotations, deferred fields and what is cached; one that is the whole
/// result has its fields as well.
json::value json_of(const shell::Object& value, bool whole = true);

/// Numbers by value, lists in order or not, objects member by member.
bool same(const json::value& expected, const json::value& got, bool ordered);
/// The same, but objects count as equal when their keys and annotations are.
bool same_keys(const json::value& expected, const json::value& got, bool ordered);

}  // namespace nuages::conformance
