#include <nuages/test/client.hpp>

#include <nuages/async/errors.hpp>
#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/http/json.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/middleware/csrf.hpp>
#include <nuages/site/site.hpp>
#include <nuages/test/detail/recording.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/value.hpp>
#include <nuages/views/base_handler.hpp>

#include <algorithm>
#include <exception>
#include <string>

namespace nuages::test {

namespace {

constexpr std::size_t kRedirectsMax = 20;

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

/// What a redirect to another host or scheme changes.
void follow_host(std::string_view location, ClientOptions& options) {
    const auto parts = utils::urlsplit(location);
    if (!parts || parts->netloc.empty()) return;
    if (!parts->scheme.empty()) options.secure = parts->scheme == "https";
    std::erase_if(options.headers, [](const auto& header) { return http::header_name_equals(header.first, "Host"); });
    options.headers.emplace_back("Host", parts->netloc);
}

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
Value ClientResponse::json() const { return http::json::loads(text()); }
Value ClientResponse::context(std::string_view name) const {
    return static_cast<const detail::Recording&>(*recording_).find(name);
}

Client::Client() : Client(site::current().handler(), site::current().request_options()) {}

Client::Client(http::Handler handler, const http::RequestOptions& options)
    : RequestFactory(options), handler_(std::move(handler)) {}

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
    return request("GET", with_query(path, query), {}, options);
}

ClientResponse Client::head(std::string_view path, const Data& query, const ClientOptions& options) {
    return request("HEAD", with_query(path, query), {}, options);
}

ClientResponse Client::post(std::string_view path, const Form& form, const ClientOptions& options) {
    auto [body, type] = encoded_form(form, options);
    ClientOptions typed = options;
    typed.content_type = std::move(type);
    return request("POST", path, body, typed);
}

ClientResponse Client::request(std::string_view method, std::string_view path, std::string_view body,
                               const ClientOptions& given) {
    if (!async::on_fiber()) return async::run([&] { return request(method, path, body, given); });
    ClientOptions options = given;
    std::string target(path), current_method(method), current_body(body);
    std::vector<std::pair<std::string, int>> chain;
    for (;;) {
        ClientResponse response = send(make(current_method, target, current_body, options));
        if (!options.follow || !is_redirect(response.status_code)) {
            response.redirect_chain = std::move(chain);
            return response;
        }
        const std::string location(response.get("Location"));
        const bool is_loop = std::any_of(chain.begin(), chain.end(), [&](const auto& one) { return one.first == location; });
        chain.emplace_back(location, response.status_code);
        if (is_loop) throw RedirectCycleError("Redirect loop detected: " + location);
        if (chain.size() > kRedirectsMax) throw RedirectCycleError("Too many redirects, the last one to " + location);
        target = target_of(location, target);
        follow_host(location, options);
        options.query_params.clear();
        if (response.status_code == 307 || response.status_code == 308) continue;
        if (current_method != "HEAD") current_method = "GET";
        current_body.clear();
        options.content_type.clear();
    }
}

ClientResponse Client::send(Ref<OwnedRequest> owned) {
    http::Request& request = owned->request();
    if (!enforce_csrf_checks) request.slot<middleware::DontEnforceCsrfChecks>();
    if (raise_request_exception) request.slot<views::RaiseRequestException>();
    const Ref<detail::Recording> recording = make_ref<detail::Recording>();
    http::Response handled = [&] {
        const detail::RecordingScope scope(*recording);
        http::Response made = handler_(request);
        if (made.streaming() && !made.is_endless()) run_stream(made);
        return made;
    }();
    ClientResponse response(std::move(handled));
    response.request_path = owned->parts().target;
    response.templates = recording->templates();
    response.recording_ = recording;
    response.request_ = std::move(owned);
    keep_cookies(response);
    if (request.method == "HEAD") response.content.clear();
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
