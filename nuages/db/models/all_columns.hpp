// The columns of a whole model as names: what values() and values_list() without arguments select.
#pragma once

#include <nuages/db/models/path.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace nuages::db::models::detail {

/// Names of columns, in order.
template <fixed_string... Names> struct ColumnNames {
    template <fixed_string... More> ColumnNames<Names..., More...> operator+(ColumnNames<More...>) const { return {}; }
};

/// `name`, of Size characters, as a template argument; and with "_id" behind it.
template <std::size_t Size> consteval fixed_string<Size + 1> named(std::string_view name) {
    fixed_string<Size + 1> made;
    for (std::size_t i = 0; i < Size; ++i) made.text[i] = name[i];
    return made;
}
template <std::size_t Size> consteval fixed_string<Size + 4> with_suffix(std::string_view name) {
    fixed_string<Size + 4> made;
    for (std::size_t i = 0; i < Size; ++i) made.text[i] = name[i];
    made.text[Size] = '_', made.text[Size + 1] = 'i', made.text[Size + 2] = 'd';
    return made;
}

template <class G, std::size_t... I> auto columns_of_group(std::index_sequence<I...>);
template <class M> auto columns_of();

/// Those of M's member number I: none of a relation to many, that with "_id" of a foreign key.
template <class M, std::size_t I> auto columns_of_member() {
    using F = bare_t<model_member_t<M, I>>;
    constexpr std::string_view name = utils::field_names<M>[I];
    if constexpr (requires { typename F::embedded; }) {
        using Group = typename F::embedded;
        return columns_of_group<Group>(std::make_index_sequence<utils::field_count<Group>>{});
    } else if constexpr (ForwardKey<F>) {
        constexpr auto column = with_suffix<name.size()>(name);
        if constexpr (ParentLink<F>)
            return columns_of<typename F::related>() + ColumnNames<column>{};
        else
            return ColumnNames<column>{};
    } else if constexpr (Relation<F> || F::kind == FieldKind::composite) {
        return ColumnNames<>{};
    } else {
        return ColumnNames<named<name.size()>(name)>{};
    }
}
template <class G, std::size_t... I> auto columns_of_group(std::index_sequence<I...>) {
    return (ColumnNames<>{} + ... + columns_of_member<G, I>());
}
template <class M> auto columns_of() { return columns_of_group<M>(std::make_index_sequence<utils::field_count<M>>{}); }

/// The columns of a query's rows: the model's, then its annotations.
template <class S> struct AllColumns;
template <class M, class... A> struct AllColumns<Scope<M, A...>> {
    template <class B> static auto one() {
        if constexpr (B::selected)
            return ColumnNames<B::name>{};
        else
            return ColumnNames<>{};
    }
    using type = decltype((columns_of<M>() + ... + one<A>()));
};

}  // namespace nuages::db::models::detail
