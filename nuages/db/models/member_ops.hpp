// FieldOps: how the core reads and writes one member of an object without knowing its C++ type.
#pragma once

#include <nuages/db/models/fwd.hpp>

namespace nuages {
class Value;
}

namespace nuages::db::models {

/// Functions for one C++ member type. `member` points at the wrapper inside an object. Entries may be null where a
/// type has no use for them (a relation without column has only `related` and `to_value`).
struct FieldOps {
    /// Reads a column into the member (a foreign key: its key). The cell is valid during the call only.
    void (*decode)(void* member, const Cell& cell);
    /// Borrows the member's value for a statement; what it points at lives as long as the member is unchanged.
    void (*bind)(const void* member, Param& out);
    /// Copies the member's value out (keys of relations, validation, fixtures).
    Literal (*get)(const void* member);
    /// Sets the member (generated keys, auto_now, forms, fixtures).
    void (*set)(void* member, const Literal& value);
    nuages::Value (*to_value)(const void* member);
    bool (*is_null)(const void* member);
    /// The place where a relation remembers what was fetched; null for other members and for a null relation.
    RelatedCache* (*related)(void* member);
    /// Whether db_default is to be written: the object says nothing. Null: it always says something.
    bool (*is_unset)(const void* member) = nullptr;
};

}  // namespace nuages::db::models
