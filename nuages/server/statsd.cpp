#include <nuages/server/statsd.hpp>

#include <nuages/async/asio.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/base/error.hpp>

#include <boost/asio/post.hpp>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace nuages::server {

namespace {

constexpr std::size_t kDatagramMax = 1400;  // fits into a packet of Ethernet
constexpr std::string_view kUnix = "unix:";

struct Target {
    std::string host;
    std::string port;  // empty: HOST is the path of a Unix socket
};

std::optional<Target> target_of(std::string_view text) {
    if (text.starts_with(kUnix)) {
        std::string_view path = text.substr(kUnix.size());
        if (path.starts_with("//")) path.remove_prefix(2);
        if (!path.starts_with('/') || path.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
        return Target{std::string(path), ""};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    else if (host.find(':') != host.npos) return std::nullopt;
    const bool is_number = !port.empty() && port.size() <= 5 &&
                           std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (host.empty() || !is_number) return std::nullopt;
    return Target{std::string(host), std::string(port)};
}

int connect_unix(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return -1;
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return socket;
    ::close(socket);
    return -1;
}

int connect_udp(const Target& target) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(target.host.c_str(), target.port.c_str(), &hints, &found) != 0) return -1;
    int socket = -1;
    for (const addrinfo* one = found; one && socket < 0; one = one->ai_next) {
        const int made = ::socket(one->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (made >= 0 && ::connect(made, one->ai_addr, one->ai_addrlen) == 0) socket = made;
        else if (made >= 0) ::close(made);
    }
    ::freeaddrinfo(found);
    return socket;
}

// What a thread has counted since its last datagram.
struct Counted {
    std::uint64_t requests = 0;
    std::vector<std::pair<int, std::uint32_t>> statuses;  // few differ
    std::string durations;
};
thread_local Counted counted;

const char* name_of(log::Level level) {
    switch (level) {
        case log::Level::warning: return "log.warning";
        case log::Level::error: return "log.error";
        case log::Level::critical: return "log.critical";
        case log::Level::debug:
        case log::Level::info: break;
    }
    return nullptr;
}

}  // namespace

void check_statsd(const StatsdOptions& options) {
    if (!target_of(options.host)) throw Error("expected host:port, [ipv6]:port or unix:/path, not \"" + options.host + "\".");
    const auto is_letter = [](char c) { return c > ' ' && c < 0x7f && c != ':' && c != '|' && c != '@' && c != '#'; };
    if (!std::all_of(options.prefix.begin(), options.prefix.end(), is_letter))
        throw Error("a prefix has no spaces and none of \":|@#\": \"" + options.prefix + "\".");
    const auto is_of_tag = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f && c != '|' && c != '#'; };
    if (!std::all_of(options.tags.begin(), options.tags.end(), is_of_tag))
        throw Error("tags are name:value with commas between: \"" + options.tags + "\".");
}

Statsd::Statsd(const StatsdOptions& options) : prefix_(options.prefix) {
    check_statsd(options);
    while (prefix_.ends_with('.')) prefix_.pop_back();
    if (!prefix_.empty()) prefix_ += '.';
    if (!options.tags.empty()) end_ = "|#" + options.tags;
    end_ += '\n';
    const Target target = *target_of(options.host);
    socket_ = target.port.empty() ? connect_unix(target.host) : connect_udp(target);
    if (socket_ < 0) throw Error("There is no StatsD at " + options.host + ".");
}

Statsd::~Statsd() { ::close(socket_); }

void Statsd::append(std::string& out, std::string_view name, std::string_view value) const {
    out.append(prefix_).append(name).append(":").append(value).append(end_);
}

// The last line feed is not sent. What does not fit into the socket's buffer at once is lost.
void Statsd::send(std::string_view datagram) const noexcept {
    if (datagram.empty()) return;
    datagram.remove_suffix(1);
    [[maybe_unused]] const ssize_t sent = ::send(socket_, datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Statsd::count(const AccessRecord& record) {
    const bool is_first = counted.requests == 0;
    ++counted.requests;
    const auto known = std::find_if(counted.statuses.begin(), counted.statuses.end(),
                                    [&](const auto& one) { return one.first == record.status; });
    if (known != counted.statuses.end()) ++known->second;
    else counted.statuses.emplace_back(record.status, 1);
    if (record.request) {
        char ms[32];
        const int size = std::snprintf(ms, sizeof ms, "%.3f|ms", static_cast<double>(record.duration.microseconds) / 1000.0);
        append(counted.durations, "request.duration", {ms, static_cast<std::size_t>(size)});
    }
    async::Loop* const loop = async::current_loop();
    if (!loop || counted.durations.size() > kDatagramMax / 2) return flush();
    if (is_first) boost::asio::post(async::io_context(*loop), [this] { flush(); });
}

void Statsd::flush() noexcept {
    if (counted.requests == 0) return;
    try {
        std::string datagram;
        append(datagram, "requests", std::to_string(counted.requests) + "|c");
        for (const auto& [status, count] : counted.statuses) {
            append(datagram, "request.status." + std::to_string(status), std::to_string(count) + "|c");
            if (datagram.size() + counted.durations.size() > kDatagramMax) {
                send(datagram);
                datagram.clear();
            }
        }
        datagram += counted.durations;
        send(datagram);
    } catch (const std::bad_alloc&) {  // these are lost
    }
    counted.requests = 0;
    counted.statuses.clear();
    counted.durations.clear();
}

void Statsd::count(log::Level level) noexcept {
    const char* const name = name_of(level);
    if (!name) return;
    try {
        std::string datagram;
        append(datagram, name, "1|c");
        send(datagram);
    } catch (const std::bad_alloc&) {  // this one is lost
    }
}

void Statsd::set_workers(std::size_t workers) noexcept {
    try {
        std::string datagram;
        append(datagram, "workers", std::to_string(workers) + "|g");
        send(datagram);
    } catch (const std::bad_alloc&) {  // the next one comes
    }
}

}  // namespace nuages::server
