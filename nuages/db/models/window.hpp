// Window: a function over the rows around one, Window(Rank()).partition_by("section"_f).order_by("size"_f.desc()).
#pragma once

#include <nuages/db/models/functions.hpp>
#include <nuages/db/models/window_frame.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace nuages::db::models {

namespace functions {
#define NUAGES_WINDOW_FUNCTION(NAME, ...)                       \
    template <class... A> auto NAME(const A&... arguments) {    \
        return detail::call_typed<__VA_ARGS__>(#NAME, arguments...); \
    }
NUAGES_WINDOW_FUNCTION(RowNumber, detail::Always<std::int64_t>)
NUAGES_WINDOW_FUNCTION(Rank, detail::Always<std::int64_t>)
NUAGES_WINDOW_FUNCTION(DenseRank, detail::Always<std::int64_t>)
NUAGES_WINDOW_FUNCTION(PercentRank, detail::Always<double>)
NUAGES_WINDOW_FUNCTION(CumeDist, detail::Always<double>)
NUAGES_WINDOW_FUNCTION(Ntile, detail::Always<std::int64_t>)
NUAGES_WINDOW_FUNCTION(Lag, detail::PerhapsFirst)   // Lag("salary"_f, offset, default): both may be left out
NUAGES_WINDOW_FUNCTION(Lead, detail::PerhapsFirst)
NUAGES_WINDOW_FUNCTION(FirstValue, detail::PerhapsFirst)
NUAGES_WINDOW_FUNCTION(LastValue, detail::PerhapsFirst)
NUAGES_WINDOW_FUNCTION(NthValue, detail::PerhapsFirst)
#undef NUAGES_WINDOW_FUNCTION
}  // namespace functions

/// Rows that a frame leaves out: rows(-1, 1, WindowFrameExclusion::current_row).
using WindowFrameExclusion = WindowFrame::Exclusion;

/// What stands in an OVER clause beside F: checked for its names, F says the type.
template <class F, class... Parts> class WindowOf : public ExpressionTag {
public:
    explicit WindowOf(Expr function) : function_(std::move(function)) {}

    template <class... E> auto partition_by(const E&... parts) const {
        WindowOf<F, Parts..., E...> longer = copied<E...>();
        longer.partition_ = {Expr(parts.expr())...};
        return longer;
    }
    template <class... E> auto order_by(const Ordering<E>&... orderings) const {
        WindowOf<F, Parts..., E...> longer = copied<E...>();
        longer.order_ = {orderings.by...};
        return longer;
    }
    /// ROWS or RANGE BETWEEN: negative offsets are before the current row, positive ones after it, none is unbounded.
    WindowOf rows(std::optional<std::int64_t> start, std::optional<std::int64_t> end,
                  WindowFrameExclusion exclusion = WindowFrameExclusion::none) const {
        return framed({.rows = true, .start = start, .end = end, .exclusion = exclusion});
    }
    WindowOf range(std::optional<std::int64_t> start, std::optional<std::int64_t> end,
                   WindowFrameExclusion exclusion = WindowFrameExclusion::none) const {
        return framed({.rows = false, .start = start, .end = end, .exclusion = exclusion});
    }

    Expr expr() const { return models::expr::window(function_, partition_, order_, frame_); }
    Ordering<WindowOf> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<WindowOf> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }

private:
    template <class, class...> friend class WindowOf;
    template <class... E> WindowOf<F, Parts..., E...> copied() const {
        WindowOf<F, Parts..., E...> longer(function_);
        longer.partition_ = partition_;
        longer.order_ = order_;
        longer.frame_ = frame_;
        return longer;
    }
    WindowOf framed(const WindowFrame& frame) const {
        WindowOf copy = *this;
        copy.frame_ = frame;
        return copy;
    }

    Expr function_;
    std::vector<Expr> partition_;
    std::vector<OrderBy> order_;
    std::optional<WindowFrame> frame_;
};

template <AnyExpression F> WindowOf<F> Window(const F& function) { return WindowOf<F>(function.expr()); }

namespace detail {
template <class S, class F, class... Parts> struct TypeOf<S, WindowOf<F, Parts...>> {
    using problem = decltype(first_of<typename TypeOf<S, F>::problem, typename TypeOf<S, Parts>::problem...>());
    using type = typename TypeOf<S, F>::type;
};
}  // namespace detail

}  // namespace nuages::db::models
