#include <nuages/async/blocking.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/sqlite/detail/binding.hpp>
#include <nuages/db/backends/sqlite/detail/error_mapping.hpp>
#include <nuages/db/backends/sqlite/detail/execution.hpp>
#include <nuages/db/errors.hpp>

#include <string>
#include <utility>

namespace nuages::db::sqlite::detail {

namespace {

/// Steps of the virtual machine between two looks at the clock: some tens of microseconds.
constexpr int kStepsPerLook = 2000;

void ignore_rows(std::span<const Cell>) {}

/// A statement from the cache, reset when it goes.
class Use {
public:
    Use(SqliteSession& session, std::string_view sql) : session_(session), statement_(session.acquire(sql)) {}
    ~Use() { session_.statements().release(statement_); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    Prepared& statement() const { return statement_; }

private:
    SqliteSession& session_;
    Prepared& statement_;
};

/// Outside of a transaction the writer's place is for one statement.
struct WriterEnd {
    SqliteSession& session;
    ~WriterEnd() { session.end_statement(); }
};

}  // namespace

SqliteSession::SqliteSession(Ref<SqliteDriver> driver, sqlite3* handle) : driver_(std::move(driver)), handle_(handle) {
    sqlite3_progress_handler(handle_, kStepsPerLook, on_progress, this);
    sqlite3_set_authorizer(handle_, on_access, this);
}

SqliteSession::~SqliteSession() {
    statements_.clear();
    stop_writing();
    sqlite3_close_v2(handle_);
}

int SqliteSession::on_progress(void* self) {
    const auto* session = static_cast<const SqliteSession*>(self);
    return session->deadline_ != INT64_MAX && async::monotonic_microseconds() > session->deadline_;
}

/// The authorizer hears of everything that a statement will do, as it is compiled, and of the trigger that does it.
int SqliteSession::on_access(void* self, int, const char*, const char*, const char*, const char* trigger) {
    if (!trigger) return SQLITE_OK;
    auto* session = static_cast<SqliteSession*>(self);
    session->trigger_seen_ = true;
    return session->refuses_triggers_ ? SQLITE_DENY : SQLITE_OK;
}

/// Tells the session of every row that is inserted meanwhile; triggers are refused.
class SqliteSession::InsertedRows {
public:
    explicit InsertedRows(SqliteSession& session) : session_(session) {
        session_.refuses_triggers_ = true;
        sqlite3_update_hook(session_.handle_, on_change, &session_);
    }
    ~InsertedRows() {
        session_.refuses_triggers_ = false;
        sqlite3_update_hook(session_.handle_, nullptr, nullptr);
    }
    InsertedRows(const InsertedRows&) = delete;
    InsertedRows& operator=(const InsertedRows&) = delete;

private:
    SqliteSession& session_;
};

void SqliteSession::on_change(void* self, int what, const char*, const char*, sqlite3_int64 row) {
    if (what == SQLITE_INSERT) static_cast<SqliteSession*>(self)->inserted_.push_back(row);
}

Prepared& SqliteSession::acquire(std::string_view sql) {
    trigger_seen_ = false;
    Prepared& statement = statements_.acquire(handle_, sql);
    if (trigger_seen_) statement.fires_triggers = true;
    return statement;
}

void SqliteSession::become_writer(std::string_view sql) {
    has_written_ = true;
    if (is_writer_ || driver_->single_session()) return;
    if (!driver_->writer().try_lock_for(driver_->options().timeout))
        throw OperationalError("database is locked", std::string(sql));
    is_writer_ = true;
}

void SqliteSession::stop_writing() noexcept {
    if (std::exchange(is_writer_, false)) driver_->writer().unlock();
}

void SqliteSession::close_stray_transaction(std::string_view sql) {
    if (in_block_ || !in_transaction()) return;
    rollback();
    throw ProgrammingError("a transaction that SQL text opens would outlive the statement: use atomic()",
                           std::string(sql));
}

ExecuteResult SqliteSession::execute(std::string_view sql, std::span<const Param> params, RowSink sink) {
    const WriterEnd end{*this};
    ExecuteResult result;
    {
        const Use use(*this, sql);
        bind(handle_, use.statement(), params);
        result = Execution(*this, use.statement(), sink).run();
    }
    close_stray_transaction(sql);
    return result;
}

// RETURNING makes an INSERT of SQLite's two to three times as dear: it opens a temporary table for the rows. The update
// hook tells the same keys. Where triggers fire, which may insert rows as well, RETURNING knows which ones are meant.
ExecuteResult SqliteSession::insert(std::string_view sql, std::size_t returning_at, std::span<const Param> params,
                                    RowSink sink) {
    ExecuteResult result;
    if (!insert_watched(sql.substr(0, returning_at), params, result)) return execute(sql, params, sink);
    std::vector<std::int64_t> keys;
    keys.swap(inserted_);  // the sink may insert rows itself
    for (const std::int64_t row : keys) {
        const Cell key = Cell::from_integer(row);
        sink({&key, 1});
    }
    keys.swap(inserted_);
    return result;
}

bool SqliteSession::insert_watched(std::string_view sql, std::span<const Param> params, ExecuteResult& result) {
    const WriterEnd end{*this};
    const Use use(*this, sql);
    if (use.statement().fires_triggers) return false;
    bind(handle_, use.statement(), params);
    inserted_.clear();
    try {
        const InsertedRows watch(*this);
        result = Execution(*this, use.statement(), ignore_rows).run();
    } catch (const DatabaseError&) {
        if (!trigger_seen_) throw;
        use.statement().fires_triggers = true;  // since the statement was compiled; on_access refused it
        return false;
    }
    if (inserted_.size() == static_cast<std::size_t>(result.rows_changed)) return true;
    throw OperationalError("the keys of the new rows are not known", std::string(sql));
}

void SqliteSession::run(const char* sql) {
    const Use use(*this, sql);
    Execution(*this, use.statement(), ignore_rows).run();
}

std::vector<std::string> SqliteSession::describe(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) != SQLITE_OK)
        throw OperationalError(sqlite3_errmsg(handle_), std::string(sql));
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) names.emplace_back(sqlite3_column_name(statement, i));
    sqlite3_finalize(statement);
    return names;
}

void SqliteSession::begin() {
    const std::string& sql = driver_->options().begin;
    struct Undo {
        SqliteSession* session;
        ~Undo() {
            if (session) session->stop_writing();
        }
    } undo{this};
    const Use use(*this, sql);
    use.statement().has_run = true;  // short, whatever it waits for
    in_block_ = true;
    try {
        Execution(*this, use.statement(), ignore_rows).run();
    } catch (...) {
        in_block_ = false;
        throw;
    }
    has_written_ = false;
    undo.session = nullptr;
}

bool SqliteSession::commit() {
    const async::CancelShield shield;  // from here on it is done or it failed
    const std::int64_t start = async::monotonic_microseconds();
    int code = SQLITE_OK;
    const auto step = [&] { code = sqlite3_exec(handle_, "COMMIT", nullptr, nullptr, nullptr); };
    for (;;) {
        if (has_written_) {
            async::run_blocking(step);
        } else {
            step();
        }
        const bool busy = (code & 0xff) == SQLITE_BUSY;
        if (!busy || async::monotonic_microseconds() - start > driver_->options().timeout.microseconds) break;
        async::sleep_for(milliseconds(5));
    }
    if (code == SQLITE_OK) {
        in_block_ = false;
        stop_writing();
        return true;
    }
    try {
        throw_error(handle_, code, "COMMIT");
    } catch (...) {
        rollback();
        throw;
    }
}

void SqliteSession::rollback() {
    in_block_ = false;
    if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    stop_writing();
}

void SqliteSession::savepoint(int id) { run(("SAVEPOINT s" + std::to_string(id)).c_str()); }

void SqliteSession::savepoint_rollback(int id) {
    run(("ROLLBACK TO SAVEPOINT s" + std::to_string(id)).c_str());
    savepoint_commit(id);
}

void SqliteSession::savepoint_commit(int id) { run(("RELEASE SAVEPOINT s" + std::to_string(id)).c_str()); }

}  // namespace nuages::db::sqlite::detail
