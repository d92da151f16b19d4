// C++ models for the tables of a database: what inspectdb prints.
#pragma once

#include <nuages/db/connection.hpp>

#include <string>
#include <vector>

namespace nuages::management::detail {

struct InspectOptions {
    std::vector<std::string> tables = {};  ///< empty: all
    bool include_views = false;
    bool include_partitions = false;
    std::string name_space = "inspected";  ///< also the label of the app
};

/// A header with one model per table, those that others refer to first. It compiles as it stands; its comments say what a
/// person should look at. Needs a fiber. Throws DatabaseError.
std::string inspect_models(const db::Connection& connection, const InspectOptions& options);

}  // namespace nuages::management::detail
