#include <nuages/async/blocking.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/sqlite/detail/error_mapping.hpp>
#include <nuages/db/backends/sqlite/detail/execution.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <iterator>

namespace nuages::db::sqlite::detail {

namespace {

constexpr std::size_t kBatchRows = 1024;
constexpr std::size_t kBatchBytes = 256 * 1024;
constexpr int kColumnsInPlace = 48;
/// After so many rows on the loop the clock is asked whether the rest should move to the pool.
constexpr std::int64_t kRowsPerLook = 64;
/// What step_here answers when the statement should go on elsewhere.
constexpr int kGoOnOnPool = -1;

/// As SQLite's own busy handler: short naps first.
constexpr std::int64_t kNaps[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};  // milliseconds

// A session is used by one thread at a time and has no mutex (SQLITE_OPEN_NOMUTEX), so the values of a row may be read
// directly: one lookup per column instead of one per question.
inline Cell read_cell(sqlite3_stmt* statement, int column) {
    sqlite3_value* value = sqlite3_column_value(statement, column);
    switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER: return Cell::from_integer(sqlite3_value_int64(value));
        case SQLITE_FLOAT: return Cell::from_real(sqlite3_value_double(value));
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
            return Cell::from_text({text, static_cast<std::size_t>(sqlite3_value_bytes(value))});
        }
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
            return Cell::from_blob({bytes, static_cast<std::size_t>(sqlite3_value_bytes(value))});
        }
        default: return {};
    }
}

bool is_busy(int code) { return (code & 0xff) == SQLITE_BUSY; }

}  // namespace

void Execution::deliver() {
    const int columns = sqlite3_data_count(statement_.handle);
    ++rows_;
    if (columns <= kColumnsInPlace) [[likely]] {
        union Cells {
            Cell all[kColumnsInPlace];
            Cells() {}  // only those of the columns are made
        } cells;
        for (int i = 0; i < columns; ++i) new (&cells.all[i]) Cell(read_cell(statement_.handle, i));
        sink_({cells.all, static_cast<std::size_t>(columns)});
    } else {
        std::vector<Cell> cells(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) cells[static_cast<std::size_t>(i)] = read_cell(statement_.handle, i);
        sink_(cells);
    }
}

int Execution::step_here() {
    sqlite3_stmt* statement = statement_.handle;
    if (statement_.readonly) session_.watch(start_ + kShort);
    int code = sqlite3_step(statement);
    session_.unwatch();
    if (code == SQLITE_INTERRUPT && statement_.readonly) {
        sqlite3_reset(statement);
        return kGoOnOnPool;
    }
    while (code == SQLITE_ROW) {
        deliver();
        if (rows_ % kRowsPerLook == 0 && async::monotonic_microseconds() - start_ > kShort) return kGoOnOnPool;
        code = sqlite3_step(statement);
    }
    return code;
}

int Execution::fill(Batch& batch) {
    const std::int64_t before = async::monotonic_microseconds();
    batch.cells.clear();
    batch.bytes.clear();
    batch.rows = 0;
    int code;
    while ((code = sqlite3_step(statement_.handle)) == SQLITE_ROW) {
        const int columns = sqlite3_data_count(statement_.handle);
        batch.columns = static_cast<std::size_t>(columns);
        for (int i = 0; i < columns; ++i) {
            const Cell cell = read_cell(statement_.handle, i);
            if (cell.kind() == CellKind::text || cell.kind() == CellKind::blob) batch.bytes.append(cell.text());
            batch.cells.push_back(cell);
        }
        ++batch.rows;
        // What writes is run to its end first: the rows of RETURNING are shown once they are committed.
        if (statement_.readonly && (batch.rows >= kBatchRows || batch.bytes.size() >= kBatchBytes)) break;
    }
    const char* at = batch.bytes.data();  // stays where it is from now on
    for (Cell& cell : batch.cells) {
        if (cell.kind() != CellKind::text && cell.kind() != CellKind::blob) continue;
        const std::size_t size = cell.text().size();
        cell = cell.kind() == CellKind::text ? Cell::from_text({at, size}) : Cell::from_blob({at, size});
        at += size;
    }
    pool_time_ += async::monotonic_microseconds() - before;
    return code;
}

void Execution::deliver(const Batch& batch) {
    const std::span<const Cell> cells = batch.cells;
    for (std::size_t row = 0; row < batch.rows; ++row) {
        ++rows_;
        sink_(cells.subspan(row * batch.columns, batch.columns));
    }
}

/// A long read waits for its turn among the others, up to the timeout of locks; writes and what a transaction reads
/// wait for nobody.
int Execution::fill_on_pool(Batch& batch) {
    const auto fill_there = [&] { return async::run_blocking([&] { return fill(batch); }); };
    if (!statement_.readonly || session_.in_transaction()) return fill_there();
    async::Semaphore& turn = session_.driver().long_reads();
    if (!turn.acquire(session_.driver().options().timeout)) return fill_there();
    struct Release {
        async::Semaphore& turn;
        ~Release() { turn.release(); }
    } release{turn};
    return fill_there();
}

int Execution::step_on_pool() {
    Batch batch;
    for (;;) {
        const int code = fill_on_pool(batch);
        if (!statement_.readonly && code == SQLITE_DONE && !session_.in_transaction()) session_.stop_writing();
        deliver(batch);
        if (code != SQLITE_ROW) return code;
    }
}

/// Sleeps a little when CODE says that another process holds a lock; false when it is of no use to try again.
bool Execution::wait_for_lock(int code) {
    if (!is_busy(code) || code == SQLITE_BUSY_SNAPSHOT || rows_ > 0) return false;
    const std::int64_t left =
        start_ + session_.driver().options().timeout.microseconds - async::monotonic_microseconds();
    if (left <= 0) return false;
    sqlite3_reset(statement_.handle);
    session_.forget_inserted();
    const std::int64_t nap = kNaps[std::min<std::size_t>(waits_++, std::size(kNaps) - 1)] * 1000;
    async::sleep_for(microseconds(std::min(nap, left)));
    return true;
}

ExecuteResult Execution::run() {
    start_ = async::monotonic_microseconds();
    if (!statement_.readonly) session_.become_writer(statement_.sql);
    const bool commits = !statement_.readonly && !session_.in_transaction();
    const bool unknown_write = !statement_.readonly && !statement_.has_run;
    on_pool_ = commits || unknown_write || session_.driver().is_slow(statement_.hash);
    for (;;) {
        const int code = on_pool_ ? step_on_pool() : step_here();
        if (code == SQLITE_DONE) return finish();
        if (code == kGoOnOnPool) {
            on_pool_ = true;
        } else if (!wait_for_lock(code)) {
            throw_error(session_.handle(), code, statement_.sql);
        }
    }
}

ExecuteResult Execution::finish() {
    ExecuteResult result;
    if (statement_.counts_changes) {
        result.rows_changed = sqlite3_changes64(session_.handle());
        result.last_insert_id = sqlite3_last_insert_rowid(session_.handle());
    }
    result.microseconds = async::monotonic_microseconds() - start_;
    statement_.has_run = true;
    const std::int64_t ran = on_pool_ ? pool_time_ : result.microseconds;
    session_.driver().set_slow(statement_.hash, ran > kShort);
    return result;
}

}  // namespace nuages::db::sqlite::detail
