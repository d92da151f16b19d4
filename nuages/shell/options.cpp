// `Model._meta` and its fields: Django's API of what a model is made of.
#include <nuages/shell/detail/methods.hpp>
#include <nuages/shell/detail/operators.hpp>

#include <nuages/db/models/detail/peers.hpp>

#include <algorithm>

namespace nuages::shell {

namespace {

using models::FieldKind;

[[noreturn]] void unknown(std::string_view type, std::string_view name) {
    throw Raised("AttributeError", "'" + std::string(type) + "' object has no attribute '" + std::string(name) + "'");
}

Object texts(const std::vector<std::string>& list) {
    std::vector<Object> items;
    for (const std::string& text : list) items.emplace_back(Literal(text));
    return list_of(std::move(items));
}

Object or_none(const std::string& text) { return text.empty() ? Object() : Object(Literal(text)); }

Object choices_of(const Field& field) {
    if (field.choices.empty()) return {};
    std::vector<Object> pairs;
    for (const models::Choice& choice : field.choices) pairs.push_back(tuple_of({value_object(choice.value), Literal(choice.label)}));
    return list_of(std::move(pairs));
}

Object default_of(const Field& field) {
    if (field.default_call) return value_object(field.default_call());
    return field.has_default ? value_object(field.default_value) : Object();
}

/// What forward and reverse relations say alike.
bool relation_flag(std::string_view name, const Field* relation, bool backward, Object& found) {
    const FieldKind kind = relation ? relation->kind : FieldKind::char_;
    if (name == "is_relation") return found = Literal(relation != nullptr), true;
    if (name == "many_to_many") return found = relation ? Object(Literal(kind == FieldKind::many_to_many)) : Object(), true;
    if (name == "one_to_one") return found = relation ? Object(Literal(kind == FieldKind::one_to_one)) : Object(), true;
    if (name == "many_to_one") return found = relation ? Object(Literal(kind == FieldKind::foreign_key && !backward)) : Object(), true;
    if (name == "one_to_many") return found = relation ? Object(Literal(kind == FieldKind::foreign_key && backward)) : Object(), true;
    return false;
}

Object field_attribute(const Field& field, std::string_view name) {
    Object found;
    if (relation_flag(name, field.is_relation() ? &field : nullptr, false, found)) return found;
    if (name == "name") return Literal(field.name);
    if (name == "attname") return Literal(field.attname);
    if (name == "column") return field.concrete() ? Object(Literal(field.column)) : Object();
    if (name == "verbose_name") return Literal(field.verbose_name);
    if (name == "help_text") return Literal(field.help_text);
    if (name == "model") return make_ref<ModelClass>(*field.model);
    if (name == "null") return Literal(field.null);
    if (name == "blank") return Literal(field.blank);
    if (name == "unique") return Literal(field.has_unique());
    if (name == "primary_key") return Literal(field.primary_key);
    if (name == "db_index") return Literal(field.has_index());
    if (name == "editable") return Literal(field.editable);
    if (name == "auto_created") return Literal(field.auto_created);
    if (name == "concrete") return Literal(field.concrete());
    if (name == "hidden") return Literal(false);
    if (name == "generated") return Literal(field.is_generated());
    if (name == "auto_now") return Literal(field.auto_now);
    if (name == "auto_now_add") return Literal(field.auto_now_add);
    if (name == "max_length") return field.max_length ? Object(Literal(field.max_length)) : Object();
    if (name == "max_digits") return field.max_digits ? Object(Literal(field.max_digits)) : Object();
    if (name == "decimal_places") return field.max_digits ? Object(Literal(field.decimal_places)) : Object();
    if (name == "db_column") return field.column == field.attname ? Object() : Object(Literal(field.column));
    if (name == "db_comment") return or_none(field.db_comment);
    if (name == "choices" || name == "flatchoices") return choices_of(field);
    if (name == "default") return default_of(field);
    if (name == "related_model") return field.is_relation() ? Object(make_ref<ModelClass>(field.target())) : Object();
    if (name == "target_field" && field.is_foreign_key()) return field_object(field.target_field());
    if (name == "has_default") return callable("has_default", [&field](const Arguments&) { return Object(Literal(field.has_default)); });
    if (name == "get_default") return callable("get_default", [&field](const Arguments&) { return default_of(field); });
    if (name == "get_internal_type")
        return callable("get_internal_type", [&field](const Arguments&) { return Object(Literal(models::field_class_name(field))); });
    if (name == "value_from_object")
        return callable("value_from_object", [&field](const Arguments& a) -> Object {
            auto* instance = a.at(0, "obj").as<Instance>();
            if (!instance) throw Raised("TypeError", "value_from_object() takes an object of a model.");
            return value_object(instance->value(field));
        });
    unknown(models::field_class_name(field), name);
}

Object reverse_attribute(const models::ReverseRelation& relation, std::string_view name) {
    Object found;
    if (relation_flag(name, relation.field, true, found)) return found;
    if (name == "name") return Literal(relation.query_name);
    if (name == "related_model") return make_ref<ModelClass>(relation.model());
    if (name == "model") return make_ref<ModelClass>(relation.field->target());
    if (name == "field" || name == "remote_field") return field_object(*relation.field);
    if (name == "auto_created") return Literal(true);
    if (name == "concrete") return Literal(false);
    if (name == "hidden") return Literal(relation.accessor.empty());
    if (name == "related_name") return or_none(relation.field->relation.related_name);
    if (name == "get_accessor_name")
        return callable("get_accessor_name", [&relation](const Arguments&) { return or_none(relation.accessor); });
    unknown("ForeignObjectRel", name);
}

Object reverse_object(const models::ReverseRelation& relation) {
    return make_ref<Namespace>("Rel", [&relation](std::string_view name) -> Object {
        if (name == "__repr__") {
            const char* kind = relation.field->kind == FieldKind::many_to_many ? "ManyToManyRel"
                               : relation.field->kind == FieldKind::one_to_one ? "OneToOneRel"
                                                                               : "ManyToOneRel";
            return Literal("<" + std::string(kind) + ": " + relation.model().app_label + "." + relation.model().model_name + ">");
        }
        return reverse_attribute(relation, name);
    });
}

// Visible relations to the model, then its own fields: the order of Django's get_fields().
std::vector<Object> all_fields(const ModelMeta& meta, bool hidden) {
    std::vector<Object> fields;
    if (meta.registry) {
        for (const models::ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (hidden || !relation.query_name.empty()) fields.push_back(reverse_object(relation));
        }
    }
    for (const Field& field : meta.fields) {
        if (field.kind != FieldKind::many_to_many && field.kind != FieldKind::reverse) fields.push_back(field_object(field));
    }
    for (const Field* field : meta.many_to_many()) fields.push_back(field_object(*field));
    return fields;
}

Object field_named(const ModelMeta& meta, const std::string& name) {
    if (const Field* field = meta.find(name); field && field->kind != FieldKind::reverse && name != "pk") return field_object(*field);
    if (meta.registry) {
        for (const models::ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (relation.query_name == name) return reverse_object(relation);
        }
    }
    throw models::FieldDoesNotExist(meta.object_name + " has no field named " + models::repr(Literal(name)));
}

Object option(const ModelMeta& meta, std::string_view name) {
    if (name == "db_table") return Literal(meta.db_table);
    if (name == "label") return Literal(meta.label());
    if (name == "label_lower") return Literal(meta.app_label + "." + meta.model_name);
    if (name == "app_label") return Literal(meta.app_label);
    if (name == "model_name") return Literal(meta.model_name);
    if (name == "object_name") return Literal(meta.object_name);
    if (name == "verbose_name") return Literal(meta.verbose_name);
    if (name == "verbose_name_plural") return Literal(meta.verbose_name_plural);
    if (name == "ordering") return texts(meta.ordering);
    if (name == "get_latest_by") return meta.get_latest_by.size() == 1 ? Object(Literal(meta.get_latest_by.front())) : meta.get_latest_by.empty() ? Object() : texts(meta.get_latest_by);
    if (name == "managed") return Literal(meta.managed);
    if (name == "auto_created") return Literal(meta.auto_created);
    if (name == "db_table_comment") return Literal(meta.db_table_comment);
    if (name == "default_permissions") return texts(meta.default_permissions);
    if (name == "default_related_name") return or_none(meta.default_related_name);
    if (name == "order_with_respect_to") return or_none(meta.order_with_respect_to);
    if (name == "model" || name == "concrete_model") return make_ref<ModelClass>(meta);
    if (name == "pk") return field_object(meta.pk());
    if (name == "pk_fields") {
        std::vector<Object> parts;
        for (const Field* part : meta.pk_columns()) parts.push_back(field_object(*part));
        return list_of(std::move(parts));
    }
    if (name == "fields" || name == "concrete_fields" || name == "local_fields" || name == "many_to_many") {
        std::vector<Object> fields;
        for (const Field* field : name == "many_to_many" ? meta.many_to_many() : meta.columns()) fields.push_back(field_object(*field));
        return list_of(std::move(fields));
    }
    if (name == "related_objects") {
        std::vector<Object> relations;
        if (meta.registry) {
            for (const models::ReverseRelation& relation : meta.registry->relations_to(meta)) {
                if (!relation.query_name.empty()) relations.push_back(reverse_object(relation));
            }
        }
        return list_of(std::move(relations));
    }
    if (name == "unique_together") {
        std::vector<Object> groups;
        for (const std::vector<std::string>& group : meta.unique_together) groups.push_back(tuple_of(items_of(texts(group))));
        return list_of(std::move(groups));
    }
    if (name == "get_fields")
        return callable("get_fields", [&meta](const Arguments& a) { return list_of(all_fields(meta, a.flag(1, "include_hidden"))); });
    if (name == "get_field")
        return callable("get_field", [&meta](const Arguments& a) { return field_named(meta, text_of(a.at(0, "field_name"))); });
    unknown("Options", name);
}

}  // namespace

Object field_object(const Field& field) {
    return make_ref<Namespace>("Field", [&field](std::string_view name) -> Object {
        if (name == "__repr__" || name == "__str__") {
            const std::string label = field.model->label() + "." + field.name;
            if (name == "__str__") return Literal(label);
            const std::string_view type = models::field_class_name(field);
            const char* place = field.is_relation() ? "django.db.models.fields.related." : "django.db.models.fields.";
            return Literal("<" + (field.type ? "" : std::string(place)) + std::string(type) + ": " + field.name + ">");
        }
        return field_attribute(field, name);
    });
}

Object options_of(const ModelMeta& meta) {
    return make_ref<Namespace>("Options", [&meta](std::string_view name) -> Object {
        if (name == "__repr__") return Literal("<Options for " + meta.object_name + ">");
        return option(meta, name);
    });
}

std::vector<std::string> option_names() {
    return {"app_label", "concrete_fields", "db_table", "fields", "get_field", "get_fields", "label", "label_lower", "managed", "many_to_many",
            "model", "model_name", "object_name", "ordering", "pk", "related_objects", "unique_together", "verbose_name", "verbose_name_plural"};
}

}  // namespace nuages::shell
