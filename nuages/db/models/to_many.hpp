// Reverse and ManyToManyField: members that lead to many objects.
//
// A relation member knows its owner without storing it: the owner starts at the member's address minus its offset. That
// is why such members can't be copied out of a model (copying is private to the owner). The arithmetic stands in one
// place, detail::owner_of, and relies on models being laid out as every compiler lays them out.
#pragma once

#include <nuages/db/models/queryset.hpp>
#include <nuages/db/models/related.hpp>

#include <initializer_list>
#include <utility>
#include <vector>

namespace nuages::db::models {

namespace detail {

/// The index of Owner's only member of type Member; -1 if there is none or more than one.
template <class Owner, class Member> consteval int index_of_member() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        int found = -1;
        ((std::is_same_v<utils::member_t<Owner, I>, Member> ? void(found = found == -1 ? static_cast<int>(I) : -2)
                                                            : void()),
         ...);
        return found;
    }
    (std::make_index_sequence<utils::field_count<Owner>>{});
}

const Field& field_called(const ModelMeta& meta, std::string_view name);
/// Where the object starts that has `member` as its `field`.
const void* owner_of(const void* member, const Field& field);
/// Makes the objects with these keys refer to `key` by their field `via`.
void point_to(const ModelMeta& meta, std::vector<Literal> keys, std::string_view via, Literal key,
              std::string_view database);
/// Makes exactly the objects with these keys refer to `key`; `related` are those that do so far.
void set_related(const ModelMeta& meta, const Query& related, std::vector<Literal> keys, std::string_view via, Literal key,
                 std::string_view database);

/// The run-time Field of a relation member.
template <class Owner, class Member> const Field& relation_field() {
    constexpr int index = index_of_member<Owner, Member>();
    static_assert(index != -2,
                  "two relations of one model to the same model need a name each: ManyToManyField<Tag, \"hidden\">");
    static const Field& field = field_called(loaded_meta<Owner>(), utils::field_names<Owner>[index < 0 ? 0 : index]);
    return field;
}

/// "Publisher has no flagship."
std::string no_reverse_text(const Field& reverse);

template <fixed_string... Query> consteval std::string_view query_name() {
    std::string_view name;
    (void(name = Query.view()), ...);
    return name;
}

}  // namespace detail

/// Values of the rows between two models, for add(), set() and create(): through_defaults("role"_f = "lead").
struct ThroughDefaults { std::vector<Assignment> values; };
template <AnyCondition... K> ThroughDefaults through_defaults(const K&... values) {
    return {{values.assignment()...}};
}

/// What both directions share: the manager of the related objects. Never keeps rows, except those prefetched.
template <class Derived, class Owner, class To> class RelatedManager {
public:
    using related = To;
    using value_type = std::int64_t;
    static constexpr bool to_many = true;

    /// All related objects, as a queryset of their model; those prefetched where prefetch_related() has been there.
    auto all() const {
        using Rows = typename To::QuerySet;
        if (ObjectList* list = cache_.list()) return Rows(query(), list);
        return Rows(query());
    }
    template <class... C> auto filter(const C&... conditions) const { return all().filter(conditions...); }
    template <class... C> auto exclude(const C&... conditions) const { return all().exclude(conditions...); }
    template <class... C> To get(const C&... conditions) const { return all().get(conditions...); }
    template <class... K> auto annotate(const K&... aliases) const { return all().annotate(aliases...); }
    template <class... K> auto aggregate(const K&... aliases) const { return all().aggregate(aliases...); }
    template <fixed_string... P> auto values_list(FieldRef<P>... fields) const { return all().values_list(fields...); }
    template <fixed_string P> auto values_flat(FieldRef<P> field) const { return all().values_flat(field); }
    template <fixed_string... P> auto only(FieldRef<P>... fields) const { return all().only(fields...); }
    template <fixed_string... P> auto defer(FieldRef<P>... fields) const { return all().defer(fields...); }
    std::string explain(std::string_view format = {}) const { return all().explain(format); }
    auto order_by(OrderName<To> first, OrderName<To> second = {}, OrderName<To> third = {}) const {
        return all().order_by(first, second, third);
    }
    template <class... E>
    requires(sizeof...(E) > 0) auto order_by(const Ordering<E>&... orderings) const {
        return all().order_by(orderings...);
    }
    auto select_related(OneName<To> first, OneName<To> second = {}, OneName<To> third = {},
                        OneName<To> fourth = {}) const {
        return all().select_related(first, second, third, fourth);
    }
    auto prefetch_related(RelationName<To> first, RelationName<To> second = {}, RelationName<To> third = {},
                          RelationName<To> fourth = {}) const {
        return all().prefetch_related(first, second, third, fourth);
    }
    auto distinct() const { return all().distinct(); }
    template <class... K> auto alias(const K&... aliases) const { return all().alias(aliases...); }
    template <fixed_string... P> auto values(FieldRef<P>... fields) const { return all().values(fields...); }
    To latest(OrderName<To> first = {}, OrderName<To> second = {}) const { return all().latest(first, second); }
    To earliest(OrderName<To> first = {}, OrderName<To> second = {}) const { return all().earliest(first, second); }
    bool contains(const To& object) const { return all().contains(object); }
    template <class Of = To> auto in_bulk(std::initializer_list<detail::primary_key_t<Of>> keys) const { return all().in_bulk(keys); }
    template <class Keys> auto in_bulk(const Keys& keys) const { return all().in_bulk(keys); }
    /// Finds or makes a related object: author.articles.get_or_create("title"_f = "...", models::defaults("views"_f = 1)).
    template <class... K> std::pair<To, bool> get_or_create(const K&... arguments) const {
        return derived()->found_or_made(all().all(), [&](const auto& rows) { return rows.get_or_create(arguments...); },
                                        [&](const auto& rows, const auto& owned) { return rows.get_or_create(owned, arguments...); });
    }
    template <class... K> std::pair<To, bool> update_or_create(const K&... arguments) const {
        return derived()->found_or_made(all().all(), [&](const auto& rows) { return rows.update_or_create(arguments...); },
                                        [&](const auto& rows, const auto& owned) { return rows.update_or_create(owned, arguments...); });
    }
    template <fixed_string P, class Keys> auto in_bulk(FieldRef<P> field, const Keys& keys) const {
        return all().in_bulk(field, keys);
    }
    template <class Row = To> const Row* begin() const {
        static_assert(!std::is_same_v<Row, To>, "a manager is not iterable: iterate its all()");
        return nullptr;
    }
    const To* end() const { return nullptr; }
    /// Deletes the related objects.
    Deleted delete_() const { return all().delete_(); }
    auto reverse() const { return all().reverse(); }
    auto none() const { return all().none(); }
    auto slice(std::int64_t offset, std::int64_t limit = -1) const { return all().slice(offset, limit); }
    template <class... K> std::int64_t update(const K&... assignments) const { return all().update(assignments...); }
    std::optional<To> first() const { return all().first(); }
    std::optional<To> last() const { return all().last(); }
    std::vector<To> list() const { return all().list(); }
    std::int64_t count() const { return all().count(); }
    bool exists() const { return all().exists(); }

    const Field& field() const { return detail::relation_field<Owner, Derived>(); }
    const Owner& owner() const { return *static_cast<const Owner*>(detail::owner_of(derived(), field())); }
    RelatedCache& cache() const { return cache_; }

protected:
    RelatedManager() = default;
    RelatedManager(const RelatedManager&) = default;
    RelatedManager& operator=(const RelatedManager&) = default;

    Query query() const { return related_query(field(), &owner()); }
    /// Where changes go: the routers' database, else the owner's.
    std::string_view write_database() const { return related_write_database(field(), &owner()); }
    const Derived* derived() const { return static_cast<const Derived*>(this); }
    void forget() const { cache_.forget(); }

private:
    mutable RelatedCache cache_;
};

namespace detail {
/// Django's ValueError for an object without key that is added to a relation.
void refuse_unsaved(const ModelMeta& meta, const void* object, bool between_many);

/// What add(), remove() and set() of relations between many take: objects of To or their keys, and values for the rows between.
template <class To> struct ManyChange {
    std::vector<Literal> keys;
    std::vector<Assignment> defaults;

    ManyChange() = default;
    template <class... O> explicit ManyChange(bool many, const O&... objects) { (take(objects, many), ...); }
    /// With MANY the relation is one between many; unsaved objects are refused.
    template <class O> void take(const O& object, bool many) {
        if constexpr (std::is_same_v<O, ThroughDefaults>) {
            defaults = object.values;
        } else if constexpr (Container<O>) {
            for (const auto& one : object) take(one, many);
        } else {
            if constexpr (Swapped<To>) {
                if constexpr (requires { typename O::model_type; }) refuse_unsaved(loaded_meta<To>(), To(object).object(), many);
            } else if constexpr (std::is_base_of_v<To, O>) refuse_unsaved(loaded_meta<To>(), &static_cast<const To&>(object), many);
            keys.push_back(key_of(object));
        }
    }
    template <class O> static Literal key_of(const O& object) {
        static_assert(comparable<typename KeyOf<To, "pk">::type, To, right_side_t<O>>(ValueClass::key),
                      "a many-to-many field takes objects of its model, or their keys");
        return make_literal(object);
    }
    /// Keys of objects, of keys, of ranges of either.
    template <class... O> static std::vector<Literal> keys_of(const O&... objects) {
        std::vector<Literal> list;
        (collect(list, objects), ...);
        return list;
    }

private:
    template <class O> static void collect(std::vector<Literal>& list, const O& object) {
        if constexpr (Container<O>) {
            for (const auto& one : object) list.push_back(key_of(one));
        } else {
            list.push_back(key_of(object));
        }
    }
};
/// Whether To's member called Via is a ManyToManyField.
template <class To> consteval bool is_between_many(std::string_view via) {
    bool many = false;
    int index = 0;
    const int at = locate<To>(via);
    [&]<class... F>(MemberTraits<F...>) {
        ((index++ == at ? void(many = [] {
              if constexpr (requires { F::kind; }) return F::kind == FieldKind::many_to_many;
              return false;
          }()) : void()), ...);
    }(member_traits<To>{});
    return many;
}
}  // namespace detail

/// The other side of To's foreign key or many-to-many field called Via: `Reverse<struct Article, "author"> articles;` in Author. Query is the
/// name in lookups where that is another one (related_query_name).
template <class Owner, class To, fixed_string Via, fixed_string... Query>
class Reverse : public RelatedManager<Reverse<Owner, To, Via, Query...>, Owner, To> {
    friend Owner;
    Reverse(const Reverse&) = default;
    Reverse& operator=(const Reverse&) = default;

public:
    static constexpr FieldKind kind = FieldKind::reverse;
    static constexpr std::string_view class_name = "Reverse";
    static constexpr std::string_view via = Via.view();
    static constexpr std::string_view query_name = detail::query_name<Query...>();

    Reverse() = default;

    /// The other side of a one-to-one field as the one object it is: `author.profile->bio`, `if (author.profile.exists())`.
    /// DoesNotExist, in Django's words, where there is none.
    struct One {
        To object;
        const To* operator->() const { return &object; }
        const To& operator*() const { return object; }
    };
    One operator->() const { return {**this}; }
    To operator*() const {
        static_assert(detail::is_one_to_one_of<To>(Via.view()), "only a OneToOneField has one object on its other side");
        if (const Instance* selected = this->cache().instance()) return *static_cast<const To*>(selected->object());
        std::optional<To> found = this->first();
        if (!found) detail::throw_as<typename To::DoesNotExist>(detail::no_reverse_text(this->field()));
        return std::move(*found);
    }

    /// Saves a new object that refers to the owner: author.articles.create({.title = "..."}).
    To create(To object, const ThroughDefaults& defaults = {}) const {
        this->query();  // refuses an owner without key
        constexpr int at = detail::locate<To>(Via.view());
        static_assert(at >= 0, "Reverse names a foreign key that the other model does not have");
        if constexpr (at >= 0 && !many()) utils::get_member<static_cast<std::size_t>(at)>(object) = this->owner();
        object.save({.force_insert = true, .update_fields = {}, .using_ = this->write_database()});
        if constexpr (many()) add(object, defaults);
        this->forget();
        return object;
    }
    /// Takes objects off a relation that may be null: their foreign keys are emptied, with one UPDATE. Of a many-to-many
    /// relation: deletes the rows between.
    template <class... O>
    requires(sizeof...(O) > 0) void remove(const O&... objects) const {
        std::vector<Literal> keys = detail::ManyChange<To>::keys_of(objects...);
        if constexpr (many())
            m2m_remove(this->field(), &this->owner(), keys);
        else
            remove_all(typename To::QuerySet(this->query().filter(QNode(Name::borrow("pk__in"), Literal(std::move(keys))))));
        this->forget();
    }
    /// Empties the foreign keys of all objects that refer to the owner, or deletes the rows between.
    void clear() const {
        if constexpr (many())
            m2m_clear(this->field(), &this->owner());
        else
            remove_all(this->all());
        this->forget();
    }
    template <class O> void set(std::initializer_list<O> objects, const ThroughDefaults& defaults = {}) const {
        set<std::initializer_list<O>>(objects, defaults);
    }
    void set(std::initializer_list<std::int64_t> keys) const { set<std::initializer_list<std::int64_t>>(keys); }
    /// Makes exactly these the related ones.
    template <class Range> void set(const Range& objects, const ThroughDefaults& defaults = {}) const {
        std::vector<Literal> keys = detail::ManyChange<To>::keys_of(objects);
        if constexpr (many())
            m2m_set(this->field(), &this->owner(), keys, defaults.values);
        else
            detail::set_related(detail::loaded_meta<To>(), this->query(), std::move(keys), via,
                                detail::make_literal(this->owner().pk()), this->write_database());
        this->forget();
    }
    /// Makes these objects refer to the owner, with one UPDATE; relates them, where the relation is between many.
    void add(std::initializer_list<const To*> objects) const {
        detail::ManyChange<To> change;
        for (const To* object : objects) change.take(*object, many());
        relate(change);
    }
    template <class... O>
    requires(sizeof...(O) > 0) void add(const O&... objects) const {
        static_assert(many() || are_objects<O...>, "add() of a Reverse takes objects of its model");
        relate(detail::ManyChange<To>(many(), objects...));
    }

private:
    friend class RelatedManager<Reverse, Owner, To>;
    static consteval bool many() { return detail::is_between_many<To>(Via.view()); }
    template <class Rows, class Plain, class Owned>
    auto found_or_made(const Rows& rows, const Plain& plain, const Owned& owned) const {
        this->forget();
        if constexpr (many()) {
            auto result = plain(rows);
            if (result.second) add(result.first);
            return result;
        } else {
            return owned(rows, FieldRef<Via>() = this->owner());
        }
    }
    template <class O> static consteval bool is_object() {
        if constexpr (detail::Container<O>)
            return is_object<std::remove_cvref_t<decltype(*std::declval<const O&>().begin())>>();
        else
            return std::is_base_of_v<To, O>;
    }
    template <class... O> static constexpr bool are_objects = (is_object<O>() && ...);
    void relate(const detail::ManyChange<To>& change) const {
        if constexpr (many())
            m2m_add(this->field(), &this->owner(), change.keys, change.defaults);
        else
            detail::point_to(detail::loaded_meta<To>(), change.keys, via, detail::make_literal(this->owner().pk()),
                             this->write_database());
        this->forget();
    }
    template <class Rows> void remove_all(const Rows& rows) const {
        constexpr int at = detail::locate<To>(Via.view());
        static_assert(at >= 0 && detail::Bare<detail::located_t<To, at>>::nullable,
                      "only objects whose foreign key may be null can be removed: delete them, or give them another owner");
        rows.update(FieldRef<Via>() = nullptr);
        this->forget();
    }
};

/// Rows of a table between two models. A second field to the same model needs a name: ManyToManyField<Tag, "hidden">.
template <class Owner, class To, fixed_string RelatedName>
class ManyToManyField : public RelatedManager<ManyToManyField<Owner, To, RelatedName>, Owner, To> {
    friend Owner;
    ManyToManyField(const ManyToManyField&) = default;
    ManyToManyField& operator=(const ManyToManyField&) = default;

public:
    using Options = ManyToManyOptions;
    static constexpr FieldKind kind = FieldKind::many_to_many;
    static constexpr std::string_view class_name = "ManyToManyField";
    static constexpr std::string_view related_name = RelatedName.view();
    static constexpr bool to_self = std::is_same_v<Owner, To>;

    ManyToManyField() = default;
    [[gnu::always_inline]] ManyToManyField(const ManyToManyOptions& options, NUAGES_SITE) {
        if (site == detail::Site::described)
            detail::report(this, options);
    }

    /// Relates these objects (or keys); those that are related already stay so. models::through_defaults(...) among them
    /// fills the other fields of the new rows between the two models.
    template <class... O> void add(const O&... objects) const {
        const detail::ManyChange<To> change(true, objects...);
        m2m_add(this->field(), &this->owner(), change.keys, change.defaults);
        this->forget();
    }
    template <class... O> void remove(const O&... objects) const {
        const std::vector<Literal> keys = detail::ManyChange<To>::keys_of(objects...);
        m2m_remove(this->field(), &this->owner(), keys);
        this->forget();
    }
    /// Makes exactly these the related ones. Takes any range of objects or keys.
    template <class Range> void set(const Range& objects, const ThroughDefaults& defaults = {}) const {
        m2m_set(this->field(), &this->owner(), detail::ManyChange<To>::keys_of(objects), defaults.values);
        this->forget();
    }
    template <class O> void set(std::initializer_list<O> objects, const ThroughDefaults& defaults = {}) const {
        set<std::initializer_list<O>>(objects, defaults);
    }
    void set(std::initializer_list<std::int64_t> keys) const { set<std::initializer_list<std::int64_t>>(keys); }
    void clear() const {
        m2m_clear(this->field(), &this->owner());
        this->forget();
    }
    /// Saves a new object and relates it.
    To create(To object, const ThroughDefaults& defaults = {}) const {
        this->query();  // refuses an owner without key
        object.save({.force_insert = true, .update_fields = {}, .using_ = this->write_database()});
        add(object, defaults);
        return object;
    }

private:
    friend class RelatedManager<ManyToManyField, Owner, To>;
    template <class Rows, class Plain, class Owned>
    auto found_or_made(const Rows& rows, const Plain& plain, const Owned&) const {
        auto result = plain(rows);
        if (result.second) add(result.first);
        return result;
    }
};

}  // namespace nuages::db::models
