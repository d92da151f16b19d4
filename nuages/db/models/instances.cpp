// Instances: objects on the heap for code that does not know their struct, with annotations, deferred fields and
// relations that have no member.
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/detail/steps.hpp>
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>

#include <algorithm>
#include <map>

namespace nuages::db::models {

namespace {

/// Objects of one result that were read with the same fields left out.
struct DeferredPeers final : RefCounted {
    std::string database;
    FetchMode mode = FetchMode::peers;
    std::vector<Literal> keys;
    std::map<const Field*, std::map<Literal, Literal>> loaded;
};

Literal read_column(const Cell*& at, const OutputType& type) {
    if (!type.known || type.kind != FieldKind::composite || !type.field) return literal_of(*at++, type);
    std::vector<Literal> parts;
    for (const Field* part : type.field->model->pk_columns()) parts.push_back(literal_of(*at++, output_of(*part)));
    return Literal(std::move(parts));
}

}  // namespace

bool InstanceExtras::is_deferred(const Field& field) const {
    return std::find(deferred.begin(), deferred.end(), &field) != deferred.end();
}

InstanceExtras& Instance::make_extras() {
    if (!extras_) {
        extras_ = new InstanceExtras;
        extras_->adding = false;
    }
    return *extras_;
}

Literal Instance::value(const Field& field) {
    if (!extras_ || !extras_->is_deferred(field)) return field.get(object_);
    const auto* peers = dynamic_cast<DeferredPeers*>(extras_->peers.get());
    const FetchMode mode = peers ? peers->mode : FetchMode::one;
    if (mode == FetchMode::raise)
        throw FieldFetchBlocked("Fetching of " + meta_.object_name + "." + field.name + " blocked.");
    const Literal key = meta_.pk().get(object_);
    const std::string database(database_or_default(peers ? std::string_view(peers->database) : std::string_view()));
    if (mode == FetchMode::peers && peers->keys.size() > 1) {
        auto& loaded = const_cast<DeferredPeers*>(peers)->loaded[&field];
        if (loaded.empty()) {
            for (std::vector<Literal>& row : Query(meta_).using_(database).filter(QNode(Name("pk__in"), Literal(peers->keys)))
                                                 .unordered().values({Name("pk"), Name(field.attname)}).rows())
                loaded.emplace(std::move(row[0]), std::move(row[1]));
        }
        const auto found = loaded.find(key);
        if (found == loaded.end()) throw ObjectDoesNotExist(meta_.object_name + " matching query does not exist.");
        set_value(field, found->second);
        return field.get(object_);
    }
    const std::vector<std::vector<Literal>> rows =
        Query(meta_).using_(database).filter(QNode(Name("pk"), key)).values({Name(field.attname)}).slice(0, 21).rows();
    if (rows.empty()) throw ObjectDoesNotExist(meta_.object_name + " matching query does not exist.");
    set_value(field, rows[0][0]);
    return field.get(object_);
}

void Instance::set_value(const Field& field, const Literal& value) {
    field.set(object_, value);
    if (!extras_) return;
    std::erase(extras_->deferred, &field);
    if (field.is_foreign_key()) std::erase_if(extras_->relations, [&](const auto& entry) { return entry.first == field.name; });
}

namespace {

/// Steps that choose and order rows; nothing is selected beside the objects' own columns.
bool has_only_plain_steps(const Query& query) {
    for (const Query::Step* step = query.last(); step; step = step->before()) {
        switch (step->kind) {
            case steps::Kind::filter:
            case steps::Kind::exclude:
            case steps::Kind::order_by:
            case steps::Kind::reverse:
            case steps::Kind::slice:
            case steps::Kind::using_:
            case steps::Kind::fetch_mode: break;
            default: return false;
        }
    }
    return true;
}

}  // namespace

std::vector<Ref<Instance>> Query::instances() const {
    std::vector<ColumnInfo> extras;
    if (!has_only_plain_steps(*this)) extras = columns();
    std::vector<Prefetch> prefetches;
    InstanceList found(meta());
    fetch_objects(
        *this, [&] { return found.append(); },
        [&](void*, const Cell* at) {
            if (extras.empty()) return;
            InstanceExtras& kept = found.items.back()->make_extras();
            for (const ColumnInfo& extra : extras) kept.annotations.emplace_back(extra.name, read_column(at, extra.type));
        },
        &prefetches, 0, &found);
    if (!found.items.empty() && found.items.front()->extras() && !found.items.front()->extras()->deferred.empty()) {
        auto peers = make_ref<DeferredPeers>();
        peers->database = database();
        peers->mode = fetch_mode();
        for (const Ref<Instance>& instance : found.items) {
            peers->keys.push_back(meta().pk().get(instance->object()));
            instance->make_extras().peers = peers;
        }
    }
    if (const std::string_view alias = database(); alias != "default") {
        for (const Ref<Instance>& instance : found.items) instance->make_extras().database = alias;
    }
    if (!prefetches.empty()) prefetch_related_objects(found.items, prefetches, database(), fetch_mode());
    return std::move(found.items);
}

std::vector<std::vector<Literal>> Query::rows() const {
    const std::vector<ColumnInfo> info = columns();
    std::vector<std::vector<Literal>> list;
    each([&](std::span<const Cell> cells) {
        std::vector<Literal>& row = list.emplace_back();
        row.reserve(info.size());
        const Cell* at = cells.data();
        for (const ColumnInfo& column : info) row.push_back(read_column(at, column.type));
    });
    return list;
}

RelationEnd find_relation(const ModelMeta& meta, std::string_view name) {
    const Field* field = meta.find(name);
    if (field && field->kind == FieldKind::reverse) return {&reversed_field(*field), true, field->name};
    if (field && field->is_relation() && field->name == name) return {field, false, field->name};
    if (meta.registry) {
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (!relation.accessor.empty() && relation.accessor == name) return {relation.field, true, relation.accessor};
        }
    }
    return {};
}

namespace {

const Ref<RelatedState>* kept_relation(const Instance& owner, std::string_view name) {
    if (!owner.extras()) return nullptr;
    for (const auto& entry : owner.extras()->relations) {
        if (entry.first == name) return &entry.second;
    }
    return nullptr;
}

void keep_relation(Instance& owner, std::string_view name, Ref<RelatedState> state) {
    for (auto& entry : owner.make_extras().relations) {
        if (entry.first == name) {
            entry.second = std::move(state);
            return;
        }
    }
    owner.make_extras().relations.emplace_back(std::string(name), std::move(state));
}

RelatedCache* cache_of(const Field& field, void* object) {
    return field.ops->related ? field.ops->related(field.member(object)) : nullptr;
}


Ref<Instance> fetch_backward(Instance& owner, const RelationEnd& relation) {
    const Field& foreign = *relation.field;
    const Literal key = foreign.target_field().get(owner.object());
    if (key.is_null()) return {};
    InstanceList found(*foreign.model);
    Query(*foreign.model)
        .using_(db_for_read(*foreign.model, instance_database(owner)))
        .filter(QNode(Name(foreign.name), key))
        .slice(0, 21)
        .fetch(found);
    if (found.items.empty()) return {};
    Ref<Instance> child = found.items.front();
    if (RelatedCache* cache = cache_of(foreign, child->object()))
        cache->set(Instance::copy_of(owner.meta(), owner.object()));
    return child;
}

}  // namespace

namespace {

std::string accessor_of(const Field& field) {
    for (const ReverseRelation& relation : field.target().registry->relations_to(field.target())) {
        if (relation.field == &field) return relation.accessor;
    }
    return {};
}

}  // namespace

Ref<Instance> related_instance(Instance& owner, const RelationEnd& relation) {
    if (const Ref<RelatedState>* kept = kept_relation(owner, relation.accessor))
        return Ref<Instance>(dynamic_cast<Instance*>(kept->get()));
    if (relation.backward) {
        Ref<Instance> child = fetch_backward(owner, relation);
        keep_relation(owner, relation.accessor, child);
        return child;
    }
    const Field& field = *relation.field;
    const Literal key = owner.value(field);
    if (key.is_null()) return {};
    RelatedCache* cache = cache_of(field, owner.object());
    if (cache && cache->instance()) return Ref<Instance>(const_cast<Instance*>(cache->instance()));
    Ref<Instance> other;
    if (cache && cache->state() && cache->state()->kind() == RelatedState::Kind::peers) {
        fetch_related(field.target_field(), *cache, key);
        other = Ref<Instance>(const_cast<Instance*>(cache->instance()));
    } else {
        InstanceList found(field.target());
        Query(field.target())
            .using_(db_for_read(field.target(), instance_database(owner)))
            .filter(QNode(Name(field.target_field().name), key))
            .slice(0, 21)
            .fetch(found);
        if (found.items.empty()) throw ObjectDoesNotExist(field.target().object_name + " matching query does not exist.");
        other = found.items.front();
        if (cache) cache->set(other);
    }
    if (field.unique && field.target().registry) {  // the other side of a one-to-one knows this one, too
        Ref<Instance> mirror = Instance::copy_of(owner.meta(), owner.object());
        if (RelatedCache* back = cache_of(field, mirror->object())) back->set(Instance::copy_of(other->meta(), other->object()));
        keep_relation(*other, accessor_of(field), mirror);
    }
    return other;
}

namespace {

/// The work of prefetch_related_objects(): one lookup after the other, one step of its path after the other.
class Prefetcher {
public:
    Prefetcher(std::string_view database, FetchMode mode) : database_(database_or_default(database)), mode_(mode) {}

    void run(const std::vector<Ref<Instance>>& list, const Prefetch& lookup) {
        const std::string path = target_path(lookup);
        if (done_.count(path)) {
            if (lookup.query)
                throw ValueError("'" + std::string(lookup.path.view()) +
                                 "' lookup was already seen with a different queryset. You may need to adjust the "
                                 "ordering of your lookups.");
            return;
        }
        std::vector<Ref<Instance>> objects = list;
        const NameParts names = split_path(lookup.path);
        std::string so_far;
        for (std::size_t i = 0; i < names.size() && !objects.empty(); ++i) {
            const bool last = i + 1 == names.size();
            so_far += (i ? "__" : "") + std::string(last && !lookup.to_attr.empty() ? std::string_view(lookup.to_attr) : names[i]);
            objects = step(objects, names[i], last ? &lookup : nullptr, lookup.path, so_far, last);
        }
    }

private:
    static std::string target_path(const Prefetch& lookup) {
        std::string path(lookup.path.view());
        if (lookup.to_attr.empty()) return path;
        const std::size_t at = path.rfind("__");
        return at == path.npos ? lookup.to_attr : path.substr(0, at + 2) + lookup.to_attr;
    }

    std::vector<Ref<Instance>> step(const std::vector<Ref<Instance>>& objects, std::string_view name,
                                    const Prefetch* lookup, std::string_view whole, const std::string& so_far, bool last) {
        const ModelMeta& meta = objects.front()->meta();
        const RelationEnd relation = find_relation(meta, name);
        if (!relation.field) {
            if (kept_relation(*objects.front(), name)) return kept(objects, name);
            if (last && meta.find(name))
                throw ValueError("'" + std::string(whole) +
                                 "' does not resolve to an item that supports prefetching - this is an invalid "
                                 "parameter to prefetch_related().");
            throw ValueError("Cannot find '" + std::string(name) + "' on " + meta.object_name + " object, '" +
                             std::string(whole) + "' is an invalid parameter to prefetch_related()");
        }
        std::vector<Ref<Instance>> missing, found;
        const bool fresh = lookup && (lookup->query || !lookup->to_attr.empty());
        for (const Ref<Instance>& object : objects) {
            if (fresh || !fetched(*object, relation, found)) missing.push_back(object);
        }
        if (!missing.empty()) {
            const Query query = lookup && lookup->query ? *lookup->query : Query(relation.target());
            const std::string to_attr = lookup ? lookup->to_attr : std::string();
            fetch(missing, relation, query.using_(database_).fetch_mode(mode_), to_attr, found);
        }
        done_[so_far] = true;
        return found;
    }

    static std::vector<Ref<Instance>> kept(const std::vector<Ref<Instance>>& objects, std::string_view name) {
        std::vector<Ref<Instance>> found;
        for (const Ref<Instance>& object : objects) {
            const Ref<RelatedState>* state = kept_relation(*object, name);
            if (state) collect(state->get(), found);
        }
        return found;
    }

    static void collect(RelatedState* state, std::vector<Ref<Instance>>& found) {
        if (auto* list = dynamic_cast<InstanceList*>(state)) {
            found.insert(found.end(), list->items.begin(), list->items.end());
        } else if (auto* instance = dynamic_cast<Instance*>(state)) {
            found.emplace_back(instance);
        }
    }

    static bool fetched(const Instance& object, const RelationEnd& relation, std::vector<Ref<Instance>>& found) {
        if (const Ref<RelatedState>* state = kept_relation(object, relation.accessor)) return collect(state->get(), found), true;
        if (relation.to_many() || relation.backward) return false;
        RelatedCache* cache = cache_of(*relation.field, object.object());
        if (!cache || !cache->instance()) return false;
        found.emplace_back(const_cast<Instance*>(cache->instance()));
        return true;
    }

    void fetch(const std::vector<Ref<Instance>>& owners, const RelationEnd& relation, const Query& query,
               const std::string& to_attr, std::vector<Ref<Instance>>& found) {
        const ModelMeta& owner = owners.front()->meta();
        if (!to_attr.empty() && (owner.find(to_attr) || find_relation(owner, to_attr).field))
            throw ValueError("to_attr=" + to_attr + " conflicts with a field on the " + owner.object_name + " model.");
        if (relation.field->kind == FieldKind::many_to_many) return fetch_many(owners, relation, query, to_attr, found);
        if (relation.backward) return fetch_reverse(owners, relation, query, to_attr, found);
        fetch_forward(owners, relation, query, to_attr, found);
    }

    static std::vector<Literal> unique_keys(std::vector<Literal> keys) {
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        return keys;
    }

    void fetch_forward(const std::vector<Ref<Instance>>& owners, const RelationEnd& relation, const Query& query,
                       const std::string& to_attr, std::vector<Ref<Instance>>& found) {
        const Field& field = *relation.field;
        const Field& target = field.target_field();
        std::vector<Literal> keys;
        for (const Ref<Instance>& owner : owners) {
            if (Literal key = owner->value(field); !key.is_null()) keys.push_back(std::move(key));
        }
        std::map<Literal, Ref<Instance>> by_key;
        if (!keys.empty()) {
            for (Ref<Instance>& one : query.filter(QNode(Name(target.name + "__in"), Literal(unique_keys(keys)))).instances()) {
                by_key.emplace(target.get(one->object()), one);
                found.push_back(one);
            }
        }
        for (const Ref<Instance>& owner : owners) {
            const auto entry = by_key.find(field.get(owner->object()));
            Ref<Instance> one = entry == by_key.end() ? Ref<Instance>() : entry->second;
            if (one && field.unique) keep_relation(*one, accessor_of(field), Instance::copy_of(owner->meta(), owner->object()));
            if (!to_attr.empty() || !one)
                keep_relation(*owner, to_attr.empty() ? field.name : to_attr, one);
            else if (RelatedCache* cache = cache_of(field, owner->object()))
                cache->set(one);
        }
    }

    void fetch_reverse(const std::vector<Ref<Instance>>& owners, const RelationEnd& relation, const Query& query,
                       const std::string& to_attr, std::vector<Ref<Instance>>& found) {
        const Field& foreign = *relation.field;
        const Field& key = foreign.target_field();
        std::vector<Literal> keys;
        std::map<Literal, const Instance*> by_key;
        for (const Ref<Instance>& owner : owners) {
            keys.push_back(key.get(owner->object()));
            by_key.emplace(keys.back(), owner.get());
        }
        std::map<Literal, std::vector<Ref<Instance>>> children;
        std::map<Literal, Ref<Instance>> copies;
        for (Ref<Instance>& child : query.with(make_ref<steps::PerOwner>(Name(foreign.name)))
                                         .filter(QNode(Name(foreign.name + "__in"), Literal(unique_keys(keys))))
                                         .instances()) {
            const Literal of = child->value(foreign);
            if (RelatedCache* cache = cache_of(foreign, child->object()); cache && !cache->instance()) {
                auto& copy = copies[of];
                const auto owner = by_key.find(of);
                if (!copy && owner != by_key.end()) copy = Instance::copy_of(owner->second->meta(), owner->second->object());
                if (copy) cache->set(copy);
            }
            children[of].push_back(child);
            found.push_back(child);
        }
        keep_lists(owners, key, relation, to_attr, children);
    }

    static void keep_lists(const std::vector<Ref<Instance>>& owners, const Field& key, const RelationEnd& relation,
                           const std::string& to_attr, const std::map<Literal, std::vector<Ref<Instance>>>& children) {
        const std::string& name = to_attr.empty() ? relation.accessor : to_attr;
        for (const Ref<Instance>& owner : owners) {
            const auto entry = children.find(key.get(owner->object()));
            if (relation.to_many()) {
                auto list = make_ref<InstanceList>(relation.target());
                if (entry != children.end()) list->items = entry->second;
                keep_relation(*owner, name, list);
            } else {
                keep_relation(*owner, name, entry == children.end() ? Ref<RelatedState>() : Ref<RelatedState>(entry->second.front()));
            }
        }
    }

    void fetch_many(const std::vector<Ref<Instance>>& owners, const RelationEnd& relation, const Query& query,
                    const std::string& to_attr, std::vector<Ref<Instance>>& found) {
        const ThroughKeys through = through_keys(*relation.field);
        const Field& own = relation.backward ? *through.target : *through.source;
        const Field& other = relation.backward ? *through.source : *through.target;
        const Field& key = own.target_field();
        std::vector<Literal> keys;
        for (const Ref<Instance>& owner : owners) keys.push_back(key.get(owner->object()));
        const Query rows = query.with(make_ref<steps::Through>(own, other, unique_keys(keys), true))
                               .with(make_ref<steps::PerOwner>(Name()));
        std::vector<Prefetch> nested;
        InstanceList list(query.meta());
        std::vector<Literal> of;
        const std::vector<ColumnInfo> extras = query.columns();
        fetch_objects(
            rows, [&] { return list.append(); },
            [&](void*, const Cell* at) {
                for (const ColumnInfo& extra : extras)
                    list.items.back()->make_extras().annotations.emplace_back(extra.name, read_column(at, extra.type));
                of.push_back(literal_of(*at, output_of(own)));
            },
            &nested, 0, &list);
        if (!nested.empty()) prefetch_related_objects(list.items, nested, database_, mode_);
        std::map<Literal, std::vector<Ref<Instance>>> children;
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            children[of[i]].push_back(list.items[i]);
            found.push_back(list.items[i]);
        }
        keep_lists(owners, key, relation, to_attr, children);
    }

    std::string database_;
    FetchMode mode_;
    std::map<std::string, bool> done_;
};

}  // namespace

void prefetch_related_objects(const std::vector<Ref<Instance>>& list, const std::vector<Prefetch>& lookups,
                              std::string_view database, FetchMode mode) {
    if (list.empty()) return;
    Prefetcher prefetcher(database, mode);
    for (const Prefetch& lookup : lookups) prefetcher.run(list, lookup);
}

Prefetch::Prefetch(Name lookup, std::optional<Query> rows, std::string attribute)
    : path(std::move(lookup)), query(std::move(rows)), to_attr(std::move(attribute)) {
    if (!query) return;
    for (const Query::Step* step = query->last(); step; step = step->before()) {
        if (step->kind == steps::Kind::values)
            throw ValueError("Prefetch querysets cannot use raw(), values(), and values_list().");
    }
}

}  // namespace nuages::db::models
