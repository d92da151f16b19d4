// InstanceExtras: what only some objects on the heap carry. A header of its own, since models and queries need no more of it
// than a pointer.
#pragma once

#include <nuages/db/models/instance.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// What an object carries beside its members: annotations, fields that were not read, prefetched relations.
struct InstanceExtras {
    std::vector<std::pair<std::string, Literal>> annotations;
    /// Relations that have no member of their own, by accessor or Prefetch's to_attr: an Instance, a list, or null
    /// for "there is none".
    std::vector<std::pair<std::string, Ref<RelatedState>>> relations;
    std::vector<const Field*> deferred;  ///< not read yet
    Ref<RefCounted> peers;               ///< those that were read with it: deferred fields are read for all of them
    bool adding = true;                  ///< not written yet (Model._state.adding)
    std::string database;                ///< it was read from (Model._state.db); "" stands for none

    bool is_deferred(const Field& field) const;
};

}  // namespace nuages::db::models
