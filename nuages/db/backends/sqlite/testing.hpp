// For tests: a database in memory, on a fiber, in one call.
#pragma once

#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/backend.hpp>

#include <string>
#include <utility>

namespace nuages::db::sqlite {

/// Sets DATABASES to one "default" made of URL while it lives, and puts the former ones back.
class TestDatabase {
public:
    explicit TestDatabase(conf::DatabaseUrl url = {.name = ":memory:"}) {
        register_backend(backend);
        former_ = set_databases(make_databases({{"default", std::move(url)}}));
    }
    ~TestDatabase() { set_databases(std::move(former_)); }
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

private:
    Databases former_;
};

/// Runs F on a fiber with an empty database in memory as "default".
template <class F> void with_memory_database(F&& f) {
    const TestDatabase database;
    async::run([&] { f(); });
}

}  // namespace nuages::db::sqlite
