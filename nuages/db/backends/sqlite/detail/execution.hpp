// One run of one statement: on the loop, on a pool thread, or first the one and then the other.
#pragma once

#include <nuages/db/backends/sqlite/detail/session.hpp>

#include <string>
#include <vector>

namespace nuages::db::sqlite::detail {

/// Rows copied on a pool thread for the fiber.
struct Batch {
    std::vector<Cell> cells;
    std::string bytes;
    std::size_t columns = 0;
    std::size_t rows = 0;
};

class Execution {
public:
    Execution(SqliteSession& session, Prepared& statement, RowSink sink)
        : session_(session), statement_(statement), sink_(sink) {}

    /// Steps to the end. Throws DatabaseError and its children.
    ExecuteResult run();

private:
    int step_here();
    int step_on_pool();
    int fill_on_pool(Batch& batch);
    /// On the pool thread: rows until the batch is full or the statement has ended.
    int fill(Batch& batch);
    void deliver();
    void deliver(const Batch& batch);
    bool wait_for_lock(int code);
    ExecuteResult finish();

    SqliteSession& session_;
    Prepared& statement_;
    RowSink sink_;
    std::int64_t start_ = 0;
    std::int64_t pool_time_ = 0;
    std::int64_t rows_ = 0;
    int waits_ = 0;
    bool on_pool_ = false;
};

}  // namespace nuages::db::sqlite::detail
