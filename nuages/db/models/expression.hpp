// Expressions: what can stand in annotations, lookups, orderings and updates. Immutable, shared trees.
//
// A tree is written with names (`F("price") * 2`), resolved against a query when that is compiled (names become
// columns, joins are added), and printed through the connection's operations. `nuages::db::models::expr` holds the
// run-time factories; the typed layer's F, Count ... are templates that end here.
#pragma once

#include <nuages/db/models/field_kind.hpp>
#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/literal.hpp>

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace nuages::db::models {

class Resolver;   // compiler's side of names: detail/resolver.hpp
class SqlWriter;  // the growing text and its parameters: sql_writer.hpp
struct Col;

/// What a value in SQL is: the kind of a field, and the field where one is behind it.
struct OutputType {
    FieldKind kind = FieldKind::char_;
    const Field* field = nullptr;  ///< for conversion and messages; may be null
    bool known = false;            ///< false: mixed or unknown
    int decimal_places = -1;
};

/// Whether a condition depends on the row at all: an empty `in` never holds, its negation always does.
enum class Outcome : std::uint8_t { varies, never, always };

/// One node. Subclass it for a new function: resolve() children, then write() SQL.
class Expression : public RefCounted {
public:
    /// The node with its names resolved and its children replaced.
    virtual Ref<const Expression> resolve(Resolver& resolver) const = 0;
    virtual void write(SqlWriter& out) const = 0;
    virtual OutputType output() const { return {}; }
    virtual bool contains_aggregate() const { return false; }
    /// Appends what must stand in GROUP BY when this is selected beside an aggregate.
    virtual void group_by(std::vector<Ref<const Expression>>& out) const { out.push_back(Ref<const Expression>(this)); }
    /// A condition: may stand in filter() by itself.
    virtual bool conditional() const { return output().known && output().kind == FieldKind::boolean; }
    virtual Outcome outcome() const { return Outcome::varies; }
    virtual const Col* as_column() const { return nullptr; }
    virtual const Query* as_query() const { return nullptr; }
    /// The value of an aggregate over no rows, where no query is sent.
    virtual Literal empty_value() const { return {}; }
    /// The name Django would give it in aggregate() or values(): "views__sum"; empty if it needs an alias.
    virtual std::string default_alias() const { return {}; }
};

using Expr = Ref<const Expression>;

/// An ordering: a path with an optional '-', or an expression.
struct OrderBy {
    Name path;  ///< "-published_at"; used when `expression` is empty
    Expr expression;
    bool descending = false;
    enum class Nulls : std::uint8_t { unset, first, last } nulls = Nulls::unset;

    OrderBy(Name name) : path(std::move(name)) {}
    OrderBy(const char* name) : path(name) {}
    OrderBy(Expr expr, bool desc = false, Nulls where = Nulls::unset)
        : expression(std::move(expr)), descending(desc), nulls(where) {}
};

struct AggregateOptions {
    bool distinct = false;
    const QNode* filter = nullptr;  ///< copied
    Expr default_;
};

namespace expr {

/// A column by path, as Django's F("author__name").
Expr F(Name path);
/// A bound value. `kind` tells the SQL type where the literal's own does not say it.
Expr value(Literal literal);
Expr value(Literal literal, FieldKind kind);
/// Arithmetic: + - * / % ^ (power), & | (bits), << and >> as '<' and '>'.
Expr combine(Expr left, char operation, Expr right);
Expr negate(Expr operand);
/// A column of the query around a subquery.
Expr outer_ref(Name path);
Expr exists(Query query);
Expr not_(Expr condition);
/// A query of one column as a value.
Expr subquery(Query query);
/// A condition as a value: annotate(is_long=Q(pages__gt=500)).
Expr condition(QNode node);

struct When {
    QNode* condition;  ///< copied
    Expr then;
};
Expr case_(std::initializer_list<When> whens, Expr default_ = {});
Expr case_(const std::vector<When>& whens, Expr default_ = {});

Expr star();  ///< COUNT(*)
Expr count(Expr operand, const AggregateOptions& options = {});
Expr sum(Expr operand, const AggregateOptions& options = {});
Expr avg(Expr operand, const AggregateOptions& options = {});
Expr min(Expr operand, const AggregateOptions& options = {});
Expr max(Expr operand, const AggregateOptions& options = {});
/// Any function by its SQL name: a C++ literal, never user input. The kind of result is given.
Expr function(std::string_view sql_name, std::vector<Expr> arguments, FieldKind result);
Expr lower(Expr operand);
Expr upper(Expr operand);
Expr length(Expr operand);
Expr coalesce(std::vector<Expr> operands);
Expr concat(std::vector<Expr> operands);
/// A date part: year, month, day, week, week_day, iso_week_day, iso_year, quarter, hour, minute, second.
Expr extract(std::string_view part, Expr operand);
/// A date cut to year, quarter, month, week, day (also hour, minute, second of datetimes).
Expr trunc(std::string_view unit, Expr operand);
Expr now();
Expr random();
Expr cast(Expr operand, FieldKind to);

}  // namespace expr

}  // namespace nuages::db::models
