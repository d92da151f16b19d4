// Text that is HTML already: the template engine prints it as it stands.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace nuages {

/// A string marked as safe for HTML (django.utils.safestring.SafeString).
/// Everything derived from it by plain string operations is an ordinary, unsafe string again.
class SafeString : public std::string {
public:
    SafeString() = default;
    explicit SafeString(std::string text) : std::string(std::move(text)) {}
    explicit SafeString(std::string_view text) : std::string(text) {}
    explicit SafeString(const char* text) : std::string(text) {}
};

/// Marks TEXT as safe; the caller answers for its content (django.utils.safestring.mark_safe).
inline SafeString mark_safe(std::string text) { return SafeString(std::move(text)); }

}  // namespace nuages
