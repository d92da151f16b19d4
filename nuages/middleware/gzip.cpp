#include <nuages/http/compression.hpp>
#include <nuages/middleware/middleware.hpp>

namespace nuages::middleware {
namespace {

http::Response gzip_call(http::Request& request, const http::Next& next) {
    return http::gzipped_response(request, next(request));
}

}  // namespace

const http::Middleware gzip{.name = "gzip", .after = {"security"}, .call = gzip_call};

}  // namespace nuages::middleware
