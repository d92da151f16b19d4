#include <nuages/middleware/middleware.hpp>

namespace nuages::middleware {
namespace {

bool is_exempt(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    for (const std::string& prefix : options().redirect_exempt)
        if (path.starts_with(prefix)) return true;
    return false;
}

http::Response redirect_to_https(const http::Request& request) {
    std::string host = options().ssl_host.empty() ? request.get_host() : options().ssl_host;
    return http::HttpResponsePermanentRedirect("https://" + host + request.get_full_path());
}

http::Response security_call(http::Request& request, const http::Next& next) {
    const Options& settings = options();
    if (settings.ssl_redirect && !request.is_secure() && !is_exempt(request.path)) return redirect_to_https(request);
    http::Response response = next(request);
    if (settings.hsts_seconds != 0 && request.is_secure() && !response.has_header("Strict-Transport-Security")) {
        std::string value = "max-age=" + std::to_string(settings.hsts_seconds);
        if (settings.hsts_include_subdomains) value += "; includeSubDomains";
        if (settings.hsts_preload) value += "; preload";
        response.set("Strict-Transport-Security", value);
    }
    if (settings.content_type_nosniff) response.setdefault("X-Content-Type-Options", "nosniff");
    if (!settings.referrer_policy.empty()) response.setdefault("Referrer-Policy", settings.referrer_policy);
    if (!settings.cross_origin_opener_policy.empty())
        response.setdefault("Cross-Origin-Opener-Policy", settings.cross_origin_opener_policy);
    return response;
}

/// Set by xframe_options_exempt().
struct XFrameExemption {
    bool exempt = false;
};

http::Response xframe_call(http::Request& request, const http::Next& next) {
    http::Response response = next(request);
    const auto* exemption = request.find_slot<XFrameExemption>();
    if (exemption && exemption->exempt) return response;
    response.setdefault("X-Frame-Options", options().x_frame_options);
    return response;
}

Options g_options;

}  // namespace

Options set_options(Options options) { return std::exchange(g_options, std::move(options)); }
const Options& options() { return g_options; }

void xframe_options_exempt(http::Request& request) { request.slot<XFrameExemption>().exempt = true; }

const http::Middleware security{.name = "security", .call = security_call};
const http::Middleware xframe{.name = "xframe", .call = xframe_call};

}  // namespace nuages::middleware
