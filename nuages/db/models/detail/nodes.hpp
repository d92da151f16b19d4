// The nodes of resolved trees that the compiler itself looks into.
#pragma once

#include <nuages/db/models/detail/inline_vector.hpp>
#include <nuages/db/models/expression.hpp>
#include <nuages/db/models/field.hpp>
#include <nuages/db/models/q.hpp>
#include <nuages/db/models/resolver.hpp>
#include <nuages/db/models/sql_writer.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::models {

/// A column of a joined table. `output_field` is the relation when the path ended at one, else the column's field.
struct Col final : Expression {
    int alias;
    const Field* target;
    const Field* output_field;

    Col(int table, const Field& column, const Field& output) : alias(table), target(&column), output_field(&output) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override;
    OutputType output() const override {
        OutputType type = output_of(*target);
        type.field = output_field;
        return type;
    }
    const Col* as_column() const override { return this; }
};

/// A use of an annotation inside aggregate(): its column where a subquery stands in between, else the annotation
/// itself.
struct AnnotationRef final : Expression {
    std::size_t index;
    Expr expression;

    AnnotationRef(std::size_t position, Expr annotation) : index(position), expression(std::move(annotation)) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override;
    OutputType output() const override { return expression->output(); }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(expression); }
};

/// An expression of the query around the subquery in which it stands.
struct OuterExpr final : Expression {
    Expr expression;

    explicit OuterExpr(Expr outer) : expression(std::move(outer)) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override;
    OutputType output() const override { return expression->output(); }
    void group_by(std::vector<Expr>&) const override {}
};

struct ValueExpr final : Expression {
    Literal literal;
    OutputType type;

    explicit ValueExpr(Literal value);
    ValueExpr(Literal value, FieldKind kind) : literal(std::move(value)), type{kind, nullptr, true} {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override;
    OutputType output() const override { return type; }
    void group_by(std::vector<Expr>&) const override {}
    std::string describe() const override;
};

/// What annotate() takes for an alias of a relation with a condition of its own.
struct FilteredRelationExpr final : Expression {
    Name relation;
    QNode condition;
    FilteredRelationExpr(Name path, QNode node) : relation(std::move(path)), condition(std::move(node)) {}
    Expr resolve(Resolver&) const override;
    void write(SqlWriter&) const override {}
};

/// Resolved conditions under a connector.
struct WhereNode final : Expression {
    QNode::Op op = QNode::Op::and_;
    bool negated = false;
    std::vector<Expr> children;

    WhereNode(QNode::Op connector, bool negate) : op(connector), negated(negate) {}
    /// Adds a condition; children of the same connector are taken in.
    void add(Expr condition);
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override;
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& one : children) child(one);
    }
    void group_by(std::vector<Expr>& out) const override;
    Outcome outcome() const override;
    static Outcome combine(QNode::Op op, bool negated, const std::vector<Expr>& children);
};

/// Writes conditions joined by AND as the body of WHERE or HAVING, in parentheses when there are several.
/// Those that always hold are left out; false if none is left.
bool write_conditions(SqlWriter& out, const std::vector<Expr>& conditions);

enum class LookupKind : std::uint8_t {
    exact,
    iexact,
    contains,
    icontains,
    startswith,
    istartswith,
    endswith,
    iendswith,
    gt,
    gte,
    lt,
    lte,
    in,
    range,
    isnull,
    regex,
    iregex,
    has_key,
    has_keys,
    has_any_keys,
    contained_by,
    none
};

LookupKind find_lookup(std::string_view name);
std::string_view lookup_name(LookupKind kind);

/// lhs OP rhs. The literal is the Q tree's own where it needed no conversion; the query keeps that alive.
struct Lookup final : Expression {
    LookupKind kind;
    Expr lhs;
    const Literal* literal = nullptr;
    Literal owned;
    Expr rhs;
    std::vector<Expr> items;  ///< of `in` and `range` when some are expressions

    Lookup(LookupKind lookup, Expr left) : kind(lookup), lhs(std::move(left)) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override;
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        child(lhs);
        child(rhs);
        for (const Expr& item : items) child(item);
    }
    void group_by(std::vector<Expr>& out) const override;
    Outcome outcome() const override;

private:
    void write_lhs(SqlWriter& out) const;
    void write_pattern(SqlWriter& out) const;
    void write_in(SqlWriter& out) const;
};

/// The value as the column's kind wants it: the same object if it fits, else a conversion in `storage`.
/// Throws ValueError or InvalidValue with Django's text.
const Literal& prepared(const OutputType& type, const Literal& value, Literal& storage);
/// The whole numbers that a column of this type can hold: no row equals another one. Everything, where it holds no such.
Operations::Range whole_range(const OutputType& type, const Operations& operations);

struct ExtractExpr;
/// "2026-01-01" .. for lookups by year of a date or datetime column.
Expr year_lookup(LookupKind kind, const ExtractExpr& part, std::int64_t year);

/// A transform by its name in lookups ("year", "date"); empty if the kind has none of that name.
Expr apply_transform(std::string_view name, const Expr& operand);

/// Class name of the type for messages: "CharField".
std::string_view output_name(const OutputType& type);

}  // namespace nuages::db::models
