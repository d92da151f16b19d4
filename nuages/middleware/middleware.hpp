// The middleware that every site wants: common, security, xframe, conditional_get, locale.
//
// They read Options, which the site sets once at start-up from its settings; before that they act with Django's
// defaults.
#pragma once

#include <nuages/http/middleware.hpp>
#include <nuages/middleware/csrf.hpp>
#include <nuages/middleware/fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::middleware {

/// What the middleware of this folder obeys; names are those of the settings.
struct Options {
    bool debug = false;
    bool append_slash = true;
    bool prepend_www = false;
    /// Texts that, found in User-Agent in any case, are answered with 403.
    std::vector<std::string> disallowed_user_agents;
    /// Whether a path ("/about/") leads to a view: the site's resolver.
    Function<bool(std::string_view path)> is_valid_path;

    bool content_type_nosniff = true;
    std::string referrer_policy = "same-origin";  ///< several are separated by commas
    std::string cross_origin_opener_policy = "same-origin";
    std::int64_t hsts_seconds = 0;
    bool hsts_include_subdomains = false;
    bool hsts_preload = false;
    bool ssl_redirect = false;
    std::string ssl_host;
    /// Path prefixes, without the first slash, that are not redirected to https.
    std::vector<std::string> redirect_exempt;
    std::string x_frame_options = "DENY";
    std::string language_cookie_name = "nuages_language";
    bool language_prefixes_are_used = false;  ///< the site's table has i18n_patterns()
    bool prefix_default_language = false;     ///< of i18n_patterns()
    bool use_i18n = true;  ///< pages in a cache are kept for each language
    std::string cache_alias = "default";
    std::string cache_key_prefix;
    std::int64_t cache_seconds = 600;
    CsrfOptions csrf = {};
};

/// Replaces the options and returns the former ones. To be called while no request runs.
Options set_options(Options options);
const Options& options();

/// APPEND_SLASH and PREPEND_WWW redirects, refused user agents (CommonMiddleware).
extern const http::Middleware common;
/// HSTS, redirect to https, nosniff, Referrer-Policy, Cross-Origin-Opener-Policy (SecurityMiddleware).
extern const http::Middleware security;
/// X-Frame-Options (XFrameOptionsMiddleware).
extern const http::Middleware xframe;
/// Lets the answer to REQUEST stand in frames of other sites (decorator xframe_options_exempt).
void xframe_options_exempt(http::Request& request);
/// ETag of responses to GET, and 304 where the client has them already (ConditionalGetMiddleware).
extern const http::Middleware conditional_get;
/// What that middleware makes of RESPONSE.
http::Response conditional_get_response(const http::Request& request, http::Response response);
/// Content in gzip to clients that take it (GZipMiddleware). Put it before what changes content.
extern const http::Middleware gzip;
/// X-Request-ID: Request::id() in each response.
extern const http::Middleware request_id;

/// The language of the path where the site has i18n_patterns(), else of the cookie, else of Accept-Language, for the length
/// of the request; a path that leads somewhere with a language before it is redirected there (LocaleMiddleware).
extern const http::Middleware locale;

}  // namespace nuages::middleware

namespace nuages {
using middleware::common;
using middleware::conditional_get;
using middleware::gzip;
using middleware::request_id;
using middleware::security;
using middleware::xframe;
}  // namespace nuages
