// The settings of `serve`: one struct that the command line, the environment and a TOML file fill, in that order of
// strength, under the same names.
#pragma once

#include <nuages/server/master.hpp>
#include <nuages/server/server.hpp>
#include <nuages/server/statsd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nuages::management::detail {

/// A member is an option (--max-requests), a key of the file (max_requests) and a variable (NUAGES_MAX_REQUESTS).
/// Empty: not given. Times are seconds, sizes bytes.
struct ServeConfig {
    std::vector<std::string> bind;
    std::optional<std::int64_t> backlog;
    bool reuse_port = false;
    std::optional<std::string> unix_mode;
    std::optional<std::int64_t> workers;
    std::optional<std::int64_t> threads;
    std::optional<std::int64_t> worker_connections;
    std::optional<std::int64_t> limit_concurrency;
    std::optional<std::int64_t> connections_per_address;
    std::optional<double> timeout;
    std::optional<std::int64_t> slow_view_ms;
    std::optional<double> graceful_timeout;
    std::optional<double> keep_alive;
    std::optional<double> header_timeout;
    std::optional<double> body_timeout;
    std::optional<double> write_timeout;
    std::optional<std::int64_t> min_rate;
    std::vector<std::string> certfile;
    std::vector<std::string> keyfile;
    std::optional<std::string> tls_min_version;
    std::optional<std::string> ciphers;
    std::optional<std::string> ca_certs;
    std::optional<std::int64_t> cert_reqs;
    std::optional<std::string> root_path;
    std::vector<std::string> forwarded_allow_ips;
    bool proxy_protocol = false;
    std::vector<std::string> proxy_allow_ips;
    std::optional<std::int64_t> max_requests;
    std::optional<std::int64_t> max_requests_jitter;
    std::optional<std::int64_t> limit_request_line;
    std::optional<std::int64_t> limit_request_fields;
    std::optional<std::int64_t> limit_request_field_size;
    std::optional<std::int64_t> limit_request_body;
    bool preload = false;
    std::optional<std::string> access_logfile;
    std::optional<std::string> access_logformat;
    std::optional<std::string> error_logfile;
    std::optional<std::string> log_level;
    std::optional<std::string> statsd_host;
    std::optional<std::string> statsd_prefix;
    std::optional<std::string> dogstatsd_tags;
    std::optional<std::string> server_name;
    std::vector<std::string> header;
    std::optional<std::string> tmp_upload_dir;
    std::optional<std::string> pid;
    std::optional<std::string> user;
    std::optional<std::string> group;
    std::optional<std::string> umask;
};

/// What the command line has beside the settings.
struct ServeArguments {
    std::optional<std::string> config;
    bool check_config = false;
    bool print_config = false;
};

/// COMMAND_LINE over the environment over the file that --config or NUAGES_CONFIG names (else ./serve.toml if there is
/// one) over the defaults; all members are set. Throws CommandError naming the setting and where it came from.
ServeConfig load_serve_config(const ServeConfig& command_line, const std::optional<std::string>& file);

/// The settings as a TOML file.
std::string serve_config_text(const ServeConfig& config);

/// Of a complete config. Throw CommandError on a value out of its range.
server::MasterOptions master_options_of(const ServeConfig& config);
server::ServerOptions server_options_of(const ServeConfig& config);
server::StatsdOptions statsd_options_of(const ServeConfig& config);

}  // namespace nuages::management::detail
