#include <nuages/test/request_factory.hpp>

#include <nuages/http/querydict.hpp>

#include <algorithm>

namespace nuages::test {
namespace {

bool has(const Data& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const auto& header) { return http::header_name_equals(header.first, name); });
}

}  // namespace

OwnedRequest::OwnedRequest(Parts parts, const http::RequestOptions& options) : parts_(std::move(parts)) {
    if (!has(parts_.headers, "Host")) parts_.headers.insert(parts_.headers.begin(), {"Host", "testserver"});
    for (const auto& [name, value] : parts_.headers) views_.push_back({name, value});
    server_name_ = "testserver";
    request_.assign({.method = parts_.method,
                     .target = parts_.target,
                     .headers = http::Headers(views_.data(), views_.size()),
                     .body = parts_.body,
                     .is_tls = parts_.secure,
                     .remote_addr = parts_.remote_addr,
                     .server_name = server_name_,
                     .server_port = static_cast<std::uint16_t>(parts_.secure ? 443 : 80)},
                    options);
}

RequestHandle RequestFactory::get(std::string_view path, const Data& query, const ClientOptions& options) const {
    return generic("GET", with_query(path, query), {}, options);
}

RequestHandle RequestFactory::head(std::string_view path, const Data& query, const ClientOptions& options) const {
    return generic("HEAD", with_query(path, query), {}, options);
}

RequestHandle RequestFactory::post(std::string_view path, const Form& form, const ClientOptions& options) const {
    auto [body, type] = encoded_form(form, options);
    ClientOptions typed = options;
    typed.content_type = std::move(type);
    return generic("POST", path, body, typed);
}

RequestHandle RequestFactory::generic(std::string_view method, std::string_view path, std::string_view body,
                                      const ClientOptions& options) const {
    return RequestHandle(make(method, path, body, options));
}

Ref<OwnedRequest> RequestFactory::make(std::string_view method, std::string_view path, std::string_view body,
                                       const ClientOptions& options) const {
    OwnedRequest::Parts parts{.method = std::string(method),
                              .target = with_query(path, options.query_params),
                              .headers = options.headers,
                              .body = std::string(body),
                              .secure = options.secure};
    for (const auto& [name, value] : headers)
        if (!has(options.headers, name)) parts.headers.emplace_back(name, value);
    if (!has(parts.headers, "Accept")) parts.headers.emplace_back("Accept", "text/html,*/*");
    const bool has_body = !body.empty() || method == "POST";
    if (!options.content_type.empty()) {
        parts.headers.emplace_back("Content-Type", options.content_type);
    } else if (!body.empty()) {
        parts.headers.emplace_back("Content-Type", "application/octet-stream");
    }
    if (has_body) parts.headers.emplace_back("Content-Length", std::to_string(body.size()));
    std::string line;
    for (const auto& [name, value] : cookies)
        line.append(line.empty() ? "" : "; ").append(name).append("=").append(http::quote_cookie_value(value));
    if (!line.empty()) parts.headers.emplace_back("Cookie", std::move(line));
    return make_ref<OwnedRequest>(std::move(parts), *options_);
}

std::pair<std::string, std::string> encoded_form(const Form& form, const ClientOptions& options) {
    constexpr std::string_view kMultipart = "multipart/form-data";
    if (!form.has_files() && !std::string_view(options.content_type).starts_with(kMultipart))
        return {form.urlencode(), options.content_type.empty() ? "application/x-www-form-urlencoded" : options.content_type};
    return {form.encode_multipart(kBoundary), std::string(kMultipart).append("; boundary=").append(kBoundary)};
}

std::string with_query(std::string_view path, const Data& parameters) {
    std::string target(path);
    if (parameters.empty()) return target;
    return target.append(path.find('?') == path.npos ? "?" : "&").append(Form(parameters).urlencode());
}

}  // namespace nuages::test
