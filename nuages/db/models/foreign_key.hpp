// ForeignKey and OneToOneField: the key of another object, and that object once it is asked for.
//
// Two words: an integer key, and a RelatedCache that holds the fetched object, or the group of its peers (the first access
// to an object that is not there yet fetches those of the whole result in one query). Where the other model's key is a
// text or a UUID, the second word leads to both that key and the cache.
#pragma once

#include <nuages/base/fixed_string.hpp>
#include <nuages/db/models/field_values.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/model_slot.hpp>

#include <concepts>
#include <cstdint>

namespace nuages::db::models {

/// The C++ type of To's primary key, or of its field called Key.
template <class To, fixed_string Key> struct KeyOf;

namespace detail {
template <fixed_string... Key> consteval auto key_name() {
    if constexpr (sizeof...(Key) == 0)
        return fixed_string("pk");
    else
        return (Key, ...);
}
}  // namespace detail

/// What foreign keys of all models have in common.
class ForeignKeyValue {
public:
    using value_type = std::int64_t;
    using Options = ForeignKeyOptions;

    /// False: no key. 0 is none.
    explicit operator bool() const { return key_ != 0 || other(); }
    /// The key, without a query; null where there is none.
    Literal key() const {
        const OtherKey* const text = other();
        return text ? text->value : key_ ? Literal(key_) : Literal();
    }
    void set_key(const Literal& key);
    void set_integer_key(std::int64_t key) {
        if (key != key_ || other()) state_.reset();
        key_ = key;
    }
    std::int64_t integer_key() const { return key_; }
    /// The text of a key that is no integer.
    std::string_view key_text() const {
        const OtherKey* const text = other();
        return text ? std::string_view(text->value.text()) : std::string_view();
    }
    /// True when the object is in memory.
    bool is_fetched() const { return (other() ? other()->cache : state_).instance() != nullptr; }
    RelatedCache& cache() const { return other() ? own_cache() : state_; }

    friend bool operator==(const ForeignKeyValue& a, const ForeignKeyValue& b) {
        return a.key_ == b.key_ && (a.other() || b.other() ? a.key() == b.key() : true);
    }

protected:
    ForeignKeyValue() = default;
    [[gnu::always_inline]] ForeignKeyValue(const ForeignKeyOptions& options, detail::Site site)
        : key_(options.default_.number) {
        if (options.default_.literal || !options.default_.text.empty()) [[unlikely]]
            set_key(options.default_.get());
        if (site == detail::Site::described)
            detail::report(this, options);
    }
    explicit ForeignKeyValue(std::int64_t key) : key_(key) {}
    explicit ForeignKeyValue(Literal key) { set_key(key); }
    /// Refers to a copy of `object`, a model of `meta`, by its field `key`.
    ForeignKeyValue(const ModelMeta& meta, std::string_view key, const void* object);
    /// The object with this value of its field `key`, fetched if need be; `missing` throws To::DoesNotExist.
    void* fetch(const ModelMeta& meta, std::string_view key, void (*missing)(const std::string& message)) const;

private:
    struct OtherKey final : RelatedState {
        Literal value;
        RelatedCache cache;
        explicit OtherKey(Literal key) : RelatedState(Kind::key), value(std::move(key)) {}
    };
    OtherKey* other() const {
        RelatedState* const state = state_.state();
        return state && state->kind() == RelatedState::Kind::key ? static_cast<OtherKey*>(state) : nullptr;
    }
    /// The cache beside a key that is no integer, which copies of the member share until one of them asks for it.
    RelatedCache& own_cache() const;

    std::int64_t key_ = 0;
    mutable RelatedCache state_;
};

/// A reference to one To: `article.author->name`, `article.author.pk()`, `article.author = ada`. Key names the field
/// that it refers to where that is not the primary key: ForeignKey<Country, "code">.
template <class To, fixed_string... Key> class ForeignKey : public ForeignKeyValue {
public:
    using related = To;
    static constexpr auto key_name = detail::key_name<Key...>();
    static constexpr bool to_many = false;
    static constexpr FieldKind kind = FieldKind::foreign_key;
    static constexpr std::string_view class_name = "ForeignKey";

    ForeignKey() = default;
    [[gnu::always_inline]] ForeignKey(const ForeignKeyOptions& options, NUAGES_SITE) : ForeignKeyValue(options, site) {}
    // Templates, as clang would take the braces of options for an object or a key as well.
    template <std::derived_from<To> V = To>
    ForeignKey(const V& object) : ForeignKeyValue(detail::loaded_meta<To>(), key_name.view(), address_of(object)) {}
    template <std::integral V>
    requires(!std::same_as<V, bool>) ForeignKey(V key) : ForeignKeyValue(static_cast<std::int64_t>(key)) {
        using K = typename KeyOf<To, key_name>::type;
        static_assert(std::is_integral_v<K> || std::is_same_v<K, Literal>, "the key of the other model is no number");
    }
    /// The key as the field that holds it: entry.author = ada.id.
    template <class V>
    requires(std::is_integral_v<typename V::value_type> && !std::is_same_v<typename V::value_type, bool> && V::kind <= FieldKind::big_auto)
        ForeignKey(const V& key) : ForeignKey(static_cast<typename V::value_type>(key)) {}
    template <class V>
    requires(TextLike<V>) ForeignKey(V&& key) : ForeignKeyValue(Literal(std::string_view(key))) {
        static_assert(!std::is_integral_v<typename KeyOf<To, key_name>::type>, "the key of the other model is a number, not a text");
    }
    /// Only a Nullable<ForeignKey<To>> can be empty.
    ForeignKey(std::nullptr_t) = delete;
    template <std::derived_from<Uuid> V = Uuid> ForeignKey(const V& key) : ForeignKeyValue(to_literal(key)) {}
    /// An object of the model that the site chose; ValueError, in Django's words, for one of another model.
    template <class V>
    requires(Swapped<To> && !std::derived_from<V, To> && requires { typename V::model_type; }) ForeignKey(const V& object)
        : ForeignKey(To(object)) {}
#ifdef __clang__
    template <class V>
    requires(requires { typename V::model_type; } && !std::is_same_v<typename V::model_type, To> && !Swapped<To>) ForeignKey(const V&)
    = delete;  // clang lists every constructor without it; g++ names both models by itself
#endif

    /// The key, without a query.
    auto pk() const {
        using T = typename KeyOf<To, key_name>::type;
        if constexpr (std::is_integral_v<T>) {
            return integer_key();
        } else if constexpr (std::is_same_v<T, Literal>) {
            return key();
        } else {
            T value{};
            if (*this) detail::assign(key(), value);
            return value;
        }
    }
    /// The object, fetched if need be. DoesNotExist when it is gone or was never set. Of a model that the site chooses it is
    /// not a reference but a To, which refers to the object.
    decltype(auto) get() const { return object<const To>(); }
    decltype(auto) get() { return object<To>(); }
    decltype(auto) operator*() const { return object<const To>(); }
    decltype(auto) operator*() { return object<To>(); }
    auto operator->() const { return pointer_to(get()); }
    auto operator->() { return pointer_to(get()); }

    friend bool operator==(const ForeignKey& key, const To& object) { return key && key == ForeignKey(object); }
    template <std::integral V>
    requires(!std::same_as<V, bool>) friend bool operator==(const ForeignKey& a, V key) { return a && a.key() == Literal(key); }

private:
    template <class T> decltype(auto) object() const {
        void* const found = fetch(detail::loaded_meta<To>(), key_name.view(), missing);
        if constexpr (Swapped<To>)
            return To(this->cache().state(), found);
        else
            return (*static_cast<T*>(found));
    }
    template <class T> static auto pointer_to(T&& object) {
        if constexpr (Swapped<To>)
            return std::move(object);  // has an operator-> of its own
        else
            return &object;
    }
    template <class V> static const void* address_of(const V& object) {
        if constexpr (Swapped<To>)
            return object.object();
        else
            return static_cast<const To*>(&object);
    }
    static void missing(const std::string& message) { throw typename To::DoesNotExist(message); }
};

/// A foreign key with a unique column.
template <class To, fixed_string... Key> class OneToOneField : public ForeignKey<To, Key...> {
public:
    static constexpr FieldKind kind = FieldKind::one_to_one;
    static constexpr std::string_view class_name = "OneToOneField";
    using ForeignKey<To, Key...>::ForeignKey;
};

/// The link to the table that this one extends (multi-table inheritance): `Parent<Place> place;` in Restaurant. It is the
/// primary key; saving writes the place too, deleting deletes it. The place's fields are looked up by their own names:
/// Restaurant::objects.filter("name"_f = "Mario's"), restaurant.place->name.
template <class To> class Parent : public OneToOneField<To> {
public:
    static constexpr bool parent_link = true;
    using OneToOneField<To>::OneToOneField;
};

}  // namespace nuages::db::models
