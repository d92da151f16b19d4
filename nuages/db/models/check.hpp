// Types of expressions and problems of conditions, once the model of a query is known.
#pragma once

#include <nuages/db/models/typed_expression.hpp>

namespace nuages::db::models {
template <class... K> struct Defaults;
template <class... K> struct CreateDefaults;
}  // namespace nuages::db::models

namespace nuages::db::models::detail {

template <class S> using scope_model_t = typename S::model;

template <class Problem, class T> struct TypeOrProblem {
    using problem = Problem;
    using type = T;
};

/// The first of these that is a problem.
template <class First, class... Rest> consteval auto first_of() {
    if constexpr (sizeof...(Rest) == 0 || !std::is_same_v<First, no_problem>)
        return First{};
    else
        return first_of<Rest...>();
}
template <int = 0> consteval no_problem first_of() { return {}; }

/// The C++ type that expression E has in scope S, or its problem.
template <class S, class E> struct TypeOf {
    using problem = no_problem;
    using type = E;
};

template <ValueClass C> struct TypeOfClass;
template <> struct TypeOfClass<ValueClass::integer> { using type = std::int64_t; };
template <> struct TypeOfClass<ValueClass::date> { using type = Date; };
template <> struct TypeOfClass<ValueClass::time> { using type = Time; };

/// What stands behind the field of a path that is used as a value: transforms only, "published__year".
template <fixed_string P, class L> consteval auto transformed() {
    constexpr ValueClass from = leaf_class<L>();
    constexpr std::string_view all = P.view().substr(L::rest);
    constexpr Transformed left = transformed_by(from, all);
    if constexpr (all.empty() || from == ValueClass::any) {
        return TypeOrProblem<no_problem, typename L::value>{};
    } else if constexpr (from == ValueClass::json) {
        return TypeOrProblem<no_problem, std::optional<Json>>{};  // a path may lead nowhere
    } else if constexpr (OwnValue<typename L::plain_value>) {
        constexpr auto rest = cut<P, L::rest, all.size()>();
        using T = typename decltype(OwnLookups<typename L::plain_value>::template transformed<rest>())::type;
        if constexpr (std::is_void_v<T>)
            return TypeOrProblem<has_no_lookup<typename L::model, cut<P, 0, L::rest - 2>(), typename L::field, rest>, void>{};
        else
            return TypeOrProblem<no_problem, std::optional<T>>{};  // an index may be past the end
    } else if constexpr (left.rest_size != 0) {
        return TypeOrProblem<has_no_lookup<typename L::model, cut<P, 0, L::rest - 2>(), typename L::field,
                                           cut<P, L::rest, all.size()>()>,
                             void>{};
    } else {
        using T = typename TypeOfClass<left.to>::type;
        return TypeOrProblem<no_problem, std::conditional_t<L::nullable, std::optional<T>, T>>{};
    }
}
template <fixed_string P, class L> consteval auto type_of_leaf() {
    if constexpr (std::is_same_v<typename L::problem, no_problem>) {
        return transformed<P, L>();
    } else {
        return TypeOrProblem<typename L::problem, void>{};
    }
}
template <class S, fixed_string P> struct TypeOf<S, FieldRef<P>> {
    using leaf = decltype(type_of_leaf<P, leaf_t<S, P>>());
    using problem = typename leaf::problem;
    using type = typename leaf::type;
};
template <class S, class T> struct TypeOf<S, Constant<T>> {
    using problem = no_problem;
    using type = T;
};
template <class S, class First, class... Rest> struct TypeOf<S, ExpressionList<First, Rest...>> {
    using first = plain_t<typename TypeOf<S, First>::type>;
    // All of one kind: what the first fits, the others do.
    template <class E> static consteval auto alike() {
        using Other = TypeOf<S, E>;
        if constexpr (std::is_same_v<typename Other::problem, no_problem> && !std::is_void_v<first>) {
            if constexpr (!comparable<first, void, typename Other::type>(class_of<first>()))
                return is_of_another_kind<scope_model_t<S>, first, typename Other::type>{};
            else
                return no_problem{};
        } else {
            return typename Other::problem{};
        }
    }
    using problem = decltype(first_of<typename TypeOf<S, First>::problem, decltype(alike<Rest>())...>());
    using type = ListOf<first>;
};
template <class S, class M> struct TypeOf<S, Checked<M>> {
    using problem = no_problem;
    using type = bool;
};
template <class S, class T> struct TypeOf<S, TypedExpression<T>> {
    using problem = no_problem;
    using type = T;
};

template <class A, class B> using first_problem_t = std::conditional_t<std::is_same_v<A, no_problem>, B, A>;

template <class S, class Rule, class... E> struct TypeOf<S, Function<Rule, E...>> {
    using problem = decltype(first_of<typename TypeOf<S, E>::problem...>());
    using type = typename Rule::template type<typename TypeOf<S, E>::type...>;
};

template <class A, class B> consteval auto arithmetic_type() {
    constexpr ValueClass a = class_of<A>(), b = class_of<B>();
    if constexpr (a == ValueClass::decimal || b == ValueClass::decimal) {
        return std::type_identity<Decimal>{};
    } else if constexpr (a == ValueClass::integer && b == ValueClass::integer) {
        return std::type_identity<std::int64_t>{};
    } else if constexpr ((a == ValueClass::integer || a == ValueClass::real) &&
                         (b == ValueClass::integer || b == ValueClass::real)) {
        return std::type_identity<double>{};
    } else if constexpr (a == b && (a == ValueClass::date_time || a == ValueClass::date || a == ValueClass::time)) {
        return std::type_identity<Duration>{};
    } else if constexpr (a == ValueClass::date && b == ValueClass::duration) {
        return std::type_identity<DateTime>{};  // as Django has it
    } else if constexpr (a == ValueClass::duration && b == ValueClass::date_time) {
        return std::type_identity<DateTime>{};
    } else {
        return std::type_identity<A>{};
    }
}

template <class S, class A, class B> struct TypeOf<S, Arithmetic<A, B>> {
    using left = TypeOf<S, A>;
    using right = TypeOf<S, B>;
    using problem = first_problem_t<typename left::problem, typename right::problem>;
    using plain =
        typename decltype(arithmetic_type<plain_t<typename left::type>, plain_t<typename right::type>>())::type;
    static constexpr bool nullable =
        WithoutOptional<typename left::type>::nullable || WithoutOptional<typename right::type>::nullable;
    using type = std::conditional_t<nullable, std::optional<plain>, plain>;
};

template <class S, class E> struct TypeOf<S, PartOfText<E>> {
    using inner = TypeOf<S, E>;
    static constexpr bool text = class_of<plain_t<typename inner::type>>() == ValueClass::text;
    using problem = first_problem_t<
        typename inner::problem,
        std::conditional_t<text || std::is_void_v<typename inner::type>, no_problem,
                           is_not_a_text<scope_model_t<S>, plain_t<typename inner::type>>>>;
    using type = typename inner::type;
};

template <class S, class C> struct ProblemOf { using type = is_no_condition<scope_model_t<S>, C>; };
template <class S> struct ProblemOf<S, void> { using type = no_problem; };

template <AggregateKind K, class T> consteval auto aggregate_type() {
    if constexpr (K == AggregateKind::count) {
        return std::type_identity<std::int64_t>{};
    } else if constexpr (std::is_void_v<T>) {
        return std::type_identity<void>{};  // its problem is told
    } else if constexpr (K == AggregateKind::string_agg) {
        return std::type_identity<std::optional<std::string>>{};
    } else if constexpr (K == AggregateKind::std_dev || K == AggregateKind::variance) {
        return std::type_identity<std::optional<double>>{};
    } else if constexpr (K == AggregateKind::avg) {
        if constexpr (std::is_same_v<T, Decimal> || std::is_same_v<T, Duration>)
            return std::type_identity<std::optional<T>>{};
        else
            return std::type_identity<std::optional<double>>{};
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && K == AggregateKind::sum) {
        return std::type_identity<std::optional<std::int64_t>>{};
    } else {
        return std::type_identity<std::optional<T>>{};
    }
}

template <class S, AggregateKind K, class T> consteval auto aggregate_problem() {
    constexpr ValueClass c = class_of<T>();
    if constexpr ((K == AggregateKind::sum || K == AggregateKind::avg) && !std::is_void_v<T> &&
                  c != ValueClass::integer && c != ValueClass::real && c != ValueClass::duration && c != ValueClass::decimal) {
        return std::type_identity<is_not_a_number<scope_model_t<S>, T>>{};
    } else {
        return std::type_identity<no_problem>{};
    }
}

template <class S, AggregateKind K, class E, class Filter, class... Order>
struct TypeOf<S, Aggregate<K, E, Filter, Order...>> {
    using inner = TypeOf<S, E>;
    using plain = plain_t<typename inner::type>;
    using problem = decltype(first_of<typename inner::problem, typename ProblemOf<S, Filter>::type,
                                      typename decltype(aggregate_problem<S, K, plain>())::type,
                                      typename TypeOf<S, Order>::problem...>());
    using type = typename decltype(aggregate_type<K, plain>())::type;
};

/// FilteredRelation: the alias is a relation to the same model.
template <class S, fixed_string R, class C> struct TypeOf<S, FilteredRelationOf<R, C>> {
    using leaf = leaf_t<S, R>;
    static consteval auto check() {
        if constexpr (!std::is_same_v<typename leaf::problem, no_problem>)
            return TypeOrProblem<typename leaf::problem, void>{};
        else if constexpr (std::is_void_v<related_t<typename leaf::field>>)
            return TypeOrProblem<is_not_a_relation<scope_model_t<S>, R>, void>{};
        else
            return TypeOrProblem<typename ProblemOf<S, C>::type, RelationAlias<related_t<typename leaf::field>>>{};
    }
    using problem = typename decltype(check())::problem;
    using type = typename decltype(check())::type;
};

// ---- conditions ---------------------------------------------------------------------------------------------
/// Whether a condition may be unknown: a lookup of a column that may be NULL.
template <class S, class C> struct MayBeNull { static constexpr bool value = false; };
template <class S, fixed_string P, class R> struct MayBeNull<S, Keyword<P, R>> {
    static consteval bool check() {
        using L = leaf_t<S, P>;
        if constexpr (std::is_same_v<typename L::problem, no_problem>)
            return L::nullable && !P.view().ends_with("__isnull");
        return false;
    }
    static constexpr bool value = check();
};
template <class S, class A, class B> struct MayBeNull<S, Both<A, B>> {
    static constexpr bool value = MayBeNull<S, A>::value || MayBeNull<S, B>::value;
};
template <class S, class A> struct MayBeNull<S, Negated<A>> : MayBeNull<S, A> {};
template <class S, class C>
using condition_value_t = std::conditional_t<MayBeNull<S, C>::value, std::optional<bool>, bool>;

template <class S, class C> struct TypeOf<S, ConditionValue<C>> {
    using problem = typename ProblemOf<S, C>::type;
    using type = condition_value_t<S, C>;
};

template <class S, fixed_string P, class L> consteval LookupShape shape_of() {
    return parse_lookup(leaf_class<L>(), P.view().substr(L::rest));
}

/// A query or statement of single values right of `__in`: RowsOf<void, T>.
template <class T> struct RowsOfTyped { using type = RowsOf<void, plain_t<T>>; };
template <class M, class T> struct RowsOfTyped<RowsOf<M, T>> { using type = RowsOf<M, T>; };
template <RightSide Shape, class R, class T> struct RightSideOf { using type = T; };
template <class R, class T> struct RightSideOf<RightSide::list, TypedExpression<R>, T> : RowsOfTyped<T> {};
template <RightSide Shape, class R, class T> using right_side_of = typename RightSideOf<Shape, R, T>::type;

constexpr bool is_fraction_class(ValueClass c) { return c == ValueClass::real || c == ValueClass::decimal; }

/// An object stands for its key: a foreign key to another field is compared with that field's value, "alt"_f = coded.title.
template <class F, class R> consteval bool is_object_for_other_key() {
    if constexpr (requires { F::key_name; typename F::related; })
        return F::key_name.view() != "pk" &&
               (std::is_same_v<R, ObjectOf<typename F::related>> || std::is_same_v<R, ListOf<ObjectOf<typename F::related>>>);
    return false;
}

/// The type of a right side in scope S: expressions have one of their own.
template <class S, class R> consteval auto right_type() {
    if constexpr (AnyExpression<R>) {
        return TypeOf<S, R>{};
    } else if constexpr (AnyCondition<R>) {
        return TypeOrProblem<typename ProblemOf<S, R>::type, condition_value_t<S, R>>{};
    } else {
        return TypeOrProblem<no_problem, R>{};
    }
}

/// The same for a value that has lookups of its own.
template <class S, fixed_string P, class L, class R> consteval auto own_lookup_problem() {
    using Right = decltype(right_type<S, R>());
    if constexpr (!std::is_same_v<typename Right::problem, no_problem>) {
        return std::type_identity<typename Right::problem>{};
    } else {
        constexpr LookupFit fit = fit_of<typename L::plain_value, typename Right::type>(P.view().substr(L::rest));
        if constexpr (fit == LookupFit::unknown) {
            return std::type_identity<has_no_lookup<typename L::model, cut<P, 0, L::rest - 2>(), typename L::field,
                                                    cut<P, L::rest, P.size() - L::rest>()>>{};
        } else if constexpr (fit == LookupFit::misfit) {
            return std::type_identity<
                cannot_be_compared_with<typename L::model, P, typename L::field, typename Right::type>>{};
        } else {
            return std::type_identity<no_problem>{};
        }
    }
}

template <class S, fixed_string P, class R> consteval auto keyword_problem() {
    using L = leaf_t<S, P>;
    if constexpr (!std::is_same_v<typename L::problem, no_problem>) {
        return std::type_identity<typename L::problem>{};
    } else if constexpr (OwnValue<typename L::plain_value>) {
        return own_lookup_problem<S, P, L, R>();
    } else {
        constexpr LookupShape shape = shape_of<S, P, L>();
        if constexpr (shape.right == RightSide::unknown) {
            constexpr std::size_t size = P.size() - L::rest;
            constexpr std::size_t path = L::rest - 2;
            return std::type_identity<
                has_no_lookup<typename L::model, cut<P, 0, path>(), typename L::field, cut<P, L::rest, size>()>>{};
        } else {
            using Right = decltype(right_type<S, R>());
            if constexpr (!std::is_same_v<typename Right::problem, no_problem>) {
                return std::type_identity<typename Right::problem>{};
            } else if constexpr (AnyExpression<R> && shape.right == RightSide::same && shape.left == ValueClass::integer &&
                                 is_fraction_class(class_of<plain_t<typename Right::type>>())) {
                return std::type_identity<no_problem>{};  // the database compares numbers of any kind
            } else if constexpr (is_object_for_other_key<typename L::field, typename Right::type>() ||
                                 !RightFits<typename L::plain_value, related_t<typename L::field>,
                                            right_side_of<shape.right, R, typename Right::type>>::check(shape)) {
                return std::type_identity<
                    cannot_be_compared_with<typename L::model, P, typename L::field, typename Right::type>>{};
            } else {
                return std::type_identity<no_problem>{};
            }
        }
    }
}

template <class S, fixed_string P, class R> struct ProblemOf<S, Keyword<P, R>> {
    using type = typename decltype(keyword_problem<S, P, R>())::type;
};
template <class S, class A, class B> struct ProblemOf<S, Both<A, B>> {
    using type = first_problem_t<typename ProblemOf<S, A>::type, typename ProblemOf<S, B>::type>;
};
template <class S, class A> struct ProblemOf<S, Negated<A>> : ProblemOf<S, A> {};
template <class S, class M> struct ProblemOf<S, Checked<M>> { using type = no_problem; };
/// What is wrong with condition C in scope S.
template <class S, class C> consteval auto condition_check() {
    return problem_as(std::type_identity<typename ProblemOf<S, C>::type>{});
}
/// The tree of a condition; an empty one of what is none: the check says so.
template <class C> const QNode& node_of(const C& condition) {
    if constexpr (AnyCondition<C>)
        return condition.node;
    else
        return no_condition();
}
/// What is wrong with column E of values(), only() ... in scope S.
template <class S, class E> consteval auto column_check() {
    if constexpr (AnyExpression<E>)
        return problem_as(std::type_identity<typename TypeOf<S, E>::problem>{});
    else
        return problem_as(std::type_identity<is_no_column<scope_model_t<S>, E>>{});
}
/// What is wrong with expression E in scope S.
template <class S, class E> consteval auto expression_check() {
    return problem_as(std::type_identity<typename TypeOf<S, E>::problem>{});
}

/// update(): the name must be a field with a column, the value must fit it.
template <class S, fixed_string P, class R> consteval auto assignment_problem() {
    using M = scope_model_t<S>;
    using L = leaf_t<Scope<M>, P>;
    if constexpr (!std::is_same_v<typename L::problem, no_problem>) {
        return std::type_identity<typename L::problem>{};
    } else if constexpr (separator_of(P.view()) != P.size() || !std::is_same_v<typename L::model, M>) {
        return std::type_identity<has_no_field<M, P>>{};
    } else if constexpr (requires { typename L::field::generated; }) {
        return std::type_identity<is_computed_by_the_database<M, P>>{};
    } else {
        using Right = decltype(right_type<S, R>());
        if constexpr (!std::is_same_v<typename Right::problem, no_problem>) {
            return std::type_identity<typename Right::problem>{};
        } else if constexpr (is_object_for_other_key<typename L::field, typename Right::type>() ||
                             !comparable<typename L::plain_value, related_t<typename L::field>, typename Right::type>(
                                 leaf_class<L>()) ||
                             (std::is_same_v<typename Right::type, std::nullptr_t> && !L::nullable)) {
            return std::type_identity<cannot_be_set_to<M, P, typename L::field, typename Right::type>>{};
        } else {
            return std::type_identity<no_problem>{};
        }
    }
}
template <class S, class K> struct AssignmentProblem;
template <class S, fixed_string P, class R> struct AssignmentProblem<S, Keyword<P, R>> {
    using type = typename decltype(assignment_problem<S, P, R>())::type;
};
template <class S, class K> consteval auto assignment_check() {
    return problem_as(std::type_identity<typename AssignmentProblem<S, K>::type>{});
}

/// annotate(), aggregate(): the type of what stands right of the alias.
template <class S, class K> struct AliasOf {
    using problem = is_no_named_value<scope_model_t<S>, K>;
    using annotation = Annotation<"", char>;
};
template <class S, fixed_string P, class R> struct AliasOf<S, Keyword<P, R>> {
    using right = decltype(right_type<S, R>());
    using problem = typename right::problem;
    // What has a problem has no type; its rows are laid out all the same, so that no second error follows. NULL has none.
    using type = std::conditional_t<std::is_void_v<typename right::type>, char,
                                    std::conditional_t<std::is_same_v<typename right::type, std::nullptr_t>, Literal, typename right::type>>;
    using annotation =
        std::conditional_t<IsRelationAlias<type>::value, Hidden<Annotation<P, type>>, Annotation<P, type>>;
};
template <class S, class K> consteval auto alias_check() {
    return problem_as(std::type_identity<typename AliasOf<S, K>::problem>{});
}

/// get_or_create(): conditions, and among them what only fills a new object.
template <class S, class K> struct ArgumentProblem : ProblemOf<S, K> {};
template <class S, class... D> struct ArgumentProblem<S, Defaults<D...>> {
    using type = decltype(first_of<typename AssignmentProblem<S, D>::type...>());
};
template <class S, class... D> struct ArgumentProblem<S, CreateDefaults<D...>> {
    using type = decltype(first_of<typename AssignmentProblem<S, D>::type...>());
};
template <class S, class K> consteval auto argument_check() {
    return problem_as(std::type_identity<typename ArgumentProblem<S, K>::type>{});
}

/// What is wrong with a path that must lead to a date.
template <class S, fixed_string P> consteval auto date_check() {
    using Type = TypeOf<S, FieldRef<P>>;
    constexpr ValueClass c = class_of<plain_t<typename Type::type>>();
    if constexpr (!std::is_same_v<typename Type::problem, no_problem>)
        return problem_as(std::type_identity<typename Type::problem>{});
    else if constexpr (c != ValueClass::date && c != ValueClass::date_time && c != ValueClass::any)
        return problem_as(std::type_identity<is_no_date<scope_model_t<S>, P>>{});
    else
        return no_problem{};
}

/// The first of K whose name is that of a field of M, as Django refuses it.
template <class M, class... K> struct NamedAsField { using type = no_problem; };
template <class M, fixed_string P, class R, class... Rest> struct NamedAsField<M, Keyword<P, R>, Rest...> {
    using type = std::conditional_t<locate<M>(P.view()) >= 0, has_field_already<M, P>, typename NamedAsField<M, Rest...>::type>;
};
template <class M, class... K> consteval auto field_name_check() {
    return problem_as(std::type_identity<typename NamedAsField<M, K...>::type>{});
}

/// The first of K whose name an annotation of S, or one of K before it, has already.
template <class S, class... K> struct RepeatedAlias { using type = no_problem; };
template <class M, class... A, fixed_string P, class R, class... Rest>
struct RepeatedAlias<Scope<M, A...>, Keyword<P, R>, Rest...> {
    using later = RepeatedAlias<Scope<M, A..., Annotation<P, void>>, Rest...>;
    using type =
        std::conditional_t<((A::name.view() == P.view()) || ...), has_annotation_already<M, P>, typename later::type>;
};
template <class S, class... K> consteval auto repeat_check() {
    return problem_as(std::type_identity<typename RepeatedAlias<S, K...>::type>{});
}

}  // namespace nuages::db::models::detail
