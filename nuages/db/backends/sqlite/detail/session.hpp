// One SQLite connection.
//
// Where a statement runs: on the loop when it is known to be short, else on a pool thread (async::run_blocking) that
// fills batches of rows, which are handed to the sink back on the fiber. A reading statement that starts on the loop
// and turns out slow is interrupted by the progress handler before its first row and started again on the pool, so that
// even the first run of a scan holds the loop for no more than kShort. Writes outside a transaction commit, and go to
// the pool.
#pragma once

#include <nuages/db/backend.hpp>
#include <nuages/db/backends/sqlite/detail/driver.hpp>
#include <nuages/db/backends/sqlite/detail/statement_cache.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::sqlite::detail {

/// A statement may hold the loop for so long.
inline constexpr std::int64_t kShort = 1000;  // microseconds

class SqliteSession final : public Session {
public:
    /// Takes over HANDLE, which is set up.
    SqliteSession(Ref<SqliteDriver> driver, sqlite3* handle);
    ~SqliteSession() override;

    ExecuteResult execute(std::string_view sql, std::span<const Param> params, RowSink sink) override;
    ExecuteResult insert(std::string_view sql, std::size_t returning_at, std::span<const Param> params, RowSink sink) override;
    std::vector<std::string> describe(std::string_view sql) override;
    void begin() override;
    bool commit() override;
    void rollback() override;
    void savepoint(int id) override;
    void savepoint_rollback(int id) override;
    void savepoint_commit(int id) override;
    bool in_transaction() const override { return !sqlite3_get_autocommit(handle_); }
    bool usable() const override { return sqlite3_get_autocommit(handle_); }

    sqlite3* handle() const { return handle_; }
    SqliteDriver& driver() const { return *driver_; }
    StatementCache& statements() { return statements_; }
    /// A statement that nobody else is stepping; `statements().release` takes it back.
    Prepared& acquire(std::string_view sql);

    /// Interrupts the statement that is being stepped when the monotonic clock passes DEADLINE.
    void watch(std::int64_t deadline) { deadline_ = deadline; }
    void unwatch() { deadline_ = INT64_MAX; }

    /// The writer's place among this process's fibers: taken before the first write, given back at the end of the
    /// transaction. Throws OperationalError "database is locked" when it takes longer than the timeout.
    void become_writer(std::string_view sql);
    void stop_writing() noexcept;
    bool writes() const { return is_writer_; }
    void end_statement() noexcept {
        if (!in_block_) stop_writing();
    }

    /// A statement that failed half-way runs again: the rows that it inserted are none.
    void forget_inserted() noexcept { inserted_.clear(); }

private:
    class InsertedRows;
    /// False, and nothing done, where triggers fire.
    bool insert_watched(std::string_view sql, std::span<const Param> params, ExecuteResult& result);
    static int on_progress(void* self);
    static int on_access(void* self, int what, const char*, const char*, const char*, const char* trigger);
    static void on_change(void* self, int what, const char*, const char*, sqlite3_int64 row);
    void run(const char* sql);
    void close_stray_transaction(std::string_view sql);

    Ref<SqliteDriver> driver_;
    sqlite3* handle_;
    StatementCache statements_;
    std::int64_t deadline_ = INT64_MAX;
    std::vector<std::int64_t> inserted_;  // keys of the rows that the INSERT under way has made
    bool trigger_seen_ = false;           // while a statement was compiled
    bool refuses_triggers_ = false;
    bool is_writer_ = false;
    bool has_written_ = false;  // in the open transaction
    bool in_block_ = false;     // between begin() and commit() or rollback()
};

}  // namespace nuages::db::sqlite::detail
