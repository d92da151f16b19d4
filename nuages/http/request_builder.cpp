#include <nuages/http/request_builder.hpp>

namespace nuages::http {

RequestBuilder& RequestBuilder::header(std::string_view name, std::string_view value) {
    for (auto& [known, known_value] : fields_) {
        if (!header_name_equals(known, name)) continue;
        known_value = value;
        return *this;
    }
    fields_.emplace_back(name, value);
    return *this;
}

RequestBuilder& RequestBuilder::cookie(std::string_view name, std::string_view value) {
    const std::string pair = std::string(name) + "=" + quote_cookie_value(value);
    for (auto& [known, known_value] : fields_) {
        if (!header_name_equals(known, "Cookie")) continue;
        known_value += "; " + pair;
        return *this;
    }
    fields_.emplace_back("Cookie", pair);
    return *this;
}

RequestBuilder& RequestBuilder::body(std::string_view content, std::string_view content_type) {
    body_ = content;
    header("Content-Type", content_type);
    return header("Content-Length", std::to_string(content.size()));
}

RequestBuilder& RequestBuilder::form(const QueryDict& fields) {
    return body(fields.urlencode(), "application/x-www-form-urlencoded");
}

RequestBuilder& RequestBuilder::secure(bool is_tls) {
    is_tls_ = is_tls;
    return *this;
}

RequestBuilder& RequestBuilder::remote_addr(std::string_view address) {
    remote_addr_ = address;
    return *this;
}

RequestBuilder& RequestBuilder::options(const RequestOptions& options) {
    options_ = &options;
    return *this;
}

Request& RequestBuilder::request() {
    if (made_) return request_;
    made_ = true;
    bool has_host = false;
    for (const auto& [name, value] : fields_) {
        has_host = has_host || header_name_equals(name, "Host");
        views_.push_back({name, value});
    }
    if (!has_host) views_.push_back({"Host", "testserver"});
    const RequestHead head{.method = method_,
                           .target = target_,
                           .headers = {views_.data(), views_.size()},
                           .body = body_,
                           .is_tls = is_tls_,
                           .remote_addr = remote_addr_,
                           .server_name = "testserver",
                           .server_port = static_cast<std::uint16_t>(is_tls_ ? 443 : 80)};
    request_.assign(head, options_ ? *options_ : default_request_options());
    return request_;
}

}  // namespace nuages::http
