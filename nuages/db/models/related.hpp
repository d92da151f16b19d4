// Relations of objects at run time: fetching a foreign key with its peers, queries of reverse and many-to-many
// managers, prefetching, and changes of many-to-many tables.
#pragma once

#include <nuages/base/slice.hpp>
#include <nuages/db/models/query.hpp>

#include <vector>

namespace nuages::db::models {

/// The object behind a foreign key whose key is `key`, a value of the other model's field `target`: from `cache`, or fetched
/// for all peers of its result at once. Throws ObjectDoesNotExist ("Author matching query does not exist.") when the row is gone.
const Instance& fetch_related(const Field& target, RelatedCache& cache, const Literal& key);
/// The same for the usual integer key, without a Literal.
const Instance& fetch_related(const Field& target, RelatedCache& cache, std::int64_t key);

/// A relation by the name that objects have it under: a forward field, or the accessor of one that leads here.
struct RelationEnd {
    const Field* field = nullptr;  ///< null: there is none
    bool backward = false;
    std::string accessor;
    bool to_many() const;
    const ModelMeta& target() const;
};
RelationEnd find_relation(const ModelMeta& meta, std::string_view name);

/// The object behind a relation to one; null if there is none. Fetched once, with its peers where it has some.
Ref<Instance> related_instance(Instance& owner, const RelationEnd& relation);
/// The database that `object` was read from or written to, as far as it remembers: objects keep it in their members that are
/// relations, where it is not "default". "" stands for not known.
std::string_view instance_database(const ModelMeta& meta, const void* object);
/// The same for an Instance, which knows it whatever its members.
std::string_view instance_database(const Instance& instance);
/// Notes that `object` belongs to the database `alias` now.
void set_instance_database(const ModelMeta& meta, void* object, std::string_view alias);
/// Where a related manager of `owner` writes rows of the relation's target, or of its through table.
std::string_view related_write_database(const Field& field, const void* owner);

/// The rows behind a relation to many of an object that may have no member for it, in the owner's database.
Query related_query(const RelationEnd& relation, const void* owner);
/// Fetches related objects of all of `list` (django.db.models.prefetch_related_objects).
void prefetch_related_objects(const std::vector<Ref<Instance>>& list, const std::vector<Prefetch>& lookups,
                              std::string_view database = {}, FetchMode mode = FetchMode::peers);

/// The rows behind a to-many member of `owner` (a many_to_many or reverse field of its model).
/// Throws ValueError with Django's text when the owner has no key yet.
Query related_query(const Field& field, const void* owner);

/// many_to_many (either side): adds rows of the through table; those present stay. All four send m2m_changed, and work
/// on DATABASE ("": what the routers say, else the owner's).
void m2m_add(const Field& field, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults = {}, std::string_view database = {});
void m2m_remove(const Field& field, const void* owner, Slice<const Literal> keys, std::string_view database = {});
void m2m_clear(const Field& field, const void* owner, std::string_view database = {});
/// Makes the related set exactly `keys`: removes and adds what differs.
void m2m_set(const Field& field, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults = {}, std::string_view database = {});
/// The same seen from either side, without a member.
void m2m_add(const RelationEnd& relation, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults = {}, std::string_view database = {});
void m2m_remove(const RelationEnd& relation, const void* owner, Slice<const Literal> keys,
                std::string_view database = {});
void m2m_clear(const RelationEnd& relation, const void* owner, std::string_view database = {});
void m2m_set(const RelationEnd& relation, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults = {}, std::string_view database = {});

/// Fetches one relation of all of `list`, and keeps it not in the relation's member but in a RelatedCache that stands
/// `offset` bytes behind each object: Prefetch's to_attr for objects of C++ structs.
void prefetch_beside(const ModelMeta& meta, ObjectList& list, const Prefetch& lookup, std::size_t offset,
                     std::string_view database = {});

/// Fetches related objects of all of `list` along `paths` ("author", "tags", "articles__tags"): a query per step.
void prefetch(const ModelMeta& meta, ObjectList& list, Slice<const Prefetch> lookups, std::string_view database = {});

}  // namespace nuages::db::models
