#include <nuages/http/request_meta.hpp>

#include <nuages/http/request.hpp>

#include <algorithm>

namespace nuages::http {
namespace {

constexpr std::string_view kNames[] = {
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO",   "QUERY_STRING", "CONTENT_TYPE",    "CONTENT_LENGTH",
    "REMOTE_ADDR",    "REMOTE_PORT", "SERVER_NAME", "SERVER_PORT",  "SERVER_PROTOCOL", "wsgi.url_scheme"};

std::optional<std::string> of_header(const Request& request, std::string_view name) {
    if (const auto value = request.headers.find(name)) return std::string(*value);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> RequestMeta::find(std::string_view name) const {
    const RequestHead& head = request_.head();
    if (name == "REQUEST_METHOD") return std::string(request_.method);
    if (name == "SCRIPT_NAME") return std::string(request_.script_name());
    if (name == "PATH_INFO") return std::string(request_.path_info());
    if (name == "QUERY_STRING") return std::string(request_.query_string);
    if (name == "CONTENT_TYPE") return of_header(request_, "Content-Type");
    if (name == "CONTENT_LENGTH") return of_header(request_, "Content-Length");
    if (name == "REMOTE_ADDR") return std::string(head.remote_addr);
    if (name == "REMOTE_PORT") return std::to_string(head.remote_port);
    if (name == "SERVER_NAME") return std::string(head.server_name);
    if (name == "SERVER_PORT") return std::to_string(head.server_port);
    if (name == "SERVER_PROTOCOL") return std::string(head.http_1_0 ? "HTTP/1.0" : "HTTP/1.1");
    if (name == "wsgi.url_scheme") return std::string(head.is_tls ? "https" : "http");
    if (!name.starts_with("HTTP_") || name == "HTTP_CONTENT_TYPE" || name == "HTTP_CONTENT_LENGTH") return std::nullopt;
    return of_header(request_, name.substr(5));
}

std::string RequestMeta::get(std::string_view name, std::string_view otherwise) const {
    auto value = find(name);
    return value ? *std::move(value) : std::string(otherwise);
}

std::vector<std::pair<std::string, std::string>> RequestMeta::items() const {
    std::vector<std::pair<std::string, std::string>> items;
    for (const std::string_view name : kNames)
        if (auto value = find(name)) items.emplace_back(name, *std::move(value));
    for (const HeaderView& field : request_.headers) {
        if (header_name_equals(field.name, "Content-Type") || header_name_equals(field.name, "Content-Length")) continue;
        std::string name = "HTTP_";
        for (const char c : field.name)
            name += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
        const bool is_known = std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.first == name; });
        if (!is_known) items.emplace_back(std::move(name), field.value);
    }
    return items;
}

}  // namespace nuages::http
