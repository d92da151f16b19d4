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
    /// The tree made in place: a second one would lie on the stack of every fiber that waits for this condition's rows.
    Condition(Name name, Literal&& value) : node(std::move(name), std::move(value)) {}
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
/// Where rows without a value stand: "views"_f.desc({.nulls_last = true}).
struct NullsOrder {
    bool nulls_first = false, nulls_last = false;
};
inline OrderBy order_of(Expr expression, bool descending, NullsOrder nulls) {
    return OrderBy(std::move(expression), descending,
                   nulls.nulls_first  ? OrderBy::Nulls::first
                   : nulls.nulls_last ? OrderBy::Nulls::last
                                      : OrderBy::Nulls::unset);
}

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

template <class E> struct PartOfText;
namespace detail {
template <class V> struct SeveralExpressions { static constexpr bool value = false; };
}  // namespace detail

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
        } else if constexpr (detail::SeveralExpressions<V>::value) {
            const auto list = detail::SeveralExpressions<V>::make(value);
            return Keyword<P, std::remove_const_t<decltype(list)>>(QNode(name(), list.expr()));
        } else if constexpr (std::is_base_of_v<QuerySetTag, V>) {
            return Keyword<P, typename V::as_right_side>(QNode(name(), value.query()));
        } else {
            return Keyword<P, detail::right_side_t<V>>(name(), detail::make_literal(value));
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
    Ordering<FieldRef> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<FieldRef> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
    /// A part of a text, Django's F("title")[0:3]: `length` characters from `start` on, or all from there on.
    PartOfText<FieldRef> slice(std::int64_t start, std::int64_t length = -1) const;
};

}  // namespace nuages::db::models

namespace nuages {
inline namespace literals {
/// A path of fields: "author__name"_f.
template <fixed_string P> constexpr db::models::FieldRef<P> operator""_f() { return {}; }
}  // namespace literals
}  // namespace nuages

namespace nuages::db::models {

/// No condition: Django's keywords have one `=`.
template <fixed_string P, class V> auto operator==(FieldRef<P> field, const V& value) -> decltype(field = value) {
    (void)sizeof(typename takes_one_equals_sign<P>::valid);
    return field = value;
}

namespace detail {
template <fixed_string A, fixed_string B> consteval auto joined() {
    char text[A.size() + B.size() + 1]{};
    for (std::size_t i = 0; i < A.size(); ++i) text[i] = A.text[i];
    for (std::size_t i = 0; i < B.size(); ++i) text[A.size() + i] = B.text[i];
    return fixed_string<A.size() + B.size() + 1>(text);
}
}  // namespace detail
/// No conditions either: lookups are part of the name.
template <fixed_string P, class V> auto operator>(FieldRef<P> field, const V& value) -> decltype(field = value) {
    (void)sizeof(typename is_written_as_lookup<detail::joined<P, "__gt">()>::valid);
    return field = value;
}
template <fixed_string P, class V> auto operator>=(FieldRef<P> field, const V& value) -> decltype(field = value) {
    (void)sizeof(typename is_written_as_lookup<detail::joined<P, "__gte">()>::valid);
    return field = value;
}
template <fixed_string P, class V> auto operator<(FieldRef<P> field, const V& value) -> decltype(field = value) {
    (void)sizeof(typename is_written_as_lookup<detail::joined<P, "__lt">()>::valid);
    return field = value;
}
template <fixed_string P, class V> auto operator<=(FieldRef<P> field, const V& value) -> decltype(field = value) {
    (void)sizeof(typename is_written_as_lookup<detail::joined<P, "__lte">()>::valid);
    return field = value;
}
template <fixed_string P, class V> auto operator!=(FieldRef<P> field, const V& value) -> decltype(field = value) {
    (void)sizeof(typename is_written_with_exclude<P>::valid);
    return field = value;
}

// ---- conditions ---------------------------------------------------------------------------------------------
template <class A, class B> struct Both : Condition { using Condition::Condition; };
template <class A> struct Negated : Condition { using Condition::Condition; };
/// A condition that was checked when it was made: Exists(...), Q<Model>.
template <class M> struct Checked : Condition {
    using Condition::Condition;
    Ordering<Checked> asc(NullsOrder nulls = {}) const { return {order_of(expr::condition(node), false, nulls)}; }
    Ordering<Checked> desc(NullsOrder nulls = {}) const { return {order_of(expr::condition(node), true, nulls)}; }
};

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
// As Python writes them.
template <AnyCondition A, AnyCondition B> Both<A, B> operator|(const A& a, const B& b) { return a || b; }
template <AnyCondition A, AnyCondition B> Both<A, B> operator&(const A& a, const B& b) { return a && b; }
template <AnyCondition A> Negated<A> operator~(const A& a) { return !a; }

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
    Ordering<Constant> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<Constant> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
};
template <class A, class B> struct Arithmetic : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<Arithmetic> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<Arithmetic> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
};
/// A condition C where a value stands: annotate("long"_f = ("pages__gt"_f = 500)).
template <class C> struct ConditionValue : ExpressionHolder { using ExpressionHolder::ExpressionHolder; };
/// An expression whose type does not depend on the model: OuterRef, Subquery, Exists.
template <class T> struct TypedExpression : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<TypedExpression> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<TypedExpression> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
};

/// Part of a text E.
template <class E> struct PartOfText : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<PartOfText> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<PartOfText> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
};
template <fixed_string P> PartOfText<FieldRef<P>> FieldRef<P>::slice(std::int64_t start, std::int64_t length) const {
    return PartOfText<FieldRef>(expr::slice(expr(), start, length));
}

/// A function of expressions E: Rule says what it makes of their types (functions.hpp, case.hpp).
template <class Rule, class... E> struct Function : ExpressionHolder {
    using ExpressionHolder::ExpressionHolder;
    Ordering<Function> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<Function> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
};

namespace detail {
const QNode& no_condition();
template <class T> auto as_expression(const T& operand) {
    if constexpr (AnyExpression<T>) {
        return operand;
    } else if constexpr (AnyCondition<T>) {
        return ConditionValue<T>(expr::condition(operand.node));
    } else {
        return Constant<right_side_t<T>>(expr::value(make_literal(operand)));
    }
}
template <class T> using expression_t = decltype(as_expression(std::declval<const T&>()));

/// Right of __in and __range: std::tuple("price"_f, "price"_f * 2), std::pair("low"_f, 9).
template <class... E> struct ExpressionList : ExpressionHolder { using ExpressionHolder::ExpressionHolder; };
template <class... V>
requires(AnyExpression<V> || ...) struct SeveralExpressions<std::tuple<V...>> {
    static constexpr bool value = true;
    static auto make(const std::tuple<V...>& values) {
        return std::apply([](const V&... one) { return ExpressionList<expression_t<V>...>(expr::tuple({as_expression(one).expr()...})); }, values);
    }
};
template <class A, class B>
requires(AnyExpression<A> || AnyExpression<B>) struct SeveralExpressions<std::pair<A, B>> {
    static constexpr bool value = true;
    static auto make(const std::pair<A, B>& values) { return SeveralExpressions<std::tuple<A, B>>::make({values.first, values.second}); }
};
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

// Operators of Python that C++ lacks, or knows as words: pow("views"_f, 2), bitand_("flags"_f, 4). Found by their operands.
#define NUAGES_ARITHMETIC(FUNCTION, NAME)  \
    template <class A, class B>            \
    requires detail::OneIsExpression<A, B> \
    auto FUNCTION(const A& a, const B& b) { return detail::combined(a, NAME, b); }
NUAGES_ARITHMETIC(pow, '^')
NUAGES_ARITHMETIC(bitand_, '&')
NUAGES_ARITHMETIC(bitor_, '|')
NUAGES_ARITHMETIC(bitxor, '#')
NUAGES_ARITHMETIC(bitleftshift, '<')
NUAGES_ARITHMETIC(bitrightshift, '>')
#undef NUAGES_ARITHMETIC

enum class AggregateKind : std::uint8_t { count, sum, avg, min, max, std_dev, variance, any_value, string_agg };

/// A value of any kind that stands where nothing was found: Sum("views"_f, {.default_ = 0}).
struct AggregateDefault {
    Literal literal;
    bool given = false;
    AggregateDefault() = default;
    template <class V> AggregateDefault(const V& value) : literal(detail::make_literal(value)), given(true) {}
};
struct AggregateArguments {
    bool distinct = false;
    AggregateDefault default_ = {};
};
/// Of StdDev and Variance. With SAMPLE: what the rows say of all those that are not here (divided by n - 1).
struct SpreadArguments {
    bool sample = false;
    AggregateDefault default_ = {};
};

/// What an aggregate is made of, whatever its types: filter() and order_by() make it anew.
struct AggregateParts {
    AggregateKind kind;
    Expr operand, delimiter = {};  // StringAgg has one
    AggregateArguments arguments = {};
    bool sample = false;
    std::vector<QNode> filter;  // one at most
    std::vector<OrderBy> order;

    AggregateParts(AggregateKind which, Expr inner, const AggregateArguments& options, Expr second = {});
    AggregateParts(AggregateKind which, Expr inner, const SpreadArguments& options);
    AggregateParts(const AggregateParts&);
    ~AggregateParts();
    AggregateParts filtered(const QNode& condition) const;
    AggregateParts ordered(std::initializer_list<const OrderBy*> ordering) const;
    Expr expr() const;
};

/// Count("articles"_f), Sum ...; `.filter(condition)` restricts what is counted, `.order_by(...)` says in which order
/// StringAgg takes the texts.
template <AggregateKind K, class E, class Filter = void, class... Order> struct Aggregate : ExpressionTag {
    explicit Aggregate(AggregateParts parts) : parts_(std::move(parts)) {}

    Expr expr() const { return parts_.expr(); }
    Ordering<Aggregate> asc(NullsOrder nulls = {}) const { return {order_of(expr(), false, nulls)}; }
    Ordering<Aggregate> desc(NullsOrder nulls = {}) const { return {order_of(expr(), true, nulls)}; }
    template <AnyCondition C> Aggregate<K, E, C, Order...> filter(const C& condition) const {
        return Aggregate<K, E, C, Order...>(parts_.filtered(condition.node));
    }
    template <class... O> Aggregate<K, E, Filter, O...> order_by(const Ordering<O>&... orderings) const {
        return Aggregate<K, E, Filter, O...>(parts_.ordered({&orderings.by...}));
    }

private:
    AggregateParts parts_;
};

#define NUAGES_AGGREGATE(NAME, KIND, ARGUMENTS)                                                            \
    template <AnyExpression E>                                                                             \
    Aggregate<AggregateKind::KIND, E> NAME(const E& operand, const ARGUMENTS& arguments = {}) {            \
        return Aggregate<AggregateKind::KIND, E>({AggregateKind::KIND, operand.expr(), arguments});        \
    }
NUAGES_AGGREGATE(Count, count, AggregateArguments)
NUAGES_AGGREGATE(Sum, sum, AggregateArguments)
NUAGES_AGGREGATE(Avg, avg, AggregateArguments)
NUAGES_AGGREGATE(Min, min, AggregateArguments)
NUAGES_AGGREGATE(Max, max, AggregateArguments)
NUAGES_AGGREGATE(StdDev, std_dev, SpreadArguments)
NUAGES_AGGREGATE(Variance, variance, SpreadArguments)
NUAGES_AGGREGATE(AnyValue, any_value, AggregateArguments)
#undef NUAGES_AGGREGATE
/// Texts are no columns. Written out: each macro is three lines more of the compiler's message.
template <std::size_t N> Constant<std::int64_t> Count(const char (&)[N]) {
    static_assert(N == 0, "a column is named with _f behind the text");
    return Constant<std::int64_t>(Expr());
}
template <std::size_t N> Constant<std::int64_t> Sum(const char (&)[N]) {
    static_assert(N == 0, "a column is named with _f behind the text");
    return Constant<std::int64_t>(Expr());
}
template <std::size_t N> Constant<std::int64_t> Avg(const char (&)[N]) {
    static_assert(N == 0, "a column is named with _f behind the text");
    return Constant<std::int64_t>(Expr());
}
template <std::size_t N> Constant<std::int64_t> Min(const char (&)[N]) {
    static_assert(N == 0, "a column is named with _f behind the text");
    return Constant<std::int64_t>(Expr());
}
template <std::size_t N> Constant<std::int64_t> Max(const char (&)[N]) {
    static_assert(N == 0, "a column is named with _f behind the text");
    return Constant<std::int64_t>(Expr());
}
/// The texts of all rows with `delimiter` between them: StringAgg("name"_f, ", ").
template <AnyExpression E>
Aggregate<AggregateKind::string_agg, E> StringAgg(const E& operand, std::string_view delimiter,
                                                  const AggregateArguments& arguments = {}) {
    return Aggregate<AggregateKind::string_agg, E>(
        {AggregateKind::string_agg, operand.expr(), arguments, expr::value(Literal(delimiter))});
}
/// COUNT(*).
struct AllRows {};
inline constexpr AllRows star{};
inline Aggregate<AggregateKind::count, Constant<std::int64_t>> Count(AllRows) {
    return Aggregate<AggregateKind::count, Constant<std::int64_t>>({AggregateKind::count, models::expr::star(), AggregateArguments{}});
}

/// A relation whose join has a condition of its own: annotate("big"_f = FilteredRelation("books"_f, "books__pages__gt"_f = 600))
/// and then "big__title"_f. Conditions begin with the relation's name.
template <fixed_string R, class C> struct FilteredRelationOf : ExpressionHolder { using ExpressionHolder::ExpressionHolder; };
template <fixed_string R, AnyCondition C> FilteredRelationOf<R, C> FilteredRelation(FieldRef<R>, const C& condition) {
    return FilteredRelationOf<R, C>(expr::filtered_relation(Name::borrow(R.view()), condition.node));
}

/// A constant in a place where an expression must stand (Django's Value, which is the templates' type here).
template <class V> auto constant(const V& value) {
    return Constant<detail::right_side_t<V>>(expr::value(detail::make_literal(value)));
}

}  // namespace nuages::db::models
