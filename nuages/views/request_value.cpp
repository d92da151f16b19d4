#include <nuages/views/detail/request_value.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nuages::views::detail {

namespace {

Value texts(const std::vector<std::string_view>& names) {
    std::vector<Value> list;
    for (const std::string_view name : names) list.push_back(Value(name));
    return Value::list(std::move(list));
}

const http::QueryDict& dict_of(const void* self) { return *static_cast<const http::QueryDict*>(self); }

Value dict_items(const http::QueryDict& dict) {
    std::vector<Value> pairs;
    for (const std::string_view key : dict.keys()) pairs.push_back(Value::tuple({Value(key), Value(dict.get(key))}));
    return Value::list(std::move(pairs));
}

Value dict_get(const void* self, const Key& key, const Value&) {
    const http::QueryDict& dict = dict_of(self);
    if (const auto value = dict.find(key.name)) return Value::borrow(*value);
    if (key.name == "items") return dict_items(dict);
    if (key.name == "urlencode") return Value(dict.urlencode());
    return {};
}

void dict_keys(const void* self, const Value&, FunctionRef<bool(Value)> each) {
    for (const std::string_view key : dict_of(self).keys()) {
        if (!each(Value::borrow(key))) return;
    }
}

std::int64_t dict_size(const void* self) { return static_cast<std::int64_t>(dict_of(self).size()); }

void dict_pairs(const void* self, const Value&, FunctionRef<bool(Value, Value)> each) {
    const http::QueryDict& dict = dict_of(self);
    for (const std::string_view key : dict.keys()) {
        if (!each(Value::borrow(key), Value::borrow(dict.get(key)))) return;
    }
}

void dict_lists(const void* self, const Value&, FunctionRef<bool(Value, Value)> each) {
    for (const auto& [key, values] : dict_of(self).lists()) {
        std::vector<Value> list(values.begin(), values.end());
        if (!each(Value(key), Value::list(std::move(list)))) return;
    }
}

void dict_str(const void* self, std::string& out) { out += dict_of(self).urlencode(); }

constexpr ObjectType kQueryDict{.name = "QueryDict",
                                .get = dict_get,
                                .iterate = dict_keys,
                                .size = dict_size,
                                .pairs = dict_pairs,
                                .str = dict_str};
constexpr ObjectType kQueryLists{.name = "QueryDict",
                                 .get = dict_get,
                                 .iterate = dict_keys,
                                 .size = dict_size,
                                 .pairs = dict_lists,
                                 .str = dict_str};

Value headers_get(const void* self, const Key& key, const Value&) {
    const auto value = static_cast<const http::Headers*>(self)->find(key.name);
    return value ? Value::borrow(*value) : Value();
}
constexpr ObjectType kHeaders{.name = "HttpHeaders", .get = headers_get};

Value cookies_get(const void* self, const Key& key, const Value&) {
    const auto value = static_cast<const http::Cookies*>(self)->find(key.name);
    return value ? Value::borrow(*value) : Value();
}
constexpr ObjectType kCookies{.name = "Cookies", .get = cookies_get};

Value meta_get(const void* self, const Key& key, const Value&) {
    auto value = static_cast<const http::RequestMeta*>(self)->find(key.name);
    return value ? Value(*std::move(value)) : Value();
}
constexpr ObjectType kMeta{.name = "META", .get = meta_get};

Value match_get(const void* self, const Key& key, const Value&) {
    const auto& match = *static_cast<const http::ResolverMatch*>(self);
    if (key.name == "url_name") return Value(match.url_name());
    if (key.name == "view_name") return Value(match.view_name());
    if (key.name == "route") return Value(match.route());
    if (key.name == "app_name") return Value(match.app_name());
    if (key.name == "namespace") return Value(match.namespace_());
    if (key.name == "app_names") return texts(match.app_names());
    if (key.name == "namespaces") return texts(match.namespaces());
    if (key.name == "kwargs") {
        std::vector<Value::Item> items;
        for (const http::Capture& capture : match) {
            if (capture.matched && !capture.name.empty()) items.emplace_back(Value(capture.name), Value(capture.text));
        }
        return Value::map(std::move(items));
    }
    return {};
}
constexpr ObjectType kResolverMatch{.name = "ResolverMatch", .get = match_get};

Value request_get(const void* self, const Key& key, const Value&) {
    const auto& request = *static_cast<const http::Request*>(self);
    const std::string_view name = key.name;
    if (name == "path") return Value::borrow(request.path);
    if (name == "path_info") return Value::borrow(request.path_info());
    if (name == "method") return Value::borrow(request.method);
    if (name == "GET") return Value::object(&request.GET, kQueryDict);
    if (name == "POST") return Value::object(&request.POST, kQueryDict);
    if (name == "COOKIES") return Value::object(&request.COOKIES, kCookies);
    if (name == "headers") return Value::object(&request.headers, kHeaders);
    if (name == "META") return Value::object(&request.META, kMeta);
    if (name == "resolver_match") {
        return request.resolver_match ? Value::object(&request.resolver_match, kResolverMatch) : Value(nullptr);
    }
    if (name == "scheme") return Value::borrow(request.scheme());
    if (name == "is_secure") return Value(request.is_secure());
    if (name == "get_host") return Value(request.get_host());
    if (name == "get_port") return Value(request.get_port());
    if (name == "get_full_path") return Value(request.get_full_path());
    if (name == "get_full_path_info") return Value(request.get_full_path_info());
    if (name == "build_absolute_uri") return Value(request.build_absolute_uri());
    if (name == "content_type") return Value(request.content_type());
    return {};
}

void request_str(const void* self, std::string& out) {
    const auto& request = *static_cast<const http::Request*>(self);
    out.append("<Request: ").append(request.method).append(" '").append(request.get_full_path()).append("'>");
}

constexpr ObjectType kRequest{.name = "Request", .get = request_get, .str = request_str};

}  // namespace

Value request_value(const http::Request& request) { return Value::object(&request, kRequest); }
Value query_lists(const http::Request& request) { return Value::object(&request.GET, kQueryLists); }

}  // namespace nuages::views::detail
