// ForeignKey and OneToOneField: the key of another object, and that object once it is asked for.
//
// 16 bytes: the key, and a RelatedCache that holds the fetched object, or the group of its peers: the first access to
// an object that is not there yet fetches those of the whole result in one query.
#pragma once

#include <nuages/db/models/field_options.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/model_slot.hpp>

#include <concepts>
#include <cstdint>

namespace nuages::db::models {

/// What foreign keys of all models have in common; 0 is "no key".
class ForeignKeyValue {
public:
    using value_type = std::int64_t;
    using Options = ForeignKeyOptions;

    /// The key, without a query.
    std::int64_t pk() const { return key_; }
    explicit operator bool() const { return key_ != 0; }
    void set_pk(std::int64_t key) {
        if (key != key_) cache_.reset();
        key_ = key;
    }
    /// True when the object is in memory.
    bool is_fetched() const { return cache_.instance() != nullptr; }
    RelatedCache& cache() const { return cache_; }

    friend bool operator==(const ForeignKeyValue& a, const ForeignKeyValue& b) { return a.key_ == b.key_; }

protected:
    ForeignKeyValue() = default;
    ForeignKeyValue(const ForeignKeyOptions& options) : key_(options.default_.get()) {
        if (detail::describer) [[unlikely]]
            detail::report(this, options);
    }
    ForeignKeyValue(std::int64_t key) : key_(key) {}
    /// Refers to a copy of `object`, a model of `meta`.
    ForeignKeyValue(const ModelMeta& meta, const void* object);
    /// The object, fetched if need be; `missing` throws To::DoesNotExist.
    void* fetch(const ModelMeta& meta, void (*missing)(const std::string& message)) const;

private:
    std::int64_t key_ = 0;
    mutable RelatedCache cache_;
};

/// A reference to one To: `article.author->name`, `article.author.pk()`, `article.author = ada`.
template <class To> class ForeignKey : public ForeignKeyValue {
public:
    using related = To;
    static constexpr bool to_many = false;
    static constexpr FieldKind kind = FieldKind::foreign_key;
    static constexpr std::string_view class_name = "ForeignKey";

    ForeignKey() = default;
    ForeignKey(const ForeignKeyOptions& options) : ForeignKeyValue(options) {}
    ForeignKey(const To& object) : ForeignKeyValue(detail::loaded_meta<To>(), &object) {}
    template <std::integral V>
    requires(!std::same_as<V, bool>) ForeignKey(V key) : ForeignKeyValue(static_cast<std::int64_t>(key)) {}

    /// The object, fetched if need be. DoesNotExist when it is gone or was never set.
    const To& get() const { return *static_cast<const To*>(fetch(detail::loaded_meta<To>(), missing)); }
    To& get() { return *static_cast<To*>(fetch(detail::loaded_meta<To>(), missing)); }
    const To& operator*() const { return get(); }
    To& operator*() { return get(); }
    const To* operator->() const { return &get(); }
    To* operator->() { return &get(); }

    friend bool operator==(const ForeignKey& key, const To& object) { return key.pk() == object.pk() && key.pk() != 0; }

private:
    static void missing(const std::string& message) { throw typename To::DoesNotExist(message); }
};

/// A foreign key with a unique column.
template <class To> class OneToOneField : public ForeignKey<To> {
public:
    static constexpr FieldKind kind = FieldKind::one_to_one;
    static constexpr std::string_view class_name = "OneToOneField";
    using ForeignKey<To>::ForeignKey;
};

}  // namespace nuages::db::models
