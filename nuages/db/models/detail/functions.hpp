// Expression nodes that other parts of the compiler look into.
#pragma once

#include <nuages/db/models/detail/nodes.hpp>

#include <array>
#include <string_view>

namespace nuages::db::models {

inline constexpr std::array<std::string_view, 13> kDateParts = {"year",     "iso_year",     "month",   "day",  "week",
                                                                "week_day", "iso_week_day", "quarter", "hour", "minute",
                                                                "second",   "date",         "time"};

/// Whether a column of this type has the transform.
bool transform_fits(std::string_view name, const OutputType& type);

/// "date_column__year": a number out of a date, time or datetime.
struct ExtractExpr final : Expression {
    std::string_view part;  ///< one of kDateParts
    Expr operand;
    std::string zone;  ///< empty: the current one
    ExtractExpr(std::string_view which, Expr from, std::string clock)
        : part(which), operand(std::move(from)), zone(std::move(clock)) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override { return {FieldKind::integer, nullptr, true}; }
    void visit(FunctionRef<void(const Expr&)> child) const override { child(operand); }
    std::string describe() const override { return "Extract(" + operand->describe() + ", " + std::string(part) + ")"; }
};

struct CombinedExpr final : Expression {
    Expr left, right;
    char operation;
    CombinedExpr(Expr a, char op, Expr b) : left(std::move(a)), right(std::move(b)), operation(op) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override;
    void visit(FunctionRef<void(const Expr&)> child) const override {
        child(left);
        child(right);
    }
    void group_by(std::vector<Expr>& out) const override;
    std::string describe() const override;

private:
    bool write_call(SqlWriter& out, const Wrap& call) const;
};

/// ROW_NUMBER() over the rows of one `owner`, in this order. All resolved.
struct OrderedExpr {
    Expr expression;
    bool descending;
    OrderBy::Nulls nulls;
};
Expr row_number_over(const Expr& owner, const std::vector<OrderedExpr>& order);

/// A resolved aggregate that gives a float where it would give a decimal: what stands before OVER is converted behind it.
Expr as_float_aggregate(const Expr& aggregate);

/// The transform of a date or time column; empty if it has none of that name.
Expr date_transform(std::string_view name, const Expr& operand);

/// What several sources of a function have in common; FieldError ("Expression contains mixed types") if nothing.
OutputType common_output(const std::vector<Expr>& sources);

/// JSON text as Python's json.dumps() spells it, which is what stands in the database.
std::string json_dumps(std::string_view text);

}  // namespace nuages::db::models
