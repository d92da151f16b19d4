// Client: asks a site's handler directly, on this fiber, as a browser would: cookies kept, redirects followed on demand
// (django.test.Client).
//
//     test::Client client;
//     auto response = client.post("/login/", {{"username", "ada"}, {"password", "secret"}});
//     EXPECT_REDIRECTS(response, "/");
#pragma once

#include <nuages/base/error.hpp>
#include <nuages/http/middleware.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/response.hpp>
#include <nuages/test/form.hpp>
#include <nuages/test/request_factory.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::test {

/// Redirects that go round, or on for too long (django.test.client.RedirectCycleError).
NUAGES_DEFINE_ERROR(RedirectCycleError, Error);

/// A response, and what was asked.
struct ClientResponse : http::Response {
    explicit ClientResponse(http::Response response) : http::Response(std::move(response)) {}

    std::string request_path;                                 ///< With the query, of the last request.
    std::vector<std::pair<std::string, int>> redirect_chain;  ///< URL and status of each redirect followed.
    /// Names of the templates that were rendered, parents and included ones too, in order.
    std::vector<std::string> templates;
    /// The body; of a file response its bytes, of a streaming one all that it writes.
    std::string text() const;
    /// The body as JSON. Throws BadRequest when it is none. (Include <nuages/utils/value.hpp>.)
    Value json() const;
    /// A name of the contexts that templates were rendered with, the last one: texts, numbers, dates, and lists and maps
    /// of these; an object is the name of its type. Missing when there was none. (Include <nuages/utils/value.hpp>.)
    Value context(std::string_view name) const;
    /// The request as the views saw it (Django: wsgi_request).
    http::Request& request() const { return request_->request(); }
    const http::ResolverMatch& resolver_match() const { return request().resolver_match; }

private:
    friend class Client;
    Ref<OwnedRequest> request_;   // what a streaming response still reads
    Ref<RefCounted> recording_;  // of templates and their contexts
};

/// A browser without a screen. Not shared between fibers.
class Client : private RequestFactory {
public:
    /// Asks the current site (site::current()).
    Client();
    /// Asks HANDLER; OPTIONS must outlive the client and its responses.
    explicit Client(http::Handler handler, const http::RequestOptions& options = http::default_request_options());

    ClientResponse get(std::string_view path, const Data& query = {}, const ClientOptions& options = {});
    ClientResponse head(std::string_view path, const Data& query = {}, const ClientOptions& options = {});
    /// A form: urlencoded, or multipart when it has a file or `.content_type` says so.
    ClientResponse post(std::string_view path, const Form& form = {}, const ClientOptions& options = {});
    /// A body: `client.post("/api/", R"({"a": 1})", {.content_type = "application/json"})`.
    template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
        ClientResponse post(std::string_view path, const Text& body, const ClientOptions& options = {}) {
        return request("POST", path, body, options);
    }
    ClientResponse put(std::string_view path, std::string_view body = {}, const ClientOptions& options = {}) {
        return request("PUT", path, body, options);
    }
    ClientResponse patch(std::string_view path, std::string_view body = {}, const ClientOptions& options = {}) {
        return request("PATCH", path, body, options);
    }
    ClientResponse delete_(std::string_view path, std::string_view body = {}, const ClientOptions& options = {}) {
        return request("DELETE", path, body, options);
    }
    ClientResponse options(std::string_view path, std::string_view body = {}, const ClientOptions& options = {}) {
        return request("OPTIONS", path, body, options);
    }
    ClientResponse trace(std::string_view path, const ClientOptions& options = {}) {
        return request("TRACE", path, {}, options);
    }
    /// Any method with any body: `request("PURGE", "/page/")`.
    ClientResponse request(std::string_view method, std::string_view path, std::string_view body = {},
                           const ClientOptions& options = {});

    /// The cookies that the site has set, or the test.
    using RequestFactory::cookies;
    std::string_view cookie(std::string_view name) const;
    void set_cookie(std::string_view name, std::string_view value);
    /// Sent with every request.
    using RequestFactory::headers;
    /// What a view throws, and no page stands for, reaches the test; else it is answered with 500.
    bool raise_request_exception = true;
    /// Whether forms need a CSRF token, as a browser's do.
    bool enforce_csrf_checks = false;

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

private:
    ClientResponse send(Ref<OwnedRequest> request);
    void keep_cookies(const http::Response& response);

    http::Handler handler_;
};

}  // namespace nuages::test
