// Query: the run-time twin of QuerySet. A value of a few words: every method returns a longer query that shares the
// shorter one, and nothing is compiled until rows are asked for.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/slice.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/expression.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/q.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// How a foreign key that was not selected is fetched: with those of its whole result (default), alone, or not at all.
enum class FetchMode : std::uint8_t { peers, one, raise };

/// `alias = expression` of annotate() and aggregate(), `field = value` of update().
struct Assignment {
    Name name;
    Expr expression;  ///< empty: `value`
    Literal value;
    Assignment(Name left, Expr right) : name(std::move(left)), expression(std::move(right)) {}
    Assignment(Name left, Literal right) : name(std::move(left)), value(std::move(right)) {}
};

/// SQL with its parameters, for display and tests.
struct SqlText {
    std::string text;
    std::vector<std::string> parameters;  ///< as Python's repr shows them
};

/// Where a column that belongs to no model field goes: annotations behind a row, elements of a tuple.
struct ExtraColumn {
    std::size_t offset;  ///< from the pointer that ObjectList::append (RowList::append) returns
    void (*decode)(void* member, const Cell& cell);  ///< null: no column, but a RelatedCache for ...
    std::string_view prefetched = {};                ///< ... the Prefetch with this to_attr
    /// Instead of `decode` where the query knows the column's type: for members that can hold anything.
    void (*decode_as)(void* member, const Cell& cell, const OutputType& type) = nullptr;
};

using ExtraColumns = Slice<const ExtraColumn>;

struct Prefetch;

/// Options of select_for_update(); databases without row locks ignore them, as Django does.
struct LockOptions {
    bool nowait = false, skip_locked = false, no_key = false;
    std::vector<Name> of{};
};

/// One column of a row of values(), or an annotation behind an object.
struct ColumnInfo {
    std::string name;
    OutputType type;
};

/// What delete_() did: objects in all, and per model label.
struct Deleted {
    std::int64_t total = 0;
    std::vector<std::pair<std::string, std::int64_t>> per_model;
};

class Query {
public:
    /// An empty query without model; only assignment is allowed.
    constexpr Query() = default;
    /// All rows of a model whose meta is made on first use: a constant initializer for managers.
    constexpr explicit Query(const ModelMeta& (*meta)()) : resolve_(meta) {}
    explicit Query(const ModelMeta& meta) : meta_(&meta) {}

    const ModelMeta& meta() const { return meta_ ? *meta_ : resolve_(); }

    // ---- longer queries -------------------------------------------------------------------------------------
    Query filter(QNode condition) const;
    Query exclude(QNode condition) const;
    Query annotate(Name alias, Expr expression) const;
    Query alias(Name alias, Expr expression) const;  ///< usable, not selected
    Query order_by(std::vector<OrderBy> ordering) const;
    Query reverse() const;
    Query distinct() const;
    Query distinct(std::vector<Name> fields) const;  ///< DISTINCT ON, where the database has it
    /// Rows [offset, offset + limit) of this query's; `limit` < 0: to the end.
    Query slice(std::int64_t offset, std::int64_t limit = -1) const;
    Query select_related(std::vector<Name> paths) const;  ///< empty: none
    Query prefetch_related(std::vector<Name> paths) const;      ///< empty: none
    Query prefetch_lookups(std::vector<Prefetch> lookups) const;
    Query select_all_related() const;  ///< select_related() without names: all foreign keys that are not null
    Query values(std::vector<Name> paths) const;  ///< selects these columns and annotations, in this order
    Query only(std::vector<Name> names) const;
    Query defer(std::vector<Name> names) const;
    Query none() const;
    Query using_(std::string_view database) const;
    Query fetch_mode(FetchMode mode) const;
    Query select_for_update() const;
    Query select_for_update(LockOptions options) const;
    Query unordered() const;  ///< order_by() without names
    /// Dates ("year", "month", "week", "day") or datetimes (also "hour" ...) of a field, each once, in order.
    Query dates(std::string_view field, std::string_view kind, std::string_view order = "ASC") const;
    Query datetimes(std::string_view field, std::string_view kind, std::string_view order = "ASC",
                    std::string_view zone = {}) const;

    // ---- several queries ------------------------------------------------------------------------------------
    Query union_(const std::vector<Query>& others, bool all = false) const;
    Query intersection(const std::vector<Query>& others) const;
    Query difference(const std::vector<Query>& others) const;
    /// `this & other`, `|`, `^` of queries of one model.
    Query combined(QNode::Op op, const Query& other) const;

    // ---- asking ---------------------------------------------------------------------------------------------
    bool ordered() const;    ///< by order_by() or Meta.ordering
    bool is_sliced() const;
    bool is_empty() const;   ///< none()
    bool is_combined() const;  ///< by union_(), intersection() or difference()
    std::string combined_by() const;  ///< "union", "intersection", "difference" or nothing
    bool has_prefetches() const;
    std::vector<Prefetch> prefetches() const;
    std::vector<std::string> order_names() const;  ///< of order_by(); expressions as Django's repr() shows them
    bool is_grouped() const;  ///< annotations aggregate over groups of rows
    /// Django's QuerySet.ordered: grouped queries take no order from Meta; and whether the order leaves no two rows equal.
    bool ordered_rows() const;
    bool totally_ordered() const;
    FetchMode fetch_mode() const;
    /// The columns of a row of values(), or the annotations of objects.
    std::vector<ColumnInfo> columns() const;
    std::string_view database() const;
    /// Compiles without running: throws FieldError and friends as Django's methods do at once.
    void check() const;
    SqlText sql() const;

    // ---- running --------------------------------------------------------------------------------------------
    std::int64_t count() const;
    bool exists() const;
    /// Appends decoded objects (with select_related, prefetch_related and peers) to `list`; returns their number.
    std::size_t fetch(ObjectList& list, ExtraColumns extras = {}) const;
    /// As fetch(), and leaves out what only() and defer() say: the members of the objects keep their defaults there. For
    /// callers whose objects know what they lack.
    std::size_t fetch_partly(ObjectList& list) const;
    /// Rows of values(): `append` gives the place of the next row, `columns` say how its parts are decoded.
    std::size_t fetch_rows(FunctionRef<void*()> append, ExtraColumns columns) const;
    /// Raw rows: the model's columns, then those of select_related, then annotations; or those of values().
    std::size_t each(FunctionRef<void(Slice<const Cell>)> row) const;
    /// One row of aggregates in the order given, and the types of its columns. An empty result set gives each aggregate's
    /// empty value.
    void aggregate(const std::vector<Assignment>& aggregates,
                   FunctionRef<void(Slice<const Cell>, const std::vector<OutputType>&)> row) const;
    /// The same as values by name.
    std::vector<std::pair<std::string, Literal>> aggregate(const std::vector<Assignment>& aggregates) const;
    /// Objects on the heap with their annotations, deferred fields and prefetched relations: what code without the
    /// model's struct works with.
    std::vector<Ref<Instance>> instances() const;
    /// Rows of values() as values.
    std::vector<std::vector<Literal>> rows() const;
    /// EXPLAIN of the query as the database prints it. ValueError for a format or option that it does not have.
    std::string explain(std::string_view format = {}) const;
    std::string explain(std::string_view format, const std::vector<std::pair<std::string, std::string>>& options) const;
    /// Rows matched by UPDATE.
    std::int64_t update(const std::vector<Assignment>& assignments) const;
    Deleted delete_() const;
    /// delete_() without collecting: one DELETE, no cascades, no signals.
    std::int64_t raw_delete() const;

    struct Step;
    const Step* last() const;  ///< the compiler's view: steps are linked from the last to the first

    /// This query with one more step; for the core's own use.
    Query with(Ref<Step> step) const;

private:

    Query combine(int kind, std::vector<Query> parts) const;
    bool distinct_on() const;

    const ModelMeta* meta_ = nullptr;
    const ModelMeta& (*resolve_)() = nullptr;
    Ref<const RefCounted> tail_;  // a Step
};

/// Whether `condition` holds for these values, as the database sees it: Django's Q.check(). Null counts as held, and so
/// does what the database cannot compute (which is logged). FieldError for a name that has no value.
bool check_condition(const QNode& condition, const std::vector<Assignment>& against, std::string_view using_ = "default");

/// A cell as the value that a column of this type holds.
Literal literal_of(const Cell& cell, const OutputType& type);

}  // namespace nuages::db::models
