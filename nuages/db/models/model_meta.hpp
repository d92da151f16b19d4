// Meta<Model>: what Django's inner class Meta says. A model has `static models::Meta<Article> meta()`.
#pragma once

#include <nuages/db/models/conditions.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/names.hpp>

#include <string_view>
#include <vector>

namespace nuages::db::models {

template <class M> struct MetaIndex {
    std::vector<MetaName<M>> fields;  ///< "-name" for descending
    std::string_view name = {};       ///< empty: Django's name
};

/// Unique over `fields`, or a check of `condition`; both: unique where the condition holds.
template <class M> struct MetaConstraint {
    std::vector<MetaName<M>> fields = {};
    std::string_view name;
    Q<M> condition = {};
};

template <class M> struct Meta {
    std::vector<MetaName<M>> ordering = {};
    std::string_view db_table = {};
    std::string_view verbose_name = {};
    std::string_view verbose_name_plural = {};
    std::vector<MetaIndex<M>> indexes = {};
    std::vector<std::vector<MetaName<M>>> unique_together = {};
    std::vector<MetaConstraint<M>> constraints = {};
    std::string_view get_latest_by = {};
    std::string_view app_label = {};  ///< empty: the innermost namespace
    bool managed = true;
};

namespace detail {
template <class M> std::vector<std::string> texts(const std::vector<MetaName<M>>& names) {
    std::vector<std::string> list;
    for (const MetaName<M>& name : names) list.emplace_back(name.text());
    return list;
}

template <class M> void apply_meta(ModelMeta& to) {
    if constexpr (requires { M::meta(); }) {
        const Meta<M> from = M::meta();
        to.ordering = texts(from.ordering);
        to.db_table = from.db_table;
        to.verbose_name = from.verbose_name;
        to.verbose_name_plural = from.verbose_name_plural;
        for (const auto& index : from.indexes) to.indexes.push_back({std::string(index.name), texts(index.fields), {}});
        for (const auto& names : from.unique_together) to.unique_together.push_back(texts(names));
        for (const auto& constraint : from.constraints) {
            to.constraints.push_back({std::string(constraint.name), texts(constraint.fields), {}});
            if (!constraint.condition.empty()) to.constraints.back().condition = constraint.condition.node;
        }
        if (!from.get_latest_by.empty()) to.get_latest_by = {std::string(from.get_latest_by)};
        if (!from.app_label.empty()) to.app_label = from.app_label;
        to.managed = from.managed;
    }
}
}  // namespace detail

}  // namespace nuages::db::models
