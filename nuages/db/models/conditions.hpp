// Q objects, Exists, OuterRef, Subquery: conditions and expressions that stand by themselves.
#pragma once

#include <nuages/db/models/check.hpp>

namespace nuages::db::models {

/// `Q mine = ("a"_f = 1) || ("b"_f = 2);` keeps its type and is checked in filter(). `Q<Article> any;` is bound to a
/// model, checked at once, and can grow: `any |= ("title"_f = text)`. An empty one matches everything.
template <class T> class Q : public Condition {
public:
    Q() = default;
    template <AnyCondition C>
    requires(!std::is_same_v<C, Q>) Q(const C& condition) : Condition(condition.node) {
        (void)sizeof(typename decltype(detail::condition_check<detail::Scope<T>, C>())::valid);
    }
    template <AnyCondition C> Q& operator|=(const C& other) {
        (void)sizeof(typename decltype(detail::condition_check<detail::Scope<T>, C>())::valid);
        return grow(QNode::Op::or_, other);
    }
    template <AnyCondition C> Q& operator&=(const C& other) {
        (void)sizeof(typename decltype(detail::condition_check<detail::Scope<T>, C>())::valid);
        return grow(QNode::Op::and_, other);
    }
    template <AnyCondition C> Q& operator^=(const C& other) {
        (void)sizeof(typename decltype(detail::condition_check<detail::Scope<T>, C>())::valid);
        return grow(QNode::Op::xor_, other);
    }
    bool empty() const { return node.empty(); }

private:
    Q& grow(QNode::Op op, const Condition& other) {
        node = QNode::join(op, std::move(node), other.node);
        return *this;
    }
};

template <AnyCondition C> class Q<C> : public Condition {
public:
    Q(const C& condition) : Condition(condition.node) {}
    template <AnyCondition... More>
    requires(sizeof...(More) > 1) Q(const More&... all) : Condition((all && ...).node) {}
};
template <AnyCondition C> Q(const C&) -> Q<C>;
/// All of them: Q("status"_f = Status::published, "views__gt"_f = 10).
template <AnyCondition A, AnyCondition... More>
requires(sizeof...(More) > 0) Q(const A& first, const More&... rest) -> Q<decltype((first && ... && rest))>;

/// The condition belongs to another model than the query.
template <class Model, class Other> struct is_bound_to_another_model {};

namespace detail {
template <class S, class T> struct ProblemOf<S, Q<T>> {
    using type = std::conditional_t<std::is_same_v<scope_model_t<S>, T>, no_problem,
                                    is_bound_to_another_model<scope_model_t<S>, T>>;
};
template <class S, AnyCondition C> struct ProblemOf<S, Q<C>> : ProblemOf<S, C> {};
}  // namespace detail

/// True where the query has rows: filter(Exists(...)), annotate("has"_f = Exists(...)).
template <class S>
requires std::is_base_of_v<QuerySetTag, S> Checked<void> Exists(const S& rows) {
    return Checked<void>(QNode(expr::exists(rows.query())));
}

/// A value of the query around a subquery, whose model is named here: OuterRef<Author>("pk"_f).
template <class M, fixed_string P> auto OuterRef(FieldRef<P>) {
    using Type = detail::TypeOf<detail::Scope<M>, FieldRef<P>>;
    (void)sizeof(typename decltype(detail::expression_check<detail::Scope<M>, FieldRef<P>>())::valid);
    return TypedExpression<typename Type::type>(expr::outer_ref(Name::borrow(P.view()), &detail::loaded_meta<M>));
}

template <class M, std::size_t N> Constant<std::int64_t> OuterRef(const char (&)[N]) {
    static_assert(N == 0, "a column is named with _f behind the text");
    return Constant<std::int64_t>(Expr());
}

/// The same one query further out: OuterRef(OuterRef<Publisher>("pk"_f)).
template <class T> auto OuterRef(const TypedExpression<T>& outer) { return TypedExpression<T>(expr::outer_ref(outer.expr())); }

/// The single value of a values_list() of one column; NULL where it has no row.
template <class V>
requires requires { typename V::single_value; }
auto Subquery(const V& rows) {
    using T = typename V::single_value;
    static_assert(V::width == 1, "a Subquery is one column: values_flat(\"title\"_f)");
    return TypedExpression<std::optional<detail::plain_t<T>>>(expr::subquery(rows.query()));
}

}  // namespace nuages::db::models
