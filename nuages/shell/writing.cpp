// What writes: create(), update(), delete(), bulk_create() and their kin, and an object's save() and delete().
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/shell/detail/methods.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/errors.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/transaction.hpp>

#include <algorithm>

namespace nuages::shell {

namespace {

using Rows = Ref<RowSet>;
using Members = std::vector<std::pair<std::string, Object>>;

Object deleted_object(const models::Deleted& deleted) {
    auto counts = make_ref<Mapping>();
    for (const auto& [label, count] : deleted.per_model) counts->items.emplace_back(Literal(label), Literal(count));
    return tuple_of({Literal(deleted.total), counts});
}

Object update(const Rows& rows, const Arguments& a) {
    std::vector<models::Assignment> assignments;
    for (const auto& [name, value] : a.named) {
        if (value.as<Expression>() || value.as<Condition>() || value.as<RowSet>())
            assignments.emplace_back(Name(name), expression_of(value, false));
        else if (const Field* field = rows->meta().find(name); field && field->kind == models::FieldKind::json)
            assignments.emplace_back(Name(name), value.is_none() ? Literal() : Literal::json(to_json(value)));
        else
            assignments.emplace_back(Name(name), to_literal(value));
    }
    rows->cache.reset();
    return Literal(rows->query.update(assignments));
}

Object delete_rows(const Rows& rows, const Arguments&) {
    if (rows->shape != RowSet::Shape::objects) throw Raised("TypeError", "Cannot call delete() after .values() or .values_list()");
    rows->cache.reset();
    return deleted_object(rows->query.delete_());
}

// What a related manager adds to new objects: the owner.
Members with_owner(const RowSet& rows, Members values) {
    if (rows.owner && rows.relation && rows.backward && rows.relation->is_foreign_key())
        values.emplace_back(rows.relation->name, Object(rows.owner));
    return values;
}

Ref<Instance> created(const Rows& rows, const Members& values, const std::vector<models::Assignment>& through_defaults = {}) {
    Arguments arguments{rows->meta().object_name, {}, with_owner(*rows, values)};
    Ref<Instance> instance = make_instance(rows->meta(), arguments);
    Arguments options{"save", {}, {{"force_insert", Literal(true)}}};
    save_instance(instance, options);
    if (is_many_to_many(*rows)) {
        const std::vector<Literal> keys{rows->meta().pk().get(instance->object())};
        models::m2m_add({rows->relation, rows->backward, rows->accessor}, rows->owner->object(), keys, through_defaults);
    }
    return instance;
}

Object create(const Rows& rows, const Arguments& a) {
    Arguments values = a;
    if (is_many_to_many(*rows)) std::erase_if(values.named, [](const auto& entry) { return entry.first == "through_defaults"; });
    return wrap(created(rows, values.named, is_many_to_many(*rows) ? through_defaults_of(a) : std::vector<models::Assignment>()));
}

Members members_of(const Object* value) {
    Members list;
    if (!value || value->is_none()) return list;
    const auto* mapping = value->as<Mapping>();
    if (!mapping) throw Raised("TypeError", "defaults must be a dict");
    for (const auto& item : mapping->items) list.emplace_back(text_of(item.first), item.second);
    return list;
}

bool has_property(const ModelMeta& meta, const std::string& name) {
    return name == "pk" || meta.find(name) || models::find_relation(meta, name).field;
}

void check_names(const ModelMeta& meta, const Members& values) {
    std::vector<std::string> invalid;
    for (const auto& [name, value] : values) {
        if (!has_property(meta, name)) invalid.push_back(name);
    }
    if (invalid.empty()) return;
    std::sort(invalid.begin(), invalid.end());
    std::string names;
    for (const std::string& name : invalid) names += (names.empty() ? "'" : "', '") + name;
    throw models::FieldError("Invalid field name(s) for model " + meta.object_name + ": " + names + "'.");
}

Members lookups_of(const Arguments& a) {
    Members list;
    for (const auto& entry : a.named) {
        if (entry.first != "defaults" && entry.first != "create_defaults" && entry.first != "through_defaults") list.push_back(entry);
    }
    return list;
}

struct Found {
    Object object;
    bool made;
};

Found get_or_create(const Rows& rows, const Arguments& a, const Members& defaults, bool lock = false) {
    const Members lookups = lookups_of(a);
    Arguments conditions{"get", {}, {}};
    for (const auto& entry : lookups) conditions.named.push_back(entry);
    Rows there = rows->manager ? from_manager(rows) : rows;
    if (lock) there = there->then(there->query.select_for_update());
    try {
        return {get_row(there, conditions), false};
    } catch (const Raised& error) {
        if (!std::string_view(error.name()).ends_with(".DoesNotExist")) throw;
    }
    Members values;
    for (const auto& entry : lookups) {
        if (entry.first.find("__") == std::string::npos) values.push_back(entry);
    }
    for (const auto& entry : defaults) {
        std::erase_if(values, [&](const auto& known) { return known.first == entry.first; });
        Object value = entry.second;
        if (value.as<Callable>()) value = invoke(value, {});
        values.emplace_back(entry.first, value);
    }
    check_names(rows->meta(), values);
    try {
        Object made;
        db::run_atomic([&] { made = wrap(created(rows, values, through_defaults_of(a))); });
        return {made, true};
    } catch (const db::IntegrityError&) {
        try {
            return {get_row(there, conditions), false};
        } catch (const Raised&) {
            // nobody else made it: the first error says why
        }
        throw;
    }
}

Object get_or_create(const Rows& rows, const Arguments& a) {
    const Found found = get_or_create(rows, a, members_of(a.find(99, "defaults")));
    return tuple_of({found.object, Literal(found.made)});
}

Object update_or_create(const Rows& rows, const Arguments& a) {
    const Members defaults = members_of(a.find(99, "defaults"));
    const Object* for_create = a.find(99, "create_defaults");
    Object result;
    db::run_atomic([&] {
        const Found found = get_or_create(rows, a, for_create && !for_create->is_none() ? members_of(for_create) : defaults, true);
        result = tuple_of({found.object, Literal(found.made)});
        if (found.made) return;
        Members values;
        for (const auto& entry : defaults)
            values.emplace_back(entry.first, entry.second.as<Callable>() ? invoke(entry.second, {}) : entry.second);
        const Ref<Instance> instance(found.object.as<Instance>());
        set_members(instance, values);
        std::vector<Object> names;
        bool all_plain = true;
        for (const auto& entry : values) {
            const Field* field = rows->meta().find(entry.first);
            all_plain &= field && field->concrete() && !rows->meta().is_pk_column(*field);
            if (field) names.emplace_back(Literal(field->name));
        }
        for (const Field* field : rows->meta().columns()) {
            if (field->auto_now) names.emplace_back(Literal(field->name));
        }
        Arguments options{"save", {}, {}};
        if (all_plain) options.named.emplace_back("update_fields", list_of(std::move(names)));
        save_instance(instance, options);
    });
    return result;
}

std::vector<Ref<Instance>> instances_of(const Object& value, const ModelMeta& meta) {
    std::vector<Ref<Instance>> list;
    for (const Object& item : items_of(value)) {
        auto* instance = item.as<Instance>();
        if (!instance || &instance->meta() != &meta) throw Raised("TypeError", "expected instances of " + meta.object_name);
        list.emplace_back(instance);
        store_documents(list.back());
    }
    return list;
}

std::vector<Name> name_list(const Object* value) {
    std::vector<Name> names;
    if (value && !value->is_none()) {
        for (const Object& item : items_of(*value)) names.emplace_back(text_of(item));
    }
    return names;
}

std::int64_t batch_of(const Object* value) {
    if (!value || value->is_none()) return 0;
    const std::int64_t size = integer_of(*value);
    if (size <= 0) throw Raised("ValueError", "Batch size must be a positive integer.");
    return size;
}

Object bulk_create(const Rows& rows, const Arguments& a) {
    models::BulkCreateOptions options;
    options.batch_size = batch_of(a.find(1, "batch_size"));
    options.ignore_conflicts = a.flag(2, "ignore_conflicts");
    options.update_conflicts = a.flag(3, "update_conflicts");
    options.update_fields = name_list(a.find(4, "update_fields"));
    options.unique_fields = name_list(a.find(5, "unique_fields"));
    const std::vector<Ref<Instance>> list = instances_of(a.at(0, "objs"), rows->meta());
    std::vector<void*> objects;
    for (const Ref<Instance>& instance : list) objects.push_back(instance->object());
    models::bulk_create(rows->meta(), objects, options);
    std::vector<Object> result;
    for (const Ref<Instance>& instance : list) {
        instance->make_extras().adding = false;
        result.push_back(wrap(instance));
    }
    return list_of(std::move(result));
}

Object bulk_update(const Rows& rows, const Arguments& a) {
    const std::int64_t batch = batch_of(a.find(2, "batch_size"));
    const std::vector<Ref<Instance>> list = instances_of(a.at(0, "objs"), rows->meta());
    std::vector<void*> objects;
    for (const Ref<Instance>& instance : list) objects.push_back(instance->object());
    return Literal(models::bulk_update(rows->meta(), objects, name_list(&a.at(1, "fields")), batch));
}

struct Method {
    std::string_view name;
    Object (*call)(const Rows&, const Arguments&);
};

constexpr Method kMethods[] = {
    {"create", create},
    {"get_or_create", get_or_create},
    {"update_or_create", update_or_create},
    {"bulk_create", bulk_create},
    {"bulk_update", bulk_update},
    {"update", update},
    {"delete", delete_rows},
    {"_raw_delete", [](const Rows& rows, const Arguments&) { return Object(Literal(rows->query.raw_delete())); }},
};

}  // namespace

bool writing_method(const Rows& rows, std::string_view name, Object& found) {
    if (rows->manager && (name == "delete" || name == "_raw_delete")) return false;
    for (const Method& method : kMethods) {
        if (method.name != name) continue;
        found = callable(std::string(name), [rows, call = method.call](const Arguments& a) { return call(rows, a); });
        return true;
    }
    return false;
}

void save_instance(const Ref<Instance>& instance, const Arguments& a) {
    const ModelMeta& meta = instance->meta();
    store_documents(instance);
    models::SaveOptions options;
    options.force_insert = a.flag(0, "force_insert");
    options.force_update = a.flag(1, "force_update");
    const Object* fields = a.find(3, "update_fields");
    if (fields && !fields->is_none()) {
        options.update_fields = name_list(fields);
        if (options.update_fields.empty()) return;
    } else if (instance->extras() && !instance->extras()->deferred.empty() && !options.force_insert) {
        for (const Field* field : meta.columns()) {
            if (!instance->extras()->is_deferred(*field) && !meta.is_pk_column(*field)) options.update_fields.emplace_back(field->name);
        }
        if (options.update_fields.empty()) return;
    }
    std::string database;
    if (const Object* alias = a.find(2, "using"); alias && !alias->is_none())
        options.using_ = database = text_of(*alias);
    else if (const std::string_view own = models::instance_database(*instance); !own.empty())
        options.using_ = models::db_for_write(meta, own);
    options.adding = instance->extras() && instance->extras()->adding;
    try {
        models::save(meta, instance->object(), options);
    } catch (const models::NotUpdated& error) {
        throw Raised(meta.object_name + ".NotUpdated", error.message());
    }
    instance->make_extras().adding = false;
    if (!options.using_.empty()) instance->make_extras().database = options.using_ == "default" ? "" : options.using_;
}

Object delete_instance(const Ref<Instance>& instance, const Arguments& a) {
    const Literal key = instance->meta().pk().get(instance->object());
    if (key.is_null())
        throw Raised("ValueError", instance->meta().object_name + " object can't be deleted because its " +
                                       instance->meta().pk().attname + " attribute is set to None.");
    return deleted_object(models::delete_object(
        instance->meta(), instance->object(),
        {.using_ = models::db_for_write(instance->meta(), models::instance_database(*instance)), .keep_parents = a.flag(1, "keep_parents")}));
}

}  // namespace nuages::shell
