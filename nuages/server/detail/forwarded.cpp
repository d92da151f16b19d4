#include <nuages/server/detail/forwarded.hpp>

#include <nuages/server/detail/octets.hpp>
#include <nuages/utils/ip.hpp>

#include <charconv>

namespace nuages::server::detail {

namespace {

constexpr std::string_view kPrefix = "x-forwarded-";

// The last element of a comma-separated list, taken off it. Quoted commas belong to their element.
std::string_view take_last(std::string_view& list) {
    bool quoted = false;
    std::size_t comma = list.npos;
    for (std::size_t i = list.size(); i-- > 0;) {
        if (list[i] == '"') quoted = !quoted;
        if (list[i] != ',' || quoted) continue;
        comma = i;
        break;
    }
    const std::string_view last = comma == list.npos ? list : list.substr(comma + 1);
    list = list.substr(0, comma == list.npos ? 0 : comma);
    return trim(last);
}

struct Node {
    std::string_view address;
    std::uint16_t port = 0;
};

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711"; false for "unknown", "_hidden" and the like.
bool read_node(std::string_view text, Node& node) {
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == text.npos) return false;
        port = text.substr(close + 1);
        text = text.substr(1, close - 1);
    } else if (const std::size_t colon = text.find(':'); colon != text.npos && text.find(':', colon + 1) == text.npos) {
        port = text.substr(colon);
        text = text.substr(0, colon);
    }
    if (!utils::is_valid_ipv4_address(text) && !utils::is_valid_ipv6_address(text)) return false;
    node = {text, 0};
    if (port.starts_with(':')) std::from_chars(port.data() + 1, port.data() + port.size(), node.port);
    return true;
}

Origin::Scheme scheme_of(std::string_view text) {
    if (equals_ignoring_case(text, "https")) return Origin::Scheme::https;
    return equals_ignoring_case(text, "http") ? Origin::Scheme::http : Origin::Scheme::unsaid;
}

// The value of NAME=value or NAME="value" in a Forwarded element.
std::string_view parameter(std::string_view element, std::string_view name) {
    while (!element.empty()) {
        std::size_t end = 0;
        for (bool quoted = false; end < element.size() && (quoted || element[end] != ';'); ++end)
            if (element[end] == '"') quoted = !quoted;
        std::string_view pair = trim(element.substr(0, end));
        element.remove_prefix(std::min(end + 1, element.size()));
        const std::size_t equals = pair.find('=');
        if (equals == pair.npos || !equals_ignoring_case(pair.substr(0, equals), name)) continue;
        std::string_view value = pair.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

// Goes from the end of LIST to the client; true when all of it are proxies, so that the client stands before it.
template <class F> bool walk(std::string_view list, const Networks& trusted, Origin& origin, F&& node_of) {
    while (!list.empty()) {
        Node node;
        const std::string_view element = take_last(list);
        if (element.empty()) continue;
        if (!read_node(node_of(element), node)) return false;
        origin.address = node.address;
        origin.port = node.port;
        if (!trusted.contain(node.address)) return false;
    }
    return true;
}

}  // namespace

bool is_proxy_header(std::string_view name) noexcept {
    if (name.size() < 9) return false;
    const char first = lower(name[0]);
    if (first == 'f') return equals_ignoring_case(name, "forwarded");
    if (first != 'x') return false;
    if (equals_ignoring_case(name, "x-real-ip")) return true;
    return name.size() > kPrefix.size() && equals_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
}

Origin origin_of(const http::Headers& headers, const Networks& trusted) {
    Origin origin;
    const auto is_named = [](const http::HeaderView& header, std::string_view name) {
        return equals_ignoring_case(header.name, name);
    };
    bool has_legacy = false, goes_on = true;
    // Several fields of a name are one list, in order; the client is in the last one unless that has only proxies.
    for (const http::HeaderView* field = headers.end(); field != headers.begin();) {
        --field;
        if (is_named(*field, "x-forwarded-proto") && origin.scheme == Origin::Scheme::unsaid) {
            std::string_view list = field->value;
            origin.scheme = scheme_of(take_last(list));
            has_legacy = true;
        }
        if (is_named(*field, "x-forwarded-for") && goes_on) {
            goes_on = walk(field->value, trusted, origin, [](std::string_view element) { return element; });
            has_legacy = true;
        }
    }
    if (has_legacy) return origin;
    for (const http::HeaderView* field = headers.end(); field != headers.begin();) {
        --field;
        if (!is_named(*field, "forwarded")) continue;
        std::string_view list = field->value;
        origin.scheme = scheme_of(parameter(take_last(list), "proto"));
        walk(field->value, trusted, origin, [](std::string_view element) { return parameter(element, "for"); });
        break;
    }
    return origin;
}

}  // namespace nuages::server::detail
