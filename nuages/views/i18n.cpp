#include <nuages/views/i18n.hpp>

#include <nuages/middleware/middleware.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/translation.hpp>

#include <string>

namespace nuages::views {
namespace {

/// Where to go afterwards; empty: nowhere.
std::string next_url(const http::Request& request) {
    const std::string host = request.get_host();
    const auto is_safe = [&](std::string_view url) {
        return utils::url_has_allowed_host_and_scheme(url, {host}, request.is_secure());
    };
    const std::string next(request.POST.contains("next") ? request.POST["next"] : request.GET["next"]);
    if (is_safe(next) || (next.empty() && !request.accepts("text/html"))) return next;
    const std::string_view referer = request.headers["Referer"];
    return is_safe(referer) ? std::string(referer) : "/";
}

}  // namespace

http::Response set_language(http::Request& request) {
    const std::string next = next_url(request);
    http::Response response = next.empty() ? http::Response({}, {.status = 204}) : http::HttpResponseRedirect(next);
    const std::string_view language = request.POST["language"];
    if (request.method == "POST" && translation::check_for_language(language)) {
        if (!next.empty()) response = http::HttpResponseRedirect(routing::translate_url(next, language));
        response.set_cookie(middleware::options().language_cookie_name, language);
    }
    return response;
}

}  // namespace nuages::views
