// The root of Nuages' exceptions, and those that no single floor owns.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace nuages {

/// Base of every exception that Nuages throws. `what()` is a sentence for the developer.
class Error : public std::exception {
public:
    explicit Error(std::string message) : message_(std::move(message)) {}
    const char* what() const noexcept override { return message_.c_str(); }
    const std::string& message() const noexcept { return message_; }
    /// The class name as Django spells it ("ImproperlyConfigured"): error pages and logs show it.
    virtual const char* name() const noexcept { return "Error"; }

private:
    std::string message_;
};

/// Declares an exception class NAME derived from BASE that carries only a message.
#define NUAGES_DEFINE_ERROR(NAME, BASE)                              \
    class NAME : public BASE {                                       \
    public:                                                          \
        using BASE::BASE;                                            \
        const char* name() const noexcept override { return #NAME; } \
    }

/// A setting, an app or a declaration is wrong: the site cannot start (django.core.exceptions).
NUAGES_DEFINE_ERROR(ImproperlyConfigured, Error);
/// The requested object does not exist; models::DoesNotExist derives from it.
NUAGES_DEFINE_ERROR(ObjectDoesNotExist, Error);
/// `get()` found more than one object.
NUAGES_DEFINE_ERROR(MultipleObjectsReturned, Error);
/// The client did something suspicious: answered with 400 and logged to nuages.security.
NUAGES_DEFINE_ERROR(SuspiciousOperation, Error);
/// The user may not do this: answered with 403.
NUAGES_DEFINE_ERROR(PermissionDenied, Error);

}  // namespace nuages
