// Protection against forged forms (django.middleware.csrf): a request that changes something must bring a token that only
// a page of this site can know, and come from this site or a trusted one.
//
// A template writes {% csrf_token %} into its forms; scripts send the token in the X-CSRFToken header. The cookie and the
// tokens are Django's: two sites under one name accept each other's.
#pragma once

#include <nuages/http/middleware.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::middleware {

/// What the csrf middleware obeys; names are those of the settings without CSRF_.
struct CsrfOptions {
    std::string cookie_name = "csrftoken";
    std::int64_t cookie_age = 31'449'600;  ///< seconds; 0: until the browser closes
    std::string cookie_domain = {};
    std::string cookie_path = "/";
    bool cookie_secure = false;
    bool cookie_httponly = false;
    std::string cookie_samesite = "Lax";
    std::string header_name = "X-CSRFToken";
    /// Other sites whose forms are accepted: "https://shop.example", "https://*.example.com".
    std::vector<std::string> trusted_origins = {};
    /// Answers a refused request; null: the 403_csrf.html template, else a page of our own.
    http::Response (*failure_view)(http::Request& request, std::string_view reason) = nullptr;
};

/// Refuses forged requests and hands tokens out (CsrfViewMiddleware). Methods other than GET, HEAD, OPTIONS and TRACE are
/// checked once the route is known, so that csrf_exempt views are let through.
extern const http::Middleware csrf;

/// The token for a form of the answer to REQUEST: a new mask of the client's secret at each call. The cookie is sent along.
std::string get_token(http::Request& request);
/// A new secret: to be called when a user logs in.
void rotate_token(http::Request& request);
/// What csrf does around a view, for one view (csrf_protect). Without REJECTS only the cookie is seen to
/// (requires_csrf_token, ensure_csrf_cookie).
http::Response csrf_protected(http::Request& request, FunctionRef<http::Response()> view, bool rejects = true);

/// A request with a slot of this type is not checked: the test client's, unless it enforces checks.
struct DontEnforceCsrfChecks {};

inline constexpr std::size_t kCsrfSecretLength = 32;
inline constexpr std::size_t kCsrfTokenLength = 2 * kCsrfSecretLength;

/// SECRET under MASK, both of 32 letters and digits: the token of a form.
std::string mask_cipher_secret(std::string_view secret, std::string_view mask);
/// The secret of a token.
std::string unmask_cipher_token(std::string_view token);
/// Whether a token (64 characters, or a secret itself) is one of SECRET, in constant time.
bool does_token_match(std::string_view token, std::string_view secret);
/// Why a text can be no token ("has incorrect length", "has invalid characters"); nothing when it can.
std::optional<std::string_view> token_format_problem(std::string_view token);

}  // namespace nuages::middleware

namespace nuages {
using middleware::csrf;
using middleware::get_token;
using middleware::rotate_token;
}  // namespace nuages
