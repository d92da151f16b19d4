// Paths of names ("author__name__icontains") checked against models while compiling.
//
// A wrong path becomes a type that names what is wrong. The query method that was called asks it for a member that only
// a right path has, so that the one error line shows the type: "no type named 'valid' in 'struct
// has_no_field<blog::Article, "athor">'". (A deleted function shows as much, but brings two lines of note; see
// docs/decisions.)
#pragma once

#include <nuages/base/fixed_string.hpp>
#include <nuages/db/models/composite_key.hpp>
#include <nuages/db/models/field_values.hpp>
#include <nuages/db/models/foreign_key.hpp>
#include <nuages/db/models/lookup_rules.hpp>
#include <nuages/utils/reflection.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace nuages::db::models {

/// Model has no field, relation, annotation called Name.
template <class Model, fixed_string Name> struct has_no_field {};
/// The Model's field at Path has no lookup called Lookup.
template <class Model, fixed_string Path, class Field, fixed_string Lookup> struct has_no_lookup {};
/// What stands right of `=` does not fit the field or lookup at Path.
template <class Model, fixed_string Path, class Field, class Value> struct cannot_be_compared_with {};
/// The field cannot be set to the value: update(), create with keywords, defaults.
template <class Model, fixed_string Path, class Field, class Value> struct cannot_be_set_to {};
/// annotate() adds a value under a name that the rows use for another one.
template <class Model, fixed_string Name> struct has_annotation_already {};
/// A path that must be a relation ends at a plain field.
template <class Model, fixed_string Path> struct is_not_a_relation {};
/// The aggregate needs a number.
template <class Model, class Value> struct is_not_a_number {};
/// filter(), exclude() and get() take conditions: "pk"_f = 3, with one `=`.
template <class Model, class Value> struct is_no_condition {};
/// annotate(), alias() and aggregate() take values under names: "n"_f = Count("articles"_f).
template <class Model, class Value> struct is_no_named_value {};
/// Columns are named with _f behind the text: values_list("title"_f).
template <class Model, class Value> struct is_no_column {};
/// A condition is written with one `=`: "title"_f = "x".
template <fixed_string Path> struct takes_one_equals_sign {};
/// `"views"_f > 3` is written with a lookup, as Django writes it: "views__gt"_f = 3.
template <fixed_string Lookup> struct is_written_as_lookup {};
/// `"views"_f != 3` is exclude("views"_f = 3), or !("views"_f = 3).
template <fixed_string Path> struct is_written_with_exclude {};
/// KT() takes a path into a JSON field.
template <class Model, fixed_string Path> struct is_not_a_document {};
/// The expressions of a list are of one kind: std::tuple("views"_f, "likes"_f).
template <class Model, class First, class Other> struct is_of_another_kind {};
/// A generated column is never written.
template <class Model, fixed_string Path> struct is_computed_by_the_database {};
/// dates() and datetimes() take dates.
template <class Model, fixed_string Path> struct is_no_date {};
/// annotate() adds a value under the name of one of the Model's own fields.
template <class Model, fixed_string Name> struct has_field_already {};
/// Only texts have parts: "title"_f.slice(0, 3).
template <class Model, class Value> struct is_not_a_text {};

namespace detail {

struct no_problem {
    using valid = char;
};

// The problem P as a prvalue: `typename decltype(...)::valid` then prints P itself, not the aliases that led to it.
template <class P> consteval P problem_as(std::type_identity<P>) { return {}; }

/// A model, and the annotations that a query has added to it.
template <class M, class... Annotations> struct Scope { using model = M; };
template <fixed_string P, class T> struct Annotation {
    static constexpr auto name = P;
    static constexpr bool selected = true;
    using type = T;
};
/// Of alias(): usable, but no part of the rows.
template <class A> struct Hidden : A { static constexpr bool selected = false; };

template <class F>
concept Relation = requires {
    typename F::related;
};
template <class F>
concept ForwardKey = Relation<F> && !F::to_many;

/// F, or what a Nullable holds.
template <class F> struct Bare {
    using type = F;
    static constexpr bool nullable = false;
};
template <class F>
requires requires {
    typename F::field;
    typename F::inner_type;
}
struct Bare<F> {
    using type = typename F::field;
    static constexpr bool nullable = true;
};
template <class F> using bare_t = typename Bare<F>::type;

// ---- names of one model: a member's index, or an embedded group's member as kEmbedded * (inner + 1) + index ----
inline constexpr int kEmbedded = 1000;

template <class M, std::size_t I> using model_member_t = utils::member_t<M, I>;

template <class F> consteval int find_in_group(std::string_view name) {
    if constexpr (requires { typename F::embedded; }) return utils::member_index<typename F::embedded>(name);
    return -1;
}

/// A Reverse that lookups know under another name.
template <class F> consteval bool has_query_name(std::string_view name) {
    if constexpr (requires { F::query_name; }) return !name.empty() && F::query_name == name;
    return false;
}

template <class F> concept ParentLink = requires { F::parent_link; };

template <class... F> struct MemberTraits {
    static constexpr bool parent[sizeof...(F) + 1] = {ParentLink<F>..., false};
    static constexpr std::size_t count = sizeof...(F);
    static constexpr bool forward_key[count + 1] = {ForwardKey<bare_t<F>>..., false};
    static constexpr bool one_to_one[count + 1] = {[] {
                                                       if constexpr (requires { bare_t<F>::kind; })
                                                           return bare_t<F>::kind == FieldKind::one_to_one;
                                                       return false;
                                                   }()...,
                                                   false};
    static constexpr bool relation[count + 1] = {Relation<bare_t<F>>..., false};
    static constexpr bool automatic[count + 1] = {[] {
                                                      if constexpr (ParentLink<F>) return true;
                                                      if constexpr (requires { F::kind; })
                                                          return F::kind <= FieldKind::big_auto ||
                                                                 F::kind == FieldKind::composite;
                                                      return false;
                                                  }()...,
                                                  false};
    static consteval int renamed(std::string_view name) {
        int found = -1, index = 0;
        ((has_query_name<F>(name) ? void(found = index) : void(), ++index), ...);
        return found;
    }
    static consteval int embedded(std::string_view name) {
        int found = -1, index = 0;
        ((find_in_group<F>(name) >= 0 ? void(found = kEmbedded * (find_in_group<F>(name) + 1) + index) : void(),
          ++index),
         ...);
        return found;
    }
};
template <class Indices, class... F> MemberTraits<F...> traits_of(const utils::detail::MemberPointers<Indices, F...>&);
template <class M> using member_traits = decltype(traits_of(utils::detail::Reflected<M>::pointers()));

/// The primary key: the automatic or composite field, or else the first.
template <class M> consteval int primary_key_index() {
    for (std::size_t i = 0; i < member_traits<M>::count; ++i) {
        if (member_traits<M>::automatic[i]) return static_cast<int>(i);
    }
    return 0;
}

/// Where `name` is among M's members; -1 if nowhere. "pk" and "author_id" are names too.
template <class M> consteval int locate(std::string_view name) {
    if (int i = utils::member_index<M>(name); i >= 0) return i;
    if (name == "pk") return primary_key_index<M>();
    if (name.ends_with("_id")) {
        const int i = utils::member_index<M>(name.substr(0, name.size() - 3));
        if (i >= 0 && member_traits<M>::forward_key[i]) return i;
    }
    if (int i = member_traits<M>::renamed(name); i >= 0) return i;
    return member_traits<M>::embedded(name);
}

template <class M, int At> struct Located { using type = model_member_t<M, static_cast<std::size_t>(At)>; };
template <class M, int At>
requires(At >= kEmbedded) struct Located<M, At> {
    using type = utils::member_t<typename model_member_t<M, static_cast<std::size_t>(At % kEmbedded)>::embedded,
                                 static_cast<std::size_t>(At / kEmbedded - 1)>;
};
template <class M, int At> using located_t = typename Located<M, At>::type;

/// The C++ type of a member's value: a foreign key has that of the key it holds, a composite key a tuple of its parts.
template <class F> struct FieldValue { using type = typename F::value_type; };
template <ForwardKey F> struct FieldValue<F> { using type = typename KeyOf<typename F::related, F::key_name>::type; };
template <class F>
requires(Relation<F>&& F::to_many) struct FieldValue<F> { using type = typename KeyOf<typename F::related, "pk">::type; };
template <class Owner, fixed_string... Names> struct FieldValue<CompositePrimaryKey<Owner, Names...>> {
    using type = std::tuple<
        typename FieldValue<bare_t<typename Located<Owner, locate<Owner>(Names.view())>::type>>::type...>;
};
template <class F> using field_value_t = typename FieldValue<F>::type;
/// The value of M's primary key.
template <class M> using primary_key_t = field_value_t<bare_t<located_t<M, primary_key_index<M>()>>>;

/// Characters [From, From + Size) of a path as a template argument.
template <fixed_string P, std::size_t From, std::size_t Size> consteval auto cut() {
    char text[Size + 1]{};
    for (std::size_t i = 0; i < Size; ++i) text[i] = P.text[From + i];
    return fixed_string<Size + 1>(text);
}

/// The member of M, or of a model that M extends, through which `name` is found: the index of a Parent; -1: not behind one.
template <class M> consteval int parent_with(std::string_view name);
template <class F> consteval bool parent_knows(std::string_view name) {
    if constexpr (ParentLink<F>)
        return locate<typename F::related>(name) >= 0 || parent_with<typename F::related>(name) >= 0;
    return false;
}
template <class... F> consteval int parent_among(MemberTraits<F...>, std::string_view name) {
    int found = -1, index = 0;
    ((parent_knows<F>(name) ? void(found = index) : void(), ++index), ...);
    return found;
}
template <class M> consteval int parent_with(std::string_view name) { return parent_among(member_traits<M>{}, name); }

// ---- the walk ----
/// A path that cannot be followed.
template <class Problem> struct Broken {
    using problem = Problem;
    using field = void;
    using value = void;
};

/// The end of a path: the field, the C++ value it has, whether it may be NULL on the way, and the rest: a lookup.
template <class M, class F, class T, bool Null, std::size_t Rest> struct Leaf {
    using problem = no_problem;
    using model = M;
    using field = F;
    using plain_value = T;
    using value = std::conditional_t<Null, std::optional<T>, T>;
    static constexpr bool nullable = Null;
    static constexpr std::size_t rest = Rest;
};

/// The end of a path into a model that the site chooses: any names and lookups, any value.
struct OpenField {};
template <class M, std::size_t Rest> struct OpenLeaf {
    using problem = no_problem;
    using model = M;
    using field = OpenField;
    using plain_value = Literal;
    using value = Literal;
    static constexpr bool nullable = true;
    static constexpr std::size_t rest = Rest;
};

template <class T> struct WithoutOptional {
    using type = T;
    static constexpr bool nullable = false;
};
template <class T> struct WithoutOptional<std::optional<T>> {
    using type = T;
    static constexpr bool nullable = true;
};
template <class T> using plain_t = typename WithoutOptional<T>::type;

template <class M, fixed_string P, std::size_t From, bool Null> consteval auto follow();
template <Swapped M, fixed_string P, std::size_t From, bool Null> consteval OpenLeaf<M, From> follow() { return {}; }

template <class M, fixed_string P, std::size_t From, bool Null> consteval auto follow() {
    constexpr std::string_view name = path_head(P.view().substr(From));
    constexpr int at = locate<M>(name);
    if constexpr (at < 0) {
        constexpr int up = parent_with<M>(name);
        if constexpr (up >= 0)
            return follow<typename located_t<M, up>::related, P, From, Null>();
        else
            return Broken<has_no_field<M, cut<P, From, name.size()>()>>{};
    } else if constexpr (requires { typename located_t<M, at>::embedded; }) {  // the name of a group is no column's
        return Broken<has_no_field<M, cut<P, From, name.size()>()>>{};
    } else {
        using F = located_t<M, at>;
        using B = bare_t<F>;
        constexpr std::size_t end = From + name.size();
        constexpr std::size_t next = end == P.size() ? end : end + 2;
        constexpr bool null = Null || Bare<F>::nullable;
        if constexpr (Relation<B>) {
            constexpr std::string_view rest = P.view().substr(next);
            constexpr bool is_key = ForwardKey<B> && name.ends_with("_id") && utils::member_index<M>(name) < 0;
            if constexpr (rest.empty() || is_key || parse_lookup(ValueClass::key, rest).right != RightSide::unknown) {
                return Leaf < M, B, field_value_t<B>, null || B::to_many, next > {};
            } else {
                return follow < typename B::related, P, next, null || B::to_many > ();
            }
        } else {
            return Leaf<M, F, field_value_t<B>, null, next>{};
        }
    }
}

template <fixed_string P, class... A> consteval int annotation_index() {
    int found = -1, index = 0;
    ((path_head(P.view()) == A::name.view() ? void(found = index) : void(), ++index), ...);
    return found;
}

template <std::size_t I, class T> struct Indexed { using type = T; };
template <class Indices, class... T> struct IndexedTypes;
template <std::size_t... I, class... T> struct IndexedTypes<std::index_sequence<I...>, T...> : Indexed<I, T>... {};
template <std::size_t I, class T> Indexed<I, T> type_at(const Indexed<I, T>*);
/// Type number I of a list.
template <std::size_t I, class... T>
using nth_t =
    typename decltype(type_at<I>(static_cast<IndexedTypes<std::index_sequence_for<T...>, T...>*>(nullptr)))::type;

/// The type of an annotation that is a relation: FilteredRelation.
template <class To> struct RelationAlias {
    using related = To;
    static constexpr bool to_many = true;
    static constexpr FieldKind kind = FieldKind::reverse;
};
template <class T> struct IsRelationAlias { static constexpr bool value = false; };
template <class To> struct IsRelationAlias<RelationAlias<To>> { static constexpr bool value = true; };

template <fixed_string P, class M, class... A> consteval auto follow_in(Scope<M, A...>) {
    if constexpr (sizeof...(A) > 0) {
        constexpr int i = annotation_index<P, A...>();
        if constexpr (i >= 0) {
            using T = typename nth_t<static_cast<std::size_t>(i), A...>::type;
            constexpr std::size_t rest = P.size() - path_tail(P.view()).size();
            if constexpr (IsRelationAlias<T>::value) {
                using To = typename T::related;
                if constexpr (rest == P.size() || parse_lookup(ValueClass::key, P.view().substr(rest)).right != RightSide::unknown)
                    return Leaf<M, T, typename KeyOf<To, "pk">::type, true, rest>{};
                else
                    return follow<To, P, rest, true>();
            } else {
                return Leaf<M, T, plain_t<T>, WithoutOptional<T>::nullable, rest>{};
            }
        } else {
            return follow<M, P, 0, false>();
        }
    } else {
        return follow<M, P, 0, false>();
    }
}
template <class S, fixed_string P> using leaf_t = decltype(follow_in<P>(S{}));

/// Whether a leaf is behind a foreign key, and to which model.
template <class F> struct RelatedTo { using type = void; };
template <Relation F> struct RelatedTo<F> { using type = typename F::related; };
template <class F> using related_t = typename RelatedTo<F>::type;

template <class L> consteval ValueClass leaf_class() {
    if constexpr (Relation<typename L::field>) return ValueClass::key;
    return class_of<typename L::plain_value>();
}

/// Whether To's member called `name` is a OneToOneField.
template <class To> consteval bool is_one_to_one_of(std::string_view name) {
    const int at = locate<To>(name);
    return at >= 0 && at < kEmbedded && member_traits<To>::one_to_one[static_cast<std::size_t>(at)];
}

}  // namespace detail

template <class To, fixed_string Key> struct KeyOf {
    static constexpr int at = detail::locate<To>(Key.view());
    static_assert(at >= 0, "a foreign key names a field that the other model does not have");
    using type = detail::field_value_t<detail::bare_t<detail::located_t<To, at>>>;
};

/// Which key such a model has, only the running program knows.
template <Swapped To, fixed_string Key> struct KeyOf<To, Key> { using type = Literal; };

}  // namespace nuages::db::models
