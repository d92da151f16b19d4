// How an index is made, where that is not the database's usual way: "gin" WITH (fastupdate = off).
#pragma once

#include <string>
#include <vector>

namespace nuages::db::models {

/// contrib/postgres/indexes.hpp makes these: `.method = postgres::GinIndex({.fastupdate = false})`.
struct IndexMethod {
    std::string name = {};    ///< USING name; empty: the database's own
    std::string suffix = {};  ///< of names that Django makes: "gin" instead of "idx"
    std::vector<std::string> with{};      ///< its parameters, a name and its value in turn; they are the program's own
};

}  // namespace nuages::db::models
