#include <nuages/middleware/page_cache.hpp>

#include <nuages/http/cache_control.hpp>
#include <nuages/http/request.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace nuages::middleware {
namespace {

/// Whether the page of this exchange is to be kept: said by fetch_from_cache, asked by update_cache.
struct PageCacheState {
    bool keeps = false;
};

std::string alias_of(const PageCacheOptions& given) { return given.cache.empty() ? options().cache_alias : given.cache; }
std::string prefix_of(const PageCacheOptions& given) { return given.key_prefix.value_or(options().cache_key_prefix); }

/// Language and zone, where pages depend on them.
std::string locale_suffix() {
    std::string suffix;
    if (options().use_i18n) suffix.append(".").append(translation::get_language().value_or(""));
    if (timezone::use_tz()) suffix.append(".").append(timezone::get_current_timezone_name());
    return suffix;
}

std::string header_key(const http::Request& request, std::string_view key_prefix) {
    return std::string("views.decorators.cache.cache_header.").append(key_prefix).append(".") +
           utils::md5_hex(request.build_absolute_uri()) + locale_suffix();
}

std::string page_key(const http::Request& request, std::string_view method, const std::vector<std::string>& varying,
                     std::string_view key_prefix) {
    std::string values;
    for (const std::string& name : varying) {
        if (const auto value = request.headers.find(name)) values.append(name).append(":").append(*value).append("\n");
    }
    return std::string("views.decorators.cache.cache_page.").append(key_prefix).append(".").append(method).append(".") +
           utils::md5_hex(request.build_absolute_uri()) + "." + utils::md5_hex(values) + locale_suffix();
}

/// The names in a list with commas, in lower case, in order of the alphabet.
std::vector<std::string> names_of(std::string_view list) {
    std::vector<std::string> names;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string name;
        for (const char c : list.substr(0, comma))
            if (c != ' ' && c != '\t') name += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        if (!name.empty()) names.push_back(std::move(name));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    std::sort(names.begin(), names.end());
    return names;
}

/// What no shared cache may keep.
bool is_private(const http::Request& request, const http::Response& response) {
    if (request.headers.contains("Authorization") || !response.cookies().empty() || response.has_header("Set-Cookie"))
        return true;
    for (const char* directive : {"private", "no-store", "no-cache"})
        if (http::has_cache_directive(response, directive)) return true;
    return http::has_vary_header(response, "*");
}

/// Sets the headers of a page that may be kept, and keeps it.
void keep(const http::Request& request, http::Response& response, const PageCacheOptions& given) {
    const bool is_whole = !response.streaming() && !response.is_file() && !response.upgrade();
    if (!is_whole || (response.status_code != 200 && response.status_code != 304) || is_private(request, response)) return;
    std::optional<Duration> timeout = given.timeout;
    if (!timeout) {
        const auto max_age = http::get_max_age(response);
        if (max_age && *max_age <= 0) return;
        timeout = seconds(max_age.value_or(options().cache_seconds));
    }
    http::patch_response_headers(response, *timeout);
    if (timeout->microseconds <= 0 || response.status_code != 200) return;
    const Ref<cache::Cache> store = cache::caches(alias_of(given));
    store->set(learn_cache_key(request, response, *timeout, prefix_of(given), *store), packed_response(response), *timeout);
}

/// How long ago the page was made, by what it says of itself.
void set_age(http::Response& response) {
    const auto max_age = http::get_max_age(response);
    const auto expires = utils::parse_http_date_safe(response["Expires"]);
    if (!max_age || !expires) return;
    const std::int64_t left = utils::floor_div((*expires - timezone::now()).microseconds, 1'000'000);
    response.set("Age", std::to_string(std::max<std::int64_t>(0, *max_age - left)));
}

std::optional<http::Response> fetch(http::Request& request, const PageCacheOptions& given) {
    PageCacheState& state = request.slot<PageCacheState>();
    state.keeps = false;
    if ((request.method != "GET" && request.method != "HEAD") || request.headers.contains("Authorization")) return std::nullopt;
    const Ref<cache::Cache> store = cache::caches(alias_of(given));
    for (const std::string_view method : {std::string_view("GET"), request.method}) {
        const auto key = get_cache_key(request, prefix_of(given), method, *store);
        const auto bytes = key ? store->get(*key) : std::nullopt;
        auto response = bytes ? unpacked_response(*bytes) : std::nullopt;
        if (!response) continue;
        set_age(*response);
        return response;
    }
    state.keeps = true;
    return std::nullopt;
}

http::Response update_cache_call(http::Request& request, const http::Next& next) {
    http::Response response = next(request);
    const PageCacheState* state = request.find_slot<PageCacheState>();
    if (state && state->keeps) keep(request, response, {});
    return response;
}

http::Response fetch_from_cache_call(http::Request& request, const http::Next& next) {
    if (auto kept = fetch(request, {})) return *std::move(kept);
    return next(request);
}

}  // namespace

std::string learn_cache_key(const http::Request& request, const http::Response& response, cache::Timeout timeout,
                            std::string_view key_prefix, cache::Cache& cache) {
    std::vector<std::string> varying = names_of(response["Vary"]);
    // The language is part of the key already.
    if (options().use_i18n) std::erase(varying, "accept-language");
    std::string list;
    for (const std::string& name : varying) list.append(list.empty() ? "" : ",").append(name);
    cache.set(header_key(request, key_prefix), list, timeout);
    return page_key(request, request.method, varying, key_prefix);
}

std::optional<std::string> get_cache_key(const http::Request& request, std::string_view key_prefix, std::string_view method,
                                         cache::Cache& cache) {
    const auto list = cache.get(header_key(request, key_prefix));
    if (!list) return std::nullopt;
    return page_key(request, method, names_of(*list), key_prefix);
}

std::string packed_response(const http::Response& response) {
    std::string bytes = std::to_string(response.status_code).append(" ").append(response.reason_phrase()).append("\r\n");
    response.append_headers(bytes);
    return bytes.append("\r\n").append(response.content);
}

std::optional<http::Response> unpacked_response(std::string_view bytes) {
    int status = 0;
    const std::size_t line = bytes.find("\r\n");
    if (line == bytes.npos || std::from_chars(bytes.data(), bytes.data() + line, status).ec != std::errc()) return std::nullopt;
    const std::size_t space = std::min(bytes.find(' '), line);
    http::Response response({}, {.status = status, .content_type = {}});
    if (const std::string_view reason = bytes.substr(space + 1, line - space - 1); reason != response.reason_phrase())
        response.set_reason(reason);
    bytes.remove_prefix(line + 2);
    for (std::size_t end; (end = bytes.find("\r\n")) != 0; bytes.remove_prefix(end + 2)) {
        const std::size_t colon = bytes.find(": ");
        if (end == bytes.npos || colon >= end) return std::nullopt;
        response.append(bytes.substr(0, colon), bytes.substr(colon + 2, end - colon - 2));
    }
    response.content = bytes.substr(2);
    return response;
}

http::Response cached_page(http::Request& request, const PageCacheOptions& given, FunctionRef<http::Response()> view) {
    if (auto kept = fetch(request, given)) return *std::move(kept);
    const bool keeps = request.slot<PageCacheState>().keeps;
    http::Response response = view();
    if (keeps) keep(request, response, given);
    // An outer update_cache leaves the page alone: it is kept already, under the time it was given.
    request.slot<PageCacheState>().keeps = false;
    return response;
}

const http::Middleware update_cache{.name = "update_cache", .call = update_cache_call};
const http::Middleware fetch_from_cache{.name = "fetch_from_cache", .after = {"update_cache", "sessions", "locale"}, .call = fetch_from_cache_call};

}  // namespace nuages::middleware
