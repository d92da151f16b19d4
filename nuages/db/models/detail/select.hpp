// Select: one query being compiled. Its steps become joins, conditions, annotations and an order; then it is printed.
//
// The rules for joins (which are shared, which are LEFT) follow django.db.models.sql.query: every filter() call may
// use again the to-many joins it made itself, none made before; OR and negation vote on LEFT joins.
// Tables are numbered; their printed names depend on how deep the query stands in others (U0, V0 ...), so a tree never
// has to be relabelled: a column of an outer query is wrapped in OuterExpr.
#pragma once

#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/detail/steps.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/prefetch.hpp>
#include <nuages/db/models/query.hpp>

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::models {

enum class JoinType : std::uint8_t { base, inner, left };

/// An alias for a relation whose join has a condition of its own (django.db.models.FilteredRelation).
struct FilteredRelation {
    Name alias, relation;
    const QNode* condition;
    Expr resolved;  ///< made with the join
    int table = -1;
    bool resolving = false;
};

/// A table of FROM. `left` is a column of the parent, `right` one of this table.
struct Join {
    const ModelMeta* model = nullptr;
    int parent = -1;
    const Field* left = nullptr;
    const Field* right = nullptr;
    bool nullable = false;
    JoinType type = JoinType::base;
    int references = 0;
    int filtered = -1;  ///< index of a filtered relation, whose condition stands in ON
};

/// One hop of a path: a foreign key, its reverse side, or half of a many-to-many relation.
struct PathStep {
    const Field* left;
    const Field* right;
    const ModelMeta* to;
    bool direct;  ///< along a foreign key
    bool many;    ///< may lead to several rows
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
    int filtered = -1;  ///< the filtered relation with which the path begins
};

struct JoinedPath {
    Path path;
    detail::InlineVector<int, 8> joins;  ///< tables from the base on
};

/// The two foreign keys of a many-to-many field's through model: to the field's own model, and to its target.
struct ThroughKeys {
    const Field* source;
    const Field* target;
};
ThroughKeys through_keys(const Field& many_to_many);

/// What a `reverse` field stands for: a foreign key or many-to-many field of the other model.
const Field& reversed_field(const Field& reverse);

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
        const Field* field;  ///< foreign key on the parent's model, or one-to-one field that leads to it
        int parent;          ///< index of the parent block, -1: the main object
        int table;
        bool backward = false;
        std::vector<const Field*> columns = {};  ///< those that are read
        /// A filtered relation: the name that its objects get, and their model.
        std::string_view alias = {};
        const ModelMeta* to = nullptr;
        bool one_hop = true;
        const ModelMeta& target() const { return to ? *to : backward ? *field->model : field->target(); }
    };
    /// Names of only() and defer(), as Django keeps them.
    struct Deferral {
        std::vector<std::string> names;
        bool defer = true;
        bool empty() const { return defer && names.empty(); }
    };
    struct Compound {
        steps::CompoundKind how;
        std::vector<Ref<Select>> parts;
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
    void build(const Query& query, bool with_parents = false);
    void finish_ordering();
    void apply(const Query::Step& step);

    // ---- names and joins (joins.cpp) ----
    int base() { return joins.empty() ? add_base() : 0; }
    int add_base();
    /// `from` and `table`: where the path begins, by default the query's own model.
    Path names_to_path(const NameParts& names, bool allow_many, bool fail_on_missing,
                       const ModelMeta* from = nullptr) const;
    bool begin_filtered(std::string_view name, Path& path, const ModelMeta*& meta) const;
    JoinedPath setup_joins(const NameParts& names, AliasSet* reuse, bool allow_many, bool fail_on_missing,
                           const ModelMeta* from = nullptr, int table = 0);
    int join(const PathStep& step, int parent, AliasSet* reuse, int filtered_relation = -1);
    void resolve_filtered(std::size_t index, AliasSet* reuse);
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
    void split_having(std::vector<Expr>& where_part, std::vector<Expr>& having_part, std::vector<Expr>& windows) const;
    bool is_empty() const;

    // ---- what is selected (select.cpp) ----
    void check_alias(std::string_view alias) const;
    void add_annotation(const Name& alias, const Expr& expression, bool selected);
    void add_filtered_relation(const Name& alias, const FilteredRelationExpr& relation);
    void check_filtered_path(std::string_view relation, const NameParts& names, std::size_t own, std::string_view path) const;
    void add_through(const steps::Through& step);
    void limit_per_owner(const steps::PerOwner& step);
    void select_values(const std::vector<Name>& names);
    void add_select_related(const std::vector<Name>& paths);
    /// The rows of the tables that META extends stand beside its own.
    void add_parents(const ModelMeta& meta, int parent, int table);
    void select_all_related(const ModelMeta& meta, int parent, int table, int depth);
    int add_related(const ModelMeta& meta, const Field& field, bool backward, int parent, int table);
    int add_filtered_related(std::string_view alias);
    void add_compound(const steps::Compound& step);
    void add_combined(const steps::Combined& step);
    /// Counting and asking whether there are rows needs no related objects: their joins go.
    void clear_select_related();
    void choose_columns(const steps::Names& step);
    /// Computes what is read of the main object and of related ones; after all steps.
    void finish_columns();
    void set_limits(std::int64_t offset, std::int64_t limit);
    bool has_aggregates() const;
    bool is_sliced() const { return low > 0 || high >= 0; }
    void clear_ordering();
    /// For EXISTS and exists(): selects the constant 1, without order, at most one row.
    void clear_to_one();
    /// The columns of the main object that are read: all, or those of only() and defer().
    const std::vector<const Field*>& loaded() const { return chosen.empty() ? model.columns() : chosen; }
    /// The column of a joined table; a composite key becomes a tuple of columns.
    Expr column(int table, const Field& target, const Field& output) const;
    Expr composite_condition(LookupKind kind, const Expr& lhs, const Literal* literal, const Expr& rhs);

    // ---- printing (compiler.cpp) ----
    void write(SqlWriter& out);
    void write_from_where(SqlWriter& out, const std::vector<Expr>& conditions) const;
    /// SELECT of aggregates over this query; wraps it where it groups, slices or is distinct.
    void write_summary(SqlWriter& out, const std::vector<std::pair<std::string_view, Expr>>& aggregates);

    const ModelMeta& model;
    Select* outer;
    detail::InlineVector<Join, 6> joins;
    std::vector<Expr> where;
    std::vector<Annotation> annotations;
    std::vector<Item> items;
    std::vector<Related> related;
    std::vector<Order> order;
    std::vector<Expr> hidden;  ///< selected after everything else: orderings of a DISTINCT
    std::vector<Expr> groups;
    std::vector<const Field*> chosen;
    const std::vector<OrderBy>* ordering = nullptr;
    std::vector<const Prefetch*> prefetches;
    std::vector<FilteredRelation> filtered;
    std::vector<Expr> through_columns;  ///< behind everything else: keys of owners that rows are fetched for
    std::vector<Expr> distinct_on;
    std::vector<Name> distinct_names;
    std::optional<Compound> compound;
    std::vector<Name> compound_names;  ///< of values() behind a set operation
    const LockOptions* lock = nullptr;
    Deferral deferral;
    std::int64_t low = 0, high = -1;
    Selection selection = Selection::model;
    Grouping grouping = Grouping::none;
    bool distinct = false, reversed = false, nothing = false, meta_ordering = false, default_ordering = true;
    bool ordering_done = false;

    FetchMode mode = FetchMode::peers;
    std::string_view database;
    std::size_t root = 0;    ///< the first table of FROM; later ones than 0 where the head of a path is not needed
    std::vector<Expr> kept_expressions;
    std::list<Literal> kept_literals;
    std::list<QNode> kept_;  ///< conditions made while compiling, whose literals the tree points to

    /// Printing: columns that a surrounding aggregate asked for.
    struct Summary {
        Select* inner = nullptr;
        std::vector<std::pair<int, const Field*>> columns;
        std::vector<std::size_t> used_annotations;
        bool qualify = false;           ///< conditions on windows around the query that computes them
        std::vector<Expr> windows = {};
        void write_window(SqlWriter& out, const Expr& window);
    };
    mutable Summary* summary = nullptr;
    bool checking = false;        ///< compiled only to be checked: references to an outer query stay open
    AliasSet combined_reuse = 0;  ///< joins that the next filter may use again: those of the query it is combined with

private:
    Expr build_leaf(const QNode& node, AliasSet& reuse, bool branch_negated, bool current_negated, bool allow_joins,
                    bool split, bool summarize, AliasSet& inner);
    Expr guarded_against_null(Expr condition, const Field& target, int table, const Expr& rhs) const;
    Expr split_exclude(const QNode& node, AliasSet& reuse, const NameParts& names, const Path& path, AliasSet& inner);
    void write_items(SqlWriter& out, const Summary* wrapped);
    void write_wrapped_items(SqlWriter& out, const Summary& wrapped) const;
    /// Where an expression of the SELECT list stands behind it too, in GROUP BY or ORDER BY, it must be the same to the letter,
    /// the numbers of its parameters included.
    bool says_twice() const { return distinct || grouping != Grouping::none; }
    void write_tail(SqlWriter& out);
    void write_compound(SqlWriter& out);
    void check_widths() const;
    void write_qualified(SqlWriter& out, const std::vector<Expr>& conditions, const std::vector<Expr>& having,
                         const std::vector<Expr>& qualify);
    void write_on(SqlWriter& out, const Join& join, std::size_t index) const;
    void write_compound_order(SqlWriter& out);
    void write_lock(SqlWriter& out) const;
    bool order_in_compound(const OrderBy& entry, Order& made) const;
    void write_group_by(SqlWriter& out, const std::vector<Expr>& having);
    void add_group(std::vector<Expr>& to, const Expr& expression) const;
    int position_of(const Expr& expression) const;
    void write_order_by(SqlWriter& out) const;
    void add_order(const OrderBy& entry, const ModelMeta& meta, int table, bool flip, int depth);
};

class InstanceList;

/// The work of Query::fetch: `append` gives the place of the next object; `rest` gets it with the cells after its own,
/// of which there must be `extras`. With `rows_at_once` they come through a cursor, so many at a time.
std::size_t fetch_objects(const Query& query, FunctionRef<void*()> append,
                          FunctionRef<void(void* object, const Cell* rest)> rest, std::vector<Prefetch>* prefetches,
                          std::size_t extras = 0, InstanceList* instances = nullptr, std::size_t rows_at_once = 0);
/// What a selected expression is grouped by: a condition as a whole, others as they say.
void group_selected(const Expr& expression, std::vector<Expr>& out);
/// TypeError with Python's text: `in` and `range` take a list.
[[noreturn]] void not_iterable(const Literal& value);
/// TypeError where a row has fewer cells than are to be decoded.
void check_columns(std::size_t selected, std::size_t wanted);

/// Several columns at once: a composite key.
struct TupleExpr final : Expression {
    std::vector<Expr> items;
    const Field* field = nullptr;  ///< the composite key
    TupleExpr(std::vector<Expr> parts, const Field* key) : items(std::move(parts)), field(key) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override { return {FieldKind::composite, field, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& item : items) child(item);
    }
    void group_by(std::vector<Expr>& out) const override {
        for (const Expr& item : items) item->group_by(out);
    }
    const std::vector<Expr>* as_tuple() const override { return &items; }
};

/// A query of one or more columns as an expression: a value, the right side of `in`, or EXISTS.
struct SubqueryExpr final : Expression {
    Query query;
    Ref<Select> select;  ///< resolved
    bool exists;
    bool bare = false;  ///< a query written where a value is compared, not an explicit Subquery
    OutputType declared;

    SubqueryExpr(Query source, bool as_exists) : query(std::move(source)), exists(as_exists) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override;
    const Query* as_query() const override { return exists ? nullptr : &query; }
    Outcome outcome() const override;
    void group_by(std::vector<Expr>& out) const override;
};

/// Makes a query on the right of a lookup select what `lhs` compares with. ValueError where it cannot.
void prepare_key_query(LookupKind kind, const Expr& lhs, const SubqueryExpr& subquery);

}  // namespace nuages::db::models
