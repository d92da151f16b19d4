// LocaleMiddleware: each request in the language that its cookie, else its browser, asks for.

#include <nuages/http/conditional.hpp>
#include <nuages/http/request.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/translation.hpp>

namespace nuages::middleware {
namespace {

std::string language_of(const http::Request& request) {
    const std::string_view cookie = request.COOKIES[options().language_cookie_name];
    if (!cookie.empty()) {
        try {
            return translation::get_supported_language_variant(cookie);
        } catch (const translation::UnknownLanguage&) {  // the browser is asked instead
        }
    }
    return translation::get_language_from_accept(request.headers["Accept-Language"]);
}

http::Response locale_call(http::Request& request, const http::Next& next) {
    const std::string language = language_of(request);
    translation::override active(language);
    http::Response response = next(request);
    http::patch_vary_headers(response, {"Accept-Language"});
    response.setdefault("Content-Language", language);
    return response;
}

}  // namespace

const http::Middleware locale{.name = "locale", .after = {"sessions"}, .call = locale_call};

}  // namespace nuages::middleware
