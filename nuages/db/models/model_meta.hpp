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

namespace detail {
template <class E>
concept HasExpression = requires(const E& e) { e.expr(); };
}  // namespace detail

/// An expression over the columns of M: Lower("title"_f).
template <class M> struct MetaExpression {
    OrderBy by;
    template <detail::HasExpression E> MetaExpression(const E& from) : by(Expr(from.expr())) {
        (void)sizeof(typename decltype(detail::expression_check<detail::Scope<M>, E>())::valid);
    }
    /// "views"_f.desc().
    template <class E> MetaExpression(const Ordering<E>& ordering) : by(ordering.by) {
        (void)sizeof(typename decltype(detail::expression_check<detail::Scope<M>, E>())::valid);
    }
};
template <class M> struct MetaExpressions {
    std::vector<OrderBy> list;
    MetaExpressions() noexcept {}
    MetaExpressions(std::initializer_list<MetaExpression<M>> expressions) {
        for (const MetaExpression<M>& entry : expressions) list.push_back(entry.by);
    }
};

// Members without an initializer: g++ 12 fails on `= {}` there.
template <class M> struct MetaIndex {
    MetaNames<M> fields;    ///< "-name" for descending
    std::string_view name = {};  ///< empty: Django's name
    MetaExpressions<M> expressions;  ///< instead of fields: Lower("title"_f)
    Q<M> condition;         ///< only the rows where it holds
    MetaNames<M> include;   ///< further columns that the index holds, where the database can (PostgreSQL)
    std::vector<std::string> opclasses;  ///< PostgreSQL's operator classes, one per field
    std::string_view db_tablespace = {};
    IndexMethod method;  ///< PostgreSQL's: postgres::GinIndex()
};
template <class M> struct MetaIndexes {
    std::vector<Index> list;
    MetaIndexes() noexcept {}
    MetaIndexes(std::initializer_list<MetaIndex<M>> indexes) {
        for (const MetaIndex<M>& index : indexes) {
            list.push_back({std::string(index.name), index.fields.texts, {}, index.expressions.list, index.include.texts,
                            index.opclasses, std::string(index.db_tablespace), index.method});
            if (!index.condition.empty()) list.back().condition = index.condition.node;
        }
    }
};

/// Two rows that may not both have it: {"nights"_f, "&&"}.
template <class M> struct MetaExclusion {
    MetaExpression<M> expression;
    std::string_view with;  ///< the operator
};

/// Unique over `fields`, or a check of `condition`; both: unique where the condition holds.
template <class M> struct MetaConstraint {
    MetaNames<M> fields;
    std::string_view name;
    Q<M> condition;
    MetaExpressions<M> expressions;  ///< instead of fields: unique over Lower("title"_f)
    Constraint::Deferrable deferrable = Constraint::Deferrable::no;  ///< checked at the end of the transaction (PostgreSQL)
    std::optional<bool> nulls_distinct = {};  ///< false: two rows with NULL conflict (PostgreSQL 15)
    MetaNames<M> include;
    std::vector<std::string> opclasses;
    std::string_view violation_error_code = {}, violation_error_message = {};  ///< what full_clean() says
    std::vector<MetaExclusion<M>> exclude;  ///< no two rows for which all these operators hold (PostgreSQL)
    std::string_view index_type = "GIST";   ///< with exclude; or "SPGIST"
};
template <class M> struct MetaConstraints {
    std::vector<Constraint> list;
    MetaConstraints() noexcept {}
    MetaConstraints(std::initializer_list<MetaConstraint<M>> constraints) {
        for (const MetaConstraint<M>& constraint : constraints) {
            list.push_back({std::string(constraint.name), constraint.fields.texts, {}, constraint.expressions.list,
                            constraint.include.texts, constraint.opclasses, constraint.deferrable,
                            constraint.nulls_distinct, std::string(constraint.violation_error_code),
                            std::string(constraint.violation_error_message)});
            if (!constraint.condition.empty()) list.back().condition = constraint.condition.node;
            for (const MetaExclusion<M>& each : constraint.exclude) {
                list.back().expressions.push_back(each.expression.by);
                list.back().operators.emplace_back(each.with);
                list.back().index_type = constraint.index_type;
            }
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
    std::string_view default_related_name = {};   ///< of this model's foreign keys, on the other side
    std::string_view order_with_respect_to = {};  ///< a foreign key: see ModelMeta
    std::string_view db_table_comment = {};
    std::string_view db_tablespace = {};
    bool select_on_save = false;
    std::vector<std::string> default_permissions = all_permissions();
    std::vector<std::pair<std::string, std::string>> permissions = {};  ///< codename and name
    MetaNames<M> natural_key = {};  ///< fields that tell an object without its key, in fixtures
    std::vector<std::string> required_db_features = {};
    std::string_view required_db_vendor = {};
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
        to.default_related_name = from.default_related_name;
        to.order_with_respect_to = from.order_with_respect_to;
        to.db_table_comment = from.db_table_comment;
        to.db_tablespace = from.db_tablespace;
        to.select_on_save = from.select_on_save;
        to.default_permissions = std::move(from.default_permissions);
        to.permissions = std::move(from.permissions);
        to.natural_key = std::move(from.natural_key.texts);
        to.required_db_features = std::move(from.required_db_features);
        to.required_db_vendor = from.required_db_vendor;
    }
}
}  // namespace detail

}  // namespace nuages::db::models
