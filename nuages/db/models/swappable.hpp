// Swappable: the class of a library's code for objects of a model that the site chooses (AUTH_USER_MODEL).
//
//     class AnyUser : public models::Swappable<AnyUser, "AUTH_USER_MODEL", "auth.User"> { using Swappable::Swappable; };
//     struct Article : models::Model<Article> { ForeignKey<AnyUser> author; ... };
//
//     article.author->get("username")                                  // or article.author->as<accounts::User>().username
//     Article::objects.filter("author__username"_f = "ada")            // behind `author` names are checked when it runs
//     for (AnyUser user : AnyUser::objects.filter("is_active"_f = true)) ...
#pragma once

#include <nuages/db/models/any_object.hpp>
#include <nuages/db/models/foreign_key.hpp>
#include <nuages/db/models/queryset.hpp>
#include <nuages/db/models/swapping.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::models {

namespace detail {
/// A saved new object with these values.
Ref<Instance> created(const ModelMeta& meta, const std::vector<Assignment>& values, const SaveOptions& options);
}  // namespace detail

/// Rows of the chosen model, each an `Any` that refers to one: what QuerySet is to models that are known.
template <class Any> class AnyRows : public QuerySetBase {
    using S = detail::Scope<Any>;

public:
    using model = Any;
    using row = Any;
    using value_type = Any;
    using as_right_side = detail::RowsOf<Any, void>;

    /// Goes over rows that it keeps alive.
    class Iterator {
    public:
        Iterator(const ModelMeta& meta, Ref<RowList> rows, std::size_t at) : meta_(&meta), rows_(std::move(rows)), at_(at) {}
        Any operator*() const { return Any(*meta_, rows_, rows_->at(at_)); }
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

    private:
        const ModelMeta* meta_;
        Ref<RowList> rows_;
        std::size_t at_;
    };

    explicit AnyRows(Query query) : QuerySetBase(std::move(query), nullptr) {}
    AnyRows(Query query, ObjectList* rows) : QuerySetBase(std::move(query), nullptr, rows) {}

    AnyRows all() const { return AnyRows(query()); }
    template <class... C> AnyRows filter(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return AnyRows(query().filter(detail::conjunction({&detail::node_of(conditions)...})));
    }
    template <class... C> AnyRows exclude(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return AnyRows(query().exclude(detail::conjunction({&detail::node_of(conditions)...})));
    }
    template <class... N> AnyRows order_by(const N&... names) const { return AnyRows(detail::ordered(query(), {names...})); }
    AnyRows reverse() const { return AnyRows(query().reverse()); }
    AnyRows distinct() const { return AnyRows(query().distinct()); }
    AnyRows none() const { return AnyRows(query().none()); }
    AnyRows slice(std::int64_t offset, std::int64_t limit = -1) const { return AnyRows(query().slice(offset, limit)); }
    AnyRows using_(std::string_view database) const { return AnyRows(query().using_(database)); }
    AnyRows select_for_update() const { return AnyRows(query().select_for_update()); }
    template <class... N> AnyRows select_related(const N&... paths) const {
        return AnyRows(query().select_related(detail::names({paths...})));
    }
    template <class... N> AnyRows prefetch_related(const N&... paths) const {
        return AnyRows(query().prefetch_related(detail::names({paths...})));
    }

    Iterator begin() const { return at_row(0); }
    Iterator end() const { return at_row(results().size()); }
    std::vector<Any> list() const { return std::vector<Any>(all_rows()); }
    Any operator[](std::size_t index) const {
        if (!is_fetched()) return at(row_at(index), 0);
        if (index >= results().size()) detail::throw_index_error();
        return at(shared_rows(), index);
    }
    std::optional<Any> first() const { return if_any(first_or_last(false)); }
    std::optional<Any> last() const { return if_any(first_or_last(true)); }
    /// The one object that matches. AnyUser::DoesNotExist, AnyUser::MultipleObjectsReturned.
    template <class... C> Any get(const C&... conditions) const {
        (void(sizeof(typename decltype(detail::condition_check<S, C>())::valid)), ...);
        return at(one({&detail::node_of(conditions)...}, detail::throw_as<typename Any::DoesNotExist>,
                      detail::throw_as<typename Any::MultipleObjectsReturned>),
                  0);
    }
    bool contains(const Any& object) const { return with_keys({object.pk()}).exists(); }
    template <fixed_string... P> auto values_list(FieldRef<P>... fields) const {
        return ValuesList<S, Tuples<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>(query().values({fields.name()...}));
    }
    template <fixed_string... P> auto values(FieldRef<P>... fields) const {
        return ValuesList<S, Dicts<P...>, typename detail::TypeOf<S, FieldRef<P>>::type...>(query().values({fields.name()...}));
    }
    template <fixed_string P> auto values_flat(FieldRef<P> field) const {
        return ValuesList<S, Flat, typename detail::TypeOf<S, FieldRef<P>>::type>(query().values({field.name()}));
    }
    template <class... K> auto aggregate(const K&... aliases) const {
        (void(sizeof(typename decltype(detail::alias_check<S, K>())::valid)), ...);
        using Result = Aggregates<Any, typename detail::AliasOf<S, K>::annotation...>;
        Result result;
        detail::fetch_aggregates(query(), {&detail::node_of(aliases)...}, &result.values, Result::columns());
        return result;
    }
    template <class... K> std::int64_t update(const K&... assignments) const {
        (void(sizeof(typename decltype(detail::assignment_check<S, K>())::valid)), ...);
        return update_rows({assignments.assignment()...});
    }
    /// Saves a new object: create("username"_f = "ada", "email"_f = "ada@example.org"). FieldDoesNotExist for other names.
    template <class... K> Any create(const K&... values) const {
        (void(sizeof(typename decltype(detail::assignment_check<S, K>())::valid)), ...);
        Ref<Instance> made = detail::created(query().meta(), {values.assignment()...}, inserting());
        void* const object = made->object();
        return Any(query().meta(), std::move(made), object);
    }

protected:
    struct KeepsNoRows {};
    constexpr AnyRows(const ModelMeta& (*meta)(), KeepsNoRows) : QuerySetBase(meta, nullptr, false) {}

private:
    Any at(const Ref<RowList>& rows, std::size_t index) const { return Any(query().meta(), rows, rows->at(index)); }
    Iterator at_row(std::size_t index) const {
        results();
        return Iterator(query().meta(), shared_rows(), index);
    }
    std::vector<Any> all_rows() const {
        std::vector<Any> objects;
        const Ref<RowList> rows = is_fetched() ? shared_rows() : fetched(query());
        objects.reserve(rows->size());
        for (std::size_t i = 0; i < rows->size(); ++i) objects.push_back(at(rows, i));
        return objects;
    }
    std::optional<Any> if_any(const Ref<RowList>& rows) const {
        if (rows->size() == 0) return std::nullopt;
        return at(rows, 0);
    }
};

/// Where queries of the chosen model start: AnyUser::objects.
template <class Any> class AnyManager : public AnyRows<Any> {
public:
    constexpr AnyManager() : AnyRows<Any>(&Any::model_meta, typename AnyRows<Any>::KeepsNoRows()) {}
    void begin() const = delete;  // a manager is not iterable: use all()
    void end() const = delete;
};

/// Base of a class that stands for the model which `Setting` names; `Default` is the label of the model that stands there
/// where the settings are silent.
template <class Self, fixed_string Setting, fixed_string Default> class Swappable : public AnyObject {
public:
    using swapped_handle = Self;
    using model_type = Self;
    using QuerySet = AnyRows<Self>;
    static constexpr std::string_view setting = Setting.view();

    class DoesNotExist : public ObjectDoesNotExist {
    public:
        using ObjectDoesNotExist::ObjectDoesNotExist;
        const char* name() const noexcept override { return "DoesNotExist"; }
    };
    class MultipleObjectsReturned : public nuages::MultipleObjectsReturned {
    public:
        using nuages::MultipleObjectsReturned::MultipleObjectsReturned;
        const char* name() const noexcept override { return "MultipleObjectsReturned"; }
    };

    /// The chosen model (django.contrib.auth.get_user_model). ImproperlyConfigured where there is none.
    static const ModelMeta& model_meta() {
        if (const ModelMeta* known = __atomic_load_n(&detail::model_slot<Self>.meta, __ATOMIC_ACQUIRE)) [[likely]]
            return *known;
        return detail::remember_swapped_in(detail::model_slot<Self>, setting, Default.view());
    }
    /// All rows of its table.
    static const AnyManager<Self> objects;

    Swappable() = default;
    Swappable(const ModelMeta& meta, Ref<RelatedState> keeper, void* object) : AnyObject(meta, std::move(keeper), object) {}
    /// An object that a foreign key has fetched.
    Swappable(RelatedState* keeper, void* object) : AnyObject(model_meta(), Ref<RelatedState>(keeper), object) {}
    /// An object of the chosen model, copied; ValueError for another model's.
    template <AnyModel T>
    Swappable(const T& object) : AnyObject(model_meta(), detail::loaded_meta<typename T::model_type>(), &object) {}

    const Self* operator->() const { return static_cast<const Self*>(this); }

    template <AnyModel T> friend bool operator==(const Self& a, const T& b) {
        return a == AnyObject(detail::loaded_meta<typename T::model_type>(), {}, const_cast<T*>(&b));
    }
};

template <class Self, fixed_string Setting, fixed_string Default>
constinit const AnyManager<Self> Swappable<Self, Setting, Default>::objects{};

namespace detail {
/// Code of the core finds the chosen model where it finds others.
template <Swapped T> inline constinit ModelSlot model_slot<T>{nullptr, &T::model_meta};
}  // namespace detail

}  // namespace nuages::db::models

/// Objects stand in std::unordered_set and std::unordered_map.
template <nuages::db::models::Swapped T> struct std::hash<T> {
    std::size_t operator()(const T& object) const { return hash_of(object); }
};
