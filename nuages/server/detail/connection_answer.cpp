// From a request that has arrived whole to a response in the connection's output.
#include <nuages/async/asio.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/log.hpp>
#include <nuages/http/range.hpp>
#include <nuages/server/detail/connection.hpp>
#include <nuages/server/detail/forwarded.hpp>
#include <nuages/server/detail/octets.hpp>
#include <nuages/server/detail/worker.hpp>

#include <algorithm>

namespace nuages::server::detail {

namespace {

constexpr std::size_t kCopiedBodyMax = 16 * 1024;  // longer bodies are sent from where they are

// "OPTIONS *" asks what the server as a whole can do (RFC 9110, 9.3.7).
http::Response server_options() {
    http::Response response({}, {.content_type = {}});
    response.set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return response;
}

// ServerOptions::concurrent_requests.
http::Response too_busy() {
    http::Response response("The server is busy.\n", http::kTextPlain, 503);
    response.set("Retry-After", "1");
    return response;
}

// A view would change to a protocol that the client did not ask for.
http::Response upgrade_required(std::string_view protocol) {
    http::Response response("This resource speaks another protocol.\n", http::kTextPlain, 426);
    response.set("Upgrade", protocol);
    return response;
}

}  // namespace

// RFC 9110, 7.8: by name, for this connection, in HTTP/1.1.
bool Connection::has_asked_for(std::string_view protocol) const {
    const ParsedRequest& request = parser_.request();
    const auto names = [&](std::string_view field, std::string_view element) {
        return std::any_of(request.headers.begin(), request.headers.end(), [&](const http::HeaderView& header) {
            return equals_ignoring_case(header.name, field) && http::list_contains(header.value, element);
        });
    };
    return request.minor_version == 1 && names("connection", "upgrade") && names("upgrade", protocol);
}

MessageFrame Connection::frame() const {
    const ParsedRequest& parsed = parser_.request();
    return {parsed.is_head, parsed.keep_alive && !draining_, parsed.minor_version, worker_.date_line(),
            worker_.server_line(), worker_.headers()};
}

void Connection::answer(http::Request& request) {
    const std::int64_t began_us = worker_.options().access_log ? async::monotonic_microseconds() : 0;
    const async::Activity activity(parser_.request().method, parser_.request().target);
    worker_.request_began(parser_.request().method, parser_.request().target);
    const struct Ended {
        Worker& worker;
        ~Ended() { worker.request_ended(); }
    } ended{worker_};
    http::Response response = call_handler(request);
    bool upgrades = response.status_code == 101 && response.upgrade();
    if (upgrades && !has_asked_for(response.get("Upgrade"))) {
        response = upgrade_required(response.get("Upgrade"));
        upgrades = false;
    }
    if ((response.status_code < 200 && !upgrades) || response.status_code > 599) {
        log::error("nuages.request", "A view answered with status " + std::to_string(response.status_code) + ".");
        response = http::Response({}, http::kTextPlain, 500);
    }
    if (response.is_file() || response.has_header("Accept-Ranges"))
        response = http::ranged_response(request, std::move(response));
    const SentHead head = append_head(out_, response, frame());
    close_after_ = !head.keep_alive;
    const bool has_body =
        !parser_.request().is_head && !is_bodiless(response.status_code) && response.status_code != 205;
    std::uint64_t body_bytes = 0;
    if (upgrades) {
        hand_over(response);
    } else if (has_body && response.streaming()) {
        body_bytes = send_stream(response, head);
    } else if (has_body) {
        body_bytes = response.content_length();
        append_body(response);
    }
    if (worker_.options().access_log) log_access(request, response, began_us, body_bytes);
    request.clear();
    async::reset_locals();
    spool_ = nullptr;
    begin_ = upgrades ? end_ : begin_ + parser_.consumed();
    parser_.reset();
    continue_sent_ = false;
    ++answered_;
    linger_ = close_after_ && begin_ != end_;
}

http::Response Connection::call_handler(http::Request& request) {
    const ParsedRequest& parsed = parser_.request();
    try {
        http::RequestHead head;
        head.method = parsed.method;
        head.target = parsed.target;
        head.headers = http::Headers(parsed.headers.data(), parsed.headers.size());
        head.trailers = http::Headers(parsed.trailers.data(), parsed.trailers.size());
        head.body = parsed.body;
        if (spool_) {
            spool_->append(parsed.body);
            head.body = {};
            head.body_source = spool_.get();
        }
        head.http_1_0 = parsed.minor_version == 0;
        head.is_tls = transport_.is_tls();
        head.remote_addr = transport_.peer().address;
        head.remote_port = transport_.peer().port;
        head.server_name = transport_.local().address;
        head.server_port = transport_.local().port;
        if (std::any_of(head.headers.begin(), head.headers.end(), [](auto& h) { return is_proxy_header(h.name); }))
            heed_proxy(head);
        request.assign(head, worker_.request_options());
        if (parsed.target == "*") return server_options();
        if (worker_.is_overloaded()) return too_busy();
        return worker_.handler()(request);
    } catch (const async::Cancelled&) {
        return http::Response("The server is going down.\n", http::kTextPlain, 503);
    } catch (const Error& error) {
        log::error("nuages.request",
                   std::string(error.name()) + " at " + std::string(parsed.target) + ": " + error.what());
    } catch (const std::exception& error) {
        log::error("nuages.request", "Exception at " + std::string(parsed.target) + ": " + error.what());
    } catch (...) {
        log::error("nuages.request", "Exception of unknown type at " + std::string(parsed.target));
    }
    return http::Response("Internal Server Error\n", http::kTextPlain, 500);
}

// Headers that proxies send: a trusted one's name the client, anybody else's are dropped.
void Connection::heed_proxy(http::RequestHead& head) {
    const Networks& trusted = worker_.trust().forwarded;
    if (!trusted.contain(head.remote_addr)) {
        parser_.drop_headers(is_proxy_header);
        head.headers = http::Headers(parser_.request().headers.data(), parser_.request().headers.size());
        return;
    }
    const Origin origin = origin_of(head.headers, trusted);
    if (!origin.address.empty()) {
        head.remote_addr = origin.address;
        head.remote_port = origin.port;
    }
    if (origin.scheme != Origin::Scheme::unsaid) head.is_tls = origin.scheme == Origin::Scheme::https;
}

void Connection::append_body(http::Response& response) {
    if (response.file()) {
        file_ = response.file();
        file_sent_ = 0;
    } else if (response.content.size() <= kCopiedBodyMax) {
        out_ += response.content;
    } else {
        long_body_ = std::move(response.content);
    }
}

void Connection::log_access(const http::Request& request, const http::Response& response, std::int64_t began_us,
                            std::uint64_t body_bytes) {
    const ParsedRequest& parsed = parser_.request();
    AccessRecord record;
    record.remote_address = request.head().remote_addr;
    record.remote_port = request.head().remote_port;
    record.is_tls = request.head().is_tls;
    record.request = &request;
    record.request_headers = &request.headers;
    record.response = &response;
    record.method = parsed.method;
    record.target = parsed.target;
    record.minor_version = parsed.minor_version;
    record.status = response.status_code;
    record.body_bytes = body_bytes;
    record.duration = microseconds(async::monotonic_microseconds() - began_us);
    worker_.options().access_log(record);
}

void Connection::refuse(int status, std::string_view text) {
    MessageFrame refusal;
    refusal.is_head = parser_.request().method == "HEAD";
    refusal.date_line = worker_.date_line();
    refusal.server_line = worker_.server_line();
    refusal.headers = worker_.headers();
    append_error(out_, status, text, refusal);
    close_after_ = linger_ = true;
    spool_ = nullptr;
    if (!worker_.options().access_log) return;
    AccessRecord record;
    record.remote_address = transport_.peer().address;
    record.method = parser_.request().method;
    record.target = parser_.request().target;
    record.status = status;
    worker_.options().access_log(record);
}

}  // namespace nuages::server::detail
