#include <nuages/db/backends/sqlite/detail/error_mapping.hpp>
#include <nuages/db/errors.hpp>

#include <string>

namespace nuages::db::sqlite::detail {

void throw_error(sqlite3* handle, int code, std::string_view sql) {
    std::string message = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    std::string statement(sql);
    switch (code & 0xff) {
        case SQLITE_INTERNAL:
        case SQLITE_NOTFOUND: throw InternalError(message, statement);
        case SQLITE_CORRUPT: throw DatabaseError(message, statement);
        case SQLITE_TOOBIG: throw DataError(message, statement);
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH: throw IntegrityError(message, statement);
        case SQLITE_MISUSE:
        case SQLITE_RANGE: throw InterfaceError(message, statement);
        case SQLITE_ERROR:
        case SQLITE_PERM:
        case SQLITE_ABORT:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_NOMEM:
        case SQLITE_READONLY:
        case SQLITE_INTERRUPT:
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_CANTOPEN:
        case SQLITE_PROTOCOL:
        case SQLITE_EMPTY:
        case SQLITE_SCHEMA: throw OperationalError(message, statement);
        default: throw DatabaseError(message, statement);
    }
}

}  // namespace nuages::db::sqlite::detail
