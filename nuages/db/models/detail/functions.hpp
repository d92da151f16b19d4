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
    ExtractExpr(std::string_view which, Expr from) : part(which), operand(std::move(from)) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override { return {FieldKind::integer, nullptr, true}; }
    bool contains_aggregate() const override { return operand->contains_aggregate(); }
};

struct CombinedExpr final : Expression {
    Expr left, right;
    char operation;
    CombinedExpr(Expr a, char op, Expr b) : left(std::move(a)), right(std::move(b)), operation(op) {}
    Expr resolve(Resolver& resolver) const override;
    void write(SqlWriter& out) const override;
    OutputType output() const override;
    bool contains_aggregate() const override { return left->contains_aggregate() || right->contains_aggregate(); }
    void group_by(std::vector<Expr>& out) const override;
    std::string default_alias() const override { return {}; }
};

}  // namespace nuages::db::models
