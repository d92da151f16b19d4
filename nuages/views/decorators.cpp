#include <nuages/views/decorators.hpp>

#include <nuages/base/log.hpp>
#include <nuages/http/compression.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>
#include <charconv>
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

/// A Cache-Control header as its directives, in order.
using Directives = std::vector<std::pair<std::string, std::string>>;

std::string_view strip(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Directives directives_of(std::string_view header) {
    Directives directives;
    while (!header.empty()) {
        const std::size_t comma = std::min(header.find(','), header.size());
        const std::string_view one = strip(header.substr(0, comma));
        const std::size_t equals = std::min(one.find('='), one.size());
        std::string name(one.substr(0, equals));
        for (char& c : name)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
        if (!name.empty()) directives.emplace_back(std::move(name), equals < one.size() ? one.substr(equals + 1) : "");
        header.remove_prefix(std::min(comma + 1, header.size()));
    }
    return directives;
}

void put(Directives& directives, std::string_view name, std::string value = {}) {
    for (auto& [known, known_value] : directives) {
        if (known != name) continue;
        known_value = std::move(value);
        return;
    }
    directives.emplace_back(name, std::move(value));
}

void drop(Directives& directives, std::string_view name) {
    std::erase_if(directives, [name](const auto& one) { return one.first == name; });
}

std::optional<std::int64_t> seconds_of(const Directives& directives, std::string_view name) {
    for (const auto& [known, value] : directives) {
        std::int64_t number = 0;
        const char* end = value.data() + value.size();
        if (known == name && std::from_chars(value.data(), end, number).ptr == end && !value.empty()) return number;
    }
    return std::nullopt;
}

}  // namespace

Decorator require_http_methods(std::initializer_list<std::string_view> methods) {
    return Decorator([methods = owned(methods)](http::Request& request, FunctionRef<http::Response()> view) {
        const bool is_allowed = std::find(methods.begin(), methods.end(), request.method) != methods.end();
        return is_allowed ? view() : not_allowed(request, methods);
    });
}

void patch_cache_control(http::Response& response, const CacheControl& control) {
    Directives directives = directives_of(response["Cache-Control"]);
    if (control.private_) drop(directives, "public");
    if (control.public_) drop(directives, "private");
    const auto say = [&](bool is_said, std::string_view name) {
        if (is_said) put(directives, name);
    };
    const auto say_seconds = [&](const std::optional<std::int64_t>& seconds, std::string_view name) {
        if (seconds) put(directives, name, std::to_string(*seconds));
    };
    auto max_age = control.max_age;
    if (const auto known = seconds_of(directives, "max-age"); known && max_age) max_age = std::min(*known, *max_age);
    say_seconds(max_age, "max-age");
    say_seconds(control.s_maxage, "s-maxage");
    say_seconds(control.stale_while_revalidate, "stale-while-revalidate");
    say(control.public_, "public");
    say(control.no_cache, "no-cache");
    say(control.no_store, "no-store");
    say(control.no_transform, "no-transform");
    say(control.must_revalidate, "must-revalidate");
    say(control.proxy_revalidate, "proxy-revalidate");
    say(control.immutable, "immutable");
    say(control.private_, "private");
    std::string header;
    for (const auto& [name, value] : directives) {
        header.append(header.empty() ? "" : ", ").append(name);
        if (!value.empty()) header.append("=").append(value);
    }
    if (!header.empty()) response.set("Cache-Control", header);
}

void add_never_cache_headers(http::Response& response) {
    response.setdefault("Expires", utils::http_date(timezone::now()));
    patch_cache_control(response, {.max_age = 0, .private_ = true, .no_cache = true, .no_store = true, .must_revalidate = true});
}

Decorator cache_control(const CacheControl& control) {
    return Decorator([control](http::Request&, FunctionRef<http::Response()> view) {
        http::Response response = view();
        patch_cache_control(response, control);
        return response;
    });
}

const Decorator& never_cache_decorator() {
    static const Decorator decorator([](http::Request&, FunctionRef<http::Response()> view) {
        http::Response response = view();
        add_never_cache_headers(response);
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

namespace detail {

Decorator gzip_decorator() {
    return Decorator([](http::Request& request, FunctionRef<http::Response()> view) {
        return http::gzipped_response(request, view());
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
