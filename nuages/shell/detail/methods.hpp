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
Object related_manager(const Ref<Instance>& owner, const models::RelationEnd& relation);
/// save() with the arguments of Model.save().
void save_instance(const Ref<Instance>& instance, const Arguments& arguments);
Object delete_instance(const Ref<Instance>& instance, const Arguments& arguments);
/// How unfetched relations are fetched by querysets that say nothing of it.
models::FetchMode default_fetch_mode();

}  // namespace nuages::shell
