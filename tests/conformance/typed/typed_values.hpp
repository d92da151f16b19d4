// Results of typed queries as JSON text, in the spelling of the recorded cases. Without a JSON library: every file of
// cases includes this.
#pragma once

#include <nuages/db/models/meta.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/models.hpp>
#include <nuages/utils/timezone.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace nuages::conformance {

namespace models = nuages::models;

/// The growing JSON text of a result.
struct Out {
    std::string text;
    void add(std::string_view part) { text += part; }
    void quote(std::string_view content);
    void tagged(std::string_view type, std::string_view value);
};

/// Python's KeyError, which cases raise to be caught.
struct KeyError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct TypedCase {
    std::string id;
    void (*run)(Out& out);
};

/// A result that is JSON already.
struct Made { std::string json; };
inline void put(Out& out, const Made& value) { out.add(value.json); }

void put(Out& out, bool value);
void put(Out& out, std::int64_t value);
void put(Out& out, double value);
void put(Out& out, const std::string& value);
void put(Out& out, Date value);
void put(Out& out, Time value);
void put(Out& out, DateTime value);
void put(Out& out, Duration value);
void put(Out& out, const Decimal& value);
void put(Out& out, const Uuid& value);
void put(Out& out, const models::Bytes& value);
void put(Out& out, const models::Json& value);
void put(Out& out, const models::Deleted& value);
inline void put(Out& out, std::nullptr_t) { out.add("null"); }
void put_literal(Out& out, const models::Literal& value);
template <std::same_as<models::Literal> L> void put(Out& out, const L& value) { put_literal(out, value); }
template <std::integral T>
requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t>) void put(Out& out, T value) {
    put(out, static_cast<std::int64_t>(value));
}
template <class T> void put(Out& out, const std::optional<T>& value);
template <class... T> void put(Out& out, const std::tuple<T...>& value);
template <class A, class B> void put(Out& out, const std::pair<A, B>& value);
template <class M, class Shape, class... T> void put(Out& out, const models::NamedRow<M, Shape, T...>& row);
template <class M, class... A> void put(Out& out, const models::Aggregates<M, A...>& sums);
template <models::AnyModel M> void put(Out& out, const M& object);
template <class M, class Chosen> void put(Out& out, const models::Partial<M, Chosen>& part);
template <class Row, class By> void put(Out& out, const models::KeyedRows<Row, By>& rows);
/// A key; none (Python's None) of an object that was never saved.
template <class T> std::optional<T> key(const T& value) {
    if constexpr (std::is_integral_v<T>)
        if (value == 0) return std::nullopt;
    return value;
}
template <class List>
requires requires(const List& list) {
    list.begin();
    list.size();
    requires !std::is_convertible_v<const List&, std::string_view>;
}
void put(Out& out, const List& list);

/// A member of a model: its value.
template <class F>
requires requires {
    typename F::value_type;
    F::kind;
    requires !std::is_convertible_v<const F&, std::string_view> && !requires { typename F::inner_type; };
}
void put(Out& out, const F& field) {
    put(out, static_cast<const typename F::value_type&>(typename F::value_type(field)));
}
template <class F>
requires requires(const F& field) {
    typename F::inner_type;
    field.has_value();
}
void put(Out& out, const F& field) {
    if (field.has_value())
        put(out, field.value());
    else
        out.add("null");
}

template <class... T> void put_list(Out& out, const T&... values) {
    out.add("[");
    bool first = true;
    ((void(first ? void() : out.add(",")), put(out, values), first = false), ...);
    out.add("]");
}
template <class T> void put_named(Out& out, std::string_view name, const T& value, bool& first) {
    if (!first) out.add(",");
    first = false;
    out.quote(name);
    out.add(":");
    put(out, value);
}

template <class T> void put(Out& out, const std::optional<T>& value) {
    if (value)
        put(out, *value);
    else
        out.add("null");
}
template <class... T> void put(Out& out, const std::tuple<T...>& value) {
    std::apply([&](const auto&... parts) { put_list(out, parts...); }, value);
}
template <class A, class B> void put(Out& out, const std::pair<A, B>& value) {
    put_list(out, value.first, value.second);
}
template <class M, class Shape, class... T> void put(Out& out, const models::NamedRow<M, Shape, T...>& row) {
    out.add("{");
    bool first = true;
    std::size_t i = 0;
    std::apply([&](const auto&... parts) { (put_named(out, row.names[i++], parts, first), ...); },
               static_cast<const std::tuple<T...>&>(row));
    out.add("}");
}
template <class M, class... A> void put(Out& out, const models::Aggregates<M, A...>& sums) {
    out.add("{");
    bool first = true;
    std::apply([&](const auto&... values) { (put_named(out, A::name.view(), values, first), ...); }, sums.values);
    out.add("}");
}
template <class M, class... A> void put_annotations(Out& out, const models::Row<M, A...>& row) {
    out.add(",\"annotations\":{");
    bool first = true;
    std::apply([&](const auto&... values) { (put_named(out, A::name.view(), values, first), ...); }, row.annotations);
    out.add("}");
}
template <models::AnyModel M> void put(Out& out, const M& object) {
    const auto& meta = models::detail::loaded_meta<typename M::model_type>();
    out.add("{\"$model\":");
    out.quote(meta.app_label + "." + meta.model_name);
    out.add(",\"pk\":");
    put(out, key(object.pk()));
    if constexpr (requires { object.annotations; }) put_annotations(out, object);
    out.add("}");
}
template <class M, class Chosen> void put(Out& out, const models::Partial<M, Chosen>& part) {
    const auto& meta = models::detail::loaded_meta<M>();
    out.add("{\"$model\":");
    out.quote(meta.app_label + "." + meta.model_name);
    out.add(",\"pk\":");
    put(out, part.pk());
    out.add("}");
}
template <class Row, class By> void put(Out& out, const models::KeyedRows<Row, By>& rows) {
    if (rows.size() == 0) return out.add("{}");
    if constexpr (std::is_same_v<typename models::KeyedRows<Row, By>::key_type, std::string>) {
        out.add("{");
        bool first = true;
        for (const Row& row : rows) put_named(out, By::of(row), row, first);
        return out.add("}");
    }
    out.add("{\"$type\":\"dict\",\"value\":[");
    bool first = true;
    for (const Row& row : rows) {
        if (!first) out.add(",");
        first = false;
        put_list(out, By::of(row), row);
    }
    out.add("]}");
}
template <class List>
requires requires(const List& list) {
    list.begin();
    list.size();
    requires !std::is_convertible_v<const List&, std::string_view>;
}
void put(Out& out, const List& list) {
    if constexpr (requires { list.keeps_rows(); }) {
        if (!list.keeps_rows()) return put(out, list.all());
    }
    out.add("[");
    bool first = true;
    for (const auto& item : list) {
        if (!first) out.add(",");
        first = false;
        put(out, item);
    }
    out.add("]");
}

// ---- what Python's comprehensions, tuples and `and` are in the cases --------------------------------------------
/// [f(x) for x in rows]
template <class Rows, class F> Made each(Rows&& rows, F&& f) {
    Out out;
    out.add("[");
    for (auto& one : rows) {
        if (out.text.size() > 1) out.add(",");
        put(out, f(one));
    }
    out.add("]");
    return {std::move(out.text)};
}
/// (a, b, c)
template <class... T> Made row(const T&... values) {
    Out out;
    put_list(out, values...);
    return {std::move(out.text)};
}
/// relation and f(): null where the relation is.
template <class Field, class F> Made if_set(const Field& relation, F&& f) {
    Out out;
    bool set = false;
    if constexpr (requires { relation.has_value(); }) set = relation.has_value();
    else set = static_cast<bool>(relation);
    if (set)
        put(out, f());
    else
        out.add("null");
    return {std::move(out.text)};
}
/// sorted(rows, key=f)
template <class Rows, class F> auto sorted_by(const Rows& rows, F&& key) {
    auto list = rows.list();
    std::stable_sort(list.begin(), list.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    return list;
}
/// The object of a foreign key, which may be nullable.
template <class Field> auto& object_of(Field&& field) {
    if constexpr (requires { field.has_value(); }) {
        if (!field.has_value()) throw std::runtime_error("'NoneType' object has no attribute");
        return *field;
    } else {
        return field.get();
    }
}
/// The key that it holds.
template <class Field> auto key_of(const Field& field) {
    if constexpr (requires { field.has_value(); })
        return field.has_value() ? std::optional(field.pk()) : std::nullopt;
    else
        return field.pk();
}
namespace detail {
template <class... T> const std::tuple<T...>& tuple_of(const std::tuple<T...>& row) { return row; }
}  // namespace detail
/// values_list(named=True)
template <class Rows> Made named(const Rows& rows) {
    Out out;
    out.add("[");
    for (const auto& one : rows) {
        out.add(out.text.size() > 1 ? ",{\"$namedtuple\":[" : "{\"$namedtuple\":[");
        bool first = true;
        for (std::string_view name : one.names) {
            if (!first) out.add(",");
            first = false;
            out.quote(name);
        }
        out.add("],\"value\":");
        std::apply([&](const auto&... parts) { put_list(out, parts...); }, detail::tuple_of(one));
        out.add("}");
    }
    out.add("]");
    return {std::move(out.text)};
}

}  // namespace nuages::conformance
