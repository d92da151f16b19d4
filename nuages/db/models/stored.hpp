// Columns whose values have no type of their own in every database: how they are stored, and read back.
#pragma once

#include <nuages/db/cell.hpp>
#include <nuages/utils/decimal.hpp>

#include <string>

namespace nuages::db::models {

/// A decimal column. SQLite keeps numbers as doubles: 15 digits are sure, and PLACES (the field's; -1: as stored)
/// says how many of them stand behind the point. Throws DataError when the cell holds no number.
Decimal read_decimal(const Cell& cell, int places);

/// The 32 hexadecimal digits of a UUID column, which holds a text with or without hyphens, or sixteen bytes.
std::string hex_of_uuid(const Cell& cell);

}  // namespace nuages::db::models
