// Names and types of the members of an aggregate, at compile time, without macros.
//
// C++20 has no reflection; three facts stand in for it. An aggregate can be initialized from as many placeholders as
// it has members (that is how they are counted); a structured binding names them all; and the compiler prints the name
// of a member when a pointer to it is a template argument. All names of a type come from one printed function name, so
// a type costs two instantiations, not two per member: models are reflected in every file that uses them.
//
// Limits: 96 members; C arrays can't be counted (use std::array); a base must be empty and be named by a member type
// `reflection_base`, which a CRTP base declares once. A trailing underscore is no part of the name (`class_` is
// "class").
#pragma once

#include <nuages/utils/member_binders.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

namespace nuages::utils {

inline constexpr std::size_t kMembersMax = 96;

namespace detail {

struct AnyMember {
    template <class T> operator T() const noexcept;
};

template <class T, std::size_t... I> consteval bool takes_members(std::index_sequence<I...>) {
    if constexpr (requires { typename T::reflection_base; }) {
        return requires { T{typename T::reflection_base{}, (void(I), AnyMember{})...}; };
    } else {
        return requires { T{(void(I), AnyMember{})...}; };
    }
}

// Every count up to the number of members works, none above it.
template <class T, std::size_t Low, std::size_t High> consteval std::size_t count_between() {
    if constexpr (High - Low <= 1) {
        return Low;
    } else {
        constexpr std::size_t middle = (Low + High) / 2;
        if constexpr (takes_members<T>(std::make_index_sequence<middle>{})) {
            return count_between<T, middle, High>();
        } else {
            return count_between<T, Low, middle>();
        }
    }
}

// For members without a default constructor too few placeholders don't work either.
template <class T, std::size_t N> consteval std::size_t count_down() {
    if constexpr (N == 0 || takes_members<T>(std::make_index_sequence<N>{})) {
        return N;
    } else {
        return count_down<T, N - 1>();
    }
}

template <class T> consteval std::size_t count_members() {
    static_assert(std::is_aggregate_v<T>, "only an aggregate can be reflected: no constructors, no private members");
    if constexpr (takes_members<T>(std::index_sequence<>{})) {
        return count_between<T, 0, kMembersMax + 1>();
    } else {
        return count_down<T, kMembersMax>();
    }
}

template <std::size_t I, class M> struct MemberPointer { M* pointer; };
template <class Indices, class... M> struct MemberPointers;
template <std::size_t... I, class... M>
struct MemberPointers<std::index_sequence<I...>, M...> : MemberPointer<I, M>... {};

struct CollectPointers {
    template <class... M> constexpr auto operator()(M&... members) const {
        return MemberPointers<std::make_index_sequence<sizeof...(M)>, M...>{{&members}...};
    }
};

template <std::size_t I, class M> constexpr M& pick(const MemberPointer<I, M>& member) { return *member.pointer; }
template <std::size_t I, class M> M member_type(const MemberPointer<I, M>&);

// Never defined: only its addresses are used, and only while compiling.
template <class T> struct FakeHolder { T value; };
template <class T> extern FakeHolder<T> fake_object;

template <auto Pointers> consteval std::string_view printed_pointers() { return __PRETTY_FUNCTION__; }

template <std::size_t N> struct NameList {
    std::string_view names[N == 0 ? 1 : N];

    constexpr std::size_t size() const { return N; }
    constexpr const std::string_view& operator[](std::size_t i) const { return names[i]; }
    constexpr const std::string_view* begin() const { return names; }
    constexpr const std::string_view* end() const { return names + N; }
};

// g++ prints a member as "(& …fake_object<T>.FakeHolder<T>::value.T::name)}", clang as "&fake_object.value.name}".
template <std::size_t N> consteval NameList<N> parse_names(std::string_view text) {
    NameList<N> list;
    std::size_t at = 0;
    for (std::size_t i = 0; i < N; ++i) {
#ifdef __clang__
        at = text.find("fake_object.value.", at);
        std::size_t end = text.find('}', at);
        std::string_view name = text.substr(at, end - at);
        name.remove_prefix(name.rfind('.') + 1);
#else
        at = text.find("fake_object<", at);
        std::size_t end = text.find(")}", at);
        std::string_view name = text.substr(at, end - at);
        name.remove_prefix(name.rfind("::") + 2);
#endif
        if (name.size() > 1 && name.back() == '_') name.remove_suffix(1);
        list.names[i] = name;
        at = end;
    }
    return list;
}

template <class T> struct Reflected {
    static constexpr std::size_t count = count_members<T>();
    static consteval auto pointers() { return bind_members<count>(fake_object<T>.value, CollectPointers{}); }
    static constexpr auto names = parse_names<count>(printed_pointers<pointers()>());
};

}  // namespace detail

/// How many members the aggregate T has (0 to 96).
template <class T> inline constexpr std::size_t field_count = detail::Reflected<T>::count;

/// The names of T's members in order: a constexpr range of std::string_view with size() and [].
template <class T> inline constexpr const auto& field_names = detail::Reflected<T>::names;

/// The declared type of T's member number I.
template <class T, std::size_t I> using member_t = decltype(detail::member_type<I>(detail::Reflected<T>::pointers()));

/// Calls `visitor(member0, member1, ...)` with references to all members of OBJECT and returns what it returns.
template <class T, class Visitor> constexpr decltype(auto) visit_members(T& object, Visitor&& visitor) {
    return detail::bind_members<field_count<std::remove_const_t<T>>>(object, visitor);
}

/// A reference to member number I of OBJECT.
template <std::size_t I, class T> constexpr auto& get_member(T& object) {
    return detail::pick<I>(visit_members(object, detail::CollectPointers{}));
}

/// Calls `visitor(std::string_view name, member&)` for each member of OBJECT in order.
template <class T, class Visitor> constexpr void for_each_member(T& object, Visitor&& visitor) {
    constexpr const auto& names = field_names<std::remove_const_t<T>>;
    visit_members(object, [&](auto&... members) {
        [[maybe_unused]] std::size_t i = 0;
        (visitor(names[i++], members), ...);
    });
}

/// The index of T's member called NAME, or -1.
template <class T> constexpr int member_index(std::string_view name) {
    for (std::size_t i = 0; i < field_count<T>; ++i) {
        if (field_names<T>[i] == name) return static_cast<int>(i);
    }
    return -1;
}

/// Anything that the functions of this page take.
template <class T>
concept Reflectable = std::is_aggregate_v<T> && !std::is_array_v<T>;

}  // namespace nuages::utils

#ifdef __clang__
#pragma clang diagnostic pop
#endif
