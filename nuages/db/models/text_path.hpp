// Paths that are only known as text while compiling: of order_by(), select_related(), options. path.hpp walks those that are
// template arguments.
#pragma once

#include <nuages/db/models/path.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace nuages::db::models::detail {

/// Where such a name may end: at a field, at a relation only, at a relation to one object behind others of that kind, or at
/// a field or what transforms make of it.
enum class PathEnd : std::uint8_t { field, relation, one, value };

/// Whether F leads to one object at most.
template <class F> consteval bool leads_to_one() {
    if constexpr (requires { F::via; })
        return is_one_to_one_of<typename F::related>(F::via);
    else
        return ForwardKey<F>;
}

// `Phase` 0 is used inside the definition of models, where others may still be incomplete; 1 in queries.
template <int Phase, class M> consteval bool is_path(std::string_view path, PathEnd end);
template <int Phase, Swapped M> consteval bool is_path(std::string_view path, PathEnd end);

/// Whether a path of relations of M leads to objects of To.
template <class M, class To> consteval bool leads_to(std::string_view path);
template <class To, class F> consteval bool leads_to_behind(std::string_view rest) {
    if constexpr (Relation<F>) {
        using Next = typename F::related;
        if constexpr (Swapped<Next>) return true;
        else if constexpr (requires { sizeof(Next); }) return rest.empty() ? std::is_same_v<Next, To> : leads_to<Next, To>(rest);
    }
    return false;
}
template <class To, class... F> consteval bool leads_to_among(MemberTraits<F...>, int at, std::string_view rest) {
    bool found = false;
    int index = 0;
    ((index++ == at ? void(found = leads_to_behind<To, bare_t<F>>(rest)) : void()), ...);
    return found;
}
template <class To, class F> consteval bool leads_to_in_parent(std::string_view path) {
    if constexpr (ParentLink<F>) return leads_to<typename F::related, To>(path);
    return false;
}
template <class To, class... F> consteval bool leads_to_of_parent(MemberTraits<F...>, std::string_view path) {
    return (leads_to_in_parent<To, F>(path) || ...);
}
template <class M, class To> consteval bool leads_to(std::string_view path) {
    const int at = locate<M>(path_head(path));
    if (at < 0) return leads_to_of_parent<To>(member_traits<M>{}, path);
    return leads_to_among<To>(member_traits<M>{}, at, path_tail(path));
}

template <int Phase, class F> consteval bool is_path_behind(std::string_view rest, PathEnd end) {
    if constexpr (Relation<F>) {
        using To = typename F::related;
        if constexpr (requires { sizeof(To); } && (Phase == 1 || !F::to_many)) {
            if constexpr (Phase == 1) {
                if (end == PathEnd::one && !leads_to_one<F>()) return false;
            }
            return rest.empty() || is_path<Phase, To>(rest, end);
        }
    } else if constexpr (requires { typename F::value_type; }) {
        constexpr ValueClass from = class_of<typename F::value_type>();
        return end == PathEnd::value && (from == ValueClass::json || transformed_by(from, rest).rest_size == 0);
    }
    return false;
}

template <int Phase, class... F>
consteval bool is_path_behind_member(MemberTraits<F...>, int at, std::string_view rest, PathEnd end) {
    bool found = false;
    int index = 0;
    ((index++ == at ? void(found = is_path_behind<Phase, bare_t<F>>(rest, end)) : void()), ...);
    return found;
}

template <int Phase, class F> consteval bool is_path_in_parent(std::string_view path, PathEnd end) {
    if constexpr (ParentLink<F>) return is_path<Phase, typename F::related>(path, end);
    return false;
}
template <int Phase, class... F>
consteval bool is_path_of_parent(MemberTraits<F...>, std::string_view path, PathEnd end) {
    return (is_path_in_parent<Phase, F>(path, end) || ...);
}

template <int Phase, Swapped M> consteval bool is_path(std::string_view path, PathEnd) { return !path.empty(); }
template <int Phase, class M> consteval bool is_path(std::string_view path, PathEnd end) {
    const int at = locate<M>(path_head(path));
    if (at < 0) return is_path_of_parent<Phase>(member_traits<M>{}, path, end);
    const std::string_view rest = path_tail(path);
    if (at >= kEmbedded) return rest.empty() && end != PathEnd::relation;
    if (rest.empty() && end != PathEnd::one) return end != PathEnd::relation || member_traits<M>::relation[at];
    return is_path_behind_member<Phase>(member_traits<M>{}, at, rest, end);
}

}  // namespace nuages::db::models::detail
