#include <nuages/views/decorators.hpp>

#include <nuages/base/log.hpp>
#include <nuages/http/compression.hpp>
#include <nuages/middleware/csrf.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/middleware/page_cache.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>
#include <vector>

namespace nuages::views {
namespace {

std::vector<std::string> owned(std::initializer_list<std::string_view> names) { return {names.begin(), names.end()}; }

http::Response not_allowed(const http::Request& request, const std::vector<std::string>& methods) {
    http::Response response({}, {.status = 405});
    std::string allow;
    for (const std::string& method : methods) allow.append(allow.empty() ? "" : ", ").append(method);
    response.set("Allow", allow);
    log::warning("nuages.request", "Method Not Allowed (" + std::string(request.method) + "): " + std::string(request.path));
    return response;
}

/// For what looks at the content: a template is rendered now.
http::Response with_content(http::Response response) {
    response.render();
    return response;
}

}  // namespace

Decorator require_http_methods(std::initializer_list<std::string_view> methods) {
    return Decorator([methods = owned(methods)](http::Request& request, FunctionRef<http::Response()> view) {
        const bool is_allowed = std::find(methods.begin(), methods.end(), request.method) != methods.end();
        return is_allowed ? view() : not_allowed(request, methods);
    });
}

Decorator cache_control(const CacheControl& control) {
    return Decorator([control](http::Request&, FunctionRef<http::Response()> view) {
        http::Response response = view();
        http::patch_cache_control(response, control);
        return response;
    });
}

const Decorator& never_cache_decorator() {
    static const Decorator decorator([](http::Request&, FunctionRef<http::Response()> view) {
        http::Response response = view();
        http::add_never_cache_headers(response);
        return response;
    });
    return decorator;
}

Decorator vary_on_headers(std::initializer_list<std::string_view> names) {
    return Decorator([names = owned(names)](http::Request&, FunctionRef<http::Response()> view) {
        http::Response response = view();
        for (const std::string& name : names) http::patch_vary_headers(response, {name});
        return response;
    });
}

Decorator cache_page(Duration timeout, CachePageOptions options) {
    const middleware::PageCacheOptions page{
        .timeout = timeout, .cache = std::move(options.cache), .key_prefix = std::move(options.key_prefix)};
    return Decorator([page](http::Request& request, FunctionRef<http::Response()> view) {
        return middleware::cached_page(request, page, [&] { return with_content(view()); });
    });
}

const Decorator& conditional_page_decorator() {
    static const Decorator decorator([](http::Request& request, FunctionRef<http::Response()> view) {
        return middleware::conditional_get_response(request, with_content(view()));
    });
    return decorator;
}

const Decorator& plain_decorator() {
    static const Decorator decorator([](http::Request&, FunctionRef<http::Response()> view) { return view(); });
    return decorator;
}

const Decorator& csrf_protect_decorator() {
    static const Decorator decorator([](http::Request& request, FunctionRef<http::Response()> view) {
        return middleware::csrf_protected(request, view);
    });
    return decorator;
}

const Decorator& csrf_token_decorator(bool sends_cookie) {
    static const Decorator only_seen([](http::Request& request, FunctionRef<http::Response()> view) {
        return middleware::csrf_protected(request, view, false);
    });
    static const Decorator sent([](http::Request& request, FunctionRef<http::Response()> view) {
        middleware::get_token(request);
        return middleware::csrf_protected(request, view, false);
    });
    return sends_cookie ? sent : only_seen;
}

const Decorator& xframe_options_decorator(FrameOptions options) {
    const auto saying = [](std::string_view value) {
        return Decorator([value](http::Request&, FunctionRef<http::Response()> view) {
            http::Response response = view();
            response.setdefault("X-Frame-Options", value);
            return response;
        });
    };
    static const Decorator deny = saying("DENY"), sameorigin = saying("SAMEORIGIN");
    static const Decorator exempt([](http::Request& request, FunctionRef<http::Response()> view) {
        middleware::xframe_options_exempt(request);
        return view();
    });
    switch (options) {
        case FrameOptions::deny: return deny;
        case FrameOptions::sameorigin: return sameorigin;
        case FrameOptions::exempt: break;
    }
    return exempt;
}

namespace detail {

Decorator gzip_decorator() {
    return Decorator([](http::Request& request, FunctionRef<http::Response()> view) {
        return http::gzipped_response(request, with_content(view()));
    });
}

http::Response conditional_view(http::Request& request, std::optional<std::string> etag,
                                std::optional<DateTime> last_modified, FunctionRef<http::Response()> view) {
    http::Validators validators{.last_modified = last_modified};
    if (etag && !etag->empty()) validators.etag = utils::quote_etag(*etag);
    http::Response response = [&] {
        switch (http::evaluate_condition(request, validators)) {
            case http::Condition::not_modified: return HttpResponseNotModified();
            case http::Condition::failed: return http::Response({}, {.status = 412});
            case http::Condition::proceed: break;
        }
        return view();
    }();
    if (request.method != "GET" && request.method != "HEAD") return response;
    if (last_modified) response.setdefault("Last-Modified", utils::http_date(*last_modified));
    if (!validators.etag.empty()) response.setdefault("ETag", validators.etag);
    return response;
}

}  // namespace detail
}  // namespace nuages::views
