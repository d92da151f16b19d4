// Aggregates that PostgreSQL has beside the common ones (django.contrib.postgres.aggregates).
//
//     Author::objects.annotate("titles"_f = postgres::ArrayAgg("articles__title"_f, {.order_by = {"articles__title"}}));
//     // row["titles"_f] is std::optional<std::vector<std::string>>: NULL where there is no row
#pragma once

#include <nuages/db/array.hpp>
#include <nuages/db/models/functions.hpp>

#include <string_view>
#include <vector>

namespace nuages::postgres {

using db::models::Expr;

struct ArrayAggOptions {
    bool distinct = false;
    std::vector<db::models::OrderBy> order_by = {};  ///< names, "-name", or expressions
};

/// Any of the aggregates below by Django's name; the filter is copied. TypeError for a name that does not exist.
Expr aggregate(std::string_view name, std::vector<Expr> arguments, const ArrayAggOptions& options = {},
               const db::models::QNode* filter = nullptr);

namespace detail {
/// Items that may be null, of a nullable column or of a relation that has no row, are std::optional.
struct ArrayOf {
    template <class First, class...> using type = std::optional<std::vector<First>>;
};
template <class A> Expr operand(const A& value) { return db::models::detail::as_expression(value).expr(); }
template <class A> using operand_t = db::models::detail::expression_t<A>;
}  // namespace detail

#define NUAGES_AGGREGATE(NAME, ...)                                                                             \
    template <class A> auto NAME(const A& value, const ArrayAggOptions& options = {}) {                         \
        return db::models::Function<__VA_ARGS__, detail::operand_t<A>>(                                         \
            aggregate(#NAME, {detail::operand(value)}, options));                                               \
    }
/// All values as a list, null included.
NUAGES_AGGREGATE(ArrayAgg, detail::ArrayOf)
/// All values as a JSON list.
NUAGES_AGGREGATE(JSONBAgg, db::models::detail::Perhaps<db::models::Json>)
NUAGES_AGGREGATE(BitAnd, db::models::detail::Perhaps<std::int64_t>)
NUAGES_AGGREGATE(BitOr, db::models::detail::Perhaps<std::int64_t>)
/// Since PostgreSQL 14.
NUAGES_AGGREGATE(BitXor, db::models::detail::Perhaps<std::int64_t>)
NUAGES_AGGREGATE(BoolAnd, db::models::detail::Perhaps<bool>)
NUAGES_AGGREGATE(BoolOr, db::models::detail::Perhaps<bool>)
#undef NUAGES_AGGREGATE

/// The texts one behind the other with DELIMITER between them.
template <class A, class D> auto StringAgg(const A& value, const D& delimiter, const ArrayAggOptions& options = {}) {
    return db::models::Function<db::models::detail::Perhaps<std::string>, detail::operand_t<A>, detail::operand_t<D>>(
        aggregate("StringAgg", {detail::operand(value), detail::operand(delimiter)}, options));
}

// Statistics of pairs (y, x): NULL where there are too few.
#define NUAGES_STATISTIC(NAME, RESULT)                                                                          \
    template <class Y, class X> auto NAME(const Y& y, const X& x) {                                             \
        return db::models::Function<db::models::detail::RESULT, detail::operand_t<Y>, detail::operand_t<X>>(    \
            aggregate(#NAME, {detail::operand(y), detail::operand(x)}));                                        \
    }
NUAGES_STATISTIC(Corr, Perhaps<double>)
NUAGES_STATISTIC(CovarPop, Perhaps<double>)
NUAGES_STATISTIC(CovarSamp, Perhaps<double>)
NUAGES_STATISTIC(RegrAvgX, Perhaps<double>)
NUAGES_STATISTIC(RegrAvgY, Perhaps<double>)
NUAGES_STATISTIC(RegrCount, Always<std::int64_t>)
NUAGES_STATISTIC(RegrIntercept, Perhaps<double>)
NUAGES_STATISTIC(RegrR2, Perhaps<double>)
NUAGES_STATISTIC(RegrSlope, Perhaps<double>)
NUAGES_STATISTIC(RegrSXX, Perhaps<double>)
NUAGES_STATISTIC(RegrSXY, Perhaps<double>)
NUAGES_STATISTIC(RegrSYY, Perhaps<double>)
#undef NUAGES_STATISTIC

}  // namespace nuages::postgres
