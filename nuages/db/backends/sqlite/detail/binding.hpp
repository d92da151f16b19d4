// Params to placeholders.
#pragma once

#include <nuages/db/backends/sqlite/detail/statement_cache.hpp>
#include <nuages/db/cell.hpp>

#include <span>

namespace nuages::db::sqlite::detail {

/// Binds PARAMS, whose bytes are borrowed until the statement is reset. Throws ProgrammingError for a wrong count,
/// DataError for text that is not UTF-8, for NaN, and for dates outside of the years 1 to 9999.
void bind(sqlite3* connection, const Prepared& statement, std::span<const Param> params);

}  // namespace nuages::db::sqlite::detail
