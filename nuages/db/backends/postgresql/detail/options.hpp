// What a database URL says, sorted into libpq's parameters and our own.
#pragma once

#include <nuages/base/duration.hpp>
#include <nuages/conf/database_url.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace nuages::db::postgresql::detail {

struct PgOptions {
    std::vector<std::pair<std::string, std::string>> parameters;  ///< libpq's keywords
    std::vector<std::string> set_up;  ///< statements run on each new connection
    std::string begin = "BEGIN";
    Duration connect_timeout = seconds(10);
    Duration pool_timeout = seconds(30);
    Duration max_age = seconds(3600);
    Duration idle_timeout = seconds(600);
    Duration health_check_after = seconds(30);  ///< 0: never
    std::size_t pool_size = 10;
    bool pgbouncer = false;
    bool disable_server_side_cursors = false;

    /// Whether connecting may ask a name server, which blocks.
    bool resolves_names = false;
};

/// Throws ImproperlyConfigured naming the option.
PgOptions read_options(const conf::DatabaseUrl& url);

}  // namespace nuages::db::postgresql::detail
