// The SQLite backend: one constant that `register_backend` takes.
//
// Options of the URL's query: timeout (seconds to wait for a lock, default 5), transaction_mode (IMMEDIATE, the
// default; DEFERRED, which is Django's, or EXCLUSIVE), init_command (statements run on each new connection, separated
// by ';'), pool_size (connections per thread, default 16), mode (ro, rw, rwc), journal_mode (default wal).
//
// Transactions begin IMMEDIATE here: one that reads first and writes later could otherwise fail with "database is
// locked" at once, however long the timeout.
#pragma once

#include <nuages/db/database.hpp>

namespace nuages::db::sqlite {

/// Engine "sqlite".
extern const Backend backend;

}  // namespace nuages::db::sqlite
