// Model<T>: the base of models. A model is an aggregate; the base is empty and brings names, queries and changes.
//
//     struct Author : models::Model<Author> {
//         BigAutoField id;
//         CharField    name {{.max_length = 100}};
//         std::string str() const { return name; }
//     };
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/db/models/describe.hpp>
#include <nuages/db/models/known_fields.hpp>
#include <nuages/db/models/model_meta.hpp>
#include <nuages/db/models/model_value.hpp>
#include <nuages/db/models/neighbours.hpp>

#include <concepts>
#include <string>
#include <utility>

namespace nuages::db::models {

namespace detail {
void full_clean(const ModelMeta& meta, void* object);

/// The value of a key field of `object`: a composite key's is a tuple of its parts'.
template <class T, class F> auto key_of(const T&, const F& field) {
    if constexpr (requires { field.pk(); }) {
        return field.pk();
    } else {
        return typename F::value_type(field);
    }
}
template <class T, class Owner, fixed_string... Names>
auto key_of(const T& object, const CompositePrimaryKey<Owner, Names...>&) {
    return std::tuple(
        key_of(object, utils::get_member<static_cast<std::size_t>(locate<Owner>(Names.view()))>(object))...);
}
}  // namespace detail

template <class T, template <class> class Methods = PlainQuerySet> struct Model : ModelTag {
    using model_type = T;
    using reflection_base = Model;
    using QuerySet = models::QuerySet<T, Methods>;
    using Manager = models::Manager<T, Methods>;

#define NUAGES_FIELD_NAME(FIELD) using FIELD = models::FIELD;
    NUAGES_KNOWN_FIELDS(NUAGES_FIELD_NAME)
#undef NUAGES_FIELD_NAME
    template <class E> using Choice = ChoiceField<E>;
    template <class F> using Nullable = models::Nullable<F>;
    template <class F> using Generated = models::Generated<F>;
    template <class F> using DatabaseDefault = models::DatabaseDefault<F>;
    template <class To> using Parent = models::Parent<To>;
    template <class Group> using Embed = models::Embed<Group>;
    template <class To, fixed_string... Key> using ForeignKey = models::ForeignKey<To, Key...>;
    template <class To, fixed_string... Key> using OneToOneField = models::OneToOneField<To, Key...>;
    template <fixed_string... Names> using CompositePrimaryKey = models::CompositePrimaryKey<T, Names...>;
    template <class To, fixed_string RelatedName = "">
    using ManyToManyField = models::ManyToManyField<T, To, RelatedName>;
    template <class To, fixed_string Via, fixed_string... Query> using Reverse = models::Reverse<T, To, Via, Query...>;
    using OnDelete = models::OnDelete;
    static constexpr OnDelete CASCADE = OnDelete::CASCADE, PROTECT = OnDelete::PROTECT, RESTRICT = OnDelete::RESTRICT,
                              SET_NULL = OnDelete::SET_NULL, SET_DEFAULT = OnDelete::SET_DEFAULT,
                              DO_NOTHING = OnDelete::DO_NOTHING, SET = OnDelete::SET, DB_CASCADE = OnDelete::DB_CASCADE,
                              DB_SET_NULL = OnDelete::DB_SET_NULL, DB_SET_DEFAULT = OnDelete::DB_SET_DEFAULT;

    /// "Article matching query does not exist."
    class DoesNotExist : public ObjectDoesNotExist {
    public:
        using ObjectDoesNotExist::ObjectDoesNotExist;
        const char* name() const noexcept override { return "DoesNotExist"; }
    };
    /// "get() returned more than one Article -- it returned 2!"
    class MultipleObjectsReturned : public nuages::MultipleObjectsReturned {
    public:
        using nuages::MultipleObjectsReturned::MultipleObjectsReturned;
        const char* name() const noexcept override { return "MultipleObjectsReturned"; }
    };

    /// All rows of the table.
    static const Manager objects;

    /// The value of the primary key; 0 or "" before the first save.
    auto pk() const { return detail::key_of(self(), utils::get_member<detail::primary_key_index<T>()>(self())); }
    /// Writes the object: INSERT without key, else UPDATE of all columns, or of `update_fields`.
    void save(const SaveOptionsOf<T>& options = {}) { models::save(described(), &self(), options.plain()); }
    template <std::same_as<SaveOptions> O> void save(const O& options) { models::save(described(), &self(), options); }
    /// Deletes the row and what hangs on it; the key is cleared.
    Deleted delete_(const DeleteOptions& options = {}) { return delete_object(described(), &self(), options); }
    /// UPDATE of this row: article.update("views"_f = "views"_f + 1); the named fields are read again.
    template <class... K> void update(const K&... assignments) {
        (void(sizeof(typename decltype(detail::assignment_check<detail::Scope<T>, K>())::valid)), ...);
        update_object(described(), &self(), {assignments.assignment()...});
    }
    /// Validates all fields, clean(), unique columns and constraints. ValidationError with the errors by field.
    void full_clean() { detail::full_clean(described(), &self()); }
    /// Reads all columns again, or those named: refresh_from_db("title"_f).
    template <fixed_string... P> void refresh_from_db(FieldRef<P>... fields) {
        (void(sizeof(typename decltype(detail::expression_check<detail::Scope<T>, FieldRef<P>>())::valid)), ...);
        refresh(described(), &self(), {fields.name()...});
    }
    /// The same out of the rows of a query: refresh_from_db(Article::objects.select_for_update()).
    template <class Rows, fixed_string... P>
    requires std::is_base_of_v<QuerySetTag, Rows> void refresh_from_db(const Rows& from, FieldRef<P>... fields) {
        static_assert(std::is_same_v<typename Rows::model, T>, "refresh_from_db() reads rows of the model itself");
        (void(sizeof(typename decltype(detail::expression_check<detail::Scope<T>, FieldRef<P>>())::valid)), ...);
        refresh(described(), &self(), {fields.name()...}, {}, &from.query());
    }
    /// The next object by a date, among those that hold to the conditions: get_next_by("published_at"_f). DoesNotExist
    /// behind the last one.
    template <fixed_string P, class... C> T get_next_by(FieldRef<P>, const C&... conditions) const {
        return neighbour<P>(true, conditions...);
    }
    template <fixed_string P, class... C> T get_previous_by(FieldRef<P>, const C&... conditions) const {
        return neighbour<P>(false, conditions...);
    }

    /// The same row: equal keys, or the very same object while there is no key.
    friend bool operator==(const T& a, const T& b) {
        const auto key = a.pk();
        return key == decltype(key){} ? &a == &b : key == b.pk();
    }

private:
    template <fixed_string P, class... C> T neighbour(bool next, const C&... conditions) const {
        using Value = typename detail::TypeOf<detail::Scope<T>, FieldRef<P>>::type;
        static_assert(std::is_same_v<Value, Date> || std::is_same_v<Value, DateTime>,
                      "get_next_by() goes by a DateField or DateTimeField that is not nullable");
        const QuerySet rows(neighbours(described(), &self(), P.view(), next));
        auto found = [&] {
            if constexpr (sizeof...(C) > 0) return rows.filter(conditions...).first();
            else return rows.first();
        }();
        if (!found) throw DoesNotExist(no_match(described()));
        return std::move(*found);
    }
    static const ModelMeta& described() { return detail::loaded_meta<T>(); }
    T& self() { return static_cast<T&>(*this); }
    const T& self() const { return static_cast<const T&>(*this); }
};

template <class T, template <class> class Methods> constinit const Manager<T, Methods> Model<T, Methods>::objects{};

namespace detail {

/// An object for a row to be decoded into.
template <class T> T made_to_decode() {
    DecodingScope scope;
    return T{};
}

/// How the core handles objects of T.
template <class T> struct OpsOfModel {
    static void construct(const ModelMeta&, void* memory) {
        DecodingScope scope;
        new (memory) T{};
    }
    static void copy(const ModelMeta&, void* memory, const void* from) { new (memory) T(*static_cast<const T*>(from)); }
    static void destroy(const ModelMeta&, void* object) { static_cast<T*>(object)->~T(); }
    static void relocate(void* memory, void* object) {
        new (memory) T(std::move(*static_cast<T*>(object)));
        static_cast<T*>(object)->~T();
    }
    static std::string str(const ModelMeta& meta, const void* object) {
        if constexpr (requires(const T& model) { std::string(model.str()); }) {
            return std::string(static_cast<const T*>(object)->str());
        } else {
            return default_str(meta, object);
        }
    }
    static void save(const ModelMeta&, void* object, const SaveOptions& options) {
        static_cast<T*>(object)->save(options);
    }
    static void delete_(const ModelMeta&, void* object) { static_cast<T*>(object)->delete_(); }
    static constexpr auto clean() -> void (*)(const ModelMeta&, void*) {
        if constexpr (requires(T& model) { model.clean(); })
            return [](const ModelMeta&, void* object) { static_cast<T*>(object)->clean(); };
        return nullptr;
    }
    static void describe(FunctionRef<void(const void*)> use) {
// The next line has the number that detail::Site knows: initializers see it as the place of construction. Then this file's own.
#line 2000000011
        const T object{};
#line 186
        use(&object);
    }
    static constexpr ModelOps ops{.size = sizeof(T),
                                  .alignment = alignof(T),
                                  .construct = construct,
                                  .copy = copy,
                                  .destroy = destroy,
                                  .relocate = relocate,
                                  .make_list = make_row_list,
                                  .str = str,
                                  .object_type = &ModelValue<T>::type,
                                  .save = save,
                                  .delete_ = delete_,
                                  .clean = clean()};
    static constexpr ModelRecipe recipe{.printed_type = printed_type<T>(),
                                        .shape = &ShapeOf<T>::shape,
                                        .ops = &ops,
                                        .construct = describe,
                                        .apply_meta = apply_meta<T>,
                                        .slot = &model_slot<T>};
};

}  // namespace detail

template <class T> const ModelMeta& meta_of() {
    static_assert(AnyModel<T>, "a model derives from models::Model<itself>");
    static const ModelMeta& meta = detail::build_meta(detail::OpsOfModel<T>::recipe);
    return meta;
}

/// A hash that goes with ==: of the key, or of the place of an object that has none. For keys that std::hash knows.
template <AnyModel T> std::size_t hash_of(const T& object) {
    const auto key = object.pk();
    using Key = decltype(key);
    return key == std::remove_const_t<Key>{} ? std::hash<const T*>{}(&object) : std::hash<std::remove_const_t<Key>>{}(key);
}

/// The models of an app, for App::models: models::list<Author, Article>(). Other files may use them from then on; their
/// metadata are made on first use.
template <class... T, class MetaFunction = const ModelMeta& (*)()> std::vector<MetaFunction> list() {
    (void(sizeof(typename decltype(detail::members_check<T>())::valid)), ...);
    (void(detail::model_slot<T>.make = &meta_of<T>), ...);
    return {&meta_of<T>...};
}

/// The run-time metadata of a through model, for ManyToManyField's options.
template <class T> inline constexpr const ModelMeta& (*through)() = &detail::loaded_meta<T>;

}  // namespace nuages::db::models

/// Models stand in std::unordered_set and std::unordered_map.
template <nuages::db::models::AnyModel T> struct std::hash<T> {
    std::size_t operator()(const T& object) const { return nuages::db::models::hash_of(object); }
};
