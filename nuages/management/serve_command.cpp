// serve: the production server, a master with worker processes. The same command line runs three kinds of process: the
// master, a worker that it starts (WorkerStart::kVariable is set), and --check-config or --print-config.
#include <nuages/async/loop.hpp>
#include <nuages/base/log.hpp>
#include <nuages/core/checks/checks.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/detail/serve_config.hpp>
#include <nuages/management/detail/slow_views.hpp>
#include <nuages/management/system_check.hpp>
#include <nuages/server/access_log.hpp>
#include <nuages/server/log_file.hpp>
#include <nuages/server/worker_process.hpp>
#include <nuages/site/site.hpp>
#include <nuages/views/stack_text.hpp>

#include <memory>
#include <optional>
#include <random>

#include <unistd.h>

namespace nuages::management::detail {
namespace {

log::Level level_of(const std::string& name) {
    constexpr const char* kNames[] = {"debug", "info", "warning", "error", "critical"};
    for (int i = 0; i < 5; ++i)
        if (name == kNames[i]) return static_cast<log::Level>(i);
    throw CommandError("serve: log_level: expected debug, info, warning, error or critical, not \"" + name + "\".");
}

/// Where the process' own records go, and what counts them, as long as it lives.
class ErrorLog {
public:
    void open(const ServeConfig& config) {
        log::set_level(level_of(*config.log_level));
        if (!file_ || *config.error_logfile != path_) {
            path_ = *config.error_logfile;
            file_ = std::make_shared<server::LogFile>(path_, STDERR_FILENO);
        } else {
            file_->reopen();
        }
        const auto write_to = [this](std::shared_ptr<server::Statsd> statsd) {
            statsd_ = statsd;
            log::set_sink([file = file_, statsd](log::Level level, std::string_view logger, std::string_view message) {
                file->write(log::line(level, logger, message));
                if (statsd) statsd->count(level);
            });
        };
        write_to(nullptr);
        if (config.statsd_host->empty()) return;
        try {
            write_to(std::make_shared<server::Statsd>(statsd_options_of(config)));
        } catch (const Error& error) {  // a site is served all the same
            log::warning("nuages.server", error.message() + " Nothing is counted.");
        }
    }
    int descriptor() const { return file_ ? file_->descriptor() : STDERR_FILENO; }
    void reopen() {
        if (file_) file_->reopen();
    }
    /// Null when nothing is counted.
    const std::shared_ptr<server::Statsd>& statsd() const { return statsd_; }

private:
    std::string path_;
    std::shared_ptr<server::LogFile> file_;
    std::shared_ptr<server::Statsd> statsd_;
};

/// Workers that began together do not end together.
std::uint64_t with_jitter(std::uint64_t requests, std::int64_t jitter) {
    if (requests == 0 || jitter <= 0) return requests;
    std::random_device random;
    return requests + std::uniform_int_distribution<std::uint64_t>(0, static_cast<std::uint64_t>(jitter))(random);
}

int work(const server::WorkerStart& start, const ServeConfig& config, ErrorLog& error_log) {
    site::Site& site = site::current();
    error_log.open(config);
    site.mount(*config.root_path);
    server::ServerOptions options = server_options_of(config);
    options.request_options = &site.request_options();
    options.max_requests = with_jitter(options.max_requests, *config.max_requests_jitter);
    std::optional<server::AccessLog> access_log;
    if (!config.access_logfile->empty()) access_log.emplace(*config.access_logfile, *config.access_logformat);
    const std::shared_ptr<server::Statsd> statsd = error_log.statsd();
    if (access_log || statsd) {
        options.access_log = [&access_log, &statsd](const server::AccessRecord& record) {
            if (access_log) access_log->write(record);
            if (statsd) statsd->count(record);
        };
        options.on_thread_stop = [&access_log, &statsd] {
            if (access_log) access_log->flush();
            if (statsd) statsd->flush();
        };
    }
    SlowViews slow_views;
    options.on_start = [&] {
        site.start();
        slow_views.watch(*config.slow_view_ms);
    };
    options.on_stop = [&site] { site.stop(); };
    const auto reopen = [&] {
        error_log.reopen();
        if (access_log) access_log->reopen();
    };
    return server::run_worker(start, std::move(options), site.handler(), {.reopen_logs = reopen, .error_descriptor = error_log.descriptor(), .describe_stack = views::stack_text});
}

/// A worker that can't begin says so by its exit status, so that its master does not try again and again.
int begin_work(const server::WorkerStart& start, const ServeConfig& config, ErrorLog& error_log) {
    try {
        return work(start, config, error_log);
    } catch (const std::exception& error) {
        log::error("nuages.worker", std::string("Exception in worker process: ") + error.what());
        return server::kBootError;
    }
}

/// Everything that can be wrong is found here, not in the workers.
void check(Io& io, const ServeConfig& config) {
    master_options_of(config);
    const server::ServerOptions options = server_options_of(config);
    level_of(*config.log_level);
    const auto checked = [](const char* name, auto&& use) {
        try {
            use();
        } catch (const Error& error) {
            throw CommandError(std::string("serve: ") + name + ": " + error.message());
        }
    };
    checked("root_path", [&] { site::script_name_of(*config.root_path, "It"); });
    checked("access_logformat", [&] { server::AccessFormat(*config.access_logformat); });
    checked("forwarded_allow_ips", [&] { server::check_networks(options.forwarded_allow_ips); });
    checked("header", [&] { server::check_headers(options.headers); });
    if (!config.statsd_host->empty()) checked("statsd_host", [&] { server::check_statsd(statsd_options_of(config)); });
    checked("certfile", [&] { server::check_tls(options.tls); });
    checked("proxy_allow_ips", [&] { server::check_networks(options.proxy_allow_ips); });
    async::run([&] { run_system_checks(io, site::current(), {.show_count = false}); });
}

int run_serve(Io& io, ServeArguments arguments, ServeConfig command_line) {
    const auto load = [&] { return load_serve_config(command_line, arguments.config); };
    const std::optional<server::WorkerStart> start = server::take_worker_start();
    ErrorLog error_log;
    ServeConfig config = load();
    if (start) return begin_work(*start, config, error_log);
    check(io, config);
    if (arguments.print_config) io.print(serve_config_text(config));
    if (arguments.check_config || arguments.print_config) return 0;
    error_log.open(config);
    return server::run_master({
        .load =
            [&] {
                config = load();
                check(io, config);
                return master_options_of(config);
            },
        .work = [&](const server::WorkerStart& forked) { return begin_work(forked, config, error_log); },
        .reopen_logs = [&] { error_log.open(config); },
        .on_workers =
            [&](std::size_t workers) {
                if (error_log.statsd()) error_log.statsd()->set_workers(workers);
            },
    });
}

}  // namespace

const Command serve_command{
    .name = "serve",
    .help = "Runs the production server: a master and its worker processes. Settings may also stand in a TOML file "
            "(serve.toml) and in the environment (NUAGES_WORKERS, WEB_CONCURRENCY, PORT, ...).",
    .action = run_serve,
    .arguments =
        {{"-c/--config", "The TOML file with settings under these names (default: serve.toml if there is one)."},
         {"--check-config", "Checks settings and site, and ends with status 0 or 1."},
         {"--print-config", "Prints all settings as a TOML file."},
         {"-b/--bind", "HOST:PORT, [IPV6]:PORT, :PORT, unix:PATH or fd://N; may be repeated (default: 127.0.0.1:8000)."},
         {"--backlog", "Clients that may wait to be accepted (default: 2048)."},
         {"--reuse-port", "Lets other programs listen on the same port (SO_REUSEPORT)."},
         {"--unix-mode", "Permissions of Unix sockets, in octal (default: what the umask leaves)."},
         {"-w/--workers", "Worker processes (default: WEB_CONCURRENCY or 1)."},
         {"--threads", "Event loops in each worker, one thread each; 0: one per processor (default: 1)."},
         {"--worker-connections", "Clients of one event loop (default: 20000)."},
         {"--limit-concurrency", "Requests that one event loop answers at once; more are refused with 503; 0: any number (default: 0)."},
         {"--connections-per-address", "Clients from one address in one worker; 0: any number (default: 0)."},
         {"-t/--timeout", "Seconds after which a worker whose loop does not turn is replaced; 0: never (default: 30)."},
         {"--slow-view-ms", "Milliseconds for which a view may hold its event loop before the log names it with its stack; 0: any "
                            "time (default: 1000)."},
         {"--graceful-timeout", "Seconds for running requests when a worker ends (default: 30)."},
         {"--keep-alive", "Seconds that a connection may wait for its next request (default: 75)."},
         {"--header-timeout", "Seconds for a request's head to arrive (default: 20)."},
         {"--body-timeout", "Seconds without progress of a request's body (default: 60)."},
         {"--write-timeout", "Seconds without progress of a response (default: 60)."},
         {"--certfile", "TLS: file of a certificate with its chain; several are chosen from by the client's server name."},
         {"--keyfile", "File of the certificate's key, in the order of the certificates (default: in the same file)."},
         {"--tls-min-version", "1.2 or 1.3 (default: 1.2)."},
         {"--ciphers", "Ciphers of TLS 1.2, in OpenSSL's words."},
         {"--ca-certs", "File of the authorities for clients' certificates."},
         {"--cert-reqs", "Clients' certificates: 0 none, 1 optional, 2 required (default: 0)."},
         {"--root-path", "The path that the site is mounted at behind a proxy (/shop), whether that takes it off or not."},
         {"--forwarded-allow-ips", "Proxies whose X-Forwarded-* and Forwarded headers are believed: addresses and networks "
                                   "with commas between, or * (default: 127.0.0.1,::1)."},
         {"--proxy-protocol", "Connections begin with a PROXY header, version 1 or 2."},
         {"--proxy-allow-ips", "Proxies that may connect then (default: 127.0.0.1,::1)."},
         {"--min-rate", "Bytes per second below which a body or a response makes no progress; 0: any (default: 1024)."},
         {"--max-requests", "Requests after which a worker is replaced; 0: never (default: 0)."},
         {"--max-requests-jitter", "Up to that many are added, at random (default: 0)."},
         {"--limit-request-line", "Bytes of a request's first line (default: 8192)."},
         {"--limit-request-fields", "Header fields of a request (default: 100)."},
         {"--limit-request-field-size", "Bytes of one header field (default: 16384)."},
         {"--limit-request-body", "Bytes of a request's body (default: 16777216)."},
         {"--preload", "Loads the site in the master and forks it: shared memory, but HUP loads no new program."},
         {"--access-logfile", "File of the access log; -: standard output (default: none)."},
         {"--access-logformat", "gunicorn's format, or json."},
         {"--error-logfile", "File of the error log; -: standard error (default: -)."},
         {"--log-level", "debug, info, warning, error or critical (default: info)."},
         {"--statsd-host", "host:port or unix:/path of a StatsD that hears of requests, statuses, times, workers and errors."},
         {"--statsd-prefix", "What the names there begin with (default: nuages; with gunicorn they are gunicorn's)."},
         {"--dogstatsd-tags", "Tags for Datadog's: name:value with commas between."},
         {"--server-name", "The Server header's value (default: no such header)."},
         {"--header", "\"Name: value\" for every response that has no such header; may be repeated."},
         {"--tmp-upload-dir", "Folder for large bodies of requests (default: $TMPDIR, or /tmp)."},
         {"-p/--pid", "File that names the master's process."},
         {"-u/--user", "Workers run as this user."},
         {"-g/--group", "Workers run in this group."},
         {"-m/--umask", "Mode bits that new files do not get, in octal."}},
    .requires_system_checks = false,
    .runs_on_fiber = false,
};

}  // namespace nuages::management::detail
