// UrlResolver: which view answers a path, and which path a name stands for (django.urls).
//
// The table is compiled once, when the resolver is made: every include is entered, every route becomes literals and
// character classes (PCRE2 only for re_path() and own converters), and an index by the literals that they start with.
// Resolving tries the routes that are left in Django's order. Nothing is allocated: captures are views into the path.
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/http/errors.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/resolver_match.hpp>
#include <nuages/urls/converters.hpp>
#include <nuages/urls/path.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nuages::routing {

/// No route matched (django.urls.Resolver404). `tried` has, for each route tried, the includes and the route as
/// written.
class Resolver404 : public http::Http404 {
public:
    using Tried = std::vector<std::vector<const http::RouteInfo*>>;
    Resolver404(std::string path, Tried tried);
    const char* name() const noexcept override { return "Resolver404"; }
    const std::string& path() const { return path_; }
    const Tried& tried() const { return tried_; }

private:
    std::string path_;
    Tried tried_;
};

/// No route has that name with these arguments; the message is Django's.
class NoReverseMatch : public Error {
public:
    using Error::Error;
    const char* name() const noexcept override { return "NoReverseMatch"; }
};

/// One argument of reverse(), as text. Strings, numbers, Uuid, types with a converter, wrappers with a member `value`,
/// types with str().
struct Argument {
    std::string text;
    bool is_number = false;  // shown without quotes in messages

    Argument() = default;
    template <class T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, Argument>) Argument(const T& from) {
        if constexpr (HasConverter<T>) {
            text = converter_for<T>::to_url(from);
        } else if constexpr (std::is_same_v<T, bool>) {
            text = from ? "True" : "False", is_number = true;
        } else if constexpr (std::is_integral_v<T>) {
            text = std::to_string(from), is_number = true;
        } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
            text = std::string_view(from);
        } else if constexpr (requires { from.value; }) {
            *this = Argument(from.value);
        } else {
            text = from.str();
        }
    }
};

struct ReverseOptions {
    std::vector<Argument> args = {};
    std::vector<std::pair<std::string, Argument>> kwargs = {};
    std::string current_app = {};
    std::vector<std::pair<std::string, std::string>> query = {};
    std::optional<std::string> fragment = std::nullopt;
    std::optional<std::string> script_prefix = std::nullopt;  // default: get_script_prefix()
};

class UrlResolver : public RefCounted {
public:
    /// Compiles the table. Throws ImproperlyConfigured on a malformed route, or on includes nested too deeply.
    explicit UrlResolver(Urls (*urls)());
    explicit UrlResolver(Urls urls);
    ~UrlResolver() override;

    /// Looks `path` up ("/blog/first/"); false when no route matches. Does not allocate.
    bool find(std::string_view path, http::ResolverMatch& match) const;
    /// As find(), but throws Resolver404 with what was tried.
    http::ResolverMatch resolve(std::string_view path) const;
    /// Resolves request.path_info() into request.resolver_match and calls the view.
    http::Response operator()(http::Request& request) const;
    /// The first half of that: resolves, and asks the hooks of middleware, which may answer in the view's place.
    std::optional<http::Response> prepare(http::Request& request) const;

    /// Calls the view of a match that find() or resolve() of this resolver gave.
    static http::Response call(const http::ResolverMatch& match, http::Request& request);

    /// The handler400, handler403, handler404 or handler500 of the table; null when there is none.
    const ErrorView* error_view(int status) const;

    /// Whether the table has i18n_patterns(), and whether pages in the default language have a prefix there.
    struct LanguagePrefixes {
        bool are_used = false;
        bool prefix_default_language = false;
    };
    LanguagePrefixes language_prefixes() const;

    /// Calls visit for every route in order, with the includes on its way before it.
    void each(FunctionRef<void(const std::vector<const http::RouteInfo*>& chain)> visit) const;

    /// The URL of a name ("blog:detail"). Throws NoReverseMatch.
    std::string reverse(std::string_view view_name, const ReverseOptions& options = {}) const;
    /// Why no route of that name takes COUNT positional arguments, or the keyword arguments NAMES, whatever their
    /// values; empty when one does. For checks ahead of time.
    std::string reverse_problem(std::string_view view_name, std::size_t count,
                                const std::vector<std::string>& names = {}) const;

private:
    struct Root;
    Root* root_;
};

/// A keyword argument of a match: what was captured, or the text given to path().
struct KeywordArgument {
    std::string_view name;
    const http::Capture* capture = nullptr;
    std::string_view extra = {};
};
/// The arguments of a match as django.urls.ResolverMatch has them: unnamed captures only where there are no named ones,
/// inner ones before outer ones of the same name, extra arguments before captures.
struct MatchArguments {
    std::vector<const http::Capture*> args;
    std::vector<KeywordArgument> kwargs;
    std::vector<KeywordArgument> captured_kwargs;  // of the route itself
    std::vector<KeywordArgument> extra_kwargs;
};
MatchArguments arguments_of(const http::ResolverMatch& match);

/// Makes a resolver the one that reverse() and resolve() use; the site does it at start-up.
void set_urlconf(Ref<const UrlResolver> resolver);
/// Has REQUEST resolved by another one (Django: request.urlconf), which reverse(), resolve() and the error pages use too
/// until it is answered. For middleware: a site of several host names. Null: the site's own.
void set_urlconf(http::Request& request, Ref<const UrlResolver> resolver);
/// Null when the request has none of its own.
const UrlResolver* find_urlconf(const http::Request& request);
/// The request is answered: what runs after it has the site's resolver again.
void forget_urlconf();
/// The instance namespace that `{% url %}` of REQUEST's pages prefers (Django: request.current_app); else the route's own.
void set_current_app(http::Request& request, std::string current_app);
/// Null when none was set.
const std::string* find_current_app(const http::Request& request);

/// Another resolver for this piece of work until the end of the scope; null: the site's.
class override_urlconf {
public:
    explicit override_urlconf(Ref<const UrlResolver> resolver);
    ~override_urlconf();
    override_urlconf(const override_urlconf&) = delete;
    override_urlconf& operator=(const override_urlconf&) = delete;

private:
    Ref<const UrlResolver> former_;
};
/// The resolver of what runs now. Throws ImproperlyConfigured when none was set.
const UrlResolver& get_resolver();

/// The prefix that the site is mounted under; starts and ends with '/'. Set at start-up.
void set_script_prefix(std::string prefix);
const std::string& get_script_prefix();
/// Another prefix for this piece of work, until the end of the scope: `routing::override_script_prefix prefix("/shop/");`
class override_script_prefix {
public:
    explicit override_script_prefix(std::string prefix);
    ~override_script_prefix();
    override_script_prefix(const override_script_prefix&) = delete;
    override_script_prefix& operator=(const override_script_prefix&) = delete;

private:
    std::optional<std::string> former_;
};
/// A STATIC_URL or MEDIA_URL as pages have it: below the prefix, where it begins neither with '/' nor with a scheme.
std::string below_script_prefix(const std::string& url);

/// The URL of a name, in full form: reverse("blog:list", {.query = {{"page", "2"}}}).
std::string reverse(std::string_view view_name, const ReverseOptions& options);
/// The URL of a name with positional arguments: reverse("blog:detail", slug).
template <class... A>
requires((!std::is_same_v<std::remove_cvref_t<A>, ReverseOptions>)&&...) std::string
    reverse(std::string_view view_name, const A&... arguments) {
    ReverseOptions options;
    if constexpr (sizeof...(A) != 0) options.args = {Argument(arguments)...};
    return reverse(view_name, static_cast<const ReverseOptions&>(options));
}

/// A name and its arguments that become a URL when that is asked for: for what is made before the table of URLs, such as
/// objects at namespace scope. `const auto home = reverse_lazy("home");`
class LazyUrl {
public:
    LazyUrl(std::string view_name, ReverseOptions options) : view_name_(std::move(view_name)), options_(std::move(options)) {}
    /// The URL as the resolver, the script prefix and the language of this moment have it. Throws NoReverseMatch.
    std::string str() const { return reverse(view_name_, options_); }
    operator std::string() const { return str(); }

private:
    std::string view_name_;
    ReverseOptions options_;
};
inline LazyUrl reverse_lazy(std::string view_name, ReverseOptions options) {
    return {std::move(view_name), std::move(options)};
}
template <class... A>
requires((!std::is_same_v<std::remove_cvref_t<A>, ReverseOptions>)&&...) LazyUrl
    reverse_lazy(std::string view_name, const A&... arguments) {
    ReverseOptions options;
    if constexpr (sizeof...(A) != 0) options.args = {Argument(arguments)...};
    return {std::move(view_name), std::move(options)};
}

/// URL in LANGUAGE, where a name and arguments stand for it in i18n_patterns(); else URL itself (django: translate_url).
std::string translate_url(std::string_view url, std::string_view language);

/// Looks a path up in the current resolver.
http::ResolverMatch resolve(std::string_view path);

}  // namespace nuages::routing

namespace nuages {
using routing::NoReverseMatch;
using routing::resolve;
using routing::Resolver404;
using routing::reverse;
using routing::reverse_lazy;
using routing::UrlResolver;
}  // namespace nuages
