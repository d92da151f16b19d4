// From C++ values to Value: numbers, text, dates, optionals, pointers, containers, callables and plain aggregates,
// with a borrowing form (`value_of`) for what outlives the value and an owning one (`value_owning`).
//
// A type of its own joins in with a function beside it: `Value to_value(const T&)`, found by its namespace. It borrows;
// whoever owns the object calls `.within(owner)` on the result. Aggregates need nothing: their members are looked up by
// name through utils/reflection.hpp.
#pragma once

#include <nuages/utils/datetime.hpp>
#include <nuages/utils/reflection.hpp>
#include <nuages/utils/value.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace nuages {

template <class T> Value value_of(const T& object);
template <class T> Value value_owning(T object);

namespace detail {

template <class T>
concept HasToValue = requires(const T& object) {
    { to_value(object) } -> std::convertible_to<Value>;
};
template <class T>
concept OptionalLike = requires(const T& object) {
    { object.has_value() } -> std::convertible_to<bool>;
    *object;
};
template <class T>
concept PointerLike = std::is_pointer_v<T> || requires(const T& object) {
    typename T::element_type;
    { object.get() } -> std::convertible_to<const typename T::element_type*>;
};
template <class T>
concept MapLike = requires(const T& object, typename T::key_type key) {
    typename T::mapped_type;
    object.find(key) == object.end();
};
template <class T>
concept Iterable = requires(const T& object) {
    object.begin() != object.end();
    object.size();
};
template <class T>
concept RandomAccess = Iterable<T> && requires(const T& object) {
    object[std::size_t{}];
};
template <class T>
concept PairLike = requires(const T& object) {
    object.first;
    object.second;
    requires requires { typename T::first_type; };
};
template <class T>
concept TupleLike = requires { std::tuple_size<T>::value; };
template <class T>
concept CallableLike = requires(const T& object) {
    object();
    requires !std::is_void_v<decltype(object())>;
};

// An item of a container: borrowed where the container gives a reference, owned where it gives a copy.
template <class T> Value item_value(T&& item) {
    if constexpr (std::is_lvalue_reference_v<T>) {
        return value_of(item);
    } else {
        return value_owning(std::remove_cvref_t<T>(std::forward<T>(item)));
    }
}

template <class T> struct RangeType {
    static const T& cast(const void* self) { return *static_cast<const T*>(self); }
    static Value at(const void* self, std::size_t index, const Value& owner) {
        return item_value(cast(self)[index]).within(owner);
    }
    static void iterate(const void* self, const Value& owner, FunctionRef<bool(Value)> each) {
        for (auto&& item : cast(self)) {
            if (!each(item_value(static_cast<decltype(item)>(item)).within(owner))) return;
        }
    }
    static std::int64_t size(const void* self) { return static_cast<std::int64_t>(cast(self).size()); }
    static constexpr auto at_or_null() -> Value (*)(const void*, std::size_t, const Value&) {
        if constexpr (RandomAccess<T>) return &at;
        return nullptr;
    }
    static constexpr ObjectType table{.name = "list", .iterate = iterate, .size = size, .at = at_or_null()};
};

template <class T> struct MapType {
    static const T& cast(const void* self) { return *static_cast<const T*>(self); }
    static Value get(const void* self, const Key& key, const Value& owner) {
        using Name = typename T::key_type;
        const T& map = cast(self);
        if constexpr (std::is_integral_v<Name>) {
            if (!key.is_index) return {};
            auto found = map.find(static_cast<Name>(key.index));
            return found == map.end() ? Value() : value_of(found->second).within(owner);
        } else if constexpr (std::is_constructible_v<Name, std::string_view>) {
            auto found = map.find(Name(key.name));
            return found == map.end() ? Value() : value_of(found->second).within(owner);
        } else {
            return {};
        }
    }
    static void iterate(const void* self, const Value& owner, FunctionRef<bool(Value)> each) {
        for (const auto& item : cast(self)) {
            if (!each(value_of(item.first).within(owner))) return;
        }
    }
    static void pairs(const void* self, const Value& owner, FunctionRef<bool(Value, Value)> each) {
        for (const auto& item : cast(self)) {
            if (!each(value_of(item.first).within(owner), value_of(item.second).within(owner))) return;
        }
    }
    static std::int64_t size(const void* self) { return static_cast<std::int64_t>(cast(self).size()); }
    static constexpr ObjectType table{.name = "dict", .get = get, .iterate = iterate, .size = size, .pairs = pairs};
};

template <class T> struct PairType {
    static Value at(const void* self, std::size_t index, const Value& owner) {
        const T& pair = *static_cast<const T*>(self);
        return (index == 0 ? value_of(pair.first) : value_of(pair.second)).within(owner);
    }
    static Value get(const void* self, const Key& key, const Value& owner) {
        if (key.name == "first") return at(self, 0, owner);
        if (key.name == "second") return at(self, 1, owner);
        return {};
    }
    static std::int64_t size(const void*) { return 2; }
    static constexpr ObjectType table{.name = "tuple", .get = get, .size = size, .at = at};
};

template <class T> struct TupleType {
    static constexpr std::size_t count = std::tuple_size<T>::value;
    static Value at(const void* self, std::size_t index, const Value& owner) {
        Value found;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (void)((I == index && (found = value_of(get<I>(*static_cast<const T*>(self))).within(owner), true)) || ...);
        }
        (std::make_index_sequence<count>{});
        return found;
    }
    static void iterate(const void* self, const Value& owner, FunctionRef<bool(Value)> each) {
        for (std::size_t i = 0; i < count; ++i) {
            if (!each(at(self, i, owner))) return;
        }
    }
    static std::int64_t size(const void*) { return static_cast<std::int64_t>(count); }
    static constexpr ObjectType table{.name = "tuple", .iterate = iterate, .size = size, .at = at};
};

template <class T> struct AggregateType {
    struct Hashes {
        std::uint32_t of[utils::field_count<T> + 1]{};
    };
    static constexpr Hashes hashes = [] {
        Hashes all;
        for (std::size_t i = 0; i < utils::field_count<T>; ++i) all.of[i] = hash_name(utils::field_names<T>[i]);
        return all;
    }();
    static int index_of(const Key& key) {
        for (std::size_t i = 0; i < utils::field_count<T>; ++i) {
            if (hashes.of[i] == key.hash && utils::field_names<T>[i] == key.name) return static_cast<int>(i);
        }
        return -1;
    }
    static Value get(const void* self, const Key& key, const Value& owner) {
        const int wanted = index_of(key);
        if (wanted < 0) return {};
        Value found;
        utils::visit_members(*static_cast<const T*>(self), [&](const auto&... members) {
            [[maybe_unused]] int i = 0;
            (void)((i++ == wanted && (found = value_of(members).within(owner), true)) || ...);
        });
        return found;
    }
    static void str(const void* self, std::string& out) {
        if constexpr (requires(const T& object) { std::string_view(object.str()); }) {
            out += static_cast<const T*>(self)->str();
        } else {
            out += "<object>";
        }
    }
    static constexpr ObjectType table{.name = "object", .get = get, .str = str};
};

template <class T> struct OwnedObject final : RefCounted {
    T object;
    explicit OwnedObject(T&& from) : object(std::move(from)) {}
};

}  // namespace detail

/// A Value that borrows OBJECT where it is more than a scalar: OBJECT must outlive the Value and its copies.
template <class T> Value value_of(const T& object) {
    if constexpr (std::is_same_v<T, Value>) {
        return object;
    } else if constexpr (detail::HasToValue<T>) {
        return to_value(object);
    } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::nullopt_t>) {
        return nullptr;
    } else if constexpr (std::is_same_v<T, bool> || std::is_arithmetic_v<T>) {
        return Value(object);
    } else if constexpr (std::is_enum_v<T>) {
        return Value(static_cast<std::underlying_type_t<T>>(object));
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return Value::borrow(std::string_view(object), std::is_base_of_v<SafeString, T>);
    } else if constexpr (std::is_same_v<T, Date>) {
        return Value::date(object.days);
    } else if constexpr (std::is_same_v<T, Time>) {
        return Value::time(object.microseconds);
    } else if constexpr (std::is_same_v<T, DateTime>) {
        return Value::datetime(object.microseconds);
    } else if constexpr (std::is_same_v<T, Duration>) {
        return Value::duration(object.microseconds);
    } else if constexpr (detail::OptionalLike<T>) {
        return object.has_value() ? value_of(*object) : Value(nullptr);
    } else if constexpr (detail::PointerLike<T>) {
        return object ? value_of(*object) : Value(nullptr);
    } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
        return value_owning(object);
    } else if constexpr (detail::MapLike<T>) {
        return Value::object(&object, detail::MapType<T>::table);
    } else if constexpr (detail::Iterable<T>) {
        return Value::object(&object, detail::RangeType<T>::table);
    } else if constexpr (detail::PairLike<T>) {
        return Value::object(&object, detail::PairType<T>::table);
    } else if constexpr (detail::TupleLike<T>) {
        return Value::object(&object, detail::TupleType<T>::table);
    } else if constexpr (detail::CallableLike<T>) {
        return Value::callable([object] { return value_owning(object()); });
    } else {
        static_assert(utils::Reflectable<T>, "no template value: give the type a function `Value to_value(const T&)`");
        return Value::object(&object, detail::AggregateType<T>::table);
    }
}

/// A Value that owns OBJECT: moved into shared memory where it is more than a scalar or text.
template <class T> Value value_owning(T object) {
    if constexpr (std::is_same_v<T, Value>) {
        return object;
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, SafeString>) {
        return Value(std::move(object));
    } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
        return detail::list_of(object);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_pointer_v<T> ||
                         std::is_same_v<T, std::string_view>) {
        return value_of(object);  // pointers and views borrow, as everywhere
    } else if constexpr (requires { typename T::value_keeps_itself; }) {
        return value_of(object);  // its to_value() shares what it needs
    } else {
        auto owned = make_ref<detail::OwnedObject<T>>(std::move(object));
        return value_of(owned->object).within(detail::keeper_of(owned));
    }
}

}  // namespace nuages
