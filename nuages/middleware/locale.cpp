// LocaleMiddleware: each request in the language that its path, else its cookie, else its browser, asks for.

#include <nuages/http/conditional.hpp>
#include <nuages/http/request.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/utils/url.hpp>

#include <optional>
#include <string>

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

// "/about/" that leads nowhere goes to "/de/about/" if that leads somewhere.
std::optional<http::Response> redirect_to_language(const http::Request& request, const std::string& language) {
    const std::string path = "/" + language + std::string(request.path_info());
    const auto leads_somewhere = [](const std::string& to) { return options().is_valid_path && options().is_valid_path(to); };
    const bool is_valid = leads_somewhere(path);
    const bool needs_slash = !is_valid && options().append_slash && !path.ends_with('/') && leads_somewhere(path + "/");
    if (!is_valid && !needs_slash) return std::nullopt;
    http::Response response = http::HttpResponseRedirect(utils::escape_uri_path(request.script_name()) + "/" + language +
                                                      request.get_full_path_info(needs_slash));
    http::patch_vary_headers(response, {"Accept-Language", "Cookie"});
    return response;
}

http::Response locale_call(http::Request& request, const http::Next& next) {
    const bool prefixes = options().language_prefixes_are_used, has_default_prefix = options().prefix_default_language;
    const auto from_path = prefixes ? translation::get_language_from_path(request.path_info()) : std::nullopt;
    const std::string language = from_path                        ? *from_path
                                 : prefixes && !has_default_prefix ? std::string(translation::default_language())
                                                                   : language_of(request);
    translation::override active(language);
    http::Response response = next(request);
    if (response.status_code == 404 && prefixes && !from_path && has_default_prefix) {
        if (auto redirect = redirect_to_language(request, language)) return *std::move(redirect);
    }
    if (!from_path) http::patch_vary_headers(response, {"Accept-Language"});
    response.setdefault("Content-Language", language);
    return response;
}

}  // namespace

const http::Middleware locale{.name = "locale", .after = {"sessions"}, .call = locale_call};

}  // namespace nuages::middleware
