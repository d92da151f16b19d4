// Databases for tests: made empty beside the configured one, and dropped again. Counterpart:
// django.db.backends.base.creation.BaseDatabaseCreation.
#pragma once

#include <nuages/conf/database_url.hpp>

#include <string_view>

namespace nuages::db {

/// The creation role of a backend. Calls need a fiber.
class Creation {
public:
    virtual ~Creation() = default;

    /// Makes an empty database for tests (PostgreSQL: "test_" and the name of URL's; SQLite: in memory, or the file of
    /// the option that names one) and returns its URL. SUFFIX tells several apart that run at once. A database of that
    /// name that an earlier run left behind is dropped first.
    virtual conf::DatabaseUrl create_test_db(const conf::DatabaseUrl& url, std::string_view suffix = {}) const = 0;
    /// Drops what create_test_db made; TEST_URL is what it returned. No session may be open on it.
    virtual void destroy_test_db(const conf::DatabaseUrl& test_url) const = 0;
};

}  // namespace nuages::db
