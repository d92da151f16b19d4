// Meta<Model>: what Django's inner class Meta says. A model has `static models::Meta<Article> meta()`.
//
// Every file that includes a model reads its meta(), so lists of names are turned into run-time ones as they are made:
// no std::vector of a type of each model.
#pragma once

#include <nuages/db/models/conditions.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/names.hpp>

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Names of M: {"-published_at", "title"}.
template <class M> struct MetaNames {
    std::vector<std::string> texts;
    MetaNames() noexcept {}  // written out: g++ 12 fails on a defaulted one in braces
    MetaNames(std::initializer_list<MetaName<M>> names) {
        for (const MetaName<M>& name : names) texts.emplace_back(name.text());
    }
};

/// Groups of names: {{"author", "slug"}}.
template <class M> struct MetaNameGroups {
    std::vector<std::vector<std::string>> groups;
    MetaNameGroups() noexcept {}
    MetaNameGroups(std::initializer_list<MetaNames<M>> names) {
        for (const MetaNames<M>& group : names) groups.push_back(group.texts);
    }
};

template <class M> struct MetaIndex {
    MetaNames<M> fields;         ///< "-name" for descending
    std::string_view name = {};  ///< empty: Django's name
};
template <class M> struct MetaIndexes {
    std::vector<Index> list;
    MetaIndexes() noexcept {}
    MetaIndexes(std::initializer_list<MetaIndex<M>> indexes) {
        for (const MetaIndex<M>& index : indexes) list.push_back({std::string(index.name), index.fields.texts, {}});
    }
};

/// Unique over `fields`, or a check of `condition`; both: unique where the condition holds.
template <class M> struct MetaConstraint {
    MetaNames<M> fields;
    std::string_view name;
    Q<M> condition = {};
};
template <class M> struct MetaConstraints {
    std::vector<Constraint> list;
    MetaConstraints() noexcept {}
    MetaConstraints(std::initializer_list<MetaConstraint<M>> constraints) {
        for (const MetaConstraint<M>& constraint : constraints) {
            list.push_back({std::string(constraint.name), constraint.fields.texts, {}});
            if (!constraint.condition.empty()) list.back().condition = constraint.condition.node;
        }
    }
};

template <class M> struct Meta {
    MetaNames<M> ordering = {};
    std::string_view db_table = {};
    std::string_view verbose_name = {};
    std::string_view verbose_name_plural = {};
    MetaIndexes<M> indexes = {};
    MetaNameGroups<M> unique_together = {};
    MetaConstraints<M> constraints = {};
    MetaNames<M> get_latest_by = {};  ///< for latest() and earliest(): {"-published_at"}
    std::string_view app_label = {};  ///< empty: the innermost namespace
    bool managed = true;
};

namespace detail {
template <class M> void apply_meta(ModelMeta& to) {
    if constexpr (requires { M::meta(); }) {
        Meta<M> from = M::meta();
        to.ordering = std::move(from.ordering.texts);
        to.db_table = from.db_table;
        to.verbose_name = from.verbose_name;
        to.verbose_name_plural = from.verbose_name_plural;
        to.indexes = std::move(from.indexes.list);
        to.unique_together = std::move(from.unique_together.groups);
        to.constraints = std::move(from.constraints.list);
        to.get_latest_by = std::move(from.get_latest_by.texts);
        if (!from.app_label.empty()) to.app_label = from.app_label;
        to.managed = from.managed;
    }
}
}  // namespace detail

}  // namespace nuages::db::models
