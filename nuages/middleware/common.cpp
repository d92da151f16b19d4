#include <nuages/base/log.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>
#include <cctype>

namespace nuages::middleware {
namespace {

/// Whether TEXT contains PART, in any case of ASCII letters.
bool contains_ignoring_case(std::string_view text, std::string_view part) {
    auto equal = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), equal) != text.end();
}

void refuse_user_agent(const http::Request& request) {
    std::string_view agent = request.headers["User-Agent"];
    for (const std::string& part : options().disallowed_user_agents) {
        if (!contains_ignoring_case(agent, part)) continue;
        log::warning("nuages.request", "Forbidden (User agent): " + std::string(request.path));
        throw PermissionDenied("Forbidden user agent");
    }
}

/// Only where the path itself leads nowhere, and the path with a slash leads to a view.
bool should_append_slash(const http::Request& request) {
    const Options& settings = options();
    const std::string_view path = request.path_info();
    if (!settings.append_slash || path.ends_with('/') || !settings.is_valid_path) return false;
    return !settings.is_valid_path(path) && settings.is_valid_path(std::string(path) + "/");
}

std::string full_path_with_slash(const http::Request& request) {
    std::string path = utils::escape_leading_slashes(request.get_full_path(true));
    bool carries_data = false;
    for (std::string_view method : {"DELETE", "POST", "PUT", "PATCH"})
        carries_data = carries_data || request.method == method;
    if (options().debug && carries_data)
        throw Error("You called this URL via " + std::string(request.method) +
                    ", but the URL doesn't end in a slash and you have APPEND_SLASH set. Nuages can't redirect to the "
                    "slash URL while maintaining " +
                    std::string(request.method) + " data. Change your form to point to " + request.get_host() + path +
                    " (note the trailing slash), or set APPEND_SLASH=False in your Nuages settings.");
    return path;
}

http::Response common_call(http::Request& request, const http::Next& next) {
    if (!options().disallowed_user_agents.empty()) refuse_user_agent(request);
    std::string host = request.get_host();
    if (options().prepend_www && !host.empty() && !host.starts_with("www.")) {
        std::string path = should_append_slash(request) ? full_path_with_slash(request) : request.get_full_path();
        return http::HttpResponsePermanentRedirect(std::string(request.scheme()) + "://www." + host + path);
    }
    http::Response response = next(request);
    if (response.status_code == 404 && should_append_slash(request))
        return http::HttpResponsePermanentRedirect(full_path_with_slash(request));
    return response;
}

}  // namespace

const http::Middleware common{.name = "common", .after = {"security", "sessions"}, .call = common_call};

}  // namespace nuages::middleware
