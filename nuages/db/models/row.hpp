// Rows that are more than a model: annotations behind it, and the named values of aggregate().
#pragma once

#include <nuages/db/cell.hpp>
#include <nuages/db/models/check.hpp>
#include <nuages/db/models/queryset_base.hpp>

#include <tuple>

namespace nuages::db::models {

/// A query has no annotation or aggregate called Name.
template <class Model, fixed_string Name> struct has_no_annotation {};

namespace detail {

void decode_stored(const Cell& cell, Decimal& value);
void decode_stored(const Cell& cell, Uuid& value);
void decode_stored(const Cell& cell, Bytes& value);
void decode_stored(const Cell& cell, Json& value);

/// Values of a model that the site chooses: NULL is a null one, also where it may be left out.
void decode_any(void* literal, const Cell& cell);
void decode_any_as(void* literal, const Cell& cell, const OutputType& type);
void decode_optional(void* literal, const Cell& cell);
void decode_optional_as(void* literal, const Cell& cell, const OutputType& type);

template <class T> struct IsPrefetched { static constexpr bool value = false; };

template <class T> void decode_extra(void* place, const Cell& cell) {
    if constexpr (StoredValue<plain_t<T>>) {
        T& value = *static_cast<T*>(place);
        if constexpr (WithoutOptional<T>::nullable) {
            if (cell.is_null())
                value.reset();
            else
                decode_stored(cell, value.emplace());
        } else {
            decode_stored(cell, value);
        }
    } else if constexpr (std::is_enum_v<plain_t<T>>) {
        using E = plain_t<T>;
        if (cell.is_null()) {
            *static_cast<T*>(place) = T{};
            return;
        }
        const int found = find_enumerator(enum_names<E>, cell.text());
        if (found < 0) throw_unknown_choice(cell.text());
        *static_cast<T*>(place) = static_cast<E>(found);
    } else {
        decode(cell, *static_cast<T*>(place));
    }
}

/// The one column of a T that stands OFFSET bytes behind the start of its row.
template <class T> constexpr ExtraColumn column_of(std::size_t offset) {
    if constexpr (IsPrefetched<T>::value)
        return {offset, nullptr};
    else if constexpr (std::is_same_v<T, Literal>)
        return {offset, decode_any, {}, decode_any_as};
    else if constexpr (std::is_same_v<T, std::optional<Literal>>)
        return {offset, decode_optional, {}, decode_optional_as};
    else
        return {offset, decode_extra<T>};
}

/// How many columns a value has: a composite key one for each of its parts.
template <class T> inline constexpr std::size_t parts_of = 1;
template <class... P> inline constexpr std::size_t parts_of<std::tuple<P...>> = sizeof...(P);
template <class... P> inline constexpr std::size_t parts_of<std::optional<std::tuple<P...>>> = sizeof...(P);

/// Decodes part I of a composite key; of an optional one, NULL empties the whole.
template <class T, std::size_t I> void decode_part(void* place, const Cell& cell) {
    if constexpr (WithoutOptional<T>::nullable) {
        T& whole = *static_cast<T*>(place);
        if (cell.is_null()) return whole.reset();
        if (!whole) whole.emplace();
        decode_part<plain_t<T>, I>(&*whole, cell);
    } else {
        auto& part = std::get<I>(*static_cast<T*>(place));
        decode_extra<std::remove_reference_t<decltype(part)>>(&part, cell);
    }
}
template <class T> struct PartColumns {
    ExtraColumn columns[parts_of<T>];
    constexpr explicit PartColumns(std::size_t offset) { fill(offset, std::make_index_sequence<parts_of<T>>{}); }
    operator ExtraColumns() const { return {columns, parts_of<T>}; }

private:
    template <std::size_t... I> constexpr void fill(std::size_t offset, std::index_sequence<I...>) {
        ((columns[I] = {offset, decode_part<T, I>}), ...);
    }
};

/// Where the parts of a tuple are: offsets from its start, and how they are decoded.
template <class Whole, class... T> struct TupleColumns {
    static constexpr std::size_t count = (std::size_t(0) + ... + parts_of<T>);
    ExtraColumn columns[count == 0 ? 1 : count];

    /// `locate` gives the tuple inside a Whole, and the place that offsets count from.
    template <class Locate> explicit TupleColumns(const Locate& locate) {
        alignas(Whole) static char storage[sizeof(Whole)];  // only its addresses are used
        const auto [origin, tuple] = locate(*reinterpret_cast<Whole*>(storage));
        fill(origin, *tuple, std::index_sequence_for<T...>{});
    }
    ExtraColumns span() const { return {columns, count}; }

private:
    template <class E> static ExtraColumn* add(ExtraColumn* next, std::size_t offset) {
        if constexpr (parts_of<E> == 1) {
            *next++ = column_of<E>(offset);
        } else {
            for (const ExtraColumn& part : PartColumns<E>(offset).columns) *next++ = part;
        }
        return next;
    }
    template <std::size_t... I> void fill(const void* origin, std::tuple<T...>& tuple, std::index_sequence<I...>) {
        [[maybe_unused]] ExtraColumn* next = columns;
        ((next = add<T>(next, static_cast<std::size_t>(reinterpret_cast<const char*>(&std::get<I>(tuple)) -
                                                       static_cast<const char*>(origin)))),
         ...);
    }
};

}  // namespace detail

/// Objects that prefetch_related(path, rows, "name"_f) fetched: row["name"_f].
template <class To> class PrefetchedRows {
public:
    using value_type = To;
    const To* begin() const { return cache_.list() ? static_cast<const To*>(list()->data()) : nullptr; }
    const To* end() const { return begin() + size(); }
    std::size_t size() const { return cache_.list() ? list()->size() : 0; }
    bool empty() const { return size() == 0; }
    const To& operator[](std::size_t index) const { return begin()[index]; }

private:
    RowList* list() const { return static_cast<RowList*>(cache_.list()); }
    RelatedCache cache_;
};

namespace detail {
template <class To> struct IsPrefetched<PrefetchedRows<To>> { static constexpr bool value = true; };
}  // namespace detail

/// A model with annotations: it is an M, and `row["n"_f]` is the annotation, or a field of the model.
template <class M, class... A> struct Row : M {
    std::tuple<typename A::type...> annotations;

    template <fixed_string P> decltype(auto) operator[](FieldRef<P>) const {
        constexpr int i = detail::annotation_index<P, A...>();
        if constexpr (i >= 0) {
            return (std::get<static_cast<std::size_t>(i)>(annotations));
        } else {
            constexpr int at = detail::locate<M>(P.view());
            if constexpr (at < 0 || at >= detail::kEmbedded) {
                return typename has_no_field<M, P>::valid();
            } else {
                return (utils::get_member<static_cast<std::size_t>(at)>(static_cast<const M&>(*this)));
            }
        }
    }

    static ExtraColumns columns() {
        static const detail::TupleColumns<Row, typename A::type...> columns = [] {
            detail::TupleColumns<Row, typename A::type...> made(
                [](Row& row) { return std::pair(static_cast<M*>(&row), &row.annotations); });
            std::size_t i = 0;
            ((made.columns[i].prefetched = A::name.view(), i += detail::parts_of<typename A::type>), ...);
            return made;
        }();
        return columns.span();
    }
    static const RowKind kind;
};

namespace detail {
/// M, or M with those annotations that are selected.
template <class M, class Row, class... A> struct RowOf { using type = Row; };
template <class M, class... Kept, class First, class... Rest> struct RowOf<M, Row<M, Kept...>, First, Rest...> {
    using type = typename RowOf<M, std::conditional_t<First::selected, Row<M, Kept..., First>, Row<M, Kept...>>, Rest...>::type;
};
template <class M, class... A> struct RowOf<M, void, A...> {
    using type = std::conditional_t<(A::selected || ...), typename RowOf<M, Row<M>, A...>::type, M>;
};
template <class M> struct RowOf<M, void> { using type = M; };
}  // namespace detail

/// The values of aggregate(): `sums["total"_f]`.
template <class M, class... A> struct Aggregates {
    std::tuple<typename A::type...> values;

    template <fixed_string P> const auto& operator[](FieldRef<P>) const {
        constexpr int i = detail::annotation_index<P, A...>();
        if constexpr (i >= 0) {
            return std::get<static_cast<std::size_t>(i)>(values);
        } else {
            return typename has_no_annotation<M, P>::valid();
        }
    }

    /// In the order of the call: auto [total, mean] = rows.aggregate(...).
    template <std::size_t I> const auto& get() const { return std::get<I>(values); }

    static ExtraColumns columns() {
        static const detail::TupleColumns<std::tuple<typename A::type...>, typename A::type...> columns(
            [](std::tuple<typename A::type...>& tuple) { return std::pair(&tuple, &tuple); });
        return columns.span();
    }
};

}  // namespace nuages::db::models

template <class M, class... A>
struct std::tuple_size<nuages::db::models::Aggregates<M, A...>> : std::integral_constant<std::size_t, sizeof...(A)> {};
template <std::size_t I, class M, class... A> struct std::tuple_element<I, nuages::db::models::Aggregates<M, A...>> {
    using type = const std::tuple_element_t<I, std::tuple<typename A::type...>>;
};
