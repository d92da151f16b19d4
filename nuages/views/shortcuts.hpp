// Shortcuts for views: render, redirect, get_object_or_404, get_list_or_404 (django.shortcuts).
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/templates/context.hpp>
#include <nuages/urls/resolver.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::views {

/// Keyword arguments of `render`.
struct RenderOptions {
    int status = 200;
    std::string_view content_type = http::kTextHtml;
    std::string_view using_ = {};  ///< alias of a template engine; empty: the default one
};

/// Renders a template for a request: `render(request, "blog/detail.html", {{"article", article}})`. Variables are
/// borrowed, temporaries moved in; the context processors' names come first. Throws TemplateDoesNotExist.
http::Response render(http::Request& request, std::string_view template_name,
                      std::initializer_list<templates::ContextEntry> context = {}, const RenderOptions& options = {});
/// The same with a context that was put together before.
http::Response render(http::Request& request, std::string_view template_name, const templates::ContextData& context,
                      const RenderOptions& options = {});

/// A name of `render_stream` and a copy of its value: the page is made when the view has returned.
struct OwnedEntry {
    std::string name;
    Value value;

    template <class T>
    OwnedEntry(std::string_view entry_name, T&& from) : name(entry_name), value(owned(std::forward<T>(from))) {}

private:
    template <class T> static Value owned(T&& from) {
        using Type = std::remove_cvref_t<T>;
        if constexpr (std::is_same_v<Type, Value>) {
            return from.persistent();
        } else if constexpr (!std::is_class_v<Type> && std::is_convertible_v<T, std::string_view>) {
            return Value(std::string(from));
        } else if constexpr (std::is_same_v<Type, std::string_view>) {
            return Value(std::string(from));
        } else {
            return value_owning(Type(std::forward<T>(from)));
        }
    }
};

/// As `render`, but the page is sent in pieces while it is made (StreamingHttpResponse of Template::render_chunks), with
/// the language and the time zone that the view has. The template is found and compiled before: what is missing or
/// malformed is an error page. An error while the page is made cuts the response off. The head is gone by then: a page
/// with forms needs get_token(request) in the view, so that the cookie goes along.
http::Response render_stream(http::Request& request, std::string_view template_name, std::vector<OwnedEntry> context = {},
                             const RenderOptions& options = {});

/// A template as text; `request` may be null (mail, fragments).
std::string render_to_string(std::string_view template_name, const templates::ContextData& context = {},
                             http::Request* request = nullptr);

/// Adds names to the context of every `render` (django: context_processors).
using ContextProcessor = templates::ContextProcessor<http::Request>;
/// Sets the context processors of the engine ALIAS; to be called at start-up.
void set_context_processors(std::vector<ContextProcessor> processors, std::string_view alias = "default");

namespace context_processors {
/// `request`.
void request(http::Request& request, templates::Context& context);
/// `debug`, and `sql_queries` as far as they are recorded (db::StatsScope), where the engine is in debug mode.
void debug(http::Request& request, templates::Context& context);
/// `LANGUAGES`, `LANGUAGE_CODE`, `LANGUAGE_BIDI`.
void i18n(http::Request& request, templates::Context& context);
/// `TIME_ZONE`: the name of the current time zone.
void tz(http::Request& request, templates::Context& context);
/// `STATIC_URL`.
void static_(http::Request& request, templates::Context& context);
/// `MEDIA_URL`.
void media(http::Request& request, templates::Context& context);
/// `query_stats`: {{ query_stats.count }} queries in {{ query_stats.milliseconds }} ms, up to the place where it
/// stands.
void query_stats(http::Request& request, templates::Context& context);
}  // namespace context_processors

/// Keyword arguments of `redirect`.
struct RedirectOptions {
    bool permanent = false;
    bool preserve_request = false;  ///< 307 or 308: the client repeats the method and the body.
};

namespace detail {
/// The URL that `redirect` means by TO: a route's name, or else a URL.
std::string resolve_url(std::string_view to, const routing::ReverseOptions& arguments);
http::Response redirect_to(std::string_view url, const RedirectOptions& options);
[[noreturn]] void throw_no_match(std::string_view model);

template <class T>
concept HasAbsoluteUrl = requires(const T& object) {
    { object.get_absolute_url() } -> std::convertible_to<std::string_view>;
};
template <class Rows> std::string_view name_of_rows(const Rows& rows) {
    if constexpr (requires { rows.query().meta().object_name; }) {
        return rows.query().meta().object_name;
    } else {
        return "object";
    }
}
/// A model stands for its default manager.
template <class M> decltype(auto) rows_of() { return (M::objects); }
}  // namespace detail

/// The URL that redirect() would lead to: an object's get_absolute_url(), a route's with its arguments, or a URL as it is
/// (django.shortcuts.resolve_url).
template <detail::HasAbsoluteUrl T> std::string resolve_url(const T& object) {
    return std::string(object.get_absolute_url());
}
inline std::string resolve_url(std::string_view to) { return detail::resolve_url(to, {}); }
template <class First, class... Rest>
std::string resolve_url(std::string_view to, const First& first, const Rest&... rest) {
    return routing::reverse(to, first, rest...);
}

/// Redirects to an object's get_absolute_url().
template <detail::HasAbsoluteUrl T> http::Response redirect(const T& object, const RedirectOptions& options = {}) {
    return detail::redirect_to(object.get_absolute_url(), options);
}
/// Redirects to a route by its name, or to a URL: `redirect("blog:list")`, `redirect("/login/", {.permanent = true})`.
http::Response redirect(std::string_view to, const RedirectOptions& options = {});
/// Redirects to a route by its name and arguments: `redirect("blog:detail", slug)`.
template <class First, class... Rest>
requires(!std::is_same_v<First, RedirectOptions>) http::Response
    redirect(std::string_view to, const First& first, const Rest&... rest) {
    return detail::redirect_to(routing::reverse(to, first, rest...), {});
}

/// The one row that matches, or Http404: `get_object_or_404(Article::objects, "slug"_f = slug)`.
template <class Rows, class... Conditions> auto get_object_or_404(const Rows& rows, const Conditions&... conditions) {
    try {
        return rows.get(conditions...);
    } catch (const ObjectDoesNotExist&) {
        detail::throw_no_match(detail::name_of_rows(rows));
    }
}
/// `get_object_or_404<Article>("slug"_f = slug)`.
template <class M, class... Conditions>
requires requires { M::objects; }
auto get_object_or_404(const Conditions&... conditions) {
    return get_object_or_404(detail::rows_of<M>(), conditions...);
}

/// The rows that match as a vector, or Http404 when there are none.
template <class Rows, class... Conditions> auto get_list_or_404(const Rows& rows, const Conditions&... conditions) {
    auto list = rows.filter(conditions...).list();
    if (list.empty()) detail::throw_no_match(detail::name_of_rows(rows));
    return list;
}

}  // namespace nuages::views

namespace nuages {
using views::get_list_or_404;
using views::get_object_or_404;
using views::redirect;
using views::render;
using views::render_stream;
using views::render_to_string;
using views::resolve_url;
}  // namespace nuages
