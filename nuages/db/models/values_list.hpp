// Rows that are no models: values_list() gives std::tuples, values_flat() single values.
#pragma once

#include <nuages/db/models/names.hpp>
#include <nuages/db/models/queryset_base.hpp>
#include <nuages/db/models/row.hpp>

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

/// Rows of the columns T...: std::tuple<T...>, or T itself when `Shape` is Flat. Lazy, keeps its rows.
template <class M, class Shape, class... T> class ValuesList : public QuerySetTag {
    static constexpr bool flat = std::is_same_v<Shape, Flat>;
    template <class First, class...> struct FirstOf { using type = First; };

public:
    using single_value = typename FirstOf<T...>::type;
    using row = std::conditional_t<flat, single_value, std::tuple<T...>>;
    using value_type = row;
    using as_right_side = detail::RowsOf<M, single_value>;

    explicit ValuesList(Query query) : query_(std::move(query)) {}
    const Query& query() const { return query_; }

    ValuesList distinct() const { return ValuesList(query_.distinct()); }
    ValuesList reverse() const { return ValuesList(query_.reverse()); }
    ValuesList slice(std::int64_t offset, std::int64_t limit = -1) const {
        return ValuesList(query_.slice(offset, limit));
    }
    ValuesList order_by(OrderName<M> first, OrderName<M> second = {}, OrderName<M> third = {}) const {
        return ValuesList(detail::ordered(query_, {first.text(), second.text(), third.text()}));
    }
    ValuesList order_by() const { return ValuesList(query_.order_by({})); }
    template <class E> ValuesList order_by(const Ordering<E>& ordering) const {
        (void)sizeof(typename decltype(detail::expression_check<detail::Scope<M>, E>())::valid);
        return ValuesList(query_.order_by({ordering.by}));
    }
    template <AnyCondition... C> ValuesList filter(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<detail::Scope<M>, C>())::valid)), ...);
        return ValuesList(query_.filter(detail::conjunction({&conditions.node...})));
    }
    /// Adds a column; an aggregate groups by the columns before it: values_list("section"_f).annotate("n"_f =
    /// Count("id"_f)).
    template <class K> auto annotate(const K& alias) const requires(!flat) {
        using Alias = detail::AliasOf<detail::Scope<M>, K>;
        (void)sizeof(typename decltype(detail::repeat_check<typename Shape::template Scope<M>, K>())::valid);
        (void)sizeof(typename decltype(detail::alias_check<detail::Scope<M>, K>())::valid);
        using Longer = typename Shape::template with<K::path>;
        return ValuesList<M, Longer, T..., typename Alias::annotation::type>(detail::annotated(query_, {&alias.node}));
    }

    const row* begin() const { return results().items; }
    const row* end() const { return begin() + results().count; }
    std::vector<row> list() const { return std::vector<row>(begin(), end()); }
    std::size_t size() const { return results().count; }
    std::int64_t count() const { return rows_ ? static_cast<std::int64_t>(rows_->count) : query_.count(); }
    bool exists() const { return query_.exists(); }
    std::optional<row> first() const {
        const ValuesList one = slice(0, 1);
        return one.size() ? std::optional<row>(*one.begin()) : std::nullopt;
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
    static std::span<const ExtraColumn> columns() {
        if constexpr (flat) {
            static constexpr ExtraColumn one{0, detail::decode_extra<single_value>};
            return {&one, 1};
        } else {
            static const detail::TupleColumns<row, T...> all([](row& tuple) { return std::pair(&tuple, &tuple); });
            return all.span();
        }
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
