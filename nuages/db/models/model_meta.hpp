// Meta<Model>: what Django's inner class Meta says. A model has `static models::Meta<Article> meta()`.
//
// Every file that includes a model reads its meta(), so lists of names are turned into run-time ones as they are made:
// no std::vector of a type of each model. The run-time metadata (meta.hpp) are not needed here: what a Meta says reaches them
// through take_meta().
#pragma once

#include <nuages/db/models/conditions.hpp>
#include <nuages/db/models/field_kind.hpp>
#include <nuages/db/models/index_method.hpp>
#include <nuages/db/models/names.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::models {

namespace detail {
void append_group(std::vector<std::string>& to, const std::vector<std::string>& group);
void append_name(std::vector<std::string>& to, std::string_view name);
}  // namespace detail

/// Names of M: {"-published_at", "title"}.
template <class M> struct MetaNames {
    std::vector<std::string> texts;
    MetaNames() noexcept {}  // written out: g++ 12 fails on a defaulted one in braces
    MetaNames(std::initializer_list<MetaName<M>> names) {
        for (const MetaName<M>& name : names) detail::append_name(texts, name.text());
    }
};

/// Groups of names: {{"author", "slug"}}.
template <class M> struct MetaNameGroups {
    std::vector<std::string> texts;  ///< one group behind the other, an empty text behind each
    MetaNameGroups() noexcept {}
    MetaNameGroups(std::initializer_list<MetaNames<M>> names) {
        for (const MetaNames<M>& group : names) {
            detail::append_group(texts, group.texts);
        }
    }
};

/// Pairs of texts.
struct MetaPair {
    std::string_view first, second;
};
struct MetaPairs {
    std::vector<std::string> texts;  ///< both of each pair in turn
    MetaPairs() noexcept;
    MetaPairs(std::initializer_list<MetaPair> pairs);
};

/// "add", "change", "delete" and "view".
std::vector<std::string> all_permissions();

namespace detail {
template <class E>
concept HasExpression = requires(const E& e) { e.expr(); };

/// An index or a constraint as a Meta says it: borrowed, for one call.
struct MetaEntry {
    std::string_view name;
    const std::vector<std::string>& fields;
    const std::vector<OrderBy>& expressions;
    const QNode& condition;  ///< empty: none
    const std::vector<std::string>& include;
    const std::vector<std::string>& opclasses;
};

/// The indexes or constraints of a Meta, as the core holds them.
class MetaEntries {
public:
    void add_index(const MetaEntry& entry, std::string_view db_tablespace, const IndexMethod& method);
    void add_constraint(const MetaEntry& entry, Deferrable deferrable, Tristate nulls_distinct,
                        std::string_view error_code, std::string_view error_message);
    /// Of the constraint that was added last: no two rows for which `operator_` holds between their expressions.
    void add_exclusion(const OrderBy& expression, std::string_view operator_, std::string_view index_type);

    struct State;
    const State* state() const;

private:
    State& changed();
    Ref<RefCounted> state_;
};
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
    detail::MetaEntries list;
    MetaIndexes() noexcept {}
    MetaIndexes(std::initializer_list<MetaIndex<M>> indexes) {
        for (const MetaIndex<M>& index : indexes) {
            list.add_index({index.name, index.fields.texts, index.expressions.list, index.condition.node, index.include.texts,
                            index.opclasses},
                           index.db_tablespace, index.method);
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
    Deferrable deferrable = Deferrable::no;  ///< checked at the end of the transaction (PostgreSQL)
    Tristate nulls_distinct = {};  ///< false: two rows with NULL conflict (PostgreSQL 15)
    MetaNames<M> include;
    std::vector<std::string> opclasses;
    std::string_view violation_error_code = {}, violation_error_message = {};  ///< what full_clean() says
    std::vector<MetaExclusion<M>> exclude;  ///< no two rows for which all these operators hold (PostgreSQL)
    std::string_view index_type = "GIST";   ///< with exclude; or "SPGIST"
};
template <class M> struct MetaConstraints {
    detail::MetaEntries list;
    MetaConstraints() noexcept {}
    MetaConstraints(std::initializer_list<MetaConstraint<M>> constraints) {
        for (const MetaConstraint<M>& constraint : constraints) {
            list.add_constraint({constraint.name, constraint.fields.texts, constraint.expressions.list,
                                 constraint.condition.node, constraint.include.texts, constraint.opclasses},
                                constraint.deferrable, constraint.nulls_distinct, constraint.violation_error_code,
                                constraint.violation_error_message);
            for (const MetaExclusion<M>& each : constraint.exclude)
                list.add_exclusion(each.expression.by, each.with, constraint.index_type);
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
    MetaPairs permissions = {};  ///< codename and name: {{"publish_article", "Can publish articles"}}
    MetaNames<M> natural_key = {};  ///< fields that tell an object without its key, in fixtures
    std::vector<std::string> required_db_features{};
    std::string_view required_db_vendor = {};
    std::string_view swappable = {};  ///< the setting that may put another model in this one's place: "AUTH_USER_MODEL"
};

namespace detail {

/// A Meta without its model: borrowed, for one call.
struct PlainMeta {
    const std::vector<std::string>&ordering, &unique_together, &get_latest_by, &default_permissions, &natural_key,
        &required_db_features, &permissions;
    const MetaEntries &indexes, &constraints;
    std::string_view db_table, verbose_name, verbose_name_plural, app_label, default_related_name, order_with_respect_to,
        db_table_comment, db_tablespace, required_db_vendor, swappable;
    bool managed, select_on_save;
};
void take_meta(ModelMeta& to, const PlainMeta& from);

template <class M> void apply_meta(ModelMeta& to) {
    if constexpr (requires { M::meta(); }) {
        const Meta<M> from = M::meta();
        take_meta(to, {.ordering = from.ordering.texts,
                       .unique_together = from.unique_together.texts,
                       .get_latest_by = from.get_latest_by.texts,
                       .default_permissions = from.default_permissions,
                       .natural_key = from.natural_key.texts,
                       .required_db_features = from.required_db_features,
                       .permissions = from.permissions.texts,
                       .indexes = from.indexes.list,
                       .constraints = from.constraints.list,
                       .db_table = from.db_table,
                       .verbose_name = from.verbose_name,
                       .verbose_name_plural = from.verbose_name_plural,
                       .app_label = from.app_label,
                       .default_related_name = from.default_related_name,
                       .order_with_respect_to = from.order_with_respect_to,
                       .db_table_comment = from.db_table_comment,
                       .db_tablespace = from.db_tablespace,
                       .required_db_vendor = from.required_db_vendor,
                       .swappable = from.swappable,
                       .managed = from.managed,
                       .select_on_save = from.select_on_save});
    }
}
}  // namespace detail

}  // namespace nuages::db::models
