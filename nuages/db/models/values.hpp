// C++ values as they stand right of `=`: what they are to the checks, and how they become Literals.
#pragma once

#include <nuages/db/models/choice.hpp>
#include <nuages/db/models/lookup_rules.hpp>
#include <nuages/db/models/path.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::db::models {

/// Base of all models.
struct ModelTag {};
/// Base of typed expressions, of conditions and of querysets.
struct ExpressionTag {};
struct ConditionTag {};
struct QuerySetTag {};

template <class T>
concept AnyModel = std::is_base_of_v<ModelTag, T>;

namespace detail {

// Kinds of right sides that are no plain values.
template <class M> struct ObjectOf {};
template <class T> struct ListOf {};
template <class M, class T> struct RowsOf {};  // a queryset of M, or of single values T (void: whole objects)

template <class T>
concept Container = requires(const T& t) {
    t.begin();
    t.end();
}
&&!std::is_convertible_v<const T&, std::string_view>;

template <class T> struct IsTuple { static constexpr bool value = false; };
template <class... T> struct IsTuple<std::tuple<T...>> { static constexpr bool value = true; };

template <class V> consteval auto right_side();
template <class... T> consteval auto right_side_of_tuple(std::tuple<T...>*) {
    return std::type_identity<std::tuple<typename decltype(right_side<T>())::type...>>{};
}

/// What V is to the checks: its value type, without the variety of C++ spellings.
template <class V> consteval auto right_side() {
    struct Unknown {};
    if constexpr (std::is_same_v<V, std::nullopt_t> || std::is_same_v<V, std::nullptr_t>) {
        return std::type_identity<std::nullptr_t>{};
    } else if constexpr (std::is_same_v<V, bool> || std::is_enum_v<V> || std::is_same_v<V, Date> ||
                         std::is_same_v<V, Time> || std::is_same_v<V, DateTime> || std::is_same_v<V, Duration> ||
                         StoredValue<V>) {
        return std::type_identity<V>{};
    } else if constexpr (std::is_integral_v<V>) {
        return std::type_identity<std::int64_t>{};
    } else if constexpr (std::is_floating_point_v<V>) {
        return std::type_identity<double>{};
    } else if constexpr (std::is_convertible_v<const V&, std::string_view>) {
        return std::type_identity<std::string>{};
    } else if constexpr (IsTuple<V>::value) {
        return right_side_of_tuple(static_cast<V*>(nullptr));
    } else if constexpr (AnyModel<V> || Swapped<V>) {
        return std::type_identity<ObjectOf<typename V::model_type>>{};
    } else if constexpr (ForwardKey<bare_t<V>>) {
        return std::type_identity<ObjectOf<typename bare_t<V>::related>>{};
    } else if constexpr (std::is_base_of_v<QuerySetTag, V>) {
        return std::type_identity<typename V::as_right_side>{};
    } else if constexpr (requires {
                             typename V::value_type;
                             V::kind;
                         }) {
        return right_side<typename V::value_type>();
    } else if constexpr (WithoutOptional<V>::nullable) {
        return right_side<plain_t<V>>();
    } else if constexpr (requires {
                             typename V::first_type;
                             typename V::second_type;
                         }) {
        return std::type_identity<ListOf<typename decltype(right_side<typename V::first_type>())::type>>{};
    } else if constexpr (Container<V>) {
        return std::type_identity<ListOf<
            typename decltype(right_side<std::remove_cvref_t<decltype(*std::declval<const V&>().begin())>>())::type>>{};
    } else {
        return std::type_identity<V>{};
    }
}
template <class V> using right_side_t = typename decltype(right_side<V>())::type;

inline Literal make_literal(std::string_view text) { return Literal(text); }
template <class V> Literal make_literal(const V& value) {
    if constexpr (std::is_same_v<V, std::nullopt_t> || std::is_same_v<V, std::nullptr_t>) {
        return Literal();
    } else if constexpr (std::is_enum_v<V>) {
        return to_literal(value);
    } else if constexpr (std::is_convertible_v<const V&, std::string_view>) {
        return make_literal(std::string_view(value));
    } else if constexpr (AnyModel<V> || Swapped<V>) {
        return make_literal(value.pk());
    } else if constexpr (requires {
                             typename V::inner_type;
                             value.has_value();
                         }) {  // Nullable
        return value.has_value() ? make_literal(value.value()) : Literal();
    } else if constexpr (ForwardKey<V>) {
        return value.key();
    } else if constexpr (IsTuple<V>::value) {
        return std::apply([](const auto&... part) { return Literal(std::vector<Literal>{make_literal(part)...}); },
                          value);
    } else if constexpr (std::is_base_of_v<Decimal, V>) {
        return to_literal(static_cast<const Decimal&>(value));
    } else if constexpr (std::is_base_of_v<Uuid, V>) {
        return to_literal(static_cast<const Uuid&>(value));
    } else if constexpr (std::is_base_of_v<Json, V>) {
        return to_literal(static_cast<const Json&>(value));
    } else if constexpr (std::is_base_of_v<Bytes, V>) {
        return to_literal(static_cast<const Bytes&>(value));
    } else if constexpr (std::is_base_of_v<Duration, V>) {
        return Literal(static_cast<const Duration&>(value));
    } else if constexpr (std::is_base_of_v<Date, V>) {
        return Literal(static_cast<const Date&>(value));
    } else if constexpr (std::is_base_of_v<Time, V>) {
        return Literal(static_cast<const Time&>(value));
    } else if constexpr (std::is_base_of_v<DateTime, V>) {
        return Literal(static_cast<const DateTime&>(value));
    } else if constexpr (requires {
                             typename V::value_type;
                             V::kind;
                             value.value;
                         }) {
        return make_literal(value.value);
    } else if constexpr (WithoutOptional<V>::nullable) {
        return value ? make_literal(*value) : Literal();
    } else if constexpr (requires {
                             typename V::first_type;
                             typename V::second_type;
                         }) {
        return Literal(std::vector<Literal>{make_literal(value.first), make_literal(value.second)});
    } else if constexpr (Container<V>) {
        std::vector<Literal> list;
        for (const auto& item : value) list.push_back(make_literal(item));
        return Literal(std::move(list));
    } else if constexpr (requires { Literal(value); }) {
        return Literal(value);
    } else {
        return Literal();  // no value of a query: the check says so
    }
}

// What an unknown field may be compared with though it is no plain value: objects, lists, rows.
template <class R> consteval bool is_value_of_query(std::type_identity<R>) { return IsTuple<R>::value; }
template <class M> consteval bool is_value_of_query(std::type_identity<ObjectOf<M>>) { return true; }
template <class M, class T> consteval bool is_value_of_query(std::type_identity<RowsOf<M, T>>) { return true; }
template <class T> consteval bool is_value_of_query(std::type_identity<ListOf<T>>) {
    return class_of<plain_t<T>>() != ValueClass::other || is_value_of_query(std::type_identity<T>{});
}

/// A value of class `left` (of an enumeration: type E; of a key: model To) compared with a right side R.
template <class T, class To, class R> consteval bool comparable(ValueClass left);
template <class... T, class... R>
consteval bool tuples_comparable(std::type_identity<std::tuple<T...>>, std::type_identity<std::tuple<R...>>) {
    if constexpr (sizeof...(T) == sizeof...(R)) return (comparable<T, void, R>(class_of<T>()) && ...);
    return false;
}
template <class T, class To, class R> consteval bool comparable(ValueClass left) {
    if constexpr (WithoutOptional<R>::nullable) {
        return comparable<T, To, plain_t<R>>(left);
    } else if constexpr (std::is_same_v<R, std::nullptr_t>) {
        return true;
    } else {
        constexpr ValueClass right = class_of<R>();
        switch (left) {
            case ValueClass::boolean: return right == ValueClass::boolean;
            case ValueClass::integer: return right == ValueClass::integer;
            case ValueClass::real:
                return right == ValueClass::integer || right == ValueClass::real || right == ValueClass::decimal;
            case ValueClass::decimal:
                return right == ValueClass::integer || right == ValueClass::real || right == ValueClass::decimal;
            case ValueClass::uuid: return right == ValueClass::uuid || right == ValueClass::text;
            case ValueClass::bytes: return right == ValueClass::bytes;
            case ValueClass::json: return right != ValueClass::other;
            case ValueClass::any: return right != ValueClass::other || is_value_of_query(std::type_identity<R>{});
            case ValueClass::text: return right == ValueClass::text;
            case ValueClass::choice: return std::is_same_v<T, R>;
            case ValueClass::key:
                if constexpr (!std::is_void_v<To>) {
                    if (std::is_same_v<R, ObjectOf<To>>) return true;
                }
                if constexpr (!std::is_same_v<T, std::int64_t>) {
                    if (class_of<T>() != ValueClass::integer) return comparable<T, To, R>(class_of<T>());
                }
                return right == ValueClass::integer;
            case ValueClass::date: return right == ValueClass::date;
            case ValueClass::time: return right == ValueClass::time;
            case ValueClass::date_time: return right == ValueClass::date_time;
            case ValueClass::duration: return right == ValueClass::duration;
            case ValueClass::other:
                if constexpr (OwnValue<T>) return OwnLookups<T>::template takes<R>();
                if constexpr (IsTuple<T>::value && IsTuple<R>::value)
                    return tuples_comparable(std::type_identity<T>{}, std::type_identity<R>{});
                return std::is_same_v<T, R>;
        }
        return false;
    }
}

template <class R> struct ListItem { using type = void; };
template <class T> struct ListItem<ListOf<T>> { using type = T; };

/// Whether `path__lookup = R` holds together.
template <class T, class To, class R> consteval bool fits(LookupShape shape) {
    switch (shape.right) {
        case RightSide::same: return comparable<T, To, R>(shape.left);
        case RightSide::text:
            return class_of<plain_t<R>>() == ValueClass::text ||
                   (shape.left == ValueClass::integer && class_of<plain_t<R>>() == ValueClass::integer);
        case RightSide::flag: return std::is_same_v<R, bool>;
        case RightSide::list:
        case RightSide::range: {
            using Item = typename ListItem<R>::type;
            if constexpr (!std::is_void_v<Item>) return comparable<T, To, Item>(shape.left);
            return false;
        }
        case RightSide::anything: return shape.left != ValueClass::any || comparable<T, To, R>(shape.left);
        case RightSide::unknown: return true;  // reported elsewhere
    }
    return false;
}
/// `__in` a queryset: of the same model for keys, of single values of the same class otherwise.
template <class T, class To, class M, class Item> consteval bool fits_rows(LookupShape shape) {
    if (shape.left == ValueClass::any) return true;
    if (shape.right != RightSide::list && shape.right != RightSide::same) return false;
    if constexpr (std::is_void_v<Item>) {
        return shape.left == ValueClass::key ? std::is_same_v<M, To> || std::is_void_v<To> || Swapped<To>
                                             : shape.left == ValueClass::integer || IsTuple<T>::value;
    } else {
        return comparable<T, To, Item>(shape.left);
    }
}

/// Whether `rest` is a lookup of a T, and an R may stand on its right.
template <class T, class R> consteval LookupFit fit_of(std::string_view rest) {
    if constexpr (OwnValue<T>) {
        return OwnLookups<T>::template lookup<R>(rest);
    } else {
        const LookupShape shape = parse_lookup(class_of<T>(), rest);
        if (shape.right == RightSide::unknown) return LookupFit::unknown;
        return fits<T, void, R>(shape) ? LookupFit::fits : LookupFit::misfit;
    }
}

template <class T, class To, class R> struct RightFits {
    static consteval bool check(LookupShape shape) {
        if constexpr (std::is_void_v<R>)
            return true;  // its own problem was told already
        else
            return fits<T, To, R>(shape);
    }
};
template <class T, class To, class M, class Item> struct RightFits<T, To, RowsOf<M, Item>> {
    static consteval bool check(LookupShape shape) { return fits_rows<T, To, M, Item>(shape); }
};

}  // namespace detail

}  // namespace nuages::db::models
