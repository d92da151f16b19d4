// RowStream: rows that come a chunk at a time, for iterator(): never more than one chunk stands in memory.
//
// Rows are decoded where the database's answer is read, on a fiber of the stream's own that waits between two chunks: so the
// loop takes them one by one, and reading, decoding and joined objects are the same code as for a list. With a cursor on the
// server (PostgreSQL) that fiber holds a connection, and outside of atomic a transaction, until the stream goes; a database
// without one gives all rows at once.
#pragma once

#include <nuages/db/models/row_list.hpp>

#include <cstddef>

namespace nuages::db::models {

/// Used on one fiber, which outlives it.
class RowStream final : public RefCounted {
public:
    /// `ops` and `extras` describe a row as for Query::fetch(); `chunk` rows at a time, at least 1.
    RowStream(Query query, const ModelOps& ops, ExtraColumns extras, std::size_t chunk);
    /// Ends the cursor. May suspend.
    ~RowStream() override;

    /// The next rows; null after the last ones. Sends the query at the first call.
    Ref<RowList> next();

private:
    struct Producer;
    Query query_;
    const ModelOps& ops_;
    ExtraColumns extras_;
    std::size_t chunk_;
    Ref<Producer> producer_;
    bool done_ = false;
};

}  // namespace nuages::db::models
