#include <nuages/base/error.hpp>
#include <nuages/db/backends/postgresql/detail/options.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace nuages::db::postgresql::detail {

namespace {

[[noreturn]] void bad_option(std::string_view key, std::string_view value, std::string_view expected) {
    std::string message = "DATABASES: option '";
    message.append(key).append("' of a PostgreSQL database is '").append(value).append("', expected ").append(expected);
    throw ImproperlyConfigured(message);
}

Duration read_seconds(std::string_view key, std::string_view value) {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || !(number >= 0 && number <= 1e8))
        bad_option(key, value, "a number of seconds");
    return Duration::from_seconds(number);
}

std::size_t read_count(std::string_view key, std::string_view value) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > 10'000)
        bad_option(key, value, "a number from 1 to 10000");
    return number;
}

bool read_boolean(std::string_view key, std::string_view value) {
    if (value == "true" || value == "1" || value == "yes" || value == "on") return true;
    if (value == "false" || value == "0" || value == "no" || value == "off") return false;
    bad_option(key, value, "true or false");
}

std::string read_isolation(std::string_view value) {
    std::string level;
    for (const char c : value) level += c == '_' || c == '-' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    for (const std::string_view known : {"READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}) {
        if (level == known) return "BEGIN ISOLATION LEVEL " + level;
    }
    bad_option("isolation_level", value, "'read committed', 'repeatable read' or 'serializable'");
}

/// A time setting of the server: digits and a unit, nothing that could end the word in `options`.
std::string read_time_setting(std::string_view key, std::string_view value) {
    const bool fits = !value.empty() && value.size() < 20 && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    }) && value[0] >= '0' && value[0] <= '9';
    if (!fits) bad_option(key, value, "a time such as 5s or 250ms (a bare number is milliseconds)");
    return std::string(value);
}

std::string quoted_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

bool is_libpq_keyword(std::string_view key) {
    PQconninfoOption* known = PQconndefaults();
    bool found = false;
    for (const PQconninfoOption* option = known; option && option->keyword; ++option) found |= key == option->keyword;
    PQconninfoFree(known);
    return found;
}

/// True for what getaddrinfo would have to ask others about; lists of hosts count when one does.
bool is_name(std::string_view hosts) {
    while (!hosts.empty()) {
        const std::string_view host = hosts.substr(0, hosts.find(','));
        hosts.remove_prefix(std::min(hosts.size(), host.size() + 1));
        const bool numeric =
            std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
        if (!host.empty() && !host.starts_with('/') && !host.starts_with('@') && !numeric && host.find(':') == host.npos)
            return true;
    }
    return false;
}

void set_default(PgOptions& options, std::string_view key, std::string_view value) {
    for (const auto& [name, unused] : options.parameters) {
        if (name == key) return;
    }
    options.parameters.emplace_back(key, value);
}

/// Ours; false when KEY is none of them.
bool read_own(PgOptions& options, std::string& server_settings, const std::string& key, const std::string& value) {
    if (key == "pool_size") {
        options.pool_size = read_count(key, value);
    } else if (key == "pool_timeout") {
        options.pool_timeout = read_seconds(key, value);
    } else if (key == "connect_timeout") {
        options.connect_timeout = read_seconds(key, value);
        if (options.connect_timeout.microseconds == 0) options.connect_timeout = hours(24);  // libpq's "no limit"
    } else if (key == "conn_max_age") {
        options.max_age = read_seconds(key, value);
    } else if (key == "idle_timeout") {
        options.idle_timeout = read_seconds(key, value);
    } else if (key == "conn_health_checks") {
        options.health_check_after = value == "true" ? seconds(30) : value == "false" ? Duration{} : read_seconds(key, value);
    } else if (key == "isolation_level") {
        options.begin = read_isolation(value);
    } else if (key == "assume_role") {
        options.set_up.push_back("SET ROLE " + quoted_identifier(value));
    } else if (key == "test_template") {
        // read by creation.cpp
    } else if (key == "disable_server_side_cursors") {
        options.disable_server_side_cursors = read_boolean(key, value);
    } else if (key == "pgbouncer") {
        options.pgbouncer = read_boolean(key, value);
    } else if (key == "statement_timeout" || key == "lock_timeout" || key == "idle_in_transaction_session_timeout") {
        server_settings += " -c " + key + "=" + read_time_setting(key, value);
    } else {
        return false;
    }
    return true;
}

}  // namespace

PgOptions read_options(const conf::DatabaseUrl& url) {
    PgOptions options;
    if (url.name.empty() && url.option("service").empty())
        throw ImproperlyConfigured(
            "settings.DATABASES is improperly configured. Please supply the NAME or OPTIONS['service'] value.");
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) options.parameters.emplace_back(key, value);
    };
    add("dbname", url.name);
    add("user", url.user);
    add("password", url.password);
    add("host", url.host);
    if (url.port) add("port", std::to_string(url.port));
    std::string server_settings, own_settings;
    for (const auto& [key, value] : url.options) {
        if (key == "options") {
            server_settings += value;
        } else if (!read_own(options, own_settings, key, value)) {
            if (key == "client_encoding" || !is_libpq_keyword(key))
                throw ImproperlyConfigured(
                    "DATABASES: a PostgreSQL database has no option '" + key +
                    "'. Choices are libpq's keywords, and: assume_role, conn_health_checks, conn_max_age, "
                    "disable_server_side_cursors, idle_timeout, idle_in_transaction_session_timeout, isolation_level, lock_timeout, pgbouncer, pool_size, "
                    "pool_timeout, statement_timeout, test_template");
            options.parameters.emplace_back(key, value);
        }
    }
    options.resolves_names = is_name(url.host) || is_name(url.option("host")) || !url.option("service").empty();
    options.parameters.emplace_back("client_encoding", "UTF8");
    if (options.pgbouncer) {
        if (!own_settings.empty())
            throw ImproperlyConfigured("DATABASES: behind PgBouncer" + own_settings.substr(3, own_settings.find('=') - 3) +
                                       " would reach other clients: set it with ALTER ROLE instead");
        if (!options.set_up.empty())
            throw ImproperlyConfigured("DATABASES: assume_role cannot be used behind PgBouncer in transaction mode");
        options.set_up.emplace_back("SET TIME ZONE 'UTC'");  // PgBouncer keeps this one per client
        if (!server_settings.empty()) options.parameters.emplace_back("options", server_settings);
    } else {
        options.parameters.emplace_back("options", server_settings + " -c timezone=UTC" + own_settings);
    }
    // A peer that vanished is noticed within a minute or so, not within hours.
    set_default(options, "tcp_user_timeout", "30000");
    set_default(options, "keepalives_idle", "60");
    set_default(options, "keepalives_interval", "10");
    set_default(options, "keepalives_count", "3");
    set_default(options, "gssencmode", "disable");
    set_default(options, "fallback_application_name", "nuages");
    return options;
}

}  // namespace nuages::db::postgresql::detail
