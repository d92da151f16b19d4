// prefetch_related() of objects whose struct is known: one query for each step of a path.
#include <nuages/db/models/detail/key_batches.hpp>
#include <nuages/db/models/detail/many_to_many.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <map>

namespace nuages::db::models {

namespace {

struct PrefetchLookup {
    const Prefetch& prefetch;
    NameParts names;
    /// The query for the step at AT.
    Query query(std::size_t at, const ModelMeta& target) const {
        return at + 1 == names.size() && prefetch.query ? *prefetch.query : Query(target);
    }
};

void prefetch_path(const ModelMeta& meta, const std::vector<void*>& objects, const PrefetchLookup& lookup, std::size_t at,
                   std::string_view database);

void prefetch_foreign(const Field& field, const std::vector<void*>& objects, const PrefetchLookup& lookup, std::size_t at,
                      std::string_view database) {
    const Field& target = field.target_field();
    std::vector<Literal> keys;
    std::vector<void*> next;
    for (void* object : objects) {
        RelatedCache* cache = field.ops->related(field.member(object));
        if (!cache) continue;
        if (const Instance* known = cache->instance()) {
            next.push_back(known->object());
        } else if (Literal key = field.get(object); !key.is_null()) {
            keys.push_back(std::move(key));
        }
    }
    sort_unique(keys);
    std::map<Literal, Ref<Instance>> found;
    in_batches(keys, database, [&](std::vector<Literal> part) {
        InstanceList list(*target.model);
        lookup.query(at, *target.model)
            .using_(database_or_default(database))
            .filter(QNode(Name(target.name + "__in"), Literal(std::move(part))))
            .fetch(list);
        for (Ref<Instance>& instance : list.items) {
            next.push_back(instance->object());
            found.emplace(target.get(instance->object()), instance);
        }
    });
    for (void* object : objects) {
        RelatedCache* cache = field.ops->related(field.member(object));
        if (!cache || cache->instance()) continue;
        const auto entry = found.find(field.get(object));
        if (entry != found.end()) cache->set(entry->second);
    }
    if (at + 1 < lookup.names.size()) prefetch_path(*target.model, next, lookup, at + 1, database);
}

void prefetch_many(const Field& field, const std::vector<void*>& objects, const PrefetchLookup& lookup, std::size_t at,
                   std::string_view database) {
    const bool through = leads_to_many_to_many(field);
    const Side side = through ? side_of(field) : Side{nullptr, nullptr, nullptr};
    const Field* foreign = through ? nullptr : &reversed_field(field);
    const ModelMeta& target = through ? side.target() : *foreign->model;
    const Field& key_field = through ? side.own->target_field() : foreign->target_field();

    std::vector<void*> known;
    std::map<Literal, Ref<ObjectList>> lists;
    std::map<Literal, Ref<Instance>> owners;
    std::vector<Literal> keys;
    for (void* object : objects) {
        RelatedCache* cache = field.ops->related(field.member(object));
        if (ObjectList* list = cache->list()) {
            for (std::size_t i = 0; i < list->size(); ++i) known.push_back(list->at(i));
            continue;
        }
        Literal key = key_field.get(object);
        if (key.is_null()) continue;
        if (const auto [list, fresh] = lists.emplace(key, Ref<ObjectList>()); fresh) {
            list->second = target.ops->make_list(target);
            list->second->set_owner_database(instance_database(*field.model, object));
            keys.push_back(key);
        }
        if (foreign && foreign->ops->related) owners.try_emplace(key, Instance::copy_of(*field.model, object));
    }
    if (!known.empty() && at + 1 < lookup.names.size()) prefetch_path(target, known, lookup, at + 1, database);
    if (keys.empty()) return;

    InstanceList found(target);
    std::vector<Literal> found_keys;
    const Ref<Instance> row = through ? Instance::create(side.through()) : Ref<Instance>();
    in_batches(keys, database, [&](std::vector<Literal> part) {
        Query query = lookup.query(at, target).using_(database_or_default(database));
        query = through ? query.with(make_ref<steps::Through>(*side.own, *side.other, std::move(part), true))
                              .with(make_ref<steps::PerOwner>(Name()))
                        : query.with(make_ref<steps::PerOwner>(Name(foreign->name)))
                              .filter(QNode(Name(foreign->name + "__in"), Literal(std::move(part))));
        fetch_objects(
            query, [&] { return found.append(); },
            [&](void* object, const Cell* rest) {
                if (through) {
                    side.own->ops->decode(side.own->member(row->object()), *rest);
                    found_keys.push_back(side.own->get(row->object()));
                } else {
                    found_keys.push_back(foreign->get(object));
                }
            },
            nullptr);
    });
    if (at + 1 < lookup.names.size()) {
        std::vector<void*> next;
        for (const Ref<Instance>& instance : found.items) next.push_back(instance->object());
        prefetch_path(target, next, lookup, at + 1, database);
    }
    for (std::size_t i = 0; i < found.items.size(); ++i) {
        const auto list = lists.find(found_keys[i]);
        if (list == lists.end()) continue;
        if (const auto owner = owners.find(found_keys[i]); owner != owners.end()) {
            if (RelatedCache* cache = foreign->ops->related(foreign->member(found.items[i]->object())))
                cache->set(owner->second);
        }
        list->second->append_copy(found.items[i]->object());
    }
    for (void* object : objects) {
        RelatedCache* cache = field.ops->related(field.member(object));
        if (cache->list()) continue;
        const auto list = lists.find(key_field.get(object));
        if (list != lists.end()) cache->set(list->second);
    }
}

void prefetch_path(const ModelMeta& meta, const std::vector<void*>& objects, const PrefetchLookup& lookup, std::size_t at,
                   std::string_view database) {
    if (objects.empty()) return;
    const std::string name(lookup.names[at]);
    const Field* field = meta.find(lookup.names[at]);
    if (!field)
        throw ValueError("Cannot find '" + name + "' on " + meta.object_name + " object, '" + name +
                         "' is an invalid parameter to prefetch_related()");
    if (!field->is_relation() || !field->ops->related)
        throw ValueError("'" + name +
                         "' does not resolve to an item that supports prefetching - this is an invalid parameter to "
                         "prefetch_related().");
    if (field->is_foreign_key())
        prefetch_foreign(*field, objects, lookup, at, database);
    else
        prefetch_many(*field, objects, lookup, at, database);
}

}  // namespace

void prefetch_beside(const ModelMeta& meta, ObjectList& list, const Prefetch& lookup, std::size_t offset,
                     std::string_view database) {
    const Field& field = meta.field(lookup.path.view());
    std::vector<void*> objects;
    std::vector<Ref<RelatedState>> former;
    for (std::size_t i = 0; i < list.size(); ++i) {
        objects.push_back(list.at(i));
        RelatedCache& cache = *field.ops->related(field.member(list.at(i)));
        former.emplace_back(cache.state());
        cache.reset();
    }
    prefetch_path(meta, objects, {lookup, split_path(lookup.path)}, 0, database);
    for (std::size_t i = 0; i < objects.size(); ++i) {
        RelatedCache& cache = *field.ops->related(field.member(objects[i]));
        reinterpret_cast<RelatedCache*>(static_cast<char*>(objects[i]) + offset)->set(Ref<RelatedState>(cache.state()));
        cache.set(std::move(former[i]));
    }
}

void prefetch(const ModelMeta& meta, ObjectList& list, Slice<const Prefetch> lookups, std::string_view database) {
    std::vector<void*> objects;
    objects.reserve(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) objects.push_back(list.at(i));
    for (const Prefetch& lookup : lookups) {
        if (!lookup.to_attr.empty())
            throw NotSupportedError("Prefetch(to_attr=...) needs objects that can take new members: use instances().");
        prefetch_path(meta, objects, {lookup, split_path(lookup.path)}, 0, database);
    }
}

}  // namespace nuages::db::models
