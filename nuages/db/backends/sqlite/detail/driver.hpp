// One configured SQLite database: options, the queue of writers, and which statements were slow.
#pragma once

#include <nuages/async/mutex.hpp>
#include <nuages/conf/database_url.hpp>
#include <nuages/db/backend.hpp>
#include <nuages/db/backends/sqlite/creation.hpp>
#include <nuages/db/backends/sqlite/introspection.hpp>
#include <nuages/db/backends/sqlite/operations.hpp>

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nuages::db::sqlite::detail {

struct SqliteOptions {
    std::string file;
    bool in_memory = false;
    int open_flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    Duration timeout = seconds(5);
    std::string begin = "BEGIN IMMEDIATE";
    std::string journal_mode = "wal";
    std::string init_command;
    std::size_t pool_size = 16;
};

/// Throws ImproperlyConfigured naming the option.
SqliteOptions read_options(const conf::DatabaseUrl& url);

class SqliteDriver final : public Driver {
public:
    explicit SqliteDriver(SqliteOptions options);

    std::string_view vendor() const override { return "sqlite"; }
    const Features& features() const override { return features_; }
    const Operations& operations() const override { return operations_; }
    const Introspection& introspection() const override { return introspection_; }
    const Creation& creation() const override { return creation_; }
    ClientCommand client_command(const conf::DatabaseUrl& url, std::span<const std::string> parameters) const override;
    std::vector<std::string> check_database(const Connection& connection) const override;
    Session* connect() override;
    std::size_t pool_size() const override { return options_.in_memory ? 1 : options_.pool_size; }
    bool single_session() const override { return options_.in_memory; }
    Duration pool_timeout() const override { return options_.in_memory ? seconds(60) : seconds(30); }

    const SqliteOptions& options() const { return options_; }
    async::Mutex& writer() { return writer_; }
    /// Long reads take turns so that one processor stays free for the loops.
    async::Semaphore& long_reads() { return long_reads_; }

    /// What the last runs of a statement, of any session, have shown. Lock-free; a collision only costs a detour.
    bool is_slow(std::uint64_t hash) const {
        return __atomic_load_n(&slow_[hash % kSlots], __ATOMIC_RELAXED) == tag(hash);
    }
    void set_slow(std::uint64_t hash, bool slow) {
        if (slow != is_slow(hash)) __atomic_store_n(&slow_[hash % kSlots], slow ? tag(hash) : 0, __ATOMIC_RELAXED);
    }

private:
    static constexpr std::size_t kSlots = 1024;
    static std::uint32_t tag(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32) | 1; }

    sqlite3* open();
    void set_up(sqlite3* handle);

    SqliteOptions options_;
    Features features_;
    SqliteOperations operations_;
    SqliteIntrospection introspection_;
    SqliteCreation creation_;
    async::Mutex writer_;
    async::Semaphore long_reads_;
    std::uint32_t slow_[kSlots] = {};
};

}  // namespace nuages::db::sqlite::detail
