// Managers: where querysets begin, and those of relations with add(), remove(), set() and clear().
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/shell/detail/methods.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::shell {

namespace {

models::FetchMode& chosen_mode() {
    static models::FetchMode mode = models::FetchMode::peers;
    return mode;
}

const models::InstanceList* prefetched(const RowSet& manager) {
    if (!manager.owner || !manager.owner->extras()) return nullptr;
    for (const auto& entry : manager.owner->extras()->relations) {
        if (entry.first == manager.accessor) return dynamic_cast<const models::InstanceList*>(entry.second.get());
    }
    return nullptr;
}

void forget_prefetched(const RowSet& manager) {
    if (!manager.owner->extras()) return;
    std::erase_if(manager.owner->make_extras().relations, [&](const auto& entry) { return entry.first == manager.accessor; });
}

// Where changes of a relation go: what the routers say, else where the owner is.
std::string_view written(const RowSet& manager) {
    const std::string_view own = models::instance_database(*manager.owner);
    if (manager.relation->kind == models::FieldKind::many_to_many)
        return models::db_for_write(manager.relation->model->through(*manager.relation), own);
    return models::db_for_write(*manager.relation->model, own);
}

models::RelationEnd end_of(const RowSet& manager) { return {manager.relation, manager.backward, manager.accessor}; }


[[noreturn]] void wrong_instance(const Object& value, const ModelMeta& wanted) {
    throw Raised("TypeError", "'" + wanted.object_name + "' instance expected, got " + repr(value));
}

// Keys of objects, or keys themselves, that a many-to-many relation takes. Those that are removed may be unsaved.
std::vector<Literal> keys_of(const RowSet& manager, const std::vector<Object>& values, bool removed = false) {
    const ModelMeta& target = manager.meta();
    std::vector<Literal> keys;
    for (const Object& value : values) {
        if (auto* instance = value.as<Instance>()) {
            if (&instance->meta() != &target) wrong_instance(value, target);
            const Literal key = target.pk().get(instance->object());
            const bool unsaved = key.is_null() || (instance->extras() && instance->extras()->adding);
            if (unsaved && removed) continue;
            if (unsaved)
                throw Raised("ValueError", "Cannot add \"" + repr(value) + "\": instance is on database \"default\", value is on database \"None\"");
            keys.push_back(key);
        } else if (value.is_literal()) {
            keys.push_back(value.literal());
        } else {
            wrong_instance(value, target);
        }
    }
    return keys;
}

// A reverse foreign key: the rows get this owner, or none, by one UPDATE.
void point_rows(const RowSet& manager, const std::vector<Object>& values, bool here) {
    const Field& foreign = *manager.relation;
    std::vector<Literal> keys;
    for (const Object& value : values) {
        auto* instance = value.as<Instance>();
        if (!instance || &instance->meta() != foreign.model) wrong_instance(value, *foreign.model);
        const Literal key = instance->meta().pk().get(instance->object());
        if (here && (key.is_null() || (instance->extras() && instance->extras()->adding)))
            throw Raised("ValueError", repr(value) + " instance isn't saved. Use bulk=False or save the object first.");
        if (!here && !(foreign.get(instance->object()) == foreign.target_field().get(manager.owner->object())))
            throw Raised(foreign.target().object_name + ".DoesNotExist", repr(value) + " is not related to " + repr(Object(manager.owner)) + ".");
        if (here) set_instance_attribute(Ref<Instance>(instance), foreign.name, Object(manager.owner));
        keys.push_back(key);
    }
    const Literal owner = here ? foreign.target_field().get(manager.owner->object()) : Literal();
    if (here) {
        Query(*foreign.model).using_(written(manager)).filter(QNode(Name("pk__in"), Literal(keys))).update({models::Assignment(Name(foreign.name), owner)});
    } else {
        manager.query.using_(written(manager)).filter(QNode(Name("pk__in"), Literal(keys))).update({models::Assignment(Name(foreign.name), owner)});
    }
}

// add(bulk=False): each object is pointed at the owner and saved, new ones too.
void save_rows(const RowSet& manager, const std::vector<Object>& values) {
    const Field& foreign = *manager.relation;
    db::run_atomic([&] {
        for (const Object& value : values) {
            auto* instance = value.as<Instance>();
            if (!instance || &instance->meta() != foreign.model) wrong_instance(value, *foreign.model);
            set_instance_attribute(Ref<Instance>(instance), foreign.name, Object(manager.owner));
            invoke(attribute(value, "save"), Arguments{"save", {}, {}});
        }
    }, {.savepoint = false});
}

void set_rows(const RowSet& manager, const Arguments& a) {
    const std::vector<Object> values = items_of(a.at(0, "objs"));
    if (is_many_to_many(manager)) {
        const std::vector<models::Assignment> defaults = through_defaults_of(a);
        return db::run_atomic([&] {
            if (a.flag(99, "clear")) {
                models::m2m_clear(end_of(manager), manager.owner->object(), written(manager));
                models::m2m_add(end_of(manager), manager.owner->object(), keys_of(manager, values), defaults, written(manager));
            } else {
                models::m2m_set(end_of(manager), manager.owner->object(), keys_of(manager, values), defaults, written(manager));
            }
        }, {.using_ = written(manager), .savepoint = false});
    }
    if (!manager.relation->null) return point_rows(manager, values, true);
    db::run_atomic([&] {
        std::vector<Object> old = manager.then(manager.query)->fetched(), fresh;
        for (const Object& value : values) {
            const auto known = std::find_if(old.begin(), old.end(), [&](const Object& row) { return equal(row, value); });
            if (known == old.end())
                fresh.push_back(value);
            else
                old.erase(known);
        }
        point_rows(manager, old, false);
        point_rows(manager, fresh, true);
    }, {.using_ = written(manager), .savepoint = false});
}

}  // namespace

bool is_many_to_many(const RowSet& manager) { return manager.manager && manager.relation && manager.relation->kind == models::FieldKind::many_to_many; }

std::vector<models::Assignment> through_defaults_of(const Arguments& a) {
    std::vector<models::Assignment> list;
    const Object* given = a.find(99, "through_defaults");
    if (given && given->as<Mapping>()) {
        for (const auto& item : given->as<Mapping>()->items) list.emplace_back(Name(text_of(item.first)), to_literal(item.second));
    }
    return list;
}

models::FetchMode default_fetch_mode() { return chosen_mode(); }

void Interpreter::set_fetch_mode(models::FetchMode mode) { chosen_mode() = mode; }

Ref<RowSet> from_manager(const Ref<RowSet>& manager) {
    Ref<RowSet> rows = manager->then(manager->query);
    if (const models::InstanceList* list = prefetched(*manager)) {
        std::vector<Object> items;
        for (const Ref<Instance>& instance : list->items) items.push_back(wrap(instance));
        rows->cache = std::move(items);
    }
    return rows;
}

Object related_manager(const Ref<Instance>& owner, const models::RelationEnd& relation) {
    Query rows = models::related_query(relation, owner->object()).fetch_mode(default_fetch_mode());
    if (const std::string_view own = models::instance_database(*owner); !own.empty() && !models::is_routed(rows.meta()))
        rows = rows.using_(own);
    auto manager = make_ref<RowSet>(std::move(rows));
    manager->manager = true;
    manager->owner = owner;
    manager->relation = relation.field;
    manager->backward = relation.backward;
    manager->accessor = relation.accessor;
    return manager;
}

bool related_method(const Ref<RowSet>& rows, std::string_view name, Object& found) {
    if (!rows->manager || !rows->relation) return false;
    const auto method = [&](void (*call)(const RowSet&, const Arguments&)) {
        found = callable(std::string(name), [rows, call](const Arguments& a) {
            forget_prefetched(*rows);
            call(*rows, a);
            return Object();
        });
        return true;
    };
    const bool many = is_many_to_many(*rows);
    if (name == "through" && many) return found = make_ref<ModelClass>(rows->relation->model->through(*rows->relation)), true;
    if (name == "all" && prefetched(*rows)) {
        found = callable("all", [rows](const Arguments&) -> Object { return from_manager(rows); });
        return true;
    }
    if (name == "set") return method(set_rows);
    if (name == "add")
        return method([](const RowSet& manager, const Arguments& a) {
            if (is_many_to_many(manager))
                return db::run_atomic([&] {
                    models::m2m_add(end_of(manager), manager.owner->object(), keys_of(manager, a.positional), through_defaults_of(a), written(manager));
                }, {.using_ = written(manager), .savepoint = false});
            if (!a.flag(99, "bulk", true)) return save_rows(manager, a.positional);
            point_rows(manager, a.positional, true);
        });
    if (!many && !rows->relation->null && (name == "remove" || name == "clear"))
        throw Raised("AttributeError", "'RelatedManager' object has no attribute '" + std::string(name) + "'");
    if (name == "remove")
        return method([](const RowSet& manager, const Arguments& a) {
            if (is_many_to_many(manager)) return models::m2m_remove(end_of(manager), manager.owner->object(), keys_of(manager, a.positional, true), written(manager));
            if (!a.positional.empty()) point_rows(manager, a.positional, false);
        });
    if (name == "clear")
        return method([](const RowSet& manager, const Arguments&) {
            if (is_many_to_many(manager)) return models::m2m_clear(end_of(manager), manager.owner->object(), written(manager));
            manager.query.using_(written(manager)).update({models::Assignment(Name(manager.relation->name), Literal())});
        });
    return false;
}

}  // namespace nuages::shell
