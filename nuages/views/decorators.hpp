// Decorators of views (django.views.decorators): which methods a view takes, what clients and caches may keep of it.
//
//     path("new/", require_http_methods({"GET", "POST"})(create)),
//     path("<slug:slug>/", last_modified(changed_at)(article_detail)),    // changed_at(Request&, std::string_view slug)
//     path("now/", never_cache(clock)),
//
// A decorated view takes the captures of the view inside it, and the compiler checks them as ever.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/http/cache_control.hpp>
#include <nuages/http/conditional.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/urls/path.hpp>
#include <nuages/utils/datetime.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nuages::views {

namespace detail {

/// A view around a view: AROUND(request, next, captures...) decides what becomes of next().
template <class Around, class View, class Rest> class Decorated {
public:
    static constexpr bool takes_any_captures = true;
    static constexpr unsigned kRouteFlags = routing::detail::route_flags<View>();
    Decorated(Around around, View view) : around_(std::move(around)), view_(std::move(view)) {}
    http::Response operator()(http::Request& request) {
        return around_(request, [&]() -> http::Response { return routing::detail::response_of(view_(request)); });
    }

private:
    Around around_;
    View view_;
};
template <class Around, class View, class... A> class Decorated<Around, View, routing::detail::Arguments<A...>> {
public:
    static constexpr unsigned kRouteFlags = routing::detail::route_flags<View>();
    Decorated(Around around, View view) : around_(std::move(around)), view_(std::move(view)) {}
    http::Response operator()(http::Request& request, A... captures) {
        const auto next = [&]() -> http::Response { return routing::detail::response_of(view_(request, captures...)); };
        return around_(request, next, captures...);
    }

private:
    Around around_;
    View view_;
};

/// A view whose route has a flag.
template <class View, unsigned Flag> class Flagged : public View {
public:
    static constexpr unsigned kRouteFlags = routing::detail::route_flags<View>() | Flag;
    explicit Flagged(View view) : View(std::move(view)) {}
};

template <class View, class Around> auto decorated(Around around, View view) {
    return Decorated<Around, View, typename routing::detail::RestOf<View>::type>(std::move(around), std::move(view));
}

}  // namespace detail

/// A decorator that does not look at captures: DECORATOR(view) is a view.
class Decorator {
public:
    using Around = Function<http::Response(http::Request&, FunctionRef<http::Response()> view)>;
    explicit Decorator(Around around) : around_(std::move(around)) {}

    template <class View> auto operator()(View view) const {
        return detail::decorated(
            [around = around_](http::Request& request, auto&& next, const auto&...) { return around(request, next); },
            std::move(view));
    }

private:
    Around around_;
};

/// Answers other methods with 405 and Allow, and logs them to nuages.request.
Decorator require_http_methods(std::initializer_list<std::string_view> methods);
template <class View> auto require_GET(View view) { return require_http_methods({"GET"})(std::move(view)); }
template <class View> auto require_POST(View view) { return require_http_methods({"POST"})(std::move(view)); }
/// GET and HEAD.
template <class View> auto require_safe(View view) { return require_http_methods({"GET", "HEAD"})(std::move(view)); }

using http::add_never_cache_headers;
using http::CacheControl;
using http::patch_cache_control;

Decorator cache_control(const CacheControl& control);
Decorator vary_on_headers(std::initializer_list<std::string_view> names);
const Decorator& never_cache_decorator();
template <class View> auto never_cache(View view) { return never_cache_decorator()(std::move(view)); }
template <class View> auto vary_on_cookie(View view) { return vary_on_headers({"Cookie"})(std::move(view)); }

/// Keyword arguments of cache_page().
struct CachePageOptions {
    std::string cache = {};                                ///< alias of CACHES; empty: CACHE_MIDDLEWARE_ALIAS
    std::optional<std::string> key_prefix = std::nullopt;  ///< nothing: CACHE_MIDDLEWARE_KEY_PREFIX
};
/// Keeps the view's page for TIMEOUT: `path("rates/", cache_page(minutes(15))(rates))`. What may not be kept for
/// everybody is not: see <nuages/middleware/page_cache.hpp>.
Decorator cache_page(Duration timeout, CachePageOptions options = {});
const Decorator& conditional_page_decorator();
/// ETag, and 304 where the client has the page already.
template <class View> auto conditional_page(View view) { return conditional_page_decorator()(std::move(view)); }

const Decorator& plain_decorator();
const Decorator& csrf_protect_decorator();
const Decorator& csrf_token_decorator(bool sends_cookie);
namespace detail {
template <http::RouteFlag Flag, class View> auto flagged(View view) {
    auto plain = plain_decorator()(std::move(view));
    return Flagged<decltype(plain), static_cast<unsigned>(Flag)>(std::move(plain));
}
}  // namespace detail
/// Lets requests without a CSRF token through to this view: for those of other programs, which send no cookies.
template <class View> auto csrf_exempt(View view) { return detail::flagged<http::RouteFlag::csrf_exempt>(std::move(view)); }
/// Checks the CSRF token of this view's requests, where the csrf middleware is not in use.
template <class View> auto csrf_protect(View view) { return csrf_protect_decorator()(std::move(view)); }
/// Sees to the CSRF cookie without refusing anything: get_token() works in the view.
template <class View> auto requires_csrf_token(View view) { return csrf_token_decorator(false)(std::move(view)); }
/// Sends the CSRF cookie with this view's answers, for pages whose forms scripts make.
template <class View> auto ensure_csrf_cookie(View view) { return csrf_token_decorator(true)(std::move(view)); }
/// APPEND_SLASH does not redirect to this view.
template <class View> auto no_append_slash(View view) {
    return detail::flagged<http::RouteFlag::no_append_slash>(std::move(view));
}

/// The view runs without the transaction of ATOMIC_REQUESTS, of whatever database: it opens its own ones.
template <class View> auto non_atomic_requests(View view) {
    return detail::flagged<http::RouteFlag::non_atomic>(std::move(view));
}

/// What X-Frame-Options says of one view, whatever the middleware says of the others.
enum class FrameOptions { deny, sameorigin, exempt };
const Decorator& xframe_options_decorator(FrameOptions options);
template <class View> auto xframe_options_deny(View view) { return xframe_options_decorator(FrameOptions::deny)(std::move(view)); }
template <class View> auto xframe_options_sameorigin(View view) { return xframe_options_decorator(FrameOptions::sameorigin)(std::move(view)); }
template <class View> auto xframe_options_exempt(View view) { return xframe_options_decorator(FrameOptions::exempt)(std::move(view)); }

namespace detail {

Decorator gzip_decorator();
/// What condition() does once it knows the validators. ETag may lack its quotes.
http::Response conditional_view(http::Request& request, std::optional<std::string> etag,
                                std::optional<DateTime> last_modified, FunctionRef<http::Response()> view);

struct Unknown {};

/// Calls a function of (request, captures...) or (request).
template <class R, class F, class... A> std::optional<R> ask(F& f, http::Request& request, const A&... captures) {
    if constexpr (std::is_same_v<F, Unknown>) {
        return std::nullopt;
    } else if constexpr (std::is_invocable_v<F&, http::Request&, const A&...>) {
        return std::optional<R>(f(request, captures...));
    } else {
        return std::optional<R>(f(request));
    }
}

template <class Etag, class Modified> class ConditionDecorator {
public:
    ConditionDecorator(Etag etag, Modified modified) : etag_(std::move(etag)), modified_(std::move(modified)) {}
    template <class View> auto operator()(View view) const {
        return decorated(
            [etag = etag_, modified = modified_](http::Request& request, auto&& next, const auto&... captures) mutable {
                return conditional_view(request, ask<std::string>(etag, request, captures...),
                                        ask<DateTime>(modified, request, captures...), next);
            },
            std::move(view));
    }

private:
    Etag etag_;
    Modified modified_;
};

}  // namespace detail

/// In gzip to clients that take it.
template <class View> auto gzip_page(View view) { return detail::gzip_decorator()(std::move(view)); }

/// Answers 304 or 412 without calling the view, by what ETAG and LAST_MODIFIED say of its content. Both are called as
/// (request) or (request, captures...) and give a value or an optional one.
template <class Etag, class Modified> auto condition(Etag etag, Modified last_modified) {
    return detail::ConditionDecorator<Etag, Modified>(std::move(etag), std::move(last_modified));
}
template <class Etag> auto etag(Etag etag) { return condition(std::move(etag), detail::Unknown{}); }
template <class Modified> auto last_modified(Modified modified) { return condition(detail::Unknown{}, std::move(modified)); }

}  // namespace nuages::views

namespace nuages {
using views::cache_control;
using views::cache_page;
using views::condition;
using views::requires_csrf_token;
using views::no_append_slash;
using views::ensure_csrf_cookie;
using views::csrf_protect;
using views::csrf_exempt;
using views::conditional_page;
using views::etag;
using views::gzip_page;
using views::last_modified;
using views::never_cache;
using views::non_atomic_requests;
using views::require_GET;
using views::require_http_methods;
using views::require_POST;
using views::require_safe;
using views::vary_on_cookie;
using views::vary_on_headers;
using views::xframe_options_deny;
using views::xframe_options_exempt;
using views::xframe_options_sameorigin;
}  // namespace nuages
