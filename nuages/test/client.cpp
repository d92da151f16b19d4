#include <nuages/async/errors.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/base/error.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/site/site.hpp>
#include <nuages/test/client.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>
#include <exception>
#include <string>

namespace nuages::test {

namespace {

constexpr int kRedirectsMax = 20;

std::string encoded(const Data& pairs) {
    http::QueryDict dict;
    for (const auto& [name, value] : pairs) dict.appendlist(name, value);
    return dict.urlencode();
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The path and query of LOCATION, seen from PATH.
std::string target_of(std::string_view location, std::string_view path) {
    if (const std::size_t scheme = location.find("://"); scheme != std::string_view::npos) {
        const std::size_t slash = location.find('/', scheme + 3);
        return slash == std::string_view::npos ? "/" : std::string(location.substr(slash));
    }
    if (location.starts_with('/')) return std::string(location);
    path = path.substr(0, path.find('?'));
    if (location.starts_with('?')) return std::string(path).append(location);
    return std::string(path.substr(0, path.rfind('/') + 1)).append(location);
}

}  // namespace

namespace {

// Runs a stream while the request that it may look at is there; what it wrote, and an exception, come with text().
void run_stream(http::Response& response) {
    std::string written;
    std::exception_ptr failed;
    try {
        written = http::body_of(response);
    } catch (const async::Cancelled&) {
        throw;
    } catch (...) {
        failed = std::current_exception();
    }
    response.set_streaming_content([written = std::move(written), failed](http::ResponseStream& out) {
        if (failed) std::rethrow_exception(failed);
        out.write(written);
    });
}

}  // namespace

std::string ClientResponse::text() const { return http::body_of(*this); }

Client::Client() : Client(site::current().handler(), site::current().request_options()) {}

Client::Client(http::Handler handler, const http::RequestOptions& options)
    : handler_(std::move(handler)), options_(&options) {}

std::string_view Client::cookie(std::string_view name) const {
    for (const auto& [known, value] : cookies) {
        if (known == name) return value;
    }
    return {};
}

void Client::set_cookie(std::string_view name, std::string_view value) {
    std::erase_if(cookies, [&](const auto& cookie) { return cookie.first == name; });
    cookies.emplace_back(name, value);
}

ClientResponse Client::get(std::string_view path, const Data& query, const ClientOptions& options) {
    std::string target(path);
    if (!query.empty()) target.append(path.find('?') == path.npos ? "?" : "&").append(encoded(query));
    return request("GET", target, {}, options);
}

ClientResponse Client::head(std::string_view path, const Data& query, const ClientOptions& options) {
    std::string target(path);
    if (!query.empty()) target.append(path.find('?') == path.npos ? "?" : "&").append(encoded(query));
    return request("HEAD", target, {}, options);
}

ClientResponse Client::post(std::string_view path, const Data& form, const ClientOptions& options) {
    ClientOptions with_type = options;
    if (with_type.content_type.empty()) with_type.content_type = "application/x-www-form-urlencoded";
    return request("POST", path, encoded(form), with_type);
}

ClientResponse Client::request(std::string_view method, std::string_view path, std::string_view body,
                               const ClientOptions& options) {
    if (!async::on_fiber()) return async::run([&] { return request(method, path, body, options); });
    std::string target(path);
    std::string current_method(method);
    std::string current_body(body);
    std::vector<std::pair<std::string, int>> chain;
    for (;;) {
        ClientResponse response = send(current_method, target, current_body, options);
        if (!options.follow || !is_redirect(response.status_code)) {
            response.redirect_chain = std::move(chain);
            return response;
        }
        chain.emplace_back(response.get("Location"), response.status_code);
        if (chain.size() > kRedirectsMax) throw Error("too many redirects, the last one to " + chain.back().first);
        target = target_of(response.get("Location"), target);
        if (response.status_code != 307 && response.status_code != 308) {
            if (current_method != "HEAD") current_method = "GET";
            current_body.clear();
        }
    }
}

ClientResponse Client::send(std::string_view method, const std::string& target, std::string_view body,
                            const ClientOptions& options) {
    // All that the request's views point into lives here until the handler has returned.
    std::string cookie_line;
    for (const auto& [name, value] : cookies)
        cookie_line.append(cookie_line.empty() ? "" : "; ")
            .append(name)
            .append("=")
            .append(http::quote_cookie_value(value));
    const std::string length = std::to_string(body.size());
    std::vector<http::HeaderView> headers;
    const auto given = [&](std::string_view name) {
        return std::any_of(options.headers.begin(), options.headers.end(),
                           [&](const auto& header) { return http::header_name_equals(header.first, name); });
    };
    if (!given("Host")) headers.push_back({"Host", "testserver"});
    if (!given("Accept")) headers.push_back({"Accept", "text/html,*/*"});
    if (!options.content_type.empty()) headers.push_back({"Content-Type", options.content_type});
    if (!body.empty() || method == "POST") headers.push_back({"Content-Length", length});
    if (!cookie_line.empty()) headers.push_back({"Cookie", cookie_line});
    for (const auto& [name, value] : options.headers) headers.push_back({name, value});
    const http::RequestHead head{.method = method,
                                 .target = target,
                                 .headers = http::Headers(headers.data(), headers.size()),
                                 .body = body,
                                 .is_tls = options.secure,
                                 .remote_addr = "127.0.0.1",
                                 .server_name = "testserver",
                                 .server_port = static_cast<std::uint16_t>(options.secure ? 443 : 80)};
    http::Request request(head, *options_);
    ClientResponse response(handler_(request));
    if (response.streaming() && !response.is_endless()) run_stream(response);
    response.request_path = target;
    keep_cookies(response);
    if (method == "HEAD") response.content.clear();
    return response;
}

void Client::keep_cookies(const http::Response& response) {
    for (const http::Cookie& cookie : response.cookies()) {
        if (cookie.max_age == 0) {
            std::erase_if(cookies, [&](const auto& known) { return known.first == cookie.name; });
        } else {
            set_cookie(cookie.name, cookie.value);
        }
    }
}

}  // namespace nuages::test
