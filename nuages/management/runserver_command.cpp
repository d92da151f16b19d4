// runserver: the development server on one address, with a line for each request. In a development build a process
// above it (reloader.hpp) builds and starts it again when C++ sources change.
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/detail/reloader.hpp>
#include <nuages/management/detail/slow_views.hpp>
#include <nuages/management/system_check.hpp>
#include <nuages/management/version.hpp>
#include <nuages/server/server.hpp>
#include <nuages/site/hooks.hpp>
#include <nuages/site/resources.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <time.h>

namespace nuages::management::detail {
namespace {

struct RunserverOptions {
    std::int64_t threads = 1;
    std::int64_t slow_view_ms = kSlowViewMs;
    std::string root_path;
    bool ipv6 = false;
    bool nostatic = false;
    bool insecure = false;
    bool noreload = false;
};

std::string time_text(const char* format) {
    time_t now = time(nullptr);
    tm parts{};
    localtime_r(&now, &parts);
    char text[64];
    return std::string(text, strftime(text, sizeof text, format, &parts));
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "8000", "0:8000", "127.0.0.1:8000", "[::1]:8000" as what the server binds.
std::string bind_of(std::string_view text, bool ipv6) {
    const std::string local = ipv6 ? "[::1]" : "127.0.0.1";
    if (text.empty()) return local + ":8000";
    if (is_port(text)) return local + ":" + std::string(text);
    std::size_t colon = text.rfind(':');
    bool bad_host =
        colon == text.npos || colon == 0 || (text.substr(0, colon).find(':') != text.npos && !text.starts_with('['));
    if (bad_host || !is_port(text.substr(colon + 1)))
        throw CommandError("\"" + std::string(text) + "\" is not a valid port number or address:port pair.");
    std::string_view host = text.substr(0, colon);
    std::string bind(host == "0" ? (ipv6 ? "[::]" : "0.0.0.0") : host);
    return bind + std::string(text.substr(colon));
}

Style status_style(int status) {
    if (status >= 500) return Style::error;
    if (status == 404) return Style::warning;
    if (status >= 400) return Style::notice;
    if (status == 304) return Style::heading;
    if (status >= 300) return Style::redirect;
    return Style::plain;
}

/// [09/Mar/2026 13:05:09] "GET /blog/ HTTP/1.1" 200 5120  1.4 ms
std::string log_line(const Io& io, const server::AccessRecord& record) {
    std::string target(record.target);
    for (char& c : target)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    char duration[32];
    std::snprintf(duration, sizeof duration, "  %.1f ms", static_cast<double>(record.duration.microseconds) / 1000.0);
    std::string request = "\"" + std::string(record.method) + " " + target + " HTTP/1." +
                          std::to_string(record.minor_version) + "\" " + std::to_string(record.status) + " " +
                          std::to_string(record.body_bytes);
    return io.styled(time_text("[%d/%b/%Y %H:%M:%S] "), Style::faint) +
           io.styled(request, status_style(record.status)) + io.styled(duration, Style::faint) + "\n";
}

/// What a browser takes: an address that stands for all of them is reached as localhost.
std::string url_of(const std::string& bind, std::uint16_t port) {
    std::string host = bind.substr(0, bind.rfind(':'));
    if (host == "0.0.0.0" || host == "[::]") host = "localhost";
    return "http://" + host + ":" + std::to_string(port) + "/";
}

/// "shop/" of a site that is mounted at /shop.
std::string site_path(const site::Site& site) {
    const std::string& name = site.request_options().script_name;
    return name.empty() ? "" : name.substr(1) + "/";
}

/// Where the site's sources may change: its own folder and those of the apps that it was built with.
std::vector<std::string> source_folders(const conf::BuildOrigin& origin) {
    std::vector<std::string> folders{std::string(origin.source_folder)};
    for (const conf::Resources& resources : site::built_resources()) {
        const bool is_inside = resources.directory.starts_with(folders.front() + "/") || resources.directory == folders.front();
        if (!is_inside && !resources.directory.empty()) folders.emplace_back(resources.directory);
    }
    return folders;
}

/// The socket that the reloader gave to this process; -1: there is no reloader above.
int socket_of_reloader() {
    const char* const text = std::getenv(kReloaderSocket);
    const int socket = text ? std::atoi(text) : -1;
    ::unsetenv(kReloaderSocket);
    return socket;
}

void run_runserver(Io& io, std::optional<std::string> addrport, RunserverOptions options) {
    site::Site& site = site::current();
    if (!site.settings().debug && site.settings().allowed_hosts.empty())
        throw CommandError("You must set settings.ALLOWED_HOSTS if DEBUG is False.");
    if (options.threads < 0 || options.threads > 1024)
        throw UsageError("argument --threads: choose 0 (one per processor) to 1024");
    if (options.slow_view_ms < 0 || options.slow_view_ms > kSlowViewMsMax)
        throw UsageError("argument --slow-view-ms: choose 0 (never) to " + std::to_string(kSlowViewMsMax));
    try {
        site.mount(options.root_path);
    } catch (const ImproperlyConfigured& error) {
        throw UsageError("argument --root-path: " + error.message());
    }
    std::string bind = bind_of(addrport.value_or(""), options.ipv6);
    const int socket = socket_of_reloader();
    const conf::BuildOrigin origin = site::build_origin();
    if (socket < 0 && !options.noreload && !origin.build_folder.empty())
        return run_with_reloader(io, {bind, origin, source_folders(origin)});
    io.write("Performing system checks...\n");
    run_system_checks(io, site);

    http::Handler handler = site.handler();
    if (!options.nostatic && (site.settings().debug || options.insecure))
        for (const auto& wrap : site.registry().slot<site::SiteHooks>().development_handlers) handler = wrap(handler);

    server::ServerOptions server_options;
    if (socket < 0) {
        server_options.binds = {bind};
    } else {
        server_options.binds.clear();
        server_options.sockets = {socket};
    }
    server_options.threads = static_cast<unsigned>(options.threads);
    server_options.request_options = &site.request_options();
    if (io.verbosity() >= 1)
        server_options.access_log = [&io](const server::AccessRecord& record) { io.print(log_line(io, record)); };
    SlowViews slow_views;
    server_options.on_start = [&] {
        site.start();
        slow_views.watch(options.slow_view_ms);
    };
    server_options.on_stop = [&site] { site.stop(); };
    server::Server server(server_options, handler);

    io.write(time_text("%B %d, %Y - %H:%M:%S"));
    io.write("Nuages version " + std::string(get_version()) + (site.settings().debug ? "" : ", DEBUG is off"));
    io.write("Starting development server at " + io.styled(url_of(bind, server.ports().front()) + site_path(site), Style::label));
    io.write("Quit the server with CONTROL-C.\n");
    server.run();
}

}  // namespace

const Command runserver_command{
    .name = "runserver",
    .help = "Starts a lightweight web server for development.",
    .action = run_runserver,
    .arguments = {{"addrport", "Port number, or address:port (default: 127.0.0.1:8000; port 0 takes a free one)."},
                  {"--threads", "Event loops, each on a thread of its own; 0: one per processor."},
                  {"--slow-view-ms", "Milliseconds for which a view may hold its event loop before it is named with its stack; 0: "
                                     "any time (default: 1000)."},
                  {"--root-path", "The path that the site is mounted at behind a proxy (/shop)."},
                  {"-6/--ipv6", "Listens on ::1 when no address is given."},
                  {"--nostatic", "Does not serve static files by itself."},
                  {"--insecure", "Serves static files even if DEBUG is off."},
                  {"--noreload", "Does not build and start again when C++ sources change."}},
    .requires_system_checks = false,
    .runs_on_fiber = false,
};

}  // namespace nuages::management::detail
