// Expressions: what can stand in annotations, lookups, orderings and updates. Immutable, shared trees.
//
// A tree is written with names (`F("price") * 2`), resolved against a query when that is compiled (names become
// columns, joins are added), and printed through the connection's operations. `nuages::db::models::expr` holds the
// run-time factories; the typed layer's F, Count ... are templates that end here.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/models/field_kind.hpp>
#include <nuages/db/models/fwd.hpp>
#include <nuages/db/models/literal.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
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
    int max_length = 0;
    bool json_part = false;  ///< a value out of a JSON document: its text may be a string or JSON
};

/// The type of a field's column.
OutputType output_of(const Field& field);

/// Whether a condition depends on the row at all: an empty `in` never holds, its negation always does.
enum class Outcome : std::uint8_t { varies, never, always };

/// One node. Subclass it for a new function: resolve() children, then write() SQL.
class Expression : public RefCounted {
public:
    Expression();
    Expression(const Expression&);
    ~Expression() override;
    /// The node with its names resolved and its children replaced.
    virtual Ref<const Expression> resolve(Resolver& resolver) const = 0;
    virtual void write(SqlWriter& out) const = 0;
    virtual OutputType output() const;
    /// Calls `child` for each direct part of a resolved node.
    virtual void visit(FunctionRef<void(const Ref<const Expression>&)> child) const;
    virtual bool contains_aggregate() const;
    /// Whether a window stands in it.
    bool contains_over() const;
    virtual bool is_window() const { return false; }
    /// As Django's repr() shows it in messages: "F(price)"; also what equality of written trees is.
    virtual std::string describe() const;
    /// Appends what must stand in GROUP BY when this is selected beside an aggregate.
    virtual void group_by(std::vector<Ref<const Expression>>& out) const;
    /// A condition: may stand in filter() by itself.
    virtual bool conditional() const;
    virtual Outcome outcome() const { return Outcome::varies; }
    virtual const Col* as_column() const { return nullptr; }
    virtual const Query* as_query() const { return nullptr; }
    /// The parts of a composite key.
    virtual const std::vector<Ref<const Expression>>* as_tuple() const { return nullptr; }
    /// The value of an aggregate over no rows, where no query is sent.
    virtual Literal empty_value() const;
    /// The name Django would give it in aggregate() or values(): "views__sum"; empty if it needs an alias.
    virtual std::string default_alias() const;
};

using Expr = Ref<const Expression>;

/// An ordering: a path with an optional '-', or an expression.
struct OrderBy {
    Name path;  ///< "-published_at"; used when `expression` is empty
    Expr expression;
    bool descending = false;
    enum class Nulls : std::uint8_t { unset, first, last } nulls = Nulls::unset;

    OrderBy(Name name);
    OrderBy(const char* name);
    OrderBy(Expr expr, bool desc = false, Nulls where = Nulls::unset);
    OrderBy(const OrderBy&);
    OrderBy(OrderBy&&) noexcept;
    OrderBy& operator=(const OrderBy&);
    OrderBy& operator=(OrderBy&&) noexcept;
    ~OrderBy();
};

struct AggregateOptions {
    bool distinct = false;
    const QNode* filter = nullptr;  ///< copied
    Expr default_;
    std::vector<OrderBy> order_by{};
    OutputType output = {};  ///< known: overrides the computed one
};
extern const AggregateOptions plain_aggregate;  ///< no option at all

/// Whether two written trees are the same expression (F("a") + 1 equals F("a") + 1).
bool same_expression(const Expr& a, const Expr& b);

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
Expr outer_ref(Name path, const ModelMeta& (*model)() = nullptr);
/// What `inner` (an outer_ref) is in the query around: OuterRef(OuterRef("pk")).
Expr outer_ref(Expr inner);
Expr exists(Query query);
Expr not_(Expr condition);
/// A query of one column as a value.
Expr subquery(Query query);
Expr subquery(Query query, OutputType output);
/// A condition as a value: annotate(is_long=Q(pages__gt=500)).
Expr condition(QNode node);

struct When {
    QNode* condition;  ///< copied
    Expr then;
};
Expr case_(std::initializer_list<When> whens, Expr default_ = {});
Expr case_(const std::vector<When>& whens, Expr default_ = {});

/// Any aggregate by Django's name: Count, Sum, Avg, Min, Max, StdDev, StdDevSample ("sample=True"), Variance,
/// VarianceSample, AnyValue, StringAgg (value and delimiter).
Expr aggregate(std::string_view name, std::vector<Expr> arguments, const AggregateOptions& options = plain_aggregate);
Expr star();  ///< COUNT(*)
Expr count(Expr operand, const AggregateOptions& options = plain_aggregate);
Expr sum(Expr operand, const AggregateOptions& options = plain_aggregate);
Expr avg(Expr operand, const AggregateOptions& options = plain_aggregate);
Expr min(Expr operand, const AggregateOptions& options = plain_aggregate);
Expr max(Expr operand, const AggregateOptions& options = plain_aggregate);
/// One of Django's database functions by its class name ("Left", "MD5", "Lag"): TypeError for an unknown one, Django's
/// ValueError for a wrong number of arguments.
Expr call(std::string_view name, std::vector<Expr> arguments, OutputType output = {});
/// Whether call() knows the name, and all that it knows.
bool is_function(std::string_view name);
std::vector<std::string_view> function_names();
/// JSONObject(key=value ...).
Expr json_object(std::vector<std::pair<std::string, Expr>> members);
/// An expression whose type is said: Django's ExpressionWrapper and output_field.
Expr typed(Expr operand, OutputType output);
/// Hand-written SQL with %s for its parameters. The text must be the program's own, never user input.
Expr raw_sql(std::string sql, std::vector<Literal> parameters, OutputType output = {});
/// OPERAND COLLATE NAME. ValueError unless the name is an identifier.
Expr collate(Expr operand, std::string_view name);
/// A path into a JSON column as text: Django's KT("meta__tags__0").
Expr key_text(Name path);
/// A comparison as a condition: lookup("gt", F("a"), F("b")) is Django's GreaterThan(F("a"), F("b")).
Expr lookup(std::string_view name, Expr lhs, Expr rhs);
/// A relation whose join has a condition of its own: only as annotate()'s and alias()'s value.
Expr filtered_relation(Name relation, const QNode& condition);
/// Several values compared at once with a composite key.
Expr tuple(std::vector<Expr> items);
/// A part of a text, Django's F("title")[0:3]: `length` characters from `start` on (0 is the first), or all from there on.
/// NotSupportedError once the query knows that it is no text.
Expr slice(Expr operand, std::int64_t start, std::int64_t length = -1);
/// Any function by its SQL name: a C++ literal, never user input. The kind of result is given.
Expr function(std::string_view sql_name, std::vector<Expr> arguments, FieldKind result);
Expr lower(Expr operand);
Expr upper(Expr operand);
Expr length(Expr operand);
Expr coalesce(std::vector<Expr> operands);
Expr concat(std::vector<Expr> operands);
/// A date part: year, month, day, week, week_day, iso_week_day, iso_year, quarter, hour, minute, second.
/// On the clock of `zone` (an IANA key), or of the current zone.
Expr extract(std::string_view part, Expr operand, std::string_view zone = {});
/// A date cut to year, quarter, month, week, day (also hour, minute, second of datetimes).
/// "date" and "time" of a datetime too. `output` says DateField, TimeField or DateTimeField where it differs.
Expr trunc(std::string_view unit, Expr operand, std::string_view zone = {}, OutputType output = {});
Expr now();
Expr random();
Expr cast(Expr operand, FieldKind to);
Expr cast(Expr operand, OutputType to);

}  // namespace expr

}  // namespace nuages::db::models
