#include <nuages/db/models/any_object.hpp>

#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/model_value.hpp>
#include <nuages/db/models/swappable.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/utils/value.hpp>

#include <functional>

namespace nuages::db::models {

namespace {

// An Instance knows which of its fields were not read yet.
Instance* instance_of(const Ref<RelatedState>& keeper) {
    return keeper && keeper->kind() == RelatedState::Kind::instance ? static_cast<Instance*>(keeper.get()) : nullptr;
}

bool has_key(const ModelMeta& meta, const Literal& key) {
    return !key.is_null() && !(meta.pk().is_auto() && key.integer() == 0);
}

}  // namespace

AnyObject::AnyObject(const ModelMeta& wanted, const ModelMeta& actual, const void* object) : meta_(&wanted) {
    if (&wanted != &actual)
        throw ValueError("Cannot assign \"<" + actual.object_name + ": " + detail::str_of(actual, object) +
                         ">\": it must be a \"" + wanted.object_name + "\" instance.");
    Ref<Instance> copy = Instance::copy_of(wanted, object);
    object_ = copy->object();
    keeper_ = std::move(copy);
}

const ModelMeta& AnyObject::meta() const {
    if (!meta_) throw TypeError("An object that refers to nothing has no model.");
    return *meta_;
}

Literal AnyObject::pk() const {
    Literal key = meta().pk().get(object_);
    return has_key(meta(), key) ? key : Literal();
}

Literal AnyObject::get(std::string_view name) const {
    const Field& field = meta().field(name);
    Instance* const instance = instance_of(keeper_);
    return instance ? instance->value(field) : field.get(object_);
}

void AnyObject::set(std::string_view name, const Literal& value) {
    const Field& field = meta().field(name);
    const Literal fitting = to_python(field, value);
    if (Instance* const instance = instance_of(keeper_))
        instance->set_value(field, fitting);
    else
        field.set(object_, fitting);
}

std::string AnyObject::str() const { return detail::str_of(meta(), object_); }

void AnyObject::save(const SaveOptions& options) const { meta().ops->save(meta(), object_, options); }
void AnyObject::delete_() const { meta().ops->delete_(meta(), object_); }
void AnyObject::full_clean() const { models::full_clean(meta(), object_); }
void AnyObject::refresh_from_db() const { refresh(meta(), object_); }

bool AnyObject::same(const AnyObject& a, const AnyObject& b) {
    if (a.object_ == b.object_ || !a || !b) return a.object_ == b.object_;
    const Literal key = a.pk();
    return a.meta_ == b.meta_ && !key.is_null() && key == b.pk();
}

std::size_t AnyObject::hash() const {
    const Literal key = object_ ? pk() : Literal();
    return key.is_null() ? std::hash<const void*>{}(object_) : std::hash<std::string>{}(python_str(key));
}

void* AnyObject::as(const ModelMeta& wanted) const {
    if (&meta() != &wanted) throw TypeError("The object is a " + meta().label() + ", not a " + wanted.label() + ".");
    return object_;
}

nuages::Value to_value(const AnyObject& object) {
    if (!object) return nuages::Value(nullptr);
    const ObjectType& type = detail::object_type(object.meta());
    if (!object.keeper_) return nuages::Value::object(object.object_, type);
    return nuages::Value::object(Ref<RefCounted>(object.keeper_), object.object_, type);
}

namespace detail {

Ref<Instance> created(const ModelMeta& meta, const std::vector<Assignment>& values, const SaveOptions& options) {
    Ref<Instance> made = Instance::create(meta);
    initialize(meta, made->object());
    AnyObject object(meta, made, made->object());
    for (const Assignment& value : values) {
        if (value.expression)
            throw ValueError("A new " + meta.object_name + " cannot be made with an expression as its '" +
                             std::string(value.name.view()) + "': there is no row yet to compute it from.");
        object.set(value.name.view(), value.value);
    }
    object.save(options);
    return made;
}

}  // namespace detail

}  // namespace nuages::db::models
