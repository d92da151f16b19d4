// AnyObject: an object of a model that the code at hand does not know, by the names of its fields.
#pragma once

#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/model_slot.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/typed_expression.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace nuages {
class Value;
}

namespace nuages::db::models {

/// Refers to an object; copies refer to the same one, which lives as long as one of them does. Names of fields are looked up
/// when the program runs: FieldDoesNotExist for others.
class AnyObject {
public:
    /// Refers to nothing.
    AnyObject() = default;
    /// `keeper` owns the object; null: the object outlives all that refer to it.
    AnyObject(const ModelMeta& meta, Ref<RelatedState> keeper, void* object)
        : meta_(&meta), keeper_(std::move(keeper)), object_(object) {}

    explicit operator bool() const { return object_ != nullptr; }
    const ModelMeta& meta() const;
    void* object() const { return object_; }
    const Ref<RelatedState>& keeper() const { return keeper_; }

    /// The primary key; null before the first save.
    Literal pk() const;
    /// The value of a field.
    Literal get(std::string_view field) const;
    /// The same: user["email"_f].
    template <fixed_string P> Literal operator[](FieldRef<P>) const { return get(P.view()); }
    /// Sets a field; ValidationError where the value does not fit it.
    void set(std::string_view field, const Literal& value);
    /// Whether it is a T: the site chose that model.
    template <class T> bool is() const { return object_ && &meta() == &detail::loaded_meta<T>(); }
    /// The object as the T that it is; TypeError for another model.
    template <class T> T& as() const { return *static_cast<T*>(as(detail::loaded_meta<T>())); }

    /// What the model's own str() says.
    std::string str() const;
    /// As the model's own save() and delete_() do.
    void save(const SaveOptions& options = {}) const;
    void delete_() const;
    /// Validates all fields, clean(), unique columns and constraints.
    void full_clean() const;
    /// Reads all columns again.
    void refresh_from_db() const;

    /// The same row: of one model, with equal keys; the very same object while there is no key.
    friend bool operator==(const AnyObject& a, const AnyObject& b) { return same(a, b); }
    friend std::size_t hash_of(const AnyObject& object) { return object.hash(); }
    friend nuages::Value to_value(const AnyObject& object);

protected:
    /// A copy of an object of `actual`; ValueError, in Django's words, where that is not `wanted`.
    AnyObject(const ModelMeta& wanted, const ModelMeta& actual, const void* object);

private:
    static bool same(const AnyObject& a, const AnyObject& b);
    std::size_t hash() const;
    void* as(const ModelMeta& wanted) const;

    const ModelMeta* meta_ = nullptr;
    Ref<RelatedState> keeper_;
    void* object_ = nullptr;
};

}  // namespace nuages::db::models
