// Where a database is, read from one URL: sqlite:///db.sqlite3,
// postgres://user:password@host:5432/name?sslmode=require.
#pragma once

#include <nuages/base/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::conf {

/// One entry of DATABASES. An aggregate: `{.engine = "sqlite", .name = "db.sqlite3"}` says the same as the URL.
struct DatabaseUrl {
    std::string engine = "sqlite";  ///< "sqlite", "postgresql" or "mysql", whatever alias the URL used.
    std::string name;  ///< Database name; for SQLite a path (relative to the working directory) or ":memory:".
    std::string user;
    std::string password;
    std::string host;  ///< Host name, address, or the folder of a Unix socket; empty means the client's default.
    int port = 0;      ///< 0 means the engine's default.
    std::vector<std::pair<std::string, std::string>> options;  ///< The URL's query, decoded, in order.
    bool atomic_requests = false;                              ///< ATOMIC_REQUESTS: each view runs in a transaction.

    /// Reads a URL. The failure names the part that is wrong and never shows the password.
    /// `sqlite:///relative/path`, `sqlite:////absolute/path`, `sqlite://:memory:`; user, password, host and name are
    /// percent-decoded.
    static Result<DatabaseUrl> parse(std::string_view url);

    bool in_memory() const { return engine == "sqlite" && name == ":memory:"; }
    /// The value of option KEY, or FALLBACK.
    std::string_view option(std::string_view key, std::string_view fallback = {}) const;
    /// The URL again, with the password as ********: fit for logs and debug pages.
    std::string masked() const;
};

}  // namespace nuages::conf
