#include <nuages/db/models/field_info.hpp>

namespace nuages::db::models {

namespace {

FieldInfo info_of(const ReverseRelation& relation, const ModelMeta& meta) {
    FieldInfo info;
    info.field = relation.field;
    info.hidden = relation.accessor.empty();
    info.name = relation.query_name.empty() ? relation.field->model->model_name : relation.query_name;
    info.model = &meta;
    info.related_model = relation.field->model;
    info.auto_created = info.is_relation = info.reverse = true;
    info.many_to_many = relation.field->kind == FieldKind::many_to_many;
    info.one_to_one = relation.field->kind == FieldKind::one_to_one;
    info.one_to_many = relation.field->kind == FieldKind::foreign_key;
    return info;
}

void append(std::vector<FieldInfo>& out, const ModelMeta& meta, const GetFieldsOptions& options, bool is_parent) {
    for (const Field* link : options.include_parents ? meta.parent_links() : std::vector<const Field*>())
        append(out, link->target(), options, true);
    if (meta.registry) {
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (is_parent && relation.field->relation.parent_link) continue;
            if (relation.accessor.empty() && !options.include_hidden) continue;
            out.push_back(info_of(relation, meta));
        }
    }
    for (const Field& field : meta.fields) {
        if (field.kind != FieldKind::reverse && !(is_parent && field.is_composite())) out.push_back(models::info_of(field));
    }
}

}  // namespace

FieldInfo info_of(const Field& field) {
    FieldInfo info;
    info.name = field.name;
    info.field = &field;
    info.model = field.model;
    info.auto_created = field.auto_created;
    info.concrete = field.concrete();
    info.is_relation = field.is_relation();
    if (info.is_relation) info.related_model = &field.target();
    info.many_to_many = field.kind == FieldKind::many_to_many;
    info.many_to_one = field.kind == FieldKind::foreign_key;
    info.one_to_one = field.kind == FieldKind::one_to_one;
    return info;
}

std::vector<FieldInfo> get_fields(const ModelMeta& meta, const GetFieldsOptions& options) {
    std::vector<FieldInfo> out;
    append(out, meta, options, false);
    return out;
}

}  // namespace nuages::db::models
