// SQL functions that Django registers with every SQLite connection; SQLite has no regular expressions and no parts of
// dates of its own. Names and results are Django's, so views and indexes that use them serve both.
#pragma once

struct sqlite3;

namespace nuages::db::sqlite {

/// Makes the functions known to a connection that was just opened. Throws OperationalError.
void register_functions(sqlite3* handle);
void register_text_functions(sqlite3* handle);
void register_math_functions(sqlite3* handle);

}  // namespace nuages::db::sqlite
