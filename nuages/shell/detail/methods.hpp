// Methods of querysets, managers and instances, by file.
#pragma once

#include <nuages/shell/detail/functions.hpp>
#include <nuages/shell/detail/values.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::shell {

Raised does_not_exist(const ModelMeta& meta);
Object get_row(const Ref<RowSet>& rows, const Arguments& arguments);
std::vector<std::string> queryset_names();

/// create(), update(), delete() and their kin (writing.cpp). False: no such method.
bool writing_method(const Ref<RowSet>& rows, std::string_view name, Object& found);
/// add(), remove(), set(), clear(), through of a related manager (managers.cpp).
bool related_method(const Ref<RowSet>& rows, std::string_view name, Object& found);
/// The queryset that a manager's method starts from.
Ref<RowSet> from_manager(const Ref<RowSet>& manager);
/// The manager of a relation of an object.
bool is_many_to_many(const RowSet& manager);
/// What the rows between two models get beside the keys: through_defaults={...}.
std::vector<models::Assignment> through_defaults_of(const Arguments& arguments);
Object related_manager(const Ref<Instance>& owner, const models::RelationEnd& relation);
/// `_meta`, a field of it, and the names that the former has.
Object options_of(const ModelMeta& meta);
Object field_object(const Field& field);
std::vector<std::string> option_names();
/// Documents that were changed in place become the values of their fields.
void store_documents(const Ref<Instance>& instance);
/// `__dict__` of an object: its fields that are loaded.
Object members_of(const Ref<Instance>& instance);
/// save() with the arguments of Model.save().
void save_instance(const Ref<Instance>& instance, const Arguments& arguments);
Object delete_instance(const Ref<Instance>& instance, const Arguments& arguments);
/// How unfetched relations are fetched by querysets that say nothing of it.
models::FetchMode default_fetch_mode();

}  // namespace nuages::shell
