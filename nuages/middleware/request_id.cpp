#include <nuages/http/request.hpp>
#include <nuages/middleware/middleware.hpp>

namespace nuages::middleware {
namespace {

http::Response request_id_call(http::Request& request, const http::Next& next) {
    http::Response response = next(request);
    response.setdefault("X-Request-ID", request.id());
    return response;
}

}  // namespace

const http::Middleware request_id{.name = "request_id", .call = request_id_call};

}  // namespace nuages::middleware
