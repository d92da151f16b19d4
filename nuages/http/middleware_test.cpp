#include <nuages/http/middleware.hpp>
#include <nuages/http/request_builder.hpp>

#include <gtest/gtest.h>

#include <string>

namespace nuages::http {
namespace {

Response add_header(Request& request, const Next& next) {
    Response response = next(request);
    response["X-Outer"] = std::to_string(response.status_code);
    return response;
}
Response refuse(Request& request, const Next& next) {
    if (request.path == "/private") return HttpResponseForbidden();
    return next(request);
}

TEST(Middleware, StandsAroundTheViewInItsOrder) {
    const Middleware outer{.name = "outer", .call = add_header};
    const Middleware inner{.name = "inner", .after = {"outer"}, .call = refuse};
    const Handler view = [](Request& request) -> Response {
        if (request.path == "/absent") throw Http404("nothing");
        return Response("view");
    };
    const Handler all = chain({outer, inner}, view, [](Request&) -> Response {
        try {
            throw;
        } catch (const Http404&) {
            return HttpResponseNotFound("none");
        }
    });
    EXPECT_EQ(all(RequestBuilder("GET", "/").request())["X-Outer"], "200");
    EXPECT_EQ(all(RequestBuilder("GET", "/private").request())["X-Outer"], "403");
    EXPECT_EQ(all(RequestBuilder("GET", "/absent").request())["X-Outer"], "404");
    EXPECT_THROW(chain({inner, outer}, view), ImproperlyConfigured);
    EXPECT_THROW(chain({outer, outer}, view), ImproperlyConfigured);
}

}  // namespace
}  // namespace nuages::http
