// Databases for tests on SQLite: in memory, or a file beside the configured one.
#pragma once

#include <nuages/db/creation.hpp>

namespace nuages::db::sqlite {

class SqliteCreation final : public Creation {
public:
    /// In memory, without SUFFIX; with one a file "test_SUFFIX_NAME" beside the configured file, for several processes.
    conf::DatabaseUrl create_test_db(const conf::DatabaseUrl& url, std::string_view suffix = {}) const override;
    void destroy_test_db(const conf::DatabaseUrl& test_url) const override;
};

}  // namespace nuages::db::sqlite
