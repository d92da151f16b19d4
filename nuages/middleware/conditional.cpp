#include <nuages/http/conditional.hpp>
#include <nuages/http/request.hpp>
#include <nuages/middleware/middleware.hpp>
#include <nuages/utils/http.hpp>

namespace nuages::middleware {

http::Response conditional_get_response(const http::Request& request, http::Response response) {
    if (request.method != "GET") return response;
    bool may_store = response.get("Cache-Control").find("no-store") == std::string_view::npos;
    if (!response.has_header("ETag") && may_store && !response.is_file() && !response.content.empty() &&
        response.status_code == 200)
        response.set("ETag", http::etag_of(response.content));
    const http::Validators validators{.etag = std::string(response.get("ETag")),
                          .last_modified = utils::parse_http_date_safe(response.get("Last-Modified"))};
    if (validators.etag.empty() && !validators.last_modified) return response;
    return http::conditional_response(request, validators, std::move(response));
}

namespace {

http::Response conditional_get_call(http::Request& request, const http::Next& next) {
    return conditional_get_response(request, next(request));
}

}  // namespace

const http::Middleware conditional_get{.name = "conditional_get", .call = conditional_get_call};

}  // namespace nuages::middleware
