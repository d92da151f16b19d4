// Lookups between two expressions (django.db.models.lookups): a condition whose left side is more than a path.
//
//     filter(models::lookups::GreaterThan("views"_f * 2, "likes"_f))
//     annotate("long"_f = models::lookups::GreaterThanOrEqual(functions::Length("title"_f), 40))
#pragma once

#include <nuages/db/models/check.hpp>

#include <string_view>

namespace nuages::db::models {

/// `Left Lookup Right`, both expressions. Name is Django's class, which messages show.
template <fixed_string Name, fixed_string Lookup, class L, class R> struct Comparison : Condition {
    using Condition::Condition;
    Ordering<ConditionValue<Comparison>> asc(NullsOrder nulls = {}) const {
        return {order_of(expr::condition(node), false, nulls)};
    }
    Ordering<ConditionValue<Comparison>> desc(NullsOrder nulls = {}) const {
        return {order_of(expr::condition(node), true, nulls)};
    }
};

/// Values of this type have no such lookup: models::lookups::Contains of a number.
template <class Model, fixed_string Lookup, class Value> struct has_no_lookup_class {};

namespace detail {

/// An operand of a comparison; several values (`In`, `Range`) stay the list they are.
template <class T> auto as_operand(const T& operand) {
    if constexpr (std::is_base_of_v<QuerySetTag, T>)
        return TypedExpression<typename T::as_right_side>(expr::subquery(operand.query()));
    else
        return as_expression(operand);
}
template <class T> using operand_t = decltype(as_operand(std::declval<const T&>()));

template <fixed_string Name, fixed_string Lookup, class L, class R> auto compared(const L& left, const R& right) {
    return Comparison<Name, Lookup, expression_t<L>, operand_t<R>>(
        QNode(expr::lookup(Lookup.view(), as_expression(left).expr(), as_operand(right).expr())));
}

/// The model whose objects an operand stands for: that of a foreign key.
template <class S, class L> struct KeyTo { using type = void; };
template <class S, fixed_string P> struct KeyTo<S, FieldRef<P>> { using type = related_t<typename leaf_t<S, P>::field>; };

template <class S, fixed_string Name, fixed_string Lookup, class L, class R>
struct ProblemOf<S, Comparison<Name, Lookup, L, R>> {
    using left = TypeOf<S, L>;
    using right = TypeOf<S, R>;
    using value = plain_t<typename left::type>;
    static consteval auto check() {
        using First = first_problem_t<typename left::problem, typename right::problem>;
        if constexpr (!std::is_same_v<First, no_problem>) {
            return std::type_identity<First>{};
        } else {
            using To = typename KeyTo<S, L>::type;
            constexpr LookupShape shape = parse_lookup(std::is_void_v<To> ? class_of<value>() : ValueClass::key, Lookup.view());
            if constexpr (shape.right == RightSide::unknown)
                return std::type_identity<has_no_lookup_class<scope_model_t<S>, Name, value>>{};
            else if constexpr (!RightFits<value, To, typename right::type>::check(shape))
                return std::type_identity<
                    cannot_be_compared_with<scope_model_t<S>, Name, value, typename right::type>>{};
            else
                return std::type_identity<no_problem>{};
        }
    }
    using type = typename decltype(check())::type;
};
template <class S, fixed_string Name, fixed_string Lookup, class L, class R>
struct MayBeNull<S, Comparison<Name, Lookup, L, R>> {
    static constexpr bool value = Lookup.view() != "isnull" && (WithoutOptional<typename TypeOf<S, L>::type>::nullable ||
                                                                WithoutOptional<typename TypeOf<S, R>::type>::nullable);
};

}  // namespace detail

namespace lookups {

#define NUAGES_LOOKUP(NAME, LOOKUP)                                                   \
    template <class L, class R> auto NAME(const L& left, const R& right) {            \
        return detail::compared<#NAME, LOOKUP>(left, right);                          \
    }
NUAGES_LOOKUP(Exact, "exact")
NUAGES_LOOKUP(IExact, "iexact")
NUAGES_LOOKUP(GreaterThan, "gt")
NUAGES_LOOKUP(GreaterThanOrEqual, "gte")
NUAGES_LOOKUP(LessThan, "lt")
NUAGES_LOOKUP(LessThanOrEqual, "lte")
NUAGES_LOOKUP(In, "in")
NUAGES_LOOKUP(Range, "range")
NUAGES_LOOKUP(IsNull, "isnull")
NUAGES_LOOKUP(Contains, "contains")
NUAGES_LOOKUP(IContains, "icontains")
NUAGES_LOOKUP(StartsWith, "startswith")
NUAGES_LOOKUP(IStartsWith, "istartswith")
NUAGES_LOOKUP(EndsWith, "endswith")
NUAGES_LOOKUP(IEndsWith, "iendswith")
NUAGES_LOOKUP(Regex, "regex")
NUAGES_LOOKUP(IRegex, "iregex")
#undef NUAGES_LOOKUP

}  // namespace lookups

}  // namespace nuages::db::models
