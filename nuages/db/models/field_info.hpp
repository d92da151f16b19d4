// What a model has, own columns and relations from others alike: Django's Model._meta.get_fields().
#pragma once

#include <nuages/db/models/meta.hpp>

#include <string>
#include <vector>

namespace nuages::db::models {

/// A field, or a relation that leads here, with Django's flags of fields.
struct FieldInfo {
    std::string name;               ///< in lookups
    const Field* field = nullptr;   ///< the field; of a relation that leads here the one on the other model
    const ModelMeta* model = nullptr;          ///< whose field it is
    const ModelMeta* related_model = nullptr;  ///< of a relation: the other one
    bool auto_created = false;  ///< made without a line in the model: keys, relations that lead here
    bool concrete = false;      ///< has a column
    bool hidden = false;        ///< a relation that leads here and has no accessor
    bool is_relation = false;
    bool many_to_many = false, many_to_one = false, one_to_many = false, one_to_one = false;
    bool reverse = false;  ///< a relation that leads here (Django: a ForeignObjectRel)
};

struct GetFieldsOptions {
    bool include_parents = true;  ///< also those of the tables that this one extends
    bool include_hidden = false;  ///< also relations that lead here and have no accessor
};

/// All fields of a model: relations that lead here, then its own in the order of declaration.
std::vector<FieldInfo> get_fields(const ModelMeta& meta, const GetFieldsOptions& options = {});

/// A field with its flags.
FieldInfo info_of(const Field& field);

}  // namespace nuages::db::models
