// Client: asks a site's handler directly, on this fiber, as a browser would: cookies kept, redirects followed on demand
// (django.test.Client).
//
//     test::Client client;
//     auto response = client.post("/login/", {{"username", "ada"}, {"password", "secret"}});
//     EXPECT_REDIRECTS(response, "/");
#pragma once

#include <nuages/http/middleware.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::test {

/// Names and values of a query or a form, in order.
using Data = std::vector<std::pair<std::string, std::string>>;

/// Keyword arguments of a request.
struct ClientOptions {
    Data headers = {};              ///< {{"Accept-Language", "de"}}
    bool follow = false;            ///< Follow redirects; `redirect_chain` has them.
    bool secure = false;            ///< As if it came over https.
    std::string content_type = {};  ///< Of a body given as text.
};

/// A response, and what was asked.
struct ClientResponse : http::Response {
    explicit ClientResponse(http::Response response) : http::Response(std::move(response)) {}

    std::string request_path;                                 ///< With the query, of the last request.
    std::vector<std::pair<std::string, int>> redirect_chain;  ///< URL and status of each redirect followed.
    /// The body; of a file response its bytes, of a streaming one all that it writes.
    std::string text() const;
};

/// A browser without a screen. Not shared between fibers.
class Client {
public:
    /// Asks the current site (site::current()).
    Client();
    /// Asks HANDLER; OPTIONS must outlive the client.
    explicit Client(http::Handler handler, const http::RequestOptions& options = http::default_request_options());

    ClientResponse get(std::string_view path, const Data& query = {}, const ClientOptions& options = {});
    ClientResponse head(std::string_view path, const Data& query = {}, const ClientOptions& options = {});
    /// A form, urlencoded.
    ClientResponse post(std::string_view path, const Data& form = {}, const ClientOptions& options = {});
    /// Any method with any body: `request("PUT", "/api/1/", R"({"a": 1})", {.content_type = "application/json"})`.
    ClientResponse request(std::string_view method, std::string_view path, std::string_view body = {},
                           const ClientOptions& options = {});

    /// The cookies that the site has set, or the test.
    Data cookies;
    std::string_view cookie(std::string_view name) const;
    void set_cookie(std::string_view name, std::string_view value);

private:
    ClientResponse send(std::string_view method, const std::string& target, std::string_view body,
                        const ClientOptions& options);
    void keep_cookies(const http::Response& response);

    http::Handler handler_;
    const http::RequestOptions* options_;
};

}  // namespace nuages::test
