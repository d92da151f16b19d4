// A many-to-many relation as one of its ends sees it.
#pragma once

#include <nuages/db/models/field.hpp>
#include <nuages/db/models/related.hpp>

namespace nuages::db::models {

/// One side of a many-to-many relation, whichever member it was asked through.
struct Side {
    const Field* many;   // the many_to_many field
    const Field* own;    // through's key to the owner
    const Field* other;  // through's key to the related rows
    const ModelMeta& through() const { return *own->model; }
    const ModelMeta& target() const { return other->target(); }
};

RelationEnd end_of(const Field& field);
Side side_of(const RelationEnd& end);
Side side_of(const Field& field);
bool leads_to_many_to_many(const Field& field);
/// The key of an object that a relation starts from; ValueError in Django's words for one that has none yet.
Literal owner_key(const Side& side, const void* owner);

}  // namespace nuages::db::models
