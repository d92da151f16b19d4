// path(), re_path(), include(): the table of routes, declared as in Django, checked by the compiler.
//
// The text of a route is read at compile time next to the view's parameter types: a wrong capture is one error line
// that names what is wrong. The view is erased here, once; below this header there are no templates.
//
//     Urls urls() {
//         return {.app_name = "blog", .patterns = {
//             path("", article_list, {.name = "list"}),
//             path("<slug:slug>/", article_detail, {.name = "detail"}),
//             path("tags/", include(tags::urls, "tags")),
//         }};
//     }
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/urls/converters.hpp>
#include <nuages/urls/fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::routing {

/// A view after erasure: the captures of its own route, in order.
using View = Function<http::Response(http::Request&, const http::Capture*)>;

struct PathOptions {
    std::string name = {};
    /// Extra arguments: seen by request.captured() and by reverse(), not passed to the view.
    std::vector<std::pair<std::string, std::string>> kwargs = {};
    /// http::RouteFlag; path() adds those of the view's decorators.
    unsigned flags = 0;
};

/// What the view of a re_path() takes; `count` < 0 when that is not checked. A group that feeds an integer must be one.
struct RegexParameters {
    int count = -1;
    const bool* is_number = nullptr;
    bool (*fits)(const http::Capture*) = nullptr;  // whether the captures are values of the view's parameters
};

/// A route or an include, shared and immutable.
class UrlPattern {
public:
    /// A route at run time, without checks against a view: what path() and re_path() are made of.
    /// Throws ImproperlyConfigured in Django's words on a malformed route.
    static UrlPattern make_path(std::string_view route, View view, PathOptions options = {},
                                std::vector<const Converter*> own = {}, bool (*fits)(const http::Capture*) = nullptr);
    static UrlPattern make_re_path(std::string_view regex, View view, PathOptions options = {},
                                   RegexParameters parameters = {});
    static UrlPattern make_include(std::string_view route, bool is_regex, Include include, PathOptions options = {});
    static UrlPattern make_language_include(Include include, bool prefix_default_language);

    const Pattern& pattern() const;

private:
    explicit UrlPattern(Ref<const RefCounted> pattern) : pattern_(std::move(pattern)) {}
    Ref<const RefCounted> pattern_;  // a Pattern
};

/// Answers an error. EXCEPTION says what was thrown ("Resolver404" where no route leads).
using ErrorView = Function<http::Response(http::Request&, std::string_view exception)>;

/// The routes of an app or a site.
struct Urls {
    std::string app_name = {};
    std::vector<UrlPattern> patterns = {};
    /// Of the site's own table: pages for errors, instead of the templates 400.html and its kin. With debug only
    /// handler403 is asked: technical pages stand for the others.
    ErrorView handler400 = {};
    ErrorView handler403 = {};
    ErrorView handler404 = {};
    ErrorView handler500 = {};
};

/// What include() gives to path(). The function is called when a UrlResolver is made.
struct Include {
    Function<Urls()> urls;
    std::string namespace_ = {};  // of this instance; default: the app_name, which it needs
};

inline Include include(Urls (*urls)(), std::string instance_namespace = {}) {
    return {urls, std::move(instance_namespace)};
}
inline Include include(Urls urls, std::string instance_namespace = {}) {
    return {[urls = std::move(urls)] { return urls; }, std::move(instance_namespace)};
}

// Called, never defined: their names are the error messages.
void the_route_captures_a_type_the_view_does_not_take();
void the_route_captures_more_than_the_view_takes();
void the_view_takes_more_than_the_route_captures();
void the_route_has_a_capture_without_a_closing_bracket();

namespace detail {

template <class... A> struct Arguments {};

template <class F> struct Signature;
template <class F>
requires requires { &F::operator(); }
struct Signature<F> : Signature<decltype(&F::operator())> {};
template <class R, class Q, class... A> struct Signature<R (*)(Q, A...)> { using Rest = Arguments<A...>; };
template <class R, class Q, class... A> struct Signature<R (*)(Q, A...) noexcept> { using Rest = Arguments<A...>; };
template <class C, class R, class Q, class... A> struct Signature<R (C::*)(Q, A...)> { using Rest = Arguments<A...>; };
template <class C, class R, class Q, class... A> struct Signature<R (C::*)(Q, A...) const> {
    using Rest = Arguments<A...>;
};
template <class C, class R, class Q, class... A> struct Signature<R (C::*)(Q, A...) noexcept> {
    using Rest = Arguments<A...>;
};
template <class C, class R, class Q, class... A> struct Signature<R (C::*)(Q, A...) const noexcept> {
    using Rest = Arguments<A...>;
};

/// A view that reads its captures from the request declares `static constexpr bool takes_any_captures = true`.
template <class F>
concept TakesAnyCaptures = requires {
    requires F::takes_any_captures;
};

/// What the decorators around a view say of its route.
template <class F> constexpr unsigned route_flags() {
    if constexpr (requires { F::kRouteFlags; }) {
        return F::kRouteFlags;
    } else {
        return 0;
    }
}

consteval bool has_word(std::string_view words, std::string_view word) {
    for (std::size_t at = words.find(word); at != words.npos; at = words.find(word, at + 1)) {
        const bool starts = at == 0 || words[at - 1] == ' ';
        const bool ends = at + word.size() == words.size() || words[at + word.size()] == ' ';
        if (starts && ends) return true;
    }
    return false;
}

template <class Arguments> struct CheckedRoute;
template <class... A> struct CheckedRoute<Arguments<A...>> {
    std::string_view text;

    template <std::size_t N> consteval CheckedRoute(const char (&literal)[N]) : text(literal, N - 1) {
        constexpr std::string_view wanted[] = {converters_of<std::remove_cvref_t<A>>()..., {}};
        std::size_t i = 0;
        for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
            const std::size_t end = text.find('>', at);
            if (end == text.npos) the_route_has_a_capture_without_a_closing_bracket();
            const std::string_view inside = text.substr(at + 1, end - at - 1);
            const std::size_t colon = inside.find(':');
            const std::string_view converter = colon == inside.npos ? "str" : inside.substr(0, colon);
            if (i == sizeof...(A)) the_route_captures_more_than_the_view_takes();
            if (!has_word(wanted[i++], converter)) the_route_captures_a_type_the_view_does_not_take();
        }
        if (i != sizeof...(A)) the_view_takes_more_than_the_route_captures();
    }
};
template <> struct CheckedRoute<void> {  // views that take any captures
    std::string_view text;
    template <std::size_t N> consteval CheckedRoute(const char (&literal)[N]) : text(literal, N - 1) {}
};

template <class F> struct RestOf { using type = typename Signature<F>::Rest; };
template <class F>
requires TakesAnyCaptures<F>
struct RestOf<F> {
    using type = void;
};

template <> struct RestOf<Include> {  // the other overload takes it; clang looks here first
    using type = Arguments<>;
};

/// Whether a view's result is returned as it was made: response_of() would move it.
template <class R> constexpr bool is_response = std::is_same_v<R, http::Response>;

/// A view's result as a response. A view that is a coroutine is waited for: <nuages/async/asio.hpp> brings the
/// view_result() that does it.
template <class R> http::Response response_of(R&& result) {
    if constexpr (requires { view_result(std::forward<R>(result)); }) {
        return view_result(std::forward<R>(result));
    } else {
        return std::forward<R>(result);
    }
}

template <class F, class... A, std::size_t... I> View erase(F view, Arguments<A...>, std::index_sequence<I...>) {
    return [view = std::move(view)]([[maybe_unused]] http::Request& request,
                                    [[maybe_unused]] const http::Capture* captures) mutable -> http::Response {
        if constexpr (std::is_member_function_pointer_v<F>) {
            return [&]<class C, class R, class... P>(R (C::*method)(P...)) -> http::Response {
                if constexpr (is_response<R>) return (C{}.*method)(request, convert<std::remove_cvref_t<A>>(captures[I])...);
                else return response_of((C{}.*method)(request, convert<std::remove_cvref_t<A>>(captures[I])...));
            }(view);
        } else if constexpr (is_response<decltype(view(request, convert<std::remove_cvref_t<A>>(captures[I])...))>) {
            return view(request, convert<std::remove_cvref_t<A>>(captures[I])...);
        } else {
            return response_of(view(request, convert<std::remove_cvref_t<A>>(captures[I])...));
        }
    };
}

template <class... A, std::size_t... I>
bool all_fit([[maybe_unused]] const http::Capture* captures, Arguments<A...>, std::index_sequence<I...>) {
    return (fits<std::remove_cvref_t<A>>(captures[I]) && ...);
}

template <class... A> std::vector<const Converter*> own_converters(Arguments<A...>) {
    return {own_converter<std::remove_cvref_t<A>>()...};
}

template <class F, class... A>
UrlPattern make_path(std::string_view route, F view, PathOptions options, Arguments<A...> arguments) {
    constexpr std::index_sequence_for<A...> indices;
    return UrlPattern::make_path(route, erase(std::move(view), arguments, indices), std::move(options),
                                 own_converters(arguments), [](const http::Capture* captures) {
                                     return all_fit(captures, Arguments<A...>{}, std::index_sequence_for<A...>{});
                                 });
}

template <class F, class... A>
UrlPattern make_re_path(std::string_view regex, F view, PathOptions options, Arguments<A...> arguments) {
    constexpr std::index_sequence_for<A...> indices;
    static constexpr bool is_number[] = {is_plain_number<std::remove_cvref_t<A>>()..., false};
    constexpr auto fits = [](const http::Capture* captures) {
        return all_fit(captures, Arguments<A...>{}, std::index_sequence_for<A...>{});
    };
    return UrlPattern::make_re_path(regex, erase(std::move(view), arguments, indices), std::move(options),
                                    {.count = static_cast<int>(sizeof...(A)), .is_number = is_number, .fits = fits});
}

/// A view that reads its captures from the request.
template <class F> View erase_any(F view) {
    return [view = std::move(view)](http::Request& request, const http::Capture*) mutable -> http::Response {
        return view(request);
    };
}

}  // namespace detail

/// A route. The view is a function, a lambda, a functor, or a member function of a class without state; it takes
/// Request& or const Request& and one parameter per capture, in order.
template <class F>
requires(!std::is_same_v<std::decay_t<F>, Include>) UrlPattern
    path(detail::CheckedRoute<typename detail::RestOf<std::decay_t<F>>::type> route, F&& view,
         PathOptions options = {}) {
    options.flags |= detail::route_flags<std::decay_t<F>>();
    if constexpr (detail::TakesAnyCaptures<std::decay_t<F>>) {
        return UrlPattern::make_path(route.text, detail::erase_any(std::decay_t<F>(std::forward<F>(view))),
                                     std::move(options));
    } else {
        return detail::make_path(route.text, std::decay_t<F>(std::forward<F>(view)), std::move(options),
                                 typename detail::RestOf<std::decay_t<F>>::type{});
    }
}
/// The included routes under a prefix. Captures of the prefix are read by request.captured<T>(name).
inline UrlPattern path(std::string_view route, Include included, PathOptions options = {}) {
    return UrlPattern::make_include(route, false, std::move(included), std::move(options));
}

/// A route by regular expression (PCRE2 syntax, as Python's for all that is common). Groups are checked when the route
/// is made: throws ImproperlyConfigured unless there is one per parameter. Parameters are strings, integers,
/// Uuid or types with a converter; a text that is no value of its parameter's type is no match.
template <class F>
requires(!std::is_same_v<std::decay_t<F>, Include>) UrlPattern
    re_path(std::string_view regex, F&& view, PathOptions options = {}) {
    options.flags |= detail::route_flags<std::decay_t<F>>();
    if constexpr (detail::TakesAnyCaptures<std::decay_t<F>>) {
        return UrlPattern::make_re_path(regex, detail::erase_any(std::decay_t<F>(std::forward<F>(view))),
                                        std::move(options));
    } else {
        return detail::make_re_path(regex, std::decay_t<F>(std::forward<F>(view)), std::move(options),
                                    typename detail::RestOf<std::decay_t<F>>::type{});
    }
}
inline UrlPattern re_path(std::string_view regex, Include included, PathOptions options = {}) {
    return UrlPattern::make_include(regex, true, std::move(included), std::move(options));
}

struct I18nPatternsOptions {
    /// False: pages in the default language have no prefix.
    bool prefix_default_language = true;
};

/// Routes below the code of the active language ("/de/news/"), which middleware::locale takes from the path. They may
/// stand in the site's own table only (django.conf.urls.i18n.i18n_patterns).
inline UrlPattern i18n_patterns(std::vector<UrlPattern> patterns, I18nPatternsOptions options = {}) {
    return UrlPattern::make_language_include(include(Urls{.patterns = std::move(patterns)}), options.prefix_default_language);
}

}  // namespace nuages::routing

namespace nuages {
using routing::i18n_patterns;
using routing::include;
using routing::path;
using routing::re_path;
using routing::Urls;
}  // namespace nuages
