// Prefetch: a lookup of prefetch_related() with a query of its own.
#pragma once

#include <nuages/db/models/query.hpp>

#include <optional>
#include <string>
#include <utility>

namespace nuages::db::models {

/// One lookup of prefetch_related(): a path, the query for its last step, and where the objects go.
struct Prefetch {
    Name path;
    std::optional<Query> query = {};
    std::string to_attr = {};

    Prefetch(Name lookup) : path(std::move(lookup)) {}
    Prefetch(const char* lookup) : path(lookup) {}
    /// ValueError unless `rows` is a query of objects.
    Prefetch(Name lookup, std::optional<Query> rows, std::string attribute = {});
    bool operator==(const Prefetch& other) const { return path.view() == other.path.view(); }
};

}  // namespace nuages::db::models
