#include <nuages/http/cache_control.hpp>

#include <nuages/utils/http.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace nuages::http {
namespace {

/// A Cache-Control header as its directives, in order.
using Directives = std::vector<std::pair<std::string, std::string>>;

std::string_view strip(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
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

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
        return lower(x) == lower(y);
    });
}

}  // namespace

void patch_cache_control(Response& response, const CacheControl& control) {
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

void add_never_cache_headers(Response& response) {
    response.setdefault("Expires", utils::http_date(timezone::now()));
    patch_cache_control(response, {.max_age = 0, .private_ = true, .no_cache = true, .no_store = true, .must_revalidate = true});
}

void patch_response_headers(Response& response, Duration timeout) {
    const std::int64_t seconds_left = std::max<std::int64_t>(0, timeout.microseconds / 1'000'000);
    response.setdefault("Expires", utils::http_date(timezone::now() + seconds(seconds_left)));
    patch_cache_control(response, {.max_age = seconds_left});
}

std::optional<std::int64_t> get_max_age(const Response& response) {
    return seconds_of(directives_of(response["Cache-Control"]), "max-age");
}

bool has_cache_directive(const Response& response, std::string_view name) {
    const Directives directives = directives_of(response["Cache-Control"]);
    return std::any_of(directives.begin(), directives.end(), [&](const auto& one) { return one.first == name; });
}

bool has_vary_header(const Response& response, std::string_view name) {
    for (std::string_view rest = response["Vary"]; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        if (equals_ignoring_case(strip(rest.substr(0, comma)), name)) return true;
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return false;
}

}  // namespace nuages::http
