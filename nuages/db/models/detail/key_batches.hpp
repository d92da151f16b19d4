// Filters over any number of keys, in as many queries as the database needs.
#pragma once

#include <nuages/db/connection.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/literal.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

// "pk__in"-like filters over any number of keys, in as many queries as the database needs.
template <class Run>
void in_batches(const std::vector<Literal>& keys, std::string_view database, Run run) {
    const std::size_t most = db::connection(database_or_default(database)).features().max_query_params;
    const std::size_t batch = most > 10 ? most - 5 : most;
    for (std::size_t at = 0; at < keys.size(); at += batch) {
        const auto first = keys.begin() + static_cast<std::ptrdiff_t>(at);
        run(std::vector<Literal>(first, first + static_cast<std::ptrdiff_t>(std::min(batch, keys.size() - at))));
    }
}

inline void sort_unique(std::vector<Literal>& keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

}  // namespace nuages::db::models
