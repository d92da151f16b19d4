// Reads the columns of a row that are no fields of the model: annotations, elements of tuples.
#pragma once

#include <nuages/db/cell.hpp>
#include <nuages/db/models/query.hpp>

#include <vector>

namespace nuages::db::models {

class ExtraReader {
public:
    ExtraReader(const Query& query, ExtraColumns columns) : columns_(columns) {
        bool asks = false;
        for (const ExtraColumn& column : columns) {
            count_ += column.decode != nullptr;
            asks |= column.decode_as != nullptr;
        }
        if (!asks) return;
        for (const ColumnInfo& info : query.columns()) types_.push_back(info.type);
        if (types_.size() != count_) types_.clear();  // a composite key has several columns: taken as they come
    }
    /// How many cells it reads.
    std::size_t count() const { return count_; }
    void read(void* object, const Cell* cells) const {
        const OutputType* type = types_.data();
        for (const ExtraColumn& column : columns_) {
            if (!column.decode) continue;
            void* const member = static_cast<char*>(object) + column.offset;
            if (type && column.decode_as)
                column.decode_as(member, *cells, *type);
            else
                column.decode(member, *cells);
            ++cells;
            if (type) ++type;
        }
    }

private:
    ExtraColumns columns_;
    std::vector<OutputType> types_;  // empty: none asks
    std::size_t count_ = 0;
};

}  // namespace nuages::db::models
