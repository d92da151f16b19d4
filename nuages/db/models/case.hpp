// Case and When: a value chosen by conditions.
//
//     Case(When("views__gt"_f = 1000, "hot"), When("views__gt"_f = 100, "warm"), Default("cold"))
#pragma once

#include <nuages/db/models/check.hpp>

namespace nuages::db::models {

/// A condition C and the value E where it holds.
template <class C, class E> struct WhenThen {
    QNode condition;
    Expr then;
};
/// The value where no condition holds.
template <class E> struct Otherwise { Expr value; };

template <AnyCondition C, class V> auto When(const C& condition, const V& then) {
    return WhenThen<C, detail::expression_t<V>>{condition.node, detail::as_expression(then).expr()};
}
template <class V> auto Default(const V& value) {
    return Otherwise<detail::expression_t<V>>{detail::as_expression(value).expr()};
}

namespace detail {

struct CaseParts {
    std::vector<expr::When> whens;
    Expr otherwise;
};
template <class C, class E> void add_part(CaseParts& parts, const WhenThen<C, E>& when) {
    parts.whens.push_back({const_cast<QNode*>(&when.condition), when.then});
}
template <class E> void add_part(CaseParts& parts, const Otherwise<E>& otherwise) { parts.otherwise = otherwise.value; }

template <class S, class P> struct PartOf;
template <class S, class C, class E> struct PartOf<S, WhenThen<C, E>> {
    using value = TypeOf<S, E>;
    using problem = first_problem_t<typename ProblemOf<S, C>::type, typename value::problem>;
    using type = typename value::type;
    static constexpr bool is_default = false;
};
template <class S, class E> struct PartOf<S, Otherwise<E>> {
    using value = TypeOf<S, E>;
    using problem = typename value::problem;
    using type = typename value::type;
    static constexpr bool is_default = true;
};

}  // namespace detail

template <class... P> struct CaseOf : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<CaseOf> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<CaseOf> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
};

namespace detail {
template <class First, class... Rest> consteval auto common_plain() {
    if constexpr (std::is_same_v<plain_t<First>, std::nullptr_t> && sizeof...(Rest) > 0)
        return common_plain<Rest...>();
    else
        return std::type_identity<plain_t<First>>{};
}
/// Whether values of these classes can be those of one column; numbers of two kinds are told apart when the query runs.
consteval bool go_together(ValueClass a, ValueClass b) {
    const auto number = [](ValueClass c) {
        return c == ValueClass::integer || c == ValueClass::real || c == ValueClass::decimal || c == ValueClass::key;
    };
    const auto text = [](ValueClass c) { return c == ValueClass::text || c == ValueClass::choice; };
    const auto open = [](ValueClass c) { return c == ValueClass::other || c == ValueClass::any || c == ValueClass::json; };
    return a == b || (number(a) && number(b)) || (text(a) && text(b)) || open(a) || open(b);
}
template <class S, class First, class... Other> consteval auto mixed_types() {
    return first_of<std::conditional_t<go_together(class_of<First>(), class_of<plain_t<Other>>()), no_problem,
                                       is_of_another_kind<scope_model_t<S>, First, plain_t<Other>>>...>();
}
template <class S, class... P> struct TypeOf<S, CaseOf<P...>> {
    using plain = typename decltype(common_plain<typename PartOf<S, P>::type...>())::type;
    using problem = decltype(first_of<typename PartOf<S, P>::problem..., decltype(mixed_types<S, plain, typename PartOf<S, P>::type...>())>());
    static constexpr bool nullable =
        !(PartOf<S, P>::is_default || ...) || ((WithoutOptional<typename PartOf<S, P>::type>::nullable ||
                                                std::is_same_v<typename PartOf<S, P>::type, std::nullptr_t>) ||
                                               ...);
    using type = std::conditional_t<nullable, std::optional<plain>, plain>;
};
}  // namespace detail

/// The value of the first When whose condition holds, or the Default's; NULL without one.
template <class... P> CaseOf<P...> Case(const P&... parts) {
    detail::CaseParts all;
    (detail::add_part(all, parts), ...);
    return CaseOf<P...>(expr::case_(all.whens, all.otherwise));
}

}  // namespace nuages::db::models
