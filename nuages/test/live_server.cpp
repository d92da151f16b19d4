#include <nuages/server/server.hpp>
#include <nuages/site/site.hpp>
#include <nuages/test/live_server.hpp>

#include <thread>
#include <utility>

namespace nuages::test {

struct LiveServer::State {
    State(server::ServerOptions options, http::Handler handler)
        : server(std::move(options), std::move(handler)), thread([this] { server.run(); }) {}
    ~State() {
        server.stop();
        thread.join();
    }
    server::Server server;
    std::thread thread;
};

LiveServer::LiveServer() : LiveServer(site::current().handler(), site::current().request_options()) {}

LiveServer::LiveServer(http::Handler handler, const http::RequestOptions& options) {
    server::ServerOptions server_options;
    server_options.binds = {"127.0.0.1:0"};
    server_options.handle_signals = false;
    server_options.drain_timeout = seconds(5);
    server_options.request_options = &options;
    state_ = new State(std::move(server_options), std::move(handler));
}

LiveServer::~LiveServer() { delete state_; }

std::uint16_t LiveServer::port() const { return state_->server.ports().front(); }

std::string LiveServer::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port()).append(path);
}

}  // namespace nuages::test
