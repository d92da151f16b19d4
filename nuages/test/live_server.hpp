// LiveServer: a real server on a free port, for tests that need sockets (django.test.LiveServerTestCase).
#pragma once

#include <nuages/http/middleware.hpp>
#include <nuages/http/request.hpp>

#include <cstdint>
#include <string>

namespace nuages::test {

/// Serves on 127.0.0.1 from a thread of its own while it lives. Tests that use it derive from TransactionTestCase: the
/// open transaction of a TestCase would keep its database from the server's thread.
class LiveServer {
public:
    /// Serves the current site.
    LiveServer();
    explicit LiveServer(http::Handler handler, const http::RequestOptions& options = http::default_request_options());
    ~LiveServer();
    LiveServer(const LiveServer&) = delete;
    LiveServer& operator=(const LiveServer&) = delete;

    std::uint16_t port() const;
    /// "http://127.0.0.1:40123" and PATH.
    std::string url(std::string_view path = {}) const;

private:
    struct State;
    State* state_;
};

}  // namespace nuages::test
