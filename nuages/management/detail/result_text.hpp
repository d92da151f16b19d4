// How the shell shows what an expression gave: rows as a table, SQL on several lines, other values as Python would.
#pragma once

#include <nuages/db/models/query.hpp>
#include <nuages/shell/object.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::management::detail {

inline constexpr std::size_t kRowsShown = 20;

/// Rows of texts under their titles, no line wider than WIDTH characters: what does not fit is cut off and counted.
struct Table {
    std::vector<std::string> titles;
    std::vector<std::vector<std::string>> rows;
    std::vector<bool> numeric;  ///< columns that are aligned to the right
    bool more = false;          ///< there are rows that are not shown

    std::string text(std::size_t width) const;
};

/// The value for a terminal that is WIDTH characters wide; fetches rows of a queryset, at most one more than it shows.
std::string result_text(const shell::Object& value, std::size_t width);

/// SQL with its parameters in it, a line for each clause: for reading, not for running.
std::string formatted_sql(const db::models::SqlText& sql);

}  // namespace nuages::management::detail
