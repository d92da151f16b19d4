// What a database can answer instead of rows: the classes of PEP 249 as django.db.utils has them.
#pragma once

#include <nuages/base/error.hpp>

#include <string>
#include <utility>

namespace nuages::db {

/// Base of all errors that come from a database. `what()` is the server's own message, `sql()` the statement.
class DatabaseError : public Error {
public:
    explicit DatabaseError(std::string message, std::string sql = {}, std::string code = {})
        : Error(std::move(message)), sql_(std::move(sql)), code_(std::move(code)) {}
    const char* name() const noexcept override { return "DatabaseError"; }
    /// The statement that failed, as it was sent; empty when no statement was involved (connecting, for instance).
    const std::string& sql() const noexcept { return sql_; }
    /// The SQLSTATE, five characters: "40001" and "40P01" say that the transaction may be tried again. Empty where the
    /// database has none.
    const std::string& code() const noexcept { return code_; }

private:
    std::string sql_;
    std::string code_;
};

/// The database cannot serve right now or at all: locked, full, unreachable, no such table.
NUAGES_DEFINE_ERROR(OperationalError, DatabaseError);
/// A constraint is violated: unique, foreign key, not null, check.
NUAGES_DEFINE_ERROR(IntegrityError, DatabaseError);
/// The statement is wrong: syntax, number of parameters, several statements at once.
NUAGES_DEFINE_ERROR(ProgrammingError, DatabaseError);
/// A value does not fit: out of range, too big, not text where text is needed.
NUAGES_DEFINE_ERROR(DataError, DatabaseError);
/// The database found itself in a bad state.
NUAGES_DEFINE_ERROR(InternalError, DatabaseError);
/// The backend cannot do what was asked.
NUAGES_DEFINE_ERROR(NotSupportedError, DatabaseError);
/// The driver was used wrongly.
NUAGES_DEFINE_ERROR(InterfaceError, DatabaseError);

/// A statement inside an atomic block whose transaction is already broken (django.db.transaction).
NUAGES_DEFINE_ERROR(TransactionManagementError, ProgrammingError);
/// A durable atomic block inside another one (Python's RuntimeError).
NUAGES_DEFINE_ERROR(RuntimeError, Error);
/// `databases()` has no such alias.
NUAGES_DEFINE_ERROR(ConnectionDoesNotExist, Error);

}  // namespace nuages::db
