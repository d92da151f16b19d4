// RequestFactory: requests for views that are called directly (django.test.RequestFactory).
//
//     test::RequestFactory factory;
//     auto request = factory.get("/articles/", {{"page", "2"}});
//     Response response = article_list(*request);
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/http/request.hpp>
#include <nuages/test/form.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::test {

/// A request with all that its views point into.
class OwnedRequest : public RefCounted {
public:
    struct Parts {
        std::string method;
        std::string target;
        Data headers;  ///< a Host is added where there is none
        std::string body;
        bool secure = false;
        std::string remote_addr = "127.0.0.1";
    };
    explicit OwnedRequest(Parts parts, const http::RequestOptions& options);

    http::Request& request() { return request_; }
    http::Request& operator*() { return request_; }
    http::Request* operator->() { return &request_; }
    const Parts& parts() const { return parts_; }

private:
    Parts parts_;
    std::string server_name_;
    std::vector<http::HeaderView> views_;
    http::Request request_;
};

/// Makes an OwnedRequest usable as `*request` and `request->`.
class RequestHandle {
public:
    explicit RequestHandle(Ref<OwnedRequest> owned) : owned_(std::move(owned)) {}
    http::Request& operator*() const { return owned_->request(); }
    http::Request* operator->() const { return &owned_->request(); }

private:
    Ref<OwnedRequest> owned_;
};

/// Keyword arguments of a request.
struct ClientOptions {
    Data headers = {};              ///< {{"Accept-Language", "de"}}
    bool follow = false;            ///< Follow redirects; `redirect_chain` has them. (Of a Client.)
    bool secure = false;            ///< As if it came over https.
    std::string content_type = {};  ///< Of the body. Default: a form's, or application/octet-stream of a text.
    Data query_params = {};         ///< Added to the path's query.
};

/// OPTIONS must outlive the factory and its requests.
class RequestFactory {
public:
    explicit RequestFactory(const http::RequestOptions& options = http::default_request_options()) : options_(&options) {}

    /// Fields and cookies of every request; those of a call come before them.
    Data headers;
    Data cookies;

    RequestHandle get(std::string_view path, const Data& query = {}, const ClientOptions& options = {}) const;
    RequestHandle head(std::string_view path, const Data& query = {}, const ClientOptions& options = {}) const;
    /// A form; multipart when it has a file, or when content_type says so.
    RequestHandle post(std::string_view path, const Form& form = {}, const ClientOptions& options = {}) const;
    /// Any method with any body.
    RequestHandle generic(std::string_view method, std::string_view path, std::string_view body = {},
                          const ClientOptions& options = {}) const;

    Ref<OwnedRequest> make(std::string_view method, std::string_view path, std::string_view body,
                           const ClientOptions& options) const;

private:
    const http::RequestOptions* options_;
};

/// The body of a form and its Content-Type, which OPTIONS may choose.
std::pair<std::string, std::string> encoded_form(const Form& form, const ClientOptions& options);
/// PATH with the parameters added to its query.
std::string with_query(std::string_view path, const Data& parameters);

}  // namespace nuages::test
