// Rows of queries as the recorded cases write them, and when two of them are the same.
#pragma once

#include "runner.hpp"

#include <nuages/db/cell.hpp>
#include <nuages/db/models/query.hpp>

namespace nuages::conformance {

class OrmModels;

/// A queryset and the shape of its rows.
struct Rows {
    enum class Shape { objects, dicts, tuples, flat };
    models::Query query;
    Shape shape = Shape::objects;
};
/// A column of this type as tagged JSON.
json::value cell(models::OutputType type, const db::Cell& cell);

/// Runs the query.
json::value rows_of(const Rows& rows);

/// What a recorded tree gives when its names stand for these models; Skip where it is not understood.
json::value evaluated(const OrmModels& models, const json::value& tree);

/// Numbers by value, lists in order or not, objects by key and annotations.
bool same(const json::value& expected, const json::value& got, bool ordered);

}  // namespace nuages::conformance
