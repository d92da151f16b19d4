// Arrays of a database that has them: a cell's blob, in PostgreSQL's binary format, or its text, {a,"b c"}, as a list of values.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/cell.hpp>

#include <vector>

namespace nuages::db {

/// Calls ITEM for each value of the array in CELL, in order; of several dimensions one after the other. Throws DataError
/// when the cell holds no array.
void each_in_array(const Cell& cell, FunctionRef<void(const Cell&)> item);

/// As the other decode() functions; a null in the array needs std::optional items.
template <class T> void decode(const Cell& cell, std::vector<T>& values) {
    values.clear();
    each_in_array(cell, [&](const Cell& item) {
        T value{};
        decode(item, value);
        values.push_back(std::move(value));
    });
}

/// How arrays of the backend that is linked are read; set by it.
using ArrayReader = void (*)(std::string_view bytes, FunctionRef<void(const Cell&)> item);
void set_array_reader(ArrayReader reader);

}  // namespace nuages::db
