// Objects in the language: their members, relations and methods, and what stands on model classes.
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/shell/detail/methods.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/interpreter.hpp>

#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/neighbours.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/validation.hpp>

#include <algorithm>

namespace nuages::shell {

namespace {

using Target = Ref<Instance>;

[[noreturn]] void wrong_assignment(const Field& field, const Object& value) {
    throw Raised("ValueError", "Cannot assign \"" + repr(value) + "\": \"" + field.model->object_name + "." + field.name +
                                   "\" must be a \"" + field.target().object_name + "\" instance.");
}

// A value as the field's members hold it.
Literal literal_for(const Field& field, const Object& value) {
    if (const auto* expression = value.as<Expression>()) return Literal::expression(expression->expr);
    const auto* sequence = value.as<Sequence>();
    if (field.kind == models::FieldKind::json && sequence && sequence->kind == Sequence::Kind::set)
        return to_literal(value);  // no JSON: clean_fields() and saving say so
    if (field.kind == models::FieldKind::json && !value.is_none() && !(value.is_literal() && value.literal().kind() == Literal::Kind::json))
        return Literal::json(to_json(value));
    return to_literal(value);
}

/// A document that was read: `b.meta["new"] = 5` changes it, and saving writes what it has become.
struct Document final : models::RelatedState {
    Object value;
    std::string text;  ///< what it was made from
    Document(Object read, std::string from) : RelatedState(Kind::list), value(std::move(read)), text(std::move(from)) {}
};

constexpr char kDocument = '\x01';  // begins the names of documents among an object's relations

Object document_of(const Target& instance, const Field& field, const Literal& value) {
    const std::string name = kDocument + field.name;
    auto& kept = instance->make_extras().relations;
    for (const auto& entry : kept) {
        const auto* document = entry.first == name ? dynamic_cast<const Document*>(entry.second.get()) : nullptr;
        if (document && document->text == value.text()) return document->value;
    }
    std::erase_if(kept, [&](const auto& entry) { return entry.first == name; });
    Object read = value_object(value);
    if (!read.is_literal()) kept.emplace_back(name, make_ref<Document>(read, value.text()));
    return read;
}

void assign_relation(const Target& instance, const Field& field, const Object& value) {
    if (value.is_none()) {
        instance->set_value(field, Literal());
        if (models::RelatedCache* cache = field.ops->related(field.member(instance->object()))) cache->reset();
        instance->make_extras().relations.emplace_back(field.name, Ref<models::RelatedState>());
        return;
    }
    auto* other = value.as<Instance>();
    if (!other || &other->meta() != &field.target()) wrong_assignment(field, value);
    instance->set_value(field, other->value(field.target_field()));
    if (models::RelatedCache* cache = field.ops->related(field.member(instance->object()))) cache->set(Target(other));
}

void assign_member(const Target& instance, const std::string& name, const Object& value, bool constructing) {
    const ModelMeta& meta = instance->meta();
    const Field* field = name == "pk" ? &meta.pk() : meta.find(name);
    if (field && field->is_foreign_key() && field->name == name) return assign_relation(instance, *field, value);
    if (field && (field->concrete() || field->is_composite())) {
        if (field->is_composite() && value.is_none()) {
            for (const Field* part : meta.pk_columns()) instance->set_value(*part, Literal());
            return;
        }
        return instance->set_value(*field, literal_for(*field, value));
    }
    const models::RelationEnd relation = models::find_relation(meta, name);
    if (relation.field && relation.to_many()) {
        const bool set = relation.field->kind == models::FieldKind::many_to_many;
        throw Raised("TypeError", std::string("Direct assignment to the ") + (relation.backward ? "reverse" : "forward") + " side of a " +
                                      (set ? "many-to-many" : "related") + " set is prohibited. Use " + name + ".set() instead.");
    }
    if (relation.field && relation.backward) {
        auto* other = value.as<Instance>();
        if (!value.is_none() && (!other || &other->meta() != relation.field->model))
            throw Raised("ValueError", "Cannot assign \"" + repr(value) + "\": \"" + meta.object_name + "." + name + "\" must be a \"" +
                                           relation.field->model->object_name + "\" instance.");
        if (other) {
            assign_relation(Target(other), *relation.field, Object(instance));
            auto& kept = instance->make_extras().relations;
            std::erase_if(kept, [&](const auto& entry) { return entry.first == name; });
            kept.emplace_back(name, Target(other));
        }
        return;
    }
    if (constructing)
        throw Raised("TypeError", meta.object_name + "() got unexpected keyword arguments: '" + name + "'");
    auto& annotations = instance->make_extras().annotations;
    std::erase_if(annotations, [&](const auto& entry) { return entry.first == name; });
    annotations.emplace_back(name, to_literal(value));
}

Object display(const Target& instance, std::string_view name) {
    for (const Field& field : instance->meta().fields) {
        if (field.choices.empty() || name != "get_" + field.name + "_display") continue;
        return callable(std::string(name), [instance, &field](const Arguments&) {
            const Literal value = instance->value(field);
            for (const models::Choice& choice : field.choices) {
                if (choice.value == value) return Object(Literal(choice.label));
            }
            return Object(value);
        });
    }
    return {};
}

Object neighbour(const Target& instance, const Field& field, bool next, const Arguments& a) {
    instance->value(field);  // it may have been deferred
    Query rows = models::neighbours(instance->meta(), instance->object(), field.name, next);
    if (!a.named.empty()) rows = rows.filter(conditions_of(a));
    const std::vector<Ref<Instance>> found = rows.fetch_mode(default_fetch_mode()).slice(0, 1).instances();
    if (found.empty()) throw does_not_exist(instance->meta());
    return wrap(found.front());
}

Object neighbours(const Target& instance, std::string_view name) {
    for (const Field& field : instance->meta().fields) {
        const bool next = name == "get_next_by_" + field.name, previous = name == "get_previous_by_" + field.name;
        const bool dated = field.kind == models::FieldKind::date || field.kind == models::FieldKind::date_time;
        if ((next || previous) && dated && !field.null)
            return callable(std::string(name), [instance, &field, next](const Arguments& a) { return neighbour(instance, field, next, a); });
    }
    return {};
}

void refresh(const Target& instance, const Arguments& a) {
    const ModelMeta& meta = instance->meta();
    std::vector<Name> names;
    const Object* fields = a.find(1, "fields");
    const bool named = fields && !fields->is_none();
    if (named) {
        for (const Object& value : items_of(*fields)) names.emplace_back(text_of(value));
        for (const Name& name : names) meta.field(name);
        if (names.empty()) return;
    } else if (instance->extras() && !instance->extras()->deferred.empty()) {
        for (const Field* field : meta.columns()) {
            if (!instance->extras()->is_deferred(*field)) names.emplace_back(field->attname);
        }
    }
    const Object* from = a.find(2, "from_queryset");
    const auto* rows = from ? from->as<RowSet>() : nullptr;
    try {
        models::refresh(meta, instance->object(), names, {}, rows ? &rows->query : nullptr);
    } catch (const ObjectDoesNotExist&) {
        throw does_not_exist(meta);
    }
    if (!instance->extras()) return;
    models::InstanceExtras& extras = instance->make_extras();
    extras.adding = false;
    for (const Name& name : names) std::erase(extras.deferred, meta.find(name));
    if (!named) extras.relations.clear();
}

models::CleanOptions clean_options(const Target& instance, const Arguments& a) {
    store_documents(instance);
    models::CleanOptions options;
    if (const Object* exclude = a.find(0, "exclude"); exclude && !exclude->is_none()) {
        for (const Object& name : items_of(*exclude)) options.exclude.insert(text_of(name));
    }
    options.validate_unique = a.flag(1, "validate_unique", true);
    options.validate_constraints = a.flag(2, "validate_constraints", true);
    if (instance->extras()) options.adding = instance->extras()->adding;
    return options;
}

Object deferred_fields(const Target& instance) {
    auto names = make_ref<Sequence>(Sequence::Kind::set);
    if (instance->extras()) {
        for (const Field* field : instance->extras()->deferred) names->items.emplace_back(Literal(field->attname));
    }
    return names;
}

struct Method {
    std::string_view name;
    Object (*call)(const Target&, const Arguments&);
};

constexpr Method kMethods[] = {
    {"save", [](const Target& t, const Arguments& a) { return save_instance(t, a), Object(); }},
    {"delete", delete_instance},
    {"refresh_from_db", [](const Target& t, const Arguments& a) { return refresh(t, a), Object(); }},
    {"full_clean", [](const Target& t, const Arguments& a) {
         return models::full_clean(t->meta(), t->object(), clean_options(t, a)), Object();
     }},
    {"clean_fields", [](const Target& t, const Arguments& a) {
         return models::clean_fields(t->meta(), t->object(), clean_options(t, a)), Object();
     }},
    {"validate_unique", [](const Target& t, const Arguments& a) {
         return models::validate_unique(t->meta(), t->object(), clean_options(t, a)), Object();
     }},
    {"validate_constraints", [](const Target& t, const Arguments& a) {
         return models::validate_constraints(t->meta(), t->object(), clean_options(t, a)), Object();
     }},
    {"clean", [](const Target&, const Arguments&) { return Object(); }},
    {"serializable_value", [](const Target& t, const Arguments& a) {
         const Field* field = t->meta().find(text_of(a.at(0, "field_name")));
         return attribute(t, field ? std::string_view(field->attname) : std::string_view(text_of(a.at(0, "field_name"))));
     }},
    {"get_deferred_fields", [](const Target& t, const Arguments&) { return deferred_fields(t); }},
    {"__str__", [](const Target& t, const Arguments&) { return Object(Literal(t->meta().ops->str(t->meta(), t->object()))); }},
    {"__repr__", [](const Target& t, const Arguments&) { return Object(Literal(repr(Object(t)))); }},
};

Object relation_value(const Target& instance, const models::RelationEnd& relation) {
    if (relation.to_many()) return related_manager(instance, relation);
    Target other;
    try {
        other = models::related_instance(*instance, relation);
    } catch (const ObjectDoesNotExist&) {
        throw does_not_exist(relation.target());
    }
    if (other) return wrap(other);
    if (relation.backward)
        throw Raised(instance->meta().object_name + "." + relation.accessor + ".RelatedObjectDoesNotExist",
                     instance->meta().object_name + " has no " + relation.accessor + ".");
    if (!relation.field->null)
        throw Raised(instance->meta().object_name + "." + relation.field->name + ".RelatedObjectDoesNotExist",
                     instance->meta().object_name + " has no " + relation.field->name + ".");
    return {};
}

}  // namespace

Object instance_attribute(const Target& instance, std::string_view name) {
    const ModelMeta& meta = instance->meta();
    if (instance->extras()) {
        for (const auto& entry : instance->extras()->annotations) {
            if (entry.first == name) return value_object(entry.second);
        }
    }
    if (name == "pk") return value_object(meta.pk().get(instance->object()));
    const Field* field = meta.find(name);
    if (field && (field->concrete() || field->is_composite()) && !(field->is_foreign_key() && field->name == name)) {
        const Literal value = instance->value(*field);
        if (value.kind() == Literal::Kind::expression) {
            const RefCounted* tree = value.tree();
            if (!tree) return Object();
            return make_ref<Expression>(Expr(static_cast<const models::Expression*>(tree)), "CombinedExpression");
        }
        if (field->kind == models::FieldKind::json && value.kind() == Literal::Kind::json) return document_of(instance, *field, value);
        return value_object(value);
    }
    for (const Method& method : kMethods) {
        if (method.name == name)
            return callable(std::string(name), [instance, call = method.call](const Arguments& a) { return call(instance, a); });
    }
    if (const models::RelationEnd relation = models::find_relation(meta, name); relation.field) return relation_value(instance, relation);
    if (instance->extras()) {  // Prefetch(to_attr=...)
        for (const auto& entry : instance->extras()->relations) {
            if (entry.first != name) continue;
            if (auto* one = dynamic_cast<Instance*>(entry.second.get())) return wrap(Target(one));
            std::vector<Object> items;
            if (auto* list = dynamic_cast<models::InstanceList*>(entry.second.get())) {
                for (const Target& item : list->items) items.push_back(wrap(item));
                return list_of(std::move(items));
            }
            return {};
        }
    }
    if (Object found = display(instance, name); !found.is_none()) return found;
    if (Object found = neighbours(instance, name); !found.is_none()) return found;
    if (name == "_state") return make_ref<InstanceState>(instance);
    if (name == "_meta") return options_of(meta);
    if (name == "__class__") return make_ref<ModelClass>(meta);
    if (name == "__dict__") return members_of(instance);
    if (name == "DoesNotExist" || name == "MultipleObjectsReturned") return model_attribute(meta, name);
    no_attribute(instance, name);
}

void store_documents(const Target& instance) {
    if (!instance->extras()) return;
    for (const auto& entry : instance->extras()->relations) {
        if (entry.first.empty() || entry.first.front() != kDocument) continue;
        const Field& field = instance->meta().field(std::string_view(entry.first).substr(1));
        auto& document = dynamic_cast<Document&>(*entry.second);
        const Literal now = instance->value(field);
        if (now.kind() != Literal::Kind::json || now.text() != document.text) continue;  // it was set anew meanwhile
        const std::string text = to_json(document.value);
        if (text == to_json(value_object(now))) continue;
        document.text = text;
        instance->set_value(field, Literal::json(text));
    }
}

Object members_of(const Target& instance) {
    auto members = make_ref<Mapping>();
    members->items.emplace_back(Literal("_state"), make_ref<InstanceState>(instance));
    for (const Field* field : instance->meta().columns()) {
        if (instance->extras() && instance->extras()->is_deferred(*field)) continue;
        members->items.emplace_back(Literal(field->attname), instance_attribute(instance, field->attname));
    }
    return members;
}

void set_instance_attribute(const Target& instance, std::string_view name, const Object& value) {
    assign_member(instance, std::string(name), value, false);
}

void set_members(const Target& instance, const std::vector<std::pair<std::string, Object>>& values) {
    for (const auto& [name, value] : values) assign_member(instance, name, value, false);
}

Ref<Instance> make_instance(const ModelMeta& meta, const Arguments& a) {
    Ref<Instance> instance = Instance::create(meta);
    instance->make_extras().adding = true;
    models::initialize(meta, instance->object());
    if (a.positional.size() > meta.columns().size()) throw Raised("IndexError", "Number of args exceeds number of fields");
    for (std::size_t i = 0; i < a.positional.size(); ++i) assign_member(instance, meta.columns()[i]->attname, a.positional[i], true);
    for (const auto& [name, value] : a.named) {
        const Field* field = name == "pk" ? &meta.pk() : meta.find(name);
        for (std::size_t i = 0; field && i < a.positional.size(); ++i) {
            if (meta.columns()[i] == field)
                throw Raised("TypeError", meta.object_name + "() got both positional and keyword arguments for field '" + field->name + "'.");
        }
        assign_member(instance, name, value, true);
    }
    return instance;
}

Object InstanceState::get(std::string_view name) const {
    const models::InstanceExtras* extras = instance->extras();
    if (name == "adding") return Literal(extras && extras->adding);
    if (name == "db") return extras && extras->adding ? Object() : Object(Literal("default"));
    throw Raised("AttributeError", "'ModelState' object has no attribute '" + std::string(name) + "'");
}

void InstanceState::set(std::string_view name, const Object& value) {
    if (name == "adding") instance->make_extras().adding = truthy(value);
}

namespace {

// Model.from_db(db, field_names, values): an object as if it had been read; fields that are not named are deferred.
Object from_database(const ModelMeta& meta, const Arguments& a) {
    const std::vector<Object> names = items_of(a.at(1, "field_names")), values = items_of(a.at(2, "values"));
    if (names.size() != values.size()) throw Raised("ValueError", "from_db() takes as many values as names.");
    Ref<Instance> instance = Instance::create(meta);
    models::InstanceExtras& extras = instance->make_extras();
    for (const Field* field : meta.columns()) {
        std::size_t at = 0;
        while (at < names.size() && text_of(names[at]) != field->attname && text_of(names[at]) != field->name) ++at;
        if (at < names.size())
            field->set(instance->object(), literal_for(*field, values[at]));
        else
            extras.deferred.push_back(field);
    }
    extras.adding = false;
    const std::string database = a.at(0, "db").is_none() ? "default" : text_of(a.at(0, "db"));
    if (database != "default") extras.database = database;
    return wrap(instance);
}

}  // namespace

Object model_attribute(const ModelMeta& meta, std::string_view name) {
    if (name == "from_db") return callable("from_db", [&meta](const Arguments& a) { return from_database(meta, a); });
    if (name == "objects" || name == "_default_manager" || name == "_base_manager") {
        auto manager = make_ref<RowSet>(Query(meta).fetch_mode(default_fetch_mode()));
        manager->manager = true;
        return manager;
    }
    if (name == "DoesNotExist" || name == "MultipleObjectsReturned" || name == "NotUpdated")
        return make_ref<ExceptionClass>(meta.object_name + "." + std::string(name));
    if (name == "_meta") return options_of(meta);
    if (name == "__name__") return Literal(meta.object_name);
    if (const models::RelationEnd relation = models::find_relation(meta, name); relation.field && relation.field->kind == models::FieldKind::many_to_many)
        return make_ref<Namespace>("ManyToManyDescriptor", [&field = *relation.field](std::string_view inner) -> Object {
            if (inner == "through") return make_ref<ModelClass>(field.model->through(field));
            throw Raised("AttributeError", "'ManyToManyDescriptor' object has no attribute '" + std::string(inner) + "'");
        });
    throw Raised("AttributeError", "type object '" + meta.object_name + "' has no attribute '" + std::string(name) + "'");
}

std::vector<std::string> Interpreter::attributes(const Object& value) {
    std::vector<std::string> names;
    if (value.as<RowSet>()) {
        names = queryset_names();
        for (const char* name : {"create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "update", "delete"}) names.emplace_back(name);
    } else if (const auto* module = value.as<Namespace>(); module && module->name == "Options") {
        names = option_names();
    } else if (value.as<ModelClass>()) {
        names = {"objects", "DoesNotExist", "MultipleObjectsReturned", "NotUpdated", "_meta"};
    } else if (const auto* instance = value.as<Instance>()) {
        for (const Field& field : instance->meta().fields) names.push_back(field.name);
        for (const Method& method : kMethods) names.emplace_back(method.name);
        if (instance->meta().registry) {
            for (const models::ReverseRelation& relation : instance->meta().registry->relations_to(instance->meta())) {
                if (!relation.accessor.empty()) names.push_back(relation.accessor);
            }
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace nuages::shell
