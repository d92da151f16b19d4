// Relations of objects: peers of a foreign key, related managers, prefetching, many-to-many tables.
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/signals.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>
#include <map>

namespace nuages::db::models {

namespace {

[[noreturn]] void no_match(const ModelMeta& target) {
    throw ObjectDoesNotExist(target.object_name + " matching query does not exist.");
}

// "pk__in"-like filters over any number of keys, in as many queries as the database needs.
template <class Run> void in_batches(const std::vector<Literal>& keys, std::string_view database, Run run) {
    const std::size_t most = db::connection(database_or_default(database)).features().max_query_params;
    const std::size_t batch = most > 10 ? most - 5 : most;
    for (std::size_t at = 0; at < keys.size(); at += batch) {
        const auto first = keys.begin() + static_cast<std::ptrdiff_t>(at);
        run(std::vector<Literal>(first, first + static_cast<std::ptrdiff_t>(std::min(batch, keys.size() - at))));
    }
}

void sort_unique(std::vector<Literal>& keys) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

Ref<Instance> fetch_one(const Field& key_field, const Literal& key, std::string_view database,
                        FetchMode mode = FetchMode::peers) {
    InstanceList found(*key_field.model);
    Query(*key_field.model)
        .using_(database_or_default(database))
        .fetch_mode(mode)
        .filter(QNode(Name::borrow(key_field.name), key))
        .slice(0, 21)
        .fetch(found);
    return found.items.empty() ? Ref<Instance>() : found.items.front();
}

}  // namespace

void PeerGroup::add(const Cell& cell) {
    if (cell.kind() == CellKind::integer)
        keys_.push_back(cell.integer());
    else if (cell.kind() == CellKind::text)
        text_keys_.emplace_back(cell.text());
}

void PeerGroup::require_allowed() const {
    if (mode_ == FetchMode::raise)
        throw FieldFetchBlocked("Fetching of " + field_.model->object_name + "." + field_.name + " blocked.");
}

void PeerGroup::load() {
    if (loaded_) return;
    loaded_ = true;
    const Field& target = field_.target_field();
    std::vector<Literal> keys(keys_.begin(), keys_.end());
    for (const std::string& key : text_keys_) keys.emplace_back(key);
    sort_unique(keys);
    keys_ = {};
    text_keys_ = {};
    const Name path(target.name + "__in");
    in_batches(keys, database_, [&](std::vector<Literal> part) {
        InstanceList found(*target.model);
        const bool one = part.size() == 1;
        Query query = Query(*target.model).using_(database_).fetch_mode(mode_);
        query = one ? query.filter(QNode(Name(target.name), std::move(part.front()))).slice(0, 21)
                    : query.filter(QNode(path, Literal(std::move(part)))).order_by({});
        query.fetch(found);
        for (Ref<Instance>& instance : found.items) {
            Literal key = target.get(instance->object());
            if (key.kind() == Literal::Kind::integer)
                objects_.emplace(key.integer(), instance);
            else
                text_objects_.emplace_back(std::move(key), instance);
        }
    });
}

Ref<Instance> PeerGroup::find(std::int64_t key) {
    require_allowed();
    if (mode_ == FetchMode::one) return fetch_one(field_.target_field(), Literal(key), database_, mode_);
    load();
    const auto found = objects_.find(key);
    return found == objects_.end() ? Ref<Instance>() : found->second;
}

Ref<Instance> PeerGroup::find(const Literal& key) {
    if (key.kind() == Literal::Kind::integer) return find(key.integer());
    require_allowed();
    if (mode_ == FetchMode::one) return fetch_one(field_.target_field(), key, database_, mode_);
    load();
    for (const auto& entry : text_objects_) {
        if (entry.first == key || entry.first.text() == key.text()) return entry.second;
    }
    return {};
}

namespace {

template <class Key> const Instance& fetch_key(const ModelMeta& target, RelatedCache& cache, const Key& key) {
    if (const Instance* known = cache.instance()) return *known;
    Ref<Instance> found;
    if (RelatedState* state = cache.state(); state && state->kind() == RelatedState::Kind::peers) {
        const Ref<PeerGroup> peers(static_cast<PeerGroup*>(state));
        found = peers->find(key);
        if (!found) found = fetch_one(peers->field().target_field(), Literal(key), peers->database());
    } else {
        found = fetch_one(target.pk(), Literal(key), {});
    }
    if (!found) no_match(target);
    cache.set(found);
    return *found;
}

}  // namespace

const Instance& fetch_related(const ModelMeta& target, RelatedCache& cache, const Literal& key) {
    return fetch_key(target, cache, key);
}

const Instance& fetch_related(const ModelMeta& target, RelatedCache& cache, std::int64_t key) {
    return fetch_key(target, cache, key);
}

namespace {

/// One side of a many-to-many relation, whichever member it was asked through.
struct Side {
    const Field* many;   // the many_to_many field
    const Field* own;    // through's key to the owner
    const Field* other;  // through's key to the related rows
    const ModelMeta& through() const { return *own->model; }
    const ModelMeta& target() const { return other->target(); }
};

RelationEnd end_of(const Field& field) {
    const bool backward = field.kind == FieldKind::reverse;
    return {backward ? &reversed_field(field) : &field, backward, field.name};
}

Side side_of(const RelationEnd& end) {
    const bool backward = end.backward;
    const Field& many = *end.field;
    const ThroughKeys keys = through_keys(many);
    return backward ? Side{&many, keys.target, keys.source} : Side{&many, keys.source, keys.target};
}

bool leads_to_many_to_many(const Field& field) {
    return field.kind == FieldKind::many_to_many ||
           (field.kind == FieldKind::reverse && reversed_field(field).kind == FieldKind::many_to_many);
}

Side side_of(const Field& field) { return side_of(end_of(field)); }

Literal owner_key(const Side& side, const void* owner) {
    const ModelMeta& meta = side.own->target();
    const Field& key = side.own->target_field();
    if ((key.primary_key && has_no_key(meta, owner)) || key.get(owner).is_null())
        throw ValueError("\"<" + meta.object_name + ": " + meta.ops->str(meta, owner) +
                         ">\" needs to have a value for field \"" + key.name +
                         "\" before this many-to-many relationship can be used.");
    return key.get(owner);
}

}  // namespace

Query related_query(const Field& field, const void* owner) {
    if (!field.is_relation() || field.is_foreign_key()) throw ValueError(field.name + " is no relation to many.");
    return related_query(end_of(field), owner);
}

Query related_query(const RelationEnd& relation, const void* owner) {
    if (relation.field->kind == FieldKind::many_to_many) {
        const Side side = side_of(relation);
        return Query(side.target())
            .with(make_ref<steps::Through>(*side.own, *side.other, std::vector<Literal>{owner_key(side, owner)}, false));
    }
    const Field& foreign = *relation.field;
    const Field& key = foreign.target_field();
    if (key.primary_key && has_no_key(*key.model, owner))
        throw ValueError("'" + key.model->object_name +
                         "' instance needs to have a primary key value before this relationship can be used.");
    return Query(*foreign.model).filter(QNode(Name(foreign.name), key.get(owner)));
}

namespace {

using Action = signals::M2mChanged::Action;

bool is_heard(const Side& side) { return signals::m2m_changed().has_listeners(&side.through()); }

void tell(const Side& side, const RelationEnd& relation, const void* owner, Action action, std::span<const Literal> keys,
          std::string_view database) {
    if (!is_heard(side)) return;
    const ModelMeta& meta = relation.backward ? relation.field->target() : *relation.field->model;
    signals::m2m_changed().send_from(
        &side.through(), {side.through(), meta, owner, action, relation.backward, side.target(), keys, database});
}

}  // namespace

void m2m_add(const Field& field, const void* owner, std::span<const Literal> keys,
             std::span<const Assignment> through_defaults, std::string_view database) {
    m2m_add(end_of(field), owner, keys, through_defaults, database);
}
void m2m_remove(const Field& field, const void* owner, std::span<const Literal> keys, std::string_view database) {
    m2m_remove(end_of(field), owner, keys, database);
}
void m2m_clear(const Field& field, const void* owner, std::string_view database) {
    m2m_clear(end_of(field), owner, database);
}
void m2m_set(const Field& field, const void* owner, std::span<const Literal> keys,
             std::span<const Assignment> through_defaults, std::string_view database) {
    m2m_set(end_of(field), owner, keys, through_defaults, database);
}

namespace {

/// The keys of the rows that are added, each once.
std::vector<Literal> target_keys(const Side& side, const RelationEnd& relation, std::span<const Literal> keys) {
    const Field& target = side.other->target_field();
    std::vector<Literal> wanted;
    for (const Literal& key : keys) {
        Literal storage;
        Literal fitting = prepared({target.value_field().kind, &target, true}, key, storage);
        if (fitting.is_null()) throw ValueError("Cannot add an object that is not saved to \"" + relation.accessor + "\".");
        if (std::find(wanted.begin(), wanted.end(), fitting) == wanted.end()) wanted.push_back(std::move(fitting));
    }
    return wanted;
}

struct LinkOwner {
    const Side& side;
    const RelationEnd& relation;
    const void* owner;
    const Literal& key;
    std::string_view database;
};

/// The rows of the through table that are not there yet; `mirrored`: the other half of a symmetrical relation.
void insert_links(const LinkOwner& of, bool mirrored, const std::vector<Literal>& wanted,
                  std::span<const Assignment> through_defaults) {
    const Side& side = of.side;
    const Field& from = mirrored ? *side.other : *side.own;
    const Field& to = mirrored ? *side.own : *side.other;
    const ModelMeta& through = side.through();
    std::vector<Literal> missing = wanted;
    const bool ignore = through.auto_created && db::connection(of.database).features().supports_ignore_conflicts &&
                        !is_heard(side);
    if (!ignore) {
        std::vector<Literal> present;
        Query(through)
            .using_(of.database)
            .filter(QNode(Name(from.attname), of.key) && QNode(Name(to.attname + "__in"), Literal(wanted)))
            .values({Name(to.attname)})
            .each([&](std::span<const Cell> cells) {
                Ref<Instance> row = Instance::create(through);
                to.ops->decode(to.member(row->object()), cells[0]);
                present.push_back(to.get(row->object()));
            });
        std::erase_if(missing, [&](const Literal& key) {
            return std::find(present.begin(), present.end(), key) != present.end();
        });
    }
    if (missing.empty()) return;
    if (!mirrored) tell(side, of.relation, of.owner, Action::pre_add, missing, of.database);
    std::vector<Ref<Instance>> rows;
    std::vector<void*> objects;
    for (const Literal& key : missing) {
        rows.push_back(Instance::create(through));
        void* row = rows.back()->object();
        initialize(through, row);
        from.set(row, of.key);
        to.set(row, key);
        for (const Assignment& value : through_defaults) through.field(value.name).set(row, value.value);
        objects.push_back(row);
    }
    BulkCreateOptions options;
    options.ignore_conflicts = ignore;
    options.using_ = of.database;
    bulk_create(through, objects, options);
    if (!mirrored) tell(side, of.relation, of.owner, Action::post_add, missing, of.database);
}

}  // namespace

void m2m_add(const RelationEnd& relation, const void* owner, std::span<const Literal> keys,
             std::span<const Assignment> through_defaults, std::string_view database) {
    const Side side = side_of(relation);
    const std::string_view alias = database_or_default(database);
    const Literal own = owner_key(side, owner);
    const bool mirror = side.many->relation.symmetrical && !relation.backward;
    run_atomic(
        [&] {
            const std::vector<Literal> wanted = target_keys(side, relation, keys);
            if (wanted.empty()) return;
            insert_links({side, relation, owner, own, alias}, false, wanted, through_defaults);
            if (mirror) insert_links({side, relation, owner, own, alias}, true, wanted, through_defaults);
        },
        {.using_ = alias, .savepoint = false});
}

void m2m_remove(const RelationEnd& relation, const void* owner, std::span<const Literal> keys, std::string_view database) {
    if (keys.empty()) return;
    const Side side = side_of(relation);
    const std::string_view alias = database_or_default(database);
    const Literal own = owner_key(side, owner);
    const std::vector<Literal> list(keys.begin(), keys.end());
    QNode condition = QNode(Name(side.own->attname), own) && QNode(Name(side.other->attname + "__in"), Literal(list));
    if (side.many->relation.symmetrical)
        condition = std::move(condition) ||
                    (QNode(Name(side.other->attname), own) && QNode(Name(side.own->attname + "__in"), Literal(list)));
    run_atomic(
        [&] {
            tell(side, relation, owner, Action::pre_remove, list, alias);
            Query(side.through()).using_(alias).filter(std::move(condition)).raw_delete();
            tell(side, relation, owner, Action::post_remove, list, alias);
        },
        {.using_ = alias, .savepoint = false});
}

void m2m_clear(const RelationEnd& relation, const void* owner, std::string_view database) {
    const Side side = side_of(relation);
    const std::string_view alias = database_or_default(database);
    const Literal own = owner_key(side, owner);
    QNode condition(Name(side.own->attname), own);
    if (side.many->relation.symmetrical) condition = std::move(condition) || QNode(Name(side.other->attname), own);
    run_atomic(
        [&] {
            tell(side, relation, owner, Action::pre_clear, {}, alias);
            Query(side.through()).using_(alias).filter(std::move(condition)).raw_delete();
            tell(side, relation, owner, Action::post_clear, {}, alias);
        },
        {.using_ = alias, .savepoint = false});
}

void m2m_set(const RelationEnd& relation, const void* owner, std::span<const Literal> keys,
             std::span<const Assignment> through_defaults, std::string_view database) {
    const Side side = side_of(relation);
    const std::string_view alias = database_or_default(database);
    const Literal own = owner_key(side, owner);
    const Field& target = side.other->target_field();
    run_atomic(
        [&] {
            std::vector<Literal> wanted, stale;
            for (const Literal& key : keys) {
                Literal storage;
                wanted.push_back(prepared({target.value_field().kind, &target, true}, key, storage));
            }
            const Ref<Instance> row = Instance::create(side.through());
            Query(side.through())
                .using_(alias)
                .filter(QNode(Name(side.own->attname), own))
                .order_by({})
                .values({Name(side.other->attname)})
                .each([&](std::span<const Cell> cells) {
                    side.other->ops->decode(side.other->member(row->object()), cells[0]);
                    Literal key = side.other->get(row->object());
                    const auto found = std::find(wanted.begin(), wanted.end(), key);
                    if (found == wanted.end())
                        stale.push_back(std::move(key));
                    else
                        wanted.erase(found);
                });
            if (!stale.empty()) m2m_remove(relation, owner, stale, alias);
            if (!wanted.empty()) m2m_add(relation, owner, wanted, through_defaults, alias);
        },
        {.using_ = alias, .savepoint = false});
}

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
        if (lists.emplace(key, target.ops->make_list(target)).second) keys.push_back(key);
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
                        : query.filter(QNode(Name(foreign->name + "__in"), Literal(std::move(part))));
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

void prefetch(const ModelMeta& meta, ObjectList& list, std::span<const Prefetch> lookups, std::string_view database) {
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
