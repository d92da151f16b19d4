// Related queries, and the rows of many-to-many tables: add, remove, set, clear.
#include <nuages/db/models/detail/many_to_many.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/signals.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::db::models {

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

namespace {

std::string_view written(const Side& side, const RelationEnd& relation, const void* owner, std::string_view database) {
    if (!database.empty()) return database;
    const ModelMeta& meta = relation.backward ? relation.field->target() : *relation.field->model;
    return db_for_write(side.through(), instance_database(meta, owner));
}

// The rows of a relation are read where their owner is, unless routers know better.
Query in_database(Query query, const ModelMeta& owner_model, const void* owner) {
    const std::string_view alias = instance_database(owner_model, owner);
    return alias.empty() || is_routed(query.meta()) ? query : query.using_(alias);
}

}  // namespace

Query related_query(const Field& field, const void* owner) {
    if (!field.is_relation() || field.is_foreign_key()) throw ValueError(field.name + " is no relation to many.");
    return related_query(end_of(field), owner);
}

Query related_query(const RelationEnd& relation, const void* owner) {
    if (relation.field->kind == FieldKind::many_to_many) {
        const Side side = side_of(relation);
        return in_database(Query(side.target())
                               .with(make_ref<steps::Through>(*side.own, *side.other,
                                                              std::vector<Literal>{owner_key(side, owner)}, false)),
                           side.own->target(), owner);
    }
    const Field& foreign = *relation.field;
    const Field& key = foreign.target_field();
    if (key.primary_key && has_no_key(*key.model, owner))
        throw ValueError("'" + key.model->object_name +
                         "' instance needs to have a primary key value before this relationship can be used.");
    return in_database(Query(*foreign.model).filter(QNode(Name(foreign.name), key.get(owner))), *key.model, owner);
}

std::string_view related_write_database(const Field& field, const void* owner) {
    const RelationEnd end = end_of(field);
    const ModelMeta& written = end.field->kind == FieldKind::many_to_many ? side_of(end).target() : *end.field->model;
    return db_for_write(written, instance_database(*field.model, owner));
}

namespace {

using Action = signals::M2mChanged::Action;

bool is_heard(const Side& side) { return signals::m2m_changed().has_listeners(&side.through()); }

void tell(const Side& side, const RelationEnd& relation, const void* owner, Action action, Slice<const Literal> keys,
          std::string_view database) {
    if (!is_heard(side)) return;
    const ModelMeta& meta = relation.backward ? relation.field->target() : *relation.field->model;
    signals::m2m_changed().send_from(
        &side.through(), {side.through(), meta, owner, action, relation.backward, side.target(), keys, database});
}

}  // namespace

void m2m_add(const Field& field, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults, std::string_view database) {
    m2m_add(end_of(field), owner, keys, through_defaults, database);
}
void m2m_remove(const Field& field, const void* owner, Slice<const Literal> keys, std::string_view database) {
    m2m_remove(end_of(field), owner, keys, database);
}
void m2m_clear(const Field& field, const void* owner, std::string_view database) {
    m2m_clear(end_of(field), owner, database);
}
void m2m_set(const Field& field, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults, std::string_view database) {
    m2m_set(end_of(field), owner, keys, through_defaults, database);
}

namespace {

/// The keys of the rows that are added, each once.
std::vector<Literal> target_keys(const Side& side, const RelationEnd& relation, Slice<const Literal> keys) {
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
                  Slice<const Assignment> through_defaults) {
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

void m2m_add(const RelationEnd& relation, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults, std::string_view database) {
    const Side side = side_of(relation);
    const std::string_view alias = written(side, relation, owner, database);
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

void m2m_remove(const RelationEnd& relation, const void* owner, Slice<const Literal> keys, std::string_view database) {
    if (keys.empty()) return;
    const Side side = side_of(relation);
    const std::string_view alias = written(side, relation, owner, database);
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
    const std::string_view alias = written(side, relation, owner, database);
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

void m2m_set(const RelationEnd& relation, const void* owner, Slice<const Literal> keys,
             Slice<const Assignment> through_defaults, std::string_view database) {
    const Side side = side_of(relation);
    const std::string_view alias = written(side, relation, owner, database);
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

}  // namespace nuages::db::models
