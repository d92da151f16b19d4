// Rows in the text form of PostgreSQL's COPY, for Connection::copy_in.
#pragma once

#include <nuages/db/cell.hpp>

#include <span>
#include <string>

namespace nuages::db {

/// Appends one line: values apart by tabs, NULL as \N, backslashes, tabs and line ends escaped.
/// Throws DataError for text with NUL bytes and for dates outside of the years 1 to 9999.
void append_copy_row(std::string& out, std::span<const Param> values);

}  // namespace nuages::db
