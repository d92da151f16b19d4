#include <nuages/db/array.hpp>
#include <nuages/db/errors.hpp>

namespace nuages::db {

namespace {
ArrayReader array_reader = nullptr;
}  // namespace

void set_array_reader(ArrayReader reader) { __atomic_store_n(&array_reader, reader, __ATOMIC_RELEASE); }

void each_in_array(const Cell& cell, FunctionRef<void(const Cell&)> item) {
    const ArrayReader reader = __atomic_load_n(&array_reader, __ATOMIC_ACQUIRE);
    if (cell.kind() != CellKind::blob || !reader) throw DataError("the column holds no array");
    reader(cell.text(), item);
}

}  // namespace nuages::db
