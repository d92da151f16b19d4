// From a C++ struct to its ModelMeta: what the compiler knows is laid into small tables, the rest is done in
// describe.cpp when the model is first used.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/models/field_ops.hpp>
#include <nuages/db/models/model_ops.hpp>
#include <nuages/db/models/to_many.hpp>

#include <string_view>

namespace nuages::db::models::detail {

struct StructShape;

/// One member type: what its C++ type says without options.
struct MemberType {
    bool is_field = true;  ///< false: a plain member that is no field of the model
    FieldKind kind{};
    std::string_view class_name;
    bool null = false;
    const FieldOps* ops = nullptr;
    const FieldType* field_type = nullptr;  ///< of a class of the program's own
    void (*complete)(Field& field) = nullptr;  ///< what a class of the program's own adds once the options are known
    const EnumNames* choices = nullptr;
    const ModelMeta& (*related)() = nullptr;
    std::string_view via;           ///< Reverse
    std::string_view related_name;  ///< ManyToManyField
    std::string_view key_name = "pk";     ///< foreign keys: the field they refer to
    bool parent_link = false;             ///< Parent
    bool to_self = false;                 ///< ManyToManyField between objects of one model
    std::string_view swappable;           ///< the setting that names the other model
    const std::string_view* parts = nullptr;  ///< of a CompositePrimaryKey
    std::size_t parts_count = 0;
    const StructShape* embedded = nullptr;
};

/// The members of a struct: names, types, and where they are in an object.
struct StructShape {
    const std::string_view* names;
    const MemberType* const* types;
    std::size_t count;
    void (*addresses)(const void* object, const void** out);
};

/// Everything that build_meta() needs of a model.
struct ModelRecipe {
    std::string_view printed_type;  ///< a function's printed name with the model in it
    const StructShape* shape;
    const ModelOps* ops;
    /// Constructs an object whose fields report their options, and calls `use` with it.
    void (*construct)(FunctionRef<void(const void*)> use);
    /// Fills in what the model's own Meta says.
    void (*apply_meta)(ModelMeta& meta);
    ModelSlot* slot;
};

/// Builds, finishes and registers; the result lives as long as the program.
const ModelMeta& build_meta(const ModelRecipe& recipe);

/// ModelOps::make_list of models that are C++ structs.
Ref<ObjectList> make_row_list(const ModelMeta& meta);

template <class T> consteval std::string_view printed_type() { return __PRETTY_FUNCTION__; }

template <class T> struct ShapeOf;

/// A model has no field of the name that one of its own members gives: CompositePrimaryKey<"ordr", "line">.
template <class Model, fixed_string Name> struct names_no_field {};
/// The other model has no foreign key or many-to-many field Via to this one: Reverse<struct Article, "athor">.
template <class To, fixed_string Via, class Owner> struct has_no_relation_to {};

template <class Owner, fixed_string Name>
using part_problem_t = std::conditional_t<(locate<Owner>(Name.view()) >= 0), no_problem, names_no_field<Owner, Name>>;

/// What is wrong with the names in a member's type, once all models are complete.
template <class F> struct MemberProblem { using type = no_problem; };
template <class Owner, fixed_string... Names> struct MemberProblem<CompositePrimaryKey<Owner, Names...>> {
    using type = decltype(first_of<part_problem_t<Owner, Names>...>());
};
template <class Owner, class To, fixed_string Via, fixed_string... Query>
requires requires { sizeof(To); }
struct MemberProblem<Reverse<Owner, To, Via, Query...>> {
    using type = std::conditional_t<leads_to<To, Owner>(Via.view()), no_problem, has_no_relation_to<To, Via, Owner>>;
};
template <class... F> auto problem_among(MemberTraits<F...>) -> decltype(first_of<typename MemberProblem<F>::type...>());
template <class T> consteval auto members_check() {
    return problem_as(std::type_identity<decltype(problem_among(member_traits<T>{}))>{});
}

template <class F> consteval MemberType describe_type() {
    MemberType type;
    using B = bare_t<F>;
    if constexpr (requires { typename F::embedded; }) {
        type.embedded = &ShapeOf<typename F::embedded>::shape;
    } else if constexpr (requires {
                             B::kind;
                             B::class_name;
                         }) {
        type.kind = B::kind;
        type.class_name = B::class_name;
        type.null = Bare<F>::nullable;
        if constexpr (requires { B::field_type; }) type.field_type = &B::field_type;
        if constexpr (requires(Field& field) { B::complete_field(field); }) type.complete = &B::complete_field;
        type.ops = &OpsOf<F>::table;
        if constexpr (B::kind == FieldKind::reverse) {
            type.related = &loaded_meta<typename B::related>;
            type.via = B::via;
        } else if constexpr (Relation<B>) {
            if constexpr (Swapped<typename B::related>) {
                type.related = &loaded_meta<typename B::related>;
                type.swappable = B::related::setting;
            } else {
                type.related = &meta_of<typename B::related>;
            }
            if constexpr (B::to_many) {
                type.related_name = B::related_name;
                type.to_self = B::to_self;
            } else {
                type.key_name = B::key_name.view();
                type.parent_link = requires { B::parent_link; };
            }
        } else if constexpr (B::kind == FieldKind::composite) {
            type.parts = B::parts;
            type.parts_count = sizeof(B::parts) / sizeof(B::parts[0]);
        } else if constexpr (std::is_enum_v<typename B::value_type>) {
            type.choices = &enum_names<typename B::value_type>;
        }
    } else {
        type.is_field = false;
    }
    return type;
}
template <class F> inline constexpr MemberType member_type = describe_type<F>();

template <class Indices, class... F> consteval auto types_of(const utils::detail::MemberPointers<Indices, F...>&) {
    struct {
        const MemberType* types[sizeof...(F) + 1];
    } list{{&member_type<F>..., nullptr}};
    return list;
}

template <class T> struct ShapeOf {
    static constexpr auto types = types_of(utils::detail::Reflected<T>::pointers());
    static void addresses(const void* object, const void** out) {
        utils::visit_members(*static_cast<const T*>(object), [out](const auto&... members) {
            [[maybe_unused]] std::size_t i = 0;
            ((out[i++] = &members), ...);
        });
    }
    static constexpr StructShape shape{utils::field_names<T>.names, types.types, utils::field_count<T>, addresses};
};

}  // namespace nuages::db::models::detail
