// Models and querysets as templates see them: fields by name, exposed methods, relations, rows.
#pragma once

#include <nuages/db/models/model_ops.hpp>
#include <nuages/db/models/to_many.hpp>
#include <nuages/utils/to_value.hpp>

#include <string_view>

namespace nuages::db::models {

/// Methods that templates and list_display may call: `static consteval auto exposed() { return
/// models::methods<&A::f>(); }`
template <auto... M> struct MethodList {};

/// The name of an error: what templates call has no parameters and is const, and those have `valid`.
template <auto Method, class Type = decltype(Method)> struct cannot_be_exposed {};
template <auto M, class R, class C> struct cannot_be_exposed<M, R (C::*)() const> { using valid = int; };
template <auto M, class R, class C> struct cannot_be_exposed<M, R (C::*)() const noexcept> { using valid = int; };

template <auto... M> consteval MethodList<M...> methods() {
    (void(sizeof(typename cannot_be_exposed<M>::valid)), ...);
    return {};
}

namespace detail {

template <auto Method> consteval std::string_view method_name() {
    std::string_view text = __PRETTY_FUNCTION__;
#ifdef __clang__
    text = text.substr(0, text.rfind(']'));
#else
    text = text.substr(0, text.find_first_of(";]", text.rfind("Method = ")));
#endif
    while (text.ends_with(')')) text.remove_suffix(1);
    return text.substr(text.rfind("::") + 2);
}

/// A field, a relation, "pk", "author_id" or "get_status_display" of an object; missing if there is none.
nuages::Value value_of_field(const ModelMeta& meta, const void* object, const Key& key, const nuages::Value& owner);
std::string default_str(const ModelMeta& meta, const void* object);
/// What the model's str() says of the object.
std::string str_of(const ModelMeta& meta, const void* object);
const ObjectType& object_type(const ModelMeta& meta);
bool same_object(const ModelMeta& meta, const void* object, const nuages::Value& other, const ObjectType& type);

template <class T> struct ModelValue {
    static const T& object(const void* self) { return *static_cast<const T*>(self); }

    template <auto... M>
    static bool call_exposed(MethodList<M...>, const void* self, std::string_view name, nuages::Value& result) {
        return ((name == method_name<M>() && (result = value_owning((object(self).*M)()), true)) || ...);
    }
    static nuages::Value get(const void* self, const Key& key, const nuages::Value& owner) {
        if constexpr (requires { T::exposed(); }) {
            nuages::Value result;
            if (call_exposed(T::exposed(), self, key.name, result)) return result;
        }
        return value_of_field(meta_of<T>(), self, key, owner);
    }
    static void str(const void* self, std::string& out) {
        out += str_of(meta_of<T>(), self);
    }
    static bool equals(const void* self, const nuages::Value& other) {
        return same_object(meta_of<T>(), self, other, type);
    }
    static const ObjectType type;
};
template <class T>
constinit const ObjectType ModelValue<T>::type{.name = "model", .get = get, .str = str, .equals = equals};

/// Rows with annotations: those first, then the model.
template <class R, class M, class... A> struct RowValue {
    static nuages::Value get(const void* self, const Key& key, const nuages::Value& owner) {
        const R& row = static_cast<const R&>(*static_cast<const M*>(self));
        nuages::Value found;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (void)((key.name == A::name.view() &&
                    (found = value_of(std::get<I>(row.annotations)).within(owner), true)) ||
                   ...);
        }
        (std::index_sequence_for<A...>{});
        return found.is_missing() ? object_type(loaded_meta<M>()).get(self, key, owner) : found;
    }
    static void str(const void* self, std::string& out) { object_type(loaded_meta<M>()).str(self, out); }
    static bool equals(const void* self, const nuages::Value& other) {
        return same_object(loaded_meta<M>(), self, other, type);
    }
    static constexpr ObjectType type{
        .name = "model", .get = get, .str = str, .equals = equals};
};

/// Rows of values(): what Django gives as a dict.
template <class R, fixed_string... Names> struct NamedRowValue {
    static constexpr std::string_view names[] = {Names.view()...};
    static nuages::Value at(const void* self, std::size_t index, const nuages::Value& owner) {
        nuages::Value found;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (void)((I == index && (found = value_of(std::get<I>(*static_cast<const R*>(self))).within(owner), true)) || ...);
        }
        (std::make_index_sequence<sizeof...(Names)>{});
        return found;
    }
    static nuages::Value get(const void* self, const Key& key, const nuages::Value& owner) {
        return at(self, static_cast<std::size_t>(index_in<Names...>(key.name)), owner);
    }
    static void iterate(const void*, const nuages::Value&, FunctionRef<bool(nuages::Value)> each) {
        for (std::string_view name : names) {
            if (!each(nuages::Value::borrow(name))) return;
        }
    }
    static void pairs(const void* self, const nuages::Value& owner, FunctionRef<bool(nuages::Value, nuages::Value)> each) {
        for (std::size_t i = 0; i < sizeof...(Names); ++i) {
            if (!each(nuages::Value::borrow(names[i]), at(self, i, owner))) return;
        }
    }
    static std::int64_t size(const void*) { return sizeof...(Names); }
    static constexpr ObjectType type{.name = "dict", .get = get, .iterate = iterate, .size = size, .pairs = pairs};
};

/// How the core handles rows with annotations.
template <class R> struct OpsOfRow {
    static void construct(const ModelMeta&, void* memory) {
        DecodingScope scope;
        new (memory) R{};
    }
    static void copy(const ModelMeta&, void* memory, const void* from) { new (memory) R(*static_cast<const R*>(from)); }
    static void destroy(const ModelMeta&, void* object) { static_cast<R*>(object)->~R(); }
    static void relocate(void* memory, void* object) {
        new (memory) R(std::move(*static_cast<R*>(object)));
        static_cast<R*>(object)->~R();
    }
    static constexpr ModelOps ops{.size = sizeof(R),
                                  .alignment = alignof(R),
                                  .construct = construct,
                                  .copy = copy,
                                  .destroy = destroy,
                                  .relocate = relocate,
                                  .make_list = nullptr,
                                  .str = nullptr};
};

/// A queryset as a value: its query, and how its rows are held once they are fetched.
struct RowsRecipe {
    Query query;
    Ref<ObjectList> list;  ///< fetched already, or an empty one to fill
    bool fetched = false;  ///< `list` is whole; where `shared`, its `complete` says so
    bool shared = false;   ///< `list` is a RowList that a queryset looks at too
    ExtraColumns columns;
    const ObjectType* row_type = nullptr;
};
nuages::Value value_of_rows(RowsRecipe recipe);

}  // namespace detail

template <class M, class... A>
constexpr RowKind Row<M, A...>::kind{&detail::OpsOfRow<Row>::ops, &Row::columns, &detail::RowValue<Row, M, A...>::type};

/// The object itself, borrowed.
template <AnyModel T> nuages::Value to_value(const T& object) {
    using M = typename T::model_type;
    if constexpr (std::is_same_v<T, M>) {
        return nuages::Value::object(&object, detail::object_type(detail::loaded_meta<M>()));
    } else {
        return nuages::Value::object(static_cast<const M*>(&object), *T::kind.type);
    }
}

template <class M, fixed_string... Names, class... T>
nuages::Value to_value(const NamedRow<M, Dicts<Names...>, T...>& row) {
    return nuages::Value::object(&row, detail::NamedRowValue<NamedRow<M, Dicts<Names...>, T...>, Names...>::type);
}

template <class S, class Shape, class... T> nuages::Value to_value(const ValuesList<S, Shape, T...>& rows) {
    return value_owning(rows.list());
}

/// The manager behind article.comments: `article.comments.all`, `article.comments.count`.
nuages::Value value_of_manager(const Field& field, const void* owner, const nuages::Value& keeper);

template <class Derived, class Owner, class To>
nuages::Value to_value(const RelatedManager<Derived, Owner, To>& manager) {
    return value_of_manager(manager.field(), &manager.owner(), {});
}

}  // namespace nuages::db::models
