#include <nuages/async/blocking.hpp>
#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/db/backends/sqlite/backend.hpp>
#include <nuages/db/backends/sqlite/detail/driver.hpp>
#include <nuages/db/backends/sqlite/detail/error_mapping.hpp>
#include <nuages/db/backends/sqlite/detail/session.hpp>
#include <nuages/db/backends/sqlite/functions.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <thread>
#include <utility>

namespace nuages::db::sqlite {

namespace detail {

namespace {

[[noreturn]] void bad_option(std::string_view key, std::string_view value, std::string_view expected) {
    std::string message = "DATABASES: option '";
    message.append(key).append("' of an SQLite database is '").append(value).append("', expected ").append(expected);
    throw ImproperlyConfigured(message);
}

double read_number(std::string_view key, std::string_view value) {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || !(number >= 0 && number <= 1e6))
        bad_option(key, value, "a number from 0 to 1000000");
    return number;
}

std::string read_transaction_mode(std::string_view value) {
    for (const std::string_view mode : {"DEFERRED", "IMMEDIATE", "EXCLUSIVE"}) {
        if (value.size() == mode.size() &&
            sqlite3_strnicmp(value.data(), mode.data(), static_cast<int>(mode.size())) == 0)
            return "BEGIN " + std::string(mode);
    }
    bad_option("transaction_mode", value, "'DEFERRED', 'IMMEDIATE' or 'EXCLUSIVE'");
}

std::string read_journal_mode(std::string_view value) {
    for (const std::string_view mode : {"delete", "truncate", "persist", "memory", "wal", "off"}) {
        if (value == mode) return std::string(mode);
    }
    bad_option("journal_mode", value, "'wal', 'delete', 'truncate', 'persist', 'memory' or 'off'");
}

int read_mode(std::string_view value) {
    if (value == "ro") return SQLITE_OPEN_READONLY;
    if (value == "rw") return SQLITE_OPEN_READWRITE;
    if (value == "rwc") return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    bad_option("mode", value, "'ro', 'rw' or 'rwc'");
}

/// The settings that every connection has. A busy statement is retried by us, never by a sleep inside SQLite.
constexpr const char* kSetUp =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA cache_size = -8192;";

void configure_library() {
    // Statistics of memory use take a process-wide lock on each allocation. Refused, harmlessly, once SQLite is in use.
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)once;
}

std::size_t max_query_params() {
    sqlite3* handle = nullptr;
    std::size_t limit = 999;
    if (sqlite3_open(":memory:", &handle) == SQLITE_OK)
        limit = static_cast<std::size_t>(sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, -1));
    sqlite3_close(handle);
    return limit;
}

}  // namespace

SqliteOptions read_options(const conf::DatabaseUrl& url) {
    SqliteOptions options;
    if (url.name.empty())
        throw ImproperlyConfigured("settings.DATABASES is improperly configured. Please supply the NAME value.");
    options.file = url.name;
    options.in_memory = url.in_memory();
    for (const auto& [key, value] : url.options) {
        if (key == "timeout") {
            options.timeout = Duration::from_seconds(read_number(key, value));
        } else if (key == "transaction_mode") {
            options.begin = read_transaction_mode(value);
        } else if (key == "journal_mode") {
            options.journal_mode = read_journal_mode(value);
        } else if (key == "init_command") {
            options.init_command = value;
        } else if (key == "pool_size") {
            options.pool_size = static_cast<std::size_t>(read_number(key, value));
            if (options.pool_size == 0) bad_option(key, value, "at least 1");
        } else if (key == "mode") {
            options.open_flags = read_mode(value);
        } else {
            throw ImproperlyConfigured("DATABASES: an SQLite database has no option '" + key +
                                       "'. Choices are: init_command, journal_mode, mode, pool_size, timeout, "
                                       "transaction_mode");
        }
    }
    return options;
}

SqliteDriver::SqliteDriver(SqliteOptions options)
    : options_(std::move(options)),
      long_reads_(std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1)) {
    configure_library();
    features_.max_query_params = max_query_params();
    features_.supports_aggregate_distinct_multiple_argument = false;
    features_.can_return_columns_from_insert = sqlite3_libversion_number() >= 3035000;
    features_.can_return_rows_from_bulk_insert = features_.can_return_columns_from_insert;
}

sqlite3* SqliteDriver::open() {
    sqlite3* handle = nullptr;
    int flags = options_.open_flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (options_.file.starts_with("file:")) flags |= SQLITE_OPEN_URI;
    const int code = sqlite3_open_v2(options_.file.c_str(), &handle, flags, nullptr);
    if (code != SQLITE_OK) {
        const std::string reason = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
        sqlite3_close(handle);
        throw OperationalError(reason + ": " + options_.file);
    }
    sqlite3_busy_timeout(handle, 0);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    return handle;
}

void SqliteDriver::set_up(sqlite3* handle) {
    std::string script = kSetUp;
    if (!options_.in_memory && !(options_.open_flags & SQLITE_OPEN_READONLY))
        script.append("PRAGMA journal_mode = ").append(options_.journal_mode).append(";");
    script.append(options_.init_command);
    const std::int64_t give_up = async::monotonic_microseconds() + options_.timeout.microseconds;
    for (;;) {
        int code = SQLITE_OK;
        async::run_blocking([&] { code = sqlite3_exec(handle, script.c_str(), nullptr, nullptr, nullptr); });
        if (code == SQLITE_OK) return;
        if ((code & 0xff) != SQLITE_BUSY || async::monotonic_microseconds() >= give_up)
            throw_error(handle, code, script);
        async::sleep_for(milliseconds(5));
    }
}

ClientCommand SqliteDriver::client_command(const conf::DatabaseUrl& url, std::span<const std::string> parameters) const {
    ClientCommand command{{"sqlite3"}};
    command.arguments.insert(command.arguments.end(), parameters.begin(), parameters.end());
    command.arguments.push_back(url.name);
    return command;
}

std::vector<std::string> SqliteDriver::check_database(const Connection& connection) const {
    std::vector<std::string> problems;
    const auto says = [&](const char* sql) {
        const auto rows = connection.query<std::int64_t>(sql);
        return rows.empty() ? 0 : std::get<0>(rows[0]);
    };
    if (says("PRAGMA foreign_keys") == 0)
        problems.emplace_back("This SQLite was built without foreign keys: the database does not enforce them.");
    if (says("SELECT sqlite_compileoption_used('OMIT_JSON')") != 0)
        problems.emplace_back("This SQLite was built without its JSON functions: JSONFields do not work.");
    const bool read_only = options_.open_flags & SQLITE_OPEN_READONLY;
    const auto mode = connection.query<std::string>("PRAGMA journal_mode");
    if (!options_.in_memory && !read_only && !mode.empty() && std::get<0>(mode[0]) != options_.journal_mode)
        problems.emplace_back("The database did not take the journal mode '" + options_.journal_mode +
                              "': its file system may not support it.");
    return problems;
}

Session* SqliteDriver::connect() {
    sqlite3* handle = nullptr;
    async::run_blocking([&] { handle = open(); });
    try {
        register_functions(handle);
        set_up(handle);
        return new SqliteSession(Ref<SqliteDriver>(this), handle);
    } catch (...) {
        sqlite3_close_v2(handle);
        throw;
    }
}

}  // namespace detail

namespace {

Ref<Driver> make_driver(const conf::DatabaseUrl& url) {
    return make_ref<detail::SqliteDriver>(detail::read_options(url));
}

}  // namespace

const Backend backend{"sqlite", make_driver};

}  // namespace nuages::db::sqlite
