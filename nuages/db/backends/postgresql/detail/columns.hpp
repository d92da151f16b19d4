// Columns of a result: which of them come in binary, and how their bytes become Cells.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/db/cell.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::postgresql::detail {

/// How a column's bytes are read. Everything from `text` on is handed out as it comes.
enum class ColumnCode : std::uint8_t {
    boolean,
    int2,
    int4,
    int8,
    oid,
    float4,
    float8,
    numeric,
    date,
    time,
    timestamp,
    interval,
    uuid,
    jsonb,
    bytea,
    inet,
    array,
    void_,
    text,
};

struct Column {
    std::uint32_t oid = 0;
    ColumnCode code = ColumnCode::text;
    bool binary = false;
};

/// The reading of a type; types that we do not know come as text.
Column column_of(std::uint32_t oid);

/// Bytes made while a row is read (the digits of a numeric): they stay in place until the next row.
class Scratch {
public:
    void clear() {
        used_ = 0;
        more_.clear();
    }
    char* take(std::size_t size);

private:
    char bytes_[512];
    std::size_t used_ = 0;
    std::vector<std::string> more_;
};

/// One value of a binary column. Throws DataError for what a Cell cannot hold (an infinite timestamp).
Cell read_cell(const Column& column, std::string_view bytes, Scratch& scratch);
/// Calls ITEM for each value of an array in the server's binary form.
void read_array(std::string_view bytes, FunctionRef<void(const Cell&)> item);

}  // namespace nuages::db::postgresql::detail
