// Rows that are no models: values_list() gives std::tuples, values_flat() single values.
#pragma once

#include <nuages/db/models/names.hpp>
#include <nuages/db/models/queryset_base.hpp>
#include <nuages/db/models/row.hpp>
#include <nuages/db/models/row_iterator.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Shapes of rows. `Names` are those of the columns.
template <fixed_string... Names> struct Tuples {
    template <class M> using Scope = detail::Scope<M, detail::Annotation<Names, void>...>;
    template <fixed_string Name> using with = Tuples<Names..., Name>;
};
struct Flat {};
/// values(): rows whose columns have names, row["title"_f].
template <fixed_string... Names> struct Dicts {
    template <class M> using Scope = detail::Scope<M, detail::Annotation<Names, void>...>;
    template <fixed_string Name> using with = Dicts<Names..., Name>;
};

namespace detail {
template <class E> struct IsFieldRef { static constexpr bool value = false; };
template <fixed_string P> struct IsFieldRef<FieldRef<P>> { static constexpr bool value = true; };
/// A column of values_list() for the core; expressions get their aliases there.
template <fixed_string P> Selected selected(FieldRef<P> field) { return {field.name(), {}}; }
template <class E> Selected selected(const E& expression) {
    if constexpr (AnyExpression<E>)
        return {Name(), Expr(expression.expr())};
    else
        return {};  // no column: the check says so
}
template <class E> consteval auto column_name() {
    if constexpr (IsFieldRef<E>::value)
        return E::path;
    else
        return fixed_string("");
}
template <fixed_string... Names> constexpr int index_in(std::string_view name) {
    int found = -1, index = 0;
    ((Names.view() == name ? void(found = index) : void(), ++index), ...);
    return found;
}
}  // namespace detail

/// A row of values(): a std::tuple whose elements have names.
template <class M, class Shape, class... T> struct NamedRow;
template <class M, fixed_string... Names, class... T>
struct NamedRow<M, Dicts<Names...>, T...> : std::tuple<T...> {
    template <fixed_string P> const auto& operator[](FieldRef<P>) const {
        constexpr int i = detail::index_in<Names...>(P.view());
        if constexpr (i >= 0) {
            return std::get<static_cast<std::size_t>(i)>(static_cast<const std::tuple<T...>&>(*this));
        } else {
            return typename has_no_annotation<M, P>::valid();
        }
    }
    static constexpr std::string_view names[] = {Names.view()...};
};
namespace detail {
template <class M, class Shape, class... T> struct RowShape { using type = std::tuple<T...>; };
template <class M, class First, class... T> struct RowShape<M, Flat, First, T...> { using type = First; };
template <class M, fixed_string... Names, class... T> struct RowShape<M, Dicts<Names...>, T...> {
    using type = NamedRow<M, Dicts<Names...>, T...>;
};
}  // namespace detail

namespace detail {
template <class S> struct OrderNameOf;
template <class M, class... A> struct OrderNameOf<Scope<M, A...>> { using type = OrderName<M, A...>; };
/// A scope with one more annotation, unless it has one of that name.
template <class S, class A> struct Widened;
template <class M, class... A, class B> struct Widened<Scope<M, A...>, B> {
    using type =
        std::conditional_t<((A::name.view() == B::name.view()) || ...), Scope<M, A...>, Scope<M, A..., B>>;
};
}  // namespace detail

/// Rows of the columns T... of a query with scope S (its model and annotations): std::tuple<T...>, T itself when `Shape`
/// is Flat, a NamedRow when it is Dicts. Lazy, keeps its rows.
template <class S, class Shape, class... T> class ValuesList : public QuerySetTag {
    using M = typename S::model;
    using OrderBy_ = typename detail::OrderNameOf<S>::type;
    static constexpr bool flat = std::is_same_v<Shape, Flat>;
    template <class First, class...> struct FirstOf { using type = First; };

public:
    using single_value = typename FirstOf<T...>::type;
    static constexpr std::size_t width = sizeof...(T);  ///< how many columns a row has
    using row = typename detail::RowShape<M, Shape, T...>::type;
    using value_type = row;
    using as_right_side = detail::RowsOf<M, single_value>;

    explicit ValuesList(Query query) : query_(std::move(query)) {}
    const Query& query() const { return query_; }
    /// Other columns of the same rows, annotations among them.
    template <fixed_string... P> auto values_list(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        return ValuesList<S, Tuples<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>(query_.values({fields.name()...}));
    }
    template <fixed_string... P> auto values(FieldRef<P>... fields) const {
        (void(sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid)), ...);
        return ValuesList<S, Dicts<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>(query_.values({fields.name()...}));
    }
    template <fixed_string P> auto values_flat(FieldRef<P> field) const {
        (void)sizeof(typename decltype(detail::expression_check<S, FieldRef<P>>())::valid);
        return ValuesList<S, Flat, typename detail::TypeOf<S, FieldRef<P>>::type>(query_.values({field.name()}));
    }
    /// Values over these rows: groups are aggregated again.
    template <class... K> auto aggregate(const K&... aliases) const {
        (void)sizeof(typename decltype(detail::repeat_check<detail::Scope<M>, K...>())::valid);
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        using Result = Aggregates<M, typename detail::AliasOf<S, K>::annotation...>;
        Result result;
        detail::fetch_aggregates(query_, {&detail::node_of(aliases)...}, &result.values, Result::columns());
        return result;
    }
    std::string explain(std::string_view format = {}) const { return query_.explain(format); }
    ValuesList using_(std::string_view database) const { return ValuesList(query_.using_(database)); }

    ValuesList all() const { return ValuesList(query_); }
    ValuesList distinct() const { return ValuesList(query_.distinct()); }
    ValuesList reverse() const { return ValuesList(query_.reverse()); }
    ValuesList none() const { return ValuesList(query_.none()); }
    ValuesList slice(std::int64_t offset, std::int64_t limit = -1) const {
        return ValuesList(query_.slice(offset, limit));
    }
    ValuesList order_by(OrderBy_ first, OrderBy_ second = {}, OrderBy_ third = {}, OrderBy_ fourth = {},
                        OrderBy_ fifth = {}) const {
        return ValuesList(
            detail::ordered(query_, {first.text(), second.text(), third.text(), fourth.text(), fifth.text()}));
    }
    ValuesList order_by() const { return ValuesList(query_.unordered()); }
    template <class... Others>
    requires(std::is_base_of_v<QuerySetTag, Others>&&...) ValuesList union_(const Others&... others) const {
        return ValuesList(query_.union_({others.query()...}));
    }
    template <class... Others>
    requires(std::is_base_of_v<QuerySetTag, Others>&&...) ValuesList union_all(const Others&... others) const {
        return ValuesList(query_.union_({others.query()...}, true));
    }
    template <class... Others>
    requires(std::is_base_of_v<QuerySetTag, Others>&&...) ValuesList intersection(const Others&... others) const {
        return ValuesList(query_.intersection({others.query()...}));
    }
    template <class... Others>
    requires(std::is_base_of_v<QuerySetTag, Others>&&...) ValuesList difference(const Others&... others) const {
        return ValuesList(query_.difference({others.query()...}));
    }
    template <class... E>
    requires(sizeof...(E) > 0) ValuesList order_by(const Ordering<E>&... orderings) const {
        (void(sizeof(typename decltype(detail::expression_check<S, E>())::valid)), ...);
        return ValuesList(query_.order_by({orderings.by...}));
    }
    template <class... C> ValuesList filter(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return ValuesList(query_.filter(detail::conjunction({&detail::node_of(conditions)...})));
    }
    template <class... C> ValuesList exclude(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return ValuesList(query_.exclude(detail::conjunction({&detail::node_of(conditions)...})));
    }
    /// Adds a column; an aggregate groups by the columns before it: values_list("section"_f).annotate("n"_f =
    /// Count("id"_f)).
    template <class K> auto annotate(const K& alias) const requires(!flat) {
        using Alias = detail::AliasOf<S, K>;
        (void)sizeof(typename decltype(detail::repeat_check<typename Shape::template Scope<M>, K>())::valid);
        (void)sizeof(typename decltype(detail::alias_check<S, K>())::valid);
        using Longer = typename Shape::template with<K::path>;
        using Wider = typename detail::Widened<S, typename Alias::annotation>::type;
        return ValuesList<Wider, Longer, T..., typename Alias::annotation::type>(
            detail::annotated(query_, {&detail::node_of(alias)}));
    }
    template <class First, class Second, class... K>
    auto annotate(const First& first, const Second& second, const K&... aliases) const requires(!flat) {
        return annotate(first).annotate(second, aliases...);
    }

    auto begin() const { return at_row(false); }
    auto end() const { return at_row(true); }
    std::vector<row> list() const { return std::vector<row>(results().items, results().items + results().count); }
    std::size_t size() const { return results().count; }
    std::int64_t count() const { return rows_ ? static_cast<std::int64_t>(rows_->count) : query_.count(); }
    bool exists() const { return query_.exists(); }
    std::optional<row> first() const {
        const ValuesList one(detail::first_row(query_));
        return one.size() ? std::optional<row>(*one.begin()) : std::nullopt;
    }
    std::optional<row> last() const {
        const ValuesList one(detail::last_row(query_));
        return one.size() ? std::optional<row>(*one.begin()) : std::nullopt;
    }
    /// The one row that matches: values_flat("title"_f).get("pk"_f = 1). Article::DoesNotExist, Article::MultipleObjectsReturned.
    template <class... C> row get(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        const Query matching = sizeof...(C) ? query_.filter(detail::conjunction({&detail::node_of(conditions)...})) : query_;
        const ValuesList found(detail::limited(matching));
        if (found.size() != 1)
            detail::throw_not_one(query_.meta(), found.size(), detail::throw_as<typename M::DoesNotExist>, detail::throw_as<typename M::MultipleObjectsReturned>);
        return *found.begin();
    }

private:
    // An array of its own: std::vector<bool> has no places to decode into.
    struct Rows : RefCounted {
        row* items = nullptr;
        std::size_t count = 0, capacity = 0;
        ~Rows() override { delete[] items; }
        void* append() {
            if (count == capacity) {
                const std::size_t larger = capacity ? capacity * 2 : 16;
                row* moved = new row[larger]();
                for (std::size_t i = 0; i < count; ++i) moved[i] = std::move(items[i]);
                delete[] items;
                items = moved;
                capacity = larger;
            }
            return &items[count++];
        }
    };
    static ExtraColumns columns() {
        if constexpr (flat && detail::parts_of<single_value> == 1) {
            static constexpr ExtraColumn one = detail::column_of<single_value>(0);
            return {&one, 1};
        } else if constexpr (flat) {
            static constexpr detail::PartColumns<single_value> parts(0);
            return parts;
        } else {
            static const detail::TupleColumns<row, T...> all(
                [](row& whole) { return std::pair(&whole, static_cast<std::tuple<T...>*>(&whole)); });
            return all.span();
        }
    }
    RowIterator<const row, Rows> at_row(bool behind_the_last) const {
        const Rows& rows = results();
        const row* end = rows.items + rows.count;
        return {rows_, behind_the_last ? end : rows.items, end};
    }
    const Rows& results() const {
        if (!rows_) {
            auto rows = make_ref<Rows>();
            query_.fetch_rows([&rows]() -> void* { return rows->append(); }, columns());
            if (!rows_) rows_ = std::move(rows);  // else another fiber was faster: its rows are in use
        }
        return *rows_;
    }

    Query query_;
    mutable Ref<Rows> rows_;
};

}  // namespace nuages::db::models

/// Rows of values() are tuples for structured bindings too: for (auto& [title, name] : articles.values(...)).
template <class M, class Shape, class... T>
struct std::tuple_size<nuages::db::models::NamedRow<M, Shape, T...>> : std::integral_constant<std::size_t, sizeof...(T)> {};
template <std::size_t I, class M, class Shape, class... T>
struct std::tuple_element<I, nuages::db::models::NamedRow<M, Shape, T...>> : std::tuple_element<I, std::tuple<T...>> {};
