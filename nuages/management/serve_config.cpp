#include <nuages/management/command.hpp>
#include <nuages/management/detail/serve_config.hpp>
#include <nuages/management/detail/slow_views.hpp>
#include <nuages/server/access_log.hpp>
#include <nuages/utils/reflection.hpp>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>

#include <unistd.h>

namespace nuages::management::detail {
namespace {

constexpr const char* kDefaultFile = "serve.toml";
constexpr double kSecondsMax = 365.0 * 24 * 3600;

[[noreturn]] void refuse(std::string_view where, std::string_view name, std::string_view expected) {
    throw CommandError(std::string(where) + ": " + std::string(name) + ": expected " + std::string(expected) + ".");
}

template <class T> inline constexpr const char* kExpected = "text";
template <> inline constexpr const char* kExpected<std::int64_t> = "a whole number";
template <> inline constexpr const char* kExpected<double> = "a number of seconds";
template <> inline constexpr const char* kExpected<bool> = "true or false";

bool parse(std::string_view text, std::string& out) { return out = text, true; }
template <class Number> bool parse(std::string_view text, Number& out) {
    return parse_argument(text, out);
}
bool parse(std::string_view text, bool& out) {
    out = text == "1" || text == "true" || text == "yes" || text == "on";
    return out || text == "0" || text == "false" || text == "no" || text == "off" || text.empty();
}

std::vector<std::string> split_commas(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view part = text.substr(0, comma);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

// ---- the file

template <class T> T from_toml(const toml::node& node, std::string_view where, std::string_view name) {
    if constexpr (std::is_same_v<T, double>) {
        if (const auto value = node.value<double>(); value && node.is_number()) return *value;
    } else if (node.is<T>()) {
        return *node.value<T>();
    }
    refuse(where, name, kExpected<T>);
}

struct FromToml {
    const toml::table& table;
    const std::string& where;

    template <class T> void operator()(std::string_view name, std::optional<T>& member) const {
        if (const toml::node* node = table.get(name)) member = from_toml<T>(*node, where, name);
    }
    void operator()(std::string_view name, bool& member) const {
        if (const toml::node* node = table.get(name)) member = from_toml<bool>(*node, where, name);
    }
    void operator()(std::string_view name, std::vector<std::string>& member) const {
        const toml::node* node = table.get(name);
        if (!node) return;
        member.clear();
        if (node->is_string()) {
            member = split_commas(*node->value<std::string>());
        } else if (const toml::array* list = node->as_array()) {
            for (const toml::node& one : *list) member.push_back(from_toml<std::string>(one, where, name));
        } else {
            refuse(where, name, "a text or a list of texts");
        }
    }
};

void read_file(const std::string& path, ServeConfig& config) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        throw CommandError(path + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
    }
    for (const auto& [key, value] : table) {
        bool is_known = false;
        utils::for_each_member(config, [&](std::string_view name, auto&) { is_known = is_known || name == key.str(); });
        if (!is_known) throw CommandError(path + ": there is no setting \"" + std::string(key.str()) + "\".");
    }
    const FromToml reader{table, path};
    utils::for_each_member(config, [&](std::string_view name, auto& member) { reader(name, member); });
}

// ---- the environment

std::string variable_of(std::string_view name) {
    std::string variable = "NUAGES_";
    for (const char c : name) variable += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return variable;
}

struct FromEnvironment {
    template <class T> void take(const std::string& variable, const char* text, T& member) const {
        if (!parse(text, member)) refuse("The environment", variable, kExpected<T>);
    }
    template <class T> void operator()(std::string_view name, std::optional<T>& member) const {
        const std::string variable = variable_of(name);
        if (const char* text = std::getenv(variable.c_str())) take(variable, text, member.emplace());
    }
    void operator()(std::string_view name, bool& member) const {
        const std::string variable = variable_of(name);
        if (const char* text = std::getenv(variable.c_str())) take(variable, text, member);
    }
    void operator()(std::string_view name, std::vector<std::string>& member) const {
        if (const char* text = std::getenv(variable_of(name).c_str())) member = split_commas(text);
    }
};

void read_environment(ServeConfig& config) {
    // The variables that gunicorn and the platforms know too.
    if (const char* text = std::getenv("WEB_CONCURRENCY"))
        FromEnvironment().take("WEB_CONCURRENCY", text, config.workers.emplace());
    if (const char* port = std::getenv("PORT"); port && *port) config.bind = {std::string("0.0.0.0:") + port};
    if (const char* text = std::getenv("FORWARDED_ALLOW_IPS")) config.forwarded_allow_ips = split_commas(text);
    utils::for_each_member(config, FromEnvironment());
}

// ---- the command line, and what nobody said

template <class T> void put(std::optional<T>& member, const std::optional<T>& over) {
    if (over) member = over;
}
void put(bool& member, bool over) { member = member || over; }
void put(std::vector<std::string>& member, const std::vector<std::string>& over) {
    if (!over.empty()) member = over;
}

void overlay(ServeConfig& config, const ServeConfig& over) {
    utils::visit_members(config, [&](auto&... members) {
        utils::visit_members(over, [&](const auto&... stronger) { (put(members, stronger), ...); });
    });
}

ServeConfig defaults() {
    ServeConfig config;
    config.bind = {"127.0.0.1:8000"};
    config.backlog = 2048;
    config.unix_mode = "";
    config.workers = 1;
    config.threads = 1;
    config.worker_connections = 20'000;
    config.limit_concurrency = 0;
    config.connections_per_address = 0;
    config.timeout = 30;
    config.slow_view_ms = kSlowViewMs;
    config.graceful_timeout = 30;
    config.keep_alive = 75;
    config.header_timeout = 20;
    config.body_timeout = 60;
    config.write_timeout = 60;
    config.min_rate = 1024;
    config.tls_min_version = "1.2";
    config.ciphers = "";
    config.ca_certs = "";
    config.cert_reqs = 0;
    config.root_path = "";
    config.forwarded_allow_ips = {"127.0.0.1", "::1"};
    config.proxy_allow_ips = {"127.0.0.1", "::1"};
    config.max_requests = 0;
    config.max_requests_jitter = 0;
    config.limit_request_line = 8 * 1024;
    config.limit_request_fields = 100;
    config.limit_request_field_size = 16 * 1024;
    config.limit_request_body = 16 * 1024 * 1024;
    config.access_logfile = "";
    config.access_logformat = std::string(server::kAccessLogFormat);
    config.error_logfile = "-";
    config.log_level = "info";
    config.statsd_host = "";
    config.statsd_prefix = server::StatsdOptions().prefix;
    config.dogstatsd_tags = "";
    config.server_name = "";
    config.tmp_upload_dir = "";
    config.pid = "";
    config.user = "";
    config.group = "";
    config.umask = "";
    return config;
}

// ---- checks

int octal(const std::string& text, const char* name) {
    if (text.empty()) return -1;
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > 0777)
        refuse("serve", name, "an octal number such as 022");
    return value;
}

std::int64_t in_range(std::int64_t value, std::int64_t min, std::int64_t max, const char* name) {
    if (value < min || value > max)
        refuse("serve", name, "a number from " + std::to_string(min) + " to " + std::to_string(max));
    return value;
}

Duration duration(double value, const char* name, bool may_be_zero) {
    if (!std::isfinite(value) || value < 0 || value > kSecondsMax || (value == 0 && !may_be_zero))
        refuse("serve", name, may_be_zero ? "seconds, or 0 for none" : "a positive number of seconds");
    return Duration::from_seconds(value);
}

void append_parts(std::vector<std::string>& out, const std::string& text) {
    for (std::string& part : split_commas(text)) out.push_back(std::move(part));
}

void append_toml(std::string& out, const std::string& value) {
    std::ostringstream text;
    text << toml::value<std::string>(value);
    out += text.str();
}
void append_toml(std::string& out, std::int64_t value) { out += std::to_string(value); }
void append_toml(std::string& out, bool value) { out += value ? "true" : "false"; }
void append_toml(std::string& out, double value) {
    std::ostringstream text;
    text << toml::value<double>(value);
    out += text.str();
}
template <class T> void append_toml(std::string& out, const std::optional<T>& value) { append_toml(out, *value); }
void append_toml(std::string& out, const std::vector<std::string>& values) {
    out += '[';
    for (const std::string& value : values) {
        if (&value != &values.front()) out += ", ";
        append_toml(out, value);
    }
    out += ']';
}

}  // namespace

ServeConfig load_serve_config(const ServeConfig& command_line, const std::optional<std::string>& file) {
    ServeConfig config = defaults();
    const char* const variable = std::getenv("NUAGES_CONFIG");
    if (file) read_file(*file, config);
    else if (variable && *variable) read_file(variable, config);
    else if (::access(kDefaultFile, R_OK) == 0) read_file(kDefaultFile, config);
    read_environment(config);
    overlay(config, command_line);
    return config;
}

std::string serve_config_text(const ServeConfig& config) {
    std::string out;
    utils::for_each_member(config, [&](std::string_view name, const auto& member) {
        out.append(name).append(" = ");
        append_toml(out, member);
        out += '\n';
    });
    return out;
}

server::MasterOptions master_options_of(const ServeConfig& config) {
    server::MasterOptions options;
    options.binds = config.bind;
    options.backlog = static_cast<int>(in_range(*config.backlog, 1, 1 << 20, "backlog"));
    options.reuse_port = config.reuse_port;
    options.unix_mode = octal(*config.unix_mode, "unix_mode");
    options.workers = static_cast<unsigned>(in_range(*config.workers, 1, 1024, "workers"));
    options.threads = server_options_of(config).threads;
    options.timeout = duration(*config.timeout, "timeout", true);
    options.graceful_timeout = duration(*config.graceful_timeout, "graceful_timeout", false);
    options.preload = config.preload;
    options.pid_file = *config.pid;
    options.user = *config.user;
    options.group = *config.group;
    options.umask = octal(*config.umask, "umask");
    for (const std::string& path : {*config.access_logfile, *config.error_logfile})
        if (!path.empty() && path != "-") options.log_files.push_back(path);
    return options;
}

namespace {

server::TlsOptions tls_options_of(const ServeConfig& config) {
    server::TlsOptions options;
    if (config.keyfile.size() > config.certfile.size())
        refuse("serve", "keyfile", "as many as there are of certfile, or fewer where a certificate's file has its key");
    for (std::size_t i = 0; i < config.certfile.size(); ++i)
        options.certificates.push_back({config.certfile[i], i < config.keyfile.size() ? config.keyfile[i] : ""});
    options.min_version = *config.tls_min_version;
    options.ciphers = *config.ciphers;
    options.ca_certs = *config.ca_certs;
    options.client_certificates =
        static_cast<server::TlsOptions::ClientCertificates>(in_range(*config.cert_reqs, 0, 2, "cert_reqs"));
    return options;
}

}  // namespace

server::StatsdOptions statsd_options_of(const ServeConfig& config) {
    return {.host = *config.statsd_host, .prefix = *config.statsd_prefix, .tags = *config.dogstatsd_tags};
}

server::ServerOptions server_options_of(const ServeConfig& config) {
    server::ServerOptions options;
    options.forwarded_allow_ips.clear();
    options.proxy_allow_ips.clear();
    const std::int64_t threads = in_range(*config.threads, 0, 256, "threads");
    const long processors = ::sysconf(_SC_NPROCESSORS_ONLN);
    options.threads = static_cast<unsigned>(threads > 0 ? threads : std::max(1L, processors));
    options.connections = static_cast<std::size_t>(in_range(*config.worker_connections, 1, 10'000'000, "worker_connections"));
    options.concurrent_requests =
        static_cast<std::size_t>(in_range(*config.limit_concurrency, 0, 10'000'000, "limit_concurrency"));
    options.connections_per_address =
        static_cast<std::size_t>(in_range(*config.connections_per_address, 0, 10'000'000, "connections_per_address"));
    in_range(*config.slow_view_ms, 0, kSlowViewMsMax, "slow_view_ms");
    options.drain_timeout = duration(*config.graceful_timeout, "graceful_timeout", false);
    options.drain_idle = std::min(seconds(1), options.drain_timeout);
    options.idle_timeout = duration(*config.keep_alive, "keep_alive", false);
    options.header_timeout = duration(*config.header_timeout, "header_timeout", false);
    options.body_timeout = duration(*config.body_timeout, "body_timeout", false);
    options.write_timeout = duration(*config.write_timeout, "write_timeout", false);
    options.min_rate = in_range(*config.min_rate, 0, 1LL << 30, "min_rate");
    options.limits.request_line = static_cast<std::size_t>(in_range(*config.limit_request_line, 64, 1 << 20, "limit_request_line"));
    options.limits.header_count = static_cast<std::size_t>(in_range(*config.limit_request_fields, 1, 32'768, "limit_request_fields"));
    options.limits.header_line =
        static_cast<std::size_t>(in_range(*config.limit_request_field_size, 64, 1 << 20, "limit_request_field_size"));
    options.limits.header_bytes = std::max(options.limits.header_bytes, options.limits.header_line);
    options.limits.body = static_cast<std::uint64_t>(
        in_range(*config.limit_request_body, 0, std::numeric_limits<std::int64_t>::max(), "limit_request_body"));
    options.max_requests = static_cast<std::uint64_t>(in_range(*config.max_requests, 0, 1LL << 50, "max_requests"));
    in_range(*config.max_requests_jitter, 0, 1LL << 50, "max_requests_jitter");
    options.server_name = *config.server_name;
    options.headers = config.header;
    options.temp_dir = *config.tmp_upload_dir;
    if (!options.temp_dir.empty() && ::access(options.temp_dir.c_str(), W_OK | X_OK) != 0)
        refuse("serve", "tmp_upload_dir", "a folder that can be written to, not " + options.temp_dir);
    // On the command line a list is one word too.
    for (const std::string& text : config.forwarded_allow_ips) append_parts(options.forwarded_allow_ips, text);
    for (const std::string& text : config.proxy_allow_ips) append_parts(options.proxy_allow_ips, text);
    options.proxy_protocol = config.proxy_protocol;
    options.tls = tls_options_of(config);
    return options;
}

}  // namespace nuages::management::detail
