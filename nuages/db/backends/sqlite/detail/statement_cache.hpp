// Prepared statements of one session, found by their SQL text; the least recently used one makes room.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::db::sqlite::detail {

/// A prepared statement and what was learned about it.
struct Prepared {
    sqlite3_stmt* handle = nullptr;
    std::string sql;
    std::uint64_t hash = 0;
    int params = 0;
    bool readonly = true;
    bool counts_changes = false;  // INSERT, UPDATE, DELETE
    bool fires_triggers = false;
    bool in_use = false;
    bool cached = true;
    bool has_run = false;

    Prepared* next_in_bucket = nullptr;
    Prepared* newer = nullptr;
    Prepared* older = nullptr;
};

/// Not shared between threads.
class StatementCache {
public:
    StatementCache() = default;
    ~StatementCache() { clear(); }
    StatementCache(const StatementCache&) = delete;
    StatementCache& operator=(const StatementCache&) = delete;

    /// A statement that nobody else is stepping, marked as in use. Throws ProgrammingError, OperationalError.
    Prepared& acquire(sqlite3* connection, std::string_view sql);
    /// Resets it; statements outside the cache are finalized.
    void release(Prepared& statement) noexcept;
    void clear() noexcept;

    std::size_t size() const noexcept { return size_; }
    static constexpr std::size_t kCapacity = 256;

private:
    static constexpr std::size_t kBuckets = 512;
    Prepared* find(std::string_view sql, std::uint64_t hash) noexcept;
    void insert(Prepared& statement) noexcept;
    void evict() noexcept;
    void unlink(Prepared& statement) noexcept;
    void link_newest(Prepared& statement) noexcept;

    Prepared* buckets_[kBuckets] = {};
    Prepared* newest_ = nullptr;
    Prepared* oldest_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace nuages::db::sqlite::detail
