// Validator: a check of one value, as fields and forms run it (django.core.validators).
#pragma once

#include <nuages/base/ref.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages {
class Value;
}

namespace nuages::validators {

/// One check. Immutable and shared; ready made ones are in validators.hpp.
class Validator : public RefCounted {
public:
    /// Throws ValidationError when VALUE does not pass.
    virtual void validate(const Value& value) const = 0;
    /// Django's name of its class or function ("MinValueValidator"), for migrations and messages.
    virtual std::string_view name() const = 0;
    /// The bound of MinValueValidator and MaxValueValidator; null of others.
    virtual Value limit() const;
};

}  // namespace nuages::validators
