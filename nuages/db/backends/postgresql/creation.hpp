// Databases for tests on PostgreSQL: "test_" and the name, beside the configured one.
#pragma once

#include <nuages/db/creation.hpp>

namespace nuages::db::postgresql {

class PostgresqlCreation final : public Creation {
public:
    /// "test_NAME", or "test_NAME_SUFFIX" for one of several processes, made from the database that the option
    /// `test_template` names: a copy of it, tables and rows included (the server's template1 otherwise). Needs the right
    /// to create databases, and one called "postgres" to connect to, or the configured one.
    conf::DatabaseUrl create_test_db(const conf::DatabaseUrl& url, std::string_view suffix = {}) const override;
    void destroy_test_db(const conf::DatabaseUrl& test_url) const override;
};

}  // namespace nuages::db::postgresql
