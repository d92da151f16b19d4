// Select: one query being compiled. Its steps become joins, conditions, annotations and an order; then it is printed.
//
// The rules for joins (which are shared, which are LEFT) follow django.db.models.sql.query: every filter() call may
// use again the to-many joins it made itself, none made before; OR and negation vote on LEFT joins.
// Tables are numbered; their printed names depend on how deep the query stands in others (U0, V0 ...), so a tree never
// has to be relabelled: a column of an outer query is wrapped in OuterExpr.
#pragma once

#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/detail/steps.hpp>
#include <nuages/db/models/query.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::models {

enum class JoinType : std::uint8_t { base, inner, left };

/// A table of FROM. `left` is a column of the parent, `right` one of this table.
struct Join {
    const ModelMeta* model = nullptr;
    int parent = -1;
    const Field* left = nullptr;
    const Field* right = nullptr;
    bool nullable = false;
    JoinType type = JoinType::base;
    int references = 0;
};

/// One hop of a path: a foreign key, its reverse side, or half of a many-to-many relation.
struct PathStep {
    const Field* left;
    const Field* right;
    const ModelMeta* to;
    bool direct;    ///< along a foreign key
    bool many;      ///< may lead to several rows
    bool nullable;
};

using NameParts = detail::InlineVector<std::string_view, 8>;
NameParts split_path(std::string_view path);

struct Path {
    detail::InlineVector<PathStep, 6> steps;
    detail::InlineVector<int, 8> steps_per_name;
    const Field* final_field = nullptr;  ///< the relation where the path ends at one
    const Field* target = nullptr;       ///< the column's field
    std::size_t names_used = 0;
    int many_at = -1;  ///< with allow_many false: number of names up to the to-many one
};

struct JoinedPath {
    Path path;
    detail::InlineVector<int, 8> joins;  ///< tables from the base on
};

class Select final : public RefCounted {
public:
    struct Annotation {
        Name alias;
        Expr expression;
        bool selected;
        bool aggregate;
    };
    struct Item {
        Expr expression;
        std::string_view alias;
    };
    struct Related {
        const Field* field;  ///< foreign key, on the parent's model
        int parent;          ///< index of the parent block, -1: the main object
        int table;
    };
    struct Order {
        Expr expression;
        int position = 0;  ///< of the selected column, from 1; 0: the expression
        bool descending = false;
        OrderBy::Nulls nulls = OrderBy::Nulls::unset;
    };
    enum class Grouping : std::uint8_t { none, by_model, by_items };
    /// What the statement selects.
    enum class Selection : std::uint8_t { model, items, one, summary };

    Select(const ModelMeta& meta, Select* around) : model(meta), outer(around) {}

    /// Takes in a query's steps. Throws FieldError and friends.
    void build(const Query& query);
    void finish_ordering();
    void apply(const Query::Step& step);
    /// A copy of the joins' number etc. is never needed: subqueries are built anew.

    // ---- names and joins (joins.cpp) ----
    int base() { return joins.empty() ? add_base() : 0; }
    int add_base();
    Path names_to_path(const NameParts& names, std::size_t first, bool allow_many, bool fail_on_missing) const;
    JoinedPath setup_joins(const NameParts& names, AliasSet* reuse, bool allow_many, bool fail_on_missing);
    int join(const PathStep& step, int parent, AliasSet* reuse);
    /// Drops joins at the end whose column the parent has as well; returns the column's field.
    const Field* trim_joins(JoinedPath& joined);
    void promote(AliasSet tables);
    void demote(AliasSet tables);
    [[noreturn]] void unknown_name(std::string_view name, const ModelMeta& where) const;
    std::string table_name(std::size_t index) const;
    void write_table_name(SqlWriter& out, std::size_t index) const;

    // ---- conditions (filter.cpp) ----
    void add_q(const QNode& node);
    Expr build_q(const QNode& node, AliasSet& reuse, bool branch_negated, bool current_negated, bool allow_joins,
                 bool split, bool summarize, AliasSet& inner);
    Expr build_lookup(const NameParts& lookups, std::size_t first, Expr lhs, const Literal* literal, Expr rhs);
    const Annotation* find_annotation(std::string_view name) const;
    void split_having(std::vector<Expr>& where_part, std::vector<Expr>& having_part) const;
    bool is_empty() const;

    // ---- printing (compiler.cpp) ----
    void write(SqlWriter& out);
    void write_from(SqlWriter& out) const;
    void check_alias(std::string_view alias) const;
    void select_items(const std::vector<Name>& names);
    void add_select_related(const std::vector<Name>& paths);
    void group_by_items();
    bool has_aggregates() const;
    /// For EXISTS and exists(): selects the constant 1, without order, at most one row.
    void clear_to_one();

    const ModelMeta& model;
    Select* outer;
    detail::InlineVector<Join, 6> joins;
    std::vector<Expr> where;
    std::vector<Annotation> annotations;
    std::vector<Item> items;
    std::vector<Related> related;
    std::vector<Order> order;
    std::vector<Expr> groups;
    std::vector<const Field*> deferred;
    const std::vector<OrderBy>* ordering_ = nullptr;
    const std::vector<Name>* values_ = nullptr;
    std::vector<const steps::Names*> related_steps_, prefetch_steps_, only_steps_;
    std::int64_t low = 0, high = -1;
    Selection selection = Selection::model;
    Grouping grouping = Grouping::none;
    bool distinct = false, reversed = false, nothing = false, meta_ordering = false, default_ordering = true;
    bool nested = false;  ///< stands in another statement: tables are U0, U1 ...
    FetchMode mode = FetchMode::peers;
    std::string_view database;

    /// Printing: columns that a surrounding aggregate asked for.
    struct Summary {
        Select* inner = nullptr;
        std::vector<std::pair<int, const Field*>> columns;
        std::vector<std::size_t> used_annotations;
    };
    mutable Summary* summary = nullptr;

private:
    Expr build_leaf(const QNode& node, AliasSet& reuse, bool branch_negated, bool current_negated, bool allow_joins,
                    bool split, bool summarize, AliasSet& inner);
    Expr split_exclude(const QNode& node, AliasSet& reuse, const NameParts& names, const Path& path, AliasSet& inner);
    void write_items(SqlWriter& out);
    void write_group_by(SqlWriter& out, const std::vector<Expr>& having);
    void write_order_by(SqlWriter& out);
    void add_order(const OrderBy& entry, const ModelMeta& meta, int table, bool flip, int depth);
};

/// A query of one or more columns as an expression: a value, the right side of `in`, or EXISTS.
struct SubqueryExpr final : Expression {
    Query query;
    Ref<Select> select;  ///< resolved
    bool exists;

    SubqueryExpr(Query source, bool as_exists) : query(std::move(source)), exists(as_exists) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override;
    const Query* as_query() const override { return exists ? nullptr : &query; }
    Outcome outcome() const override;
    void group_by(std::vector<Expr>& out) const override;
};

}  // namespace nuages::db::models
