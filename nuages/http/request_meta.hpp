// request.META: what a WSGI server would put into its environment, made when it is asked for.
#pragma once

#include <nuages/http/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {

/// A view of a request under CGI's names (RFC 3875, 4.1): REQUEST_METHOD, SCRIPT_NAME, PATH_INFO, QUERY_STRING, CONTENT_TYPE,
/// CONTENT_LENGTH, REMOTE_ADDR, REMOTE_PORT, SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL, wsgi.url_scheme, and HTTP_... for
/// every other header.
class RequestMeta {
public:
    explicit RequestMeta(const Request& request) : request_(request) {}
    RequestMeta(const RequestMeta&) = delete;
    RequestMeta& operator=(const RequestMeta&) = delete;

    std::optional<std::string> find(std::string_view name) const;
    /// Empty when there is none.
    std::string operator[](std::string_view name) const { return get(name); }
    std::string get(std::string_view name, std::string_view otherwise = {}) const;
    bool contains(std::string_view name) const { return find(name).has_value(); }
    /// All of them; of several headers of one name the first.
    std::vector<std::pair<std::string, std::string>> items() const;

private:
    const Request& request_;
};

}  // namespace nuages::http
