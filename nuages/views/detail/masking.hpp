// What a debug page may not show (django.views.debug.SafeExceptionReporterFilter).
#pragma once

#include <string>
#include <string_view>

namespace nuages::views::detail {

/// VALUE, or ******************** when NAME sounds like a secret (API, AUTH, TOKEN, KEY, SECRET, PASS, SIGNATURE,
/// COOKIE, SESSION). Passwords in URLs within other values are masked too.
std::string masked(std::string_view name, std::string_view value);

}  // namespace nuages::views::detail
