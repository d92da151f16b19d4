// For tests that run on every database: the same cases, on SQLite, and again where NUAGES_TEST_DATABASE=postgresql is set
// (CTest runs them so as NAME_postgresql). Where PostgreSQL's server is absent they are skipped and say so.
#pragma once

#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::testing {

inline bool on_postgresql() {
    const char* name = std::getenv("NUAGES_TEST_DATABASE");
    return name && std::string_view(name) == "postgresql";
}

/// The reason why the tests cannot run here; empty when they can.
inline std::string missing_server() {
    std::string reason;
    if (on_postgresql()) postgresql::TestCluster::shared(&reason);
    return reason;
}

/// An empty database as "default" while it lives. On SQLite a file, so that threads and fibers have sessions of their own,
/// or memory.
class TestDatabase {
public:
    using Options = std::vector<std::pair<std::string, std::string>>;

    explicit TestDatabase(Options options = {}, bool in_memory = false) {
        if (on_postgresql()) {
            postgresql_.emplace(std::move(options));
        } else if (in_memory) {
            sqlite_.emplace();
        } else {
            if (!mkdtemp(folder_.data())) std::abort();
            sqlite_.emplace(conf::DatabaseUrl{.name = folder_ + "/db.sqlite3", .options = std::move(options)});
        }
    }
    ~TestDatabase() {
        const bool has_file = sqlite_ && folder_.back() != 'X';
        sqlite_.reset();
        if (!has_file) return;
        for (const char* end : {"", "-wal", "-shm", "-journal"}) std::remove((folder_ + "/db.sqlite3" + end).c_str());
        std::remove(folder_.c_str());
    }
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

private:
    std::string folder_ = "/tmp/nuages_db_XXXXXX";
    std::optional<postgresql::TestDatabase> postgresql_;
    std::optional<sqlite::TestDatabase> sqlite_;
};

/// Runs F on a fiber with an empty database as "default".
template <class F> void with_database(F&& f, TestDatabase::Options options = {}) {
    const TestDatabase database(std::move(options), true);
    async::run([&] { f(); });
}

}  // namespace nuages::db::testing
