// RequestBuilder: a request that owns its bytes, for tests and for code that makes requests of its own.
#pragma once

#include <nuages/http/request.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {

/// Builds a Request; the request lives in the builder.
///     http::RequestBuilder builder("POST", "/polls/?page=2");
///     Response response = view(builder.form({{"choice", "1"}}).request());
class RequestBuilder {
public:
    explicit RequestBuilder(std::string_view method = "GET", std::string_view target = "/")
        : method_(method), target_(target) {}
    RequestBuilder(const RequestBuilder&) = delete;
    RequestBuilder& operator=(const RequestBuilder&) = delete;

    RequestBuilder& header(std::string_view name, std::string_view value);
    RequestBuilder& cookie(std::string_view name, std::string_view value);
    RequestBuilder& body(std::string_view content, std::string_view content_type);
    /// An urlencoded form.
    RequestBuilder& form(const QueryDict& fields);
    RequestBuilder& secure(bool is_tls = true);
    RequestBuilder& remote_addr(std::string_view address);
    RequestBuilder& options(const RequestOptions& options);

    /// The request; made at the first call. Host is "testserver" unless set.
    Request& request();
    operator Request&() { return request(); }

private:
    std::string method_;
    std::string target_;
    std::string body_;
    std::string remote_addr_ = "127.0.0.1";
    bool is_tls_ = false;
    std::vector<std::pair<std::string, std::string>> fields_;
    std::vector<HeaderView> views_;
    const RequestOptions* options_ = nullptr;
    Request request_;
    bool made_ = false;
};

}  // namespace nuages::http
