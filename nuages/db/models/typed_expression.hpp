// "views"_f, and what is built of it: conditions ("views__gt"_f = 5), arithmetic, aggregates.
//
// Each object is the run-time tree (a QNode or an Expr) with a C++ type that remembers its parts. The tree is built as
// soon as the operators run, without templates; the types are only looked at when a query is known, to check them.
#pragma once

#include <nuages/db/models/query.hpp>
#include <nuages/db/models/values.hpp>

#include <initializer_list>
#include <type_traits>
#include <utility>

namespace nuages::db::models {

/// A condition: its tree. Types derived from it know what to check.
struct Condition : ConditionTag {
    QNode node;
    Condition() = default;
    explicit Condition(QNode tree) : node(std::move(tree)) {}
};

template <class T>
concept AnyCondition = std::is_base_of_v<ConditionTag, T>;
template <class T>
concept AnyExpression = std::is_base_of_v<ExpressionTag, T>;

/// An ordering by expression: order_by("views"_f.desc()). E is checked once the query is known.
template <class E> struct Ordering {
    using expression = E;
    OrderBy by;
};

/// `name = value`: a lookup in filter(), an assignment in update(), an alias in annotate(). R is the right side's type.
template <fixed_string P, class R> struct Keyword : Condition {
    static constexpr auto path = P;
    using right = R;
    using Condition::Condition;

    Assignment assignment() const {
        if (node.expression) return Assignment(node.path, node.expression);
        return Assignment(node.path, node.value);
    }
};

/// Django's F("author__name"), written "author__name"_f.
template <fixed_string P> struct FieldRef : ExpressionTag {
    static constexpr auto path = P;

    constexpr FieldRef() = default;
    constexpr FieldRef(const FieldRef&) = default;

    template <class V> auto operator=(const V& value) const {
        if constexpr (AnyExpression<V>) {
            return Keyword<P, V>(QNode(name(), value.expr()));
        } else if constexpr (AnyCondition<V>) {
            return Keyword<P, V>(QNode(name(), expr::condition(value.node)));
        } else if constexpr (std::is_base_of_v<QuerySetTag, V>) {
            return Keyword<P, typename V::as_right_side>(QNode(name(), value.query()));
        } else {
            return Keyword<P, detail::right_side_t<V>>(QNode(name(), detail::make_literal(value)));
        }
    }
    Keyword<P, FieldRef> operator=(const FieldRef& other) const {
        return Keyword<P, FieldRef>(QNode(name(), other.expr()));
    }
    template <class V>
    Keyword<P, detail::ListOf<detail::right_side_t<V>>> operator=(std::initializer_list<V> values) const {
        std::vector<Literal> list;
        for (const V& value : values) list.push_back(detail::make_literal(value));
        return Keyword<P, detail::ListOf<detail::right_side_t<V>>>(QNode(name(), Literal(std::move(list))));
    }

    static Name name() { return Name::borrow(P.view()); }
    Expr expr() const { return models::expr::F(name()); }
    Ordering<FieldRef> asc() const { return {OrderBy(expr(), false)}; }
    Ordering<FieldRef> desc() const { return {OrderBy(expr(), true)}; }
};

}  // namespace nuages::db::models

namespace nuages {
inline namespace literals {
/// A path of fields: "author__name"_f.
template <fixed_string P> constexpr db::models::FieldRef<P> operator""_f() { return {}; }
}  // namespace literals
}  // namespace nuages

namespace nuages::db::models {

// ---- conditions ---------------------------------------------------------------------------------------------
template <class A, class B> struct Both : Condition { using Condition::Condition; };
template <class A> struct Negated : Condition { using Condition::Condition; };
/// A condition that was checked when it was made: Exists(...), Q<Model>.
template <class M> struct Checked : Condition { using Condition::Condition; };

template <AnyCondition A, AnyCondition B> Both<A, B> operator||(const A& a, const B& b) {
    return Both<A, B>(QNode::join(QNode::Op::or_, a.node, b.node));
}
template <AnyCondition A, AnyCondition B> Both<A, B> operator&&(const A& a, const B& b) {
    return Both<A, B>(QNode::join(QNode::Op::and_, a.node, b.node));
}
template <AnyCondition A, AnyCondition B> Both<A, B> operator^(const A& a, const B& b) {
    return Both<A, B>(QNode::join(QNode::Op::xor_, a.node, b.node));
}
template <AnyCondition A> Negated<A> operator!(const A& a) { return Negated<A>(!a.node); }

// ---- expressions --------------------------------------------------------------------------------------------
/// Base of expressions that hold their tree.
class ExpressionHolder : public ExpressionTag {
public:
    explicit ExpressionHolder(Expr tree) : expr_(std::move(tree)) {}
    const Expr& expr() const { return expr_; }

private:
    Expr expr_;
};

/// A value of the C++ type T: constant(5), a literal in arithmetic.
template <class T> struct Constant : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<Constant> asc() const { return {OrderBy(expr(), false)}; }
    Ordering<Constant> desc() const { return {OrderBy(expr(), true)}; }
};
template <class A, class B> struct Arithmetic : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<Arithmetic> asc() const { return {OrderBy(expr(), false)}; }
    Ordering<Arithmetic> desc() const { return {OrderBy(expr(), true)}; }
};
/// An expression whose type does not depend on the model: OuterRef, Subquery, Exists.
template <class T> struct TypedExpression : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<TypedExpression> asc() const { return {OrderBy(expr(), false)}; }
    Ordering<TypedExpression> desc() const { return {OrderBy(expr(), true)}; }
};

namespace detail {
template <class T> auto as_expression(const T& operand) {
    if constexpr (AnyExpression<T>) {
        return operand;
    } else {
        return Constant<right_side_t<T>>(expr::value(make_literal(operand)));
    }
}
template <class T> using expression_t = decltype(as_expression(std::declval<const T&>()));
template <class A, class B>
Arithmetic<expression_t<A>, expression_t<B>> combined(const A& a, char operation, const B& b) {
    return Arithmetic<expression_t<A>, expression_t<B>>(
        expr::combine(as_expression(a).expr(), operation, as_expression(b).expr()));
}
template <class A, class B>
concept OneIsExpression = AnyExpression<A> || AnyExpression<B>;
}  // namespace detail

#define NUAGES_ARITHMETIC(OPERATOR, NAME)  \
    template <class A, class B>            \
    requires detail::OneIsExpression<A, B> \
    auto operator OPERATOR(const A& a, const B& b) { return detail::combined(a, NAME, b); }
NUAGES_ARITHMETIC(+, '+')
NUAGES_ARITHMETIC(-, '-')
NUAGES_ARITHMETIC(*, '*')
NUAGES_ARITHMETIC(/, '/')
NUAGES_ARITHMETIC(%, '%')
#undef NUAGES_ARITHMETIC

enum class AggregateKind : std::uint8_t { count, sum, avg, min, max };

struct AggregateArguments {
    bool distinct = false;
};

/// Count("articles"_f), Sum ...; `.filter(condition)` restricts what is counted.
template <AggregateKind K, class E, class Filter = void> struct Aggregate : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Aggregate(Expr tree, Expr operand, bool distinct)
        : ExpressionHolder(std::move(tree)), operand_(std::move(operand)), distinct_(distinct) {}

    Ordering<Aggregate> asc() const { return {OrderBy(expr(), false)}; }
    Ordering<Aggregate> desc() const { return {OrderBy(expr(), true)}; }
    template <AnyCondition C> Aggregate<K, E, C> filter(const C& condition) const {
        return Aggregate<K, E, C>(make(operand_, {.distinct = distinct_, .filter = &condition.node, .default_ = {}}));
    }

    static Expr make(const Expr& operand, const AggregateOptions& options) {
        switch (K) {
            case AggregateKind::count: return models::expr::count(operand, options);
            case AggregateKind::sum: return models::expr::sum(operand, options);
            case AggregateKind::avg: return models::expr::avg(operand, options);
            case AggregateKind::min: return models::expr::min(operand, options);
            case AggregateKind::max: return models::expr::max(operand, options);
        }
        return {};
    }

private:
    Expr operand_;
    bool distinct_ = false;
};

#define NUAGES_AGGREGATE(NAME, KIND)                                                                                   \
    template <AnyExpression E>                                                                                         \
    Aggregate<AggregateKind::KIND, E> NAME(const E& operand, AggregateArguments arguments = {}) {                      \
        using Result = Aggregate<AggregateKind::KIND, E>;                                                              \
        const Expr inner = operand.expr();                                                                             \
        return Result(Result::make(inner, {.distinct = arguments.distinct, .filter = nullptr, .default_ = {}}), inner, \
                      arguments.distinct);                                                                             \
    }
NUAGES_AGGREGATE(Count, count)
NUAGES_AGGREGATE(Sum, sum)
NUAGES_AGGREGATE(Avg, avg)
NUAGES_AGGREGATE(Min, min)
NUAGES_AGGREGATE(Max, max)
#undef NUAGES_AGGREGATE

/// A constant in a place where an expression must stand.
template <class V> auto constant(const V& value) {
    return Constant<detail::right_side_t<V>>(expr::value(detail::make_literal(value)));
}

}  // namespace nuages::db::models
