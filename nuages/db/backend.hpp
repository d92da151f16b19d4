// What a vendor implements: a Driver makes Sessions, a Session is one physical connection.
//
// The pool leases a session to one fiber at a time (one thread at a time, with a happens-before edge between them),
// so a session needs no lock. A session's calls may suspend the fiber; they never block the thread for long.
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/conf/database_url.hpp>
#include <nuages/db/cell.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/fwd.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db {

/// A program to run in place of this one: dbshell's. The environment holds what other users may not see (passwords).
struct ClientCommand {
    std::vector<std::string> arguments;  ///< the program's name first
    std::vector<std::pair<std::string, std::string>> environment = {};
};

/// One physical connection. All calls come from a fiber; errors are DatabaseError and its children.
class Session {
public:
    virtual ~Session() = default;

    /// Runs one statement with the vendor's placeholders. SINK runs on the calling fiber and may call execute again.
    virtual ExecuteResult execute(std::string_view sql, std::span<const Param> params, RowSink sink) = 0;
    /// Runs an INSERT of as many rows as wanted whose text ends in RETURNING and the automatic key, from RETURNING_AT on:
    /// SINK gets the keys in the order of the rows. A session that learns them otherwise may leave that end out.
    virtual ExecuteResult insert(std::string_view sql, std::size_t returning_at, std::span<const Param> params, RowSink sink);
    /// `execute` for results that should not stand in memory whole: rows come in parts of ROWS_AT_ONCE. SINK may not use
    /// this session, unless the driver has server-side cursors.
    virtual ExecuteResult execute_streamed(std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                                           RowSink sink);
    /// The names of the columns that a statement gives, without running it.
    virtual std::vector<std::string> describe(std::string_view sql);
    /// Runs a COPY ... FROM STDIN statement: MORE appends the next piece of data and answers false after the last one.
    /// Throws NotSupportedError where the vendor has no such thing.
    virtual ExecuteResult copy_in(std::string_view sql, FunctionRef<bool(std::string& data)> more);

    /// Transaction control. A failed `commit` leaves the transaction rolled back. It answers false when the database
    /// rolled back instead, because a statement had failed whose error the program swallowed.
    virtual void begin() = 0;
    virtual bool commit() = 0;
    /// Must not suspend for the sake of others: it also runs while a cancelled fiber unwinds.
    virtual void rollback() = 0;
    /// SAVEPOINT, ROLLBACK TO (and release), RELEASE of savepoint number ID.
    virtual void savepoint(int id) = 0;
    virtual void savepoint_rollback(int id) = 0;
    virtual void savepoint_commit(int id) = 0;

    /// True between begin and commit or rollback; false too when the database ended the transaction by itself.
    virtual bool in_transaction() const = 0;
    /// False when the session is beyond use (the server has gone, it is too old): the pool drops it.
    virtual bool usable() const = 0;
    /// How long nobody has used it.
    virtual Duration idle_for() const { return {}; }
    /// Asked of an idle session before it is handed out; false: it does not answer, and is dropped. May suspend.
    virtual bool check() { return true; }

    /// True when several fibers may have statements under way at once, which the session answers in their order.
    virtual bool pipelines() const { return false; }
    /// Statements under way.
    virtual std::size_t in_flight() const { return 0; }
    /// True when the oldest statement under way takes long: new ones should go elsewhere.
    virtual bool stalled() const { return false; }
};

/// One configured database of a vendor; shared by all threads.
class Driver : public RefCounted {
public:
    virtual std::string_view vendor() const = 0;
    virtual const Features& features() const = 0;
    virtual const Operations& operations() const = 0;

    /// Opens a session; may suspend. Throws OperationalError.
    virtual Session* connect() = 0;
    /// Most sessions that one thread opens; 1 with `single_session`.
    virtual std::size_t pool_size() const = 0;
    /// True when all threads share one session, as a database in memory needs.
    virtual bool single_session() const = 0;
    /// How long a fiber waits for a session before OperationalError.
    virtual Duration pool_timeout() const = 0;
    /// How long a session stays open without use; zero: for ever.
    virtual Duration idle_timeout() const { return {}; }
    /// True for a statement that may stand in line with those of other fibers on one session: a read that was short the
    /// last time, outside of a transaction. Asked on the thread that will run it.
    virtual bool shareable(std::string_view) const { return false; }

    /// Whether Session::execute_streamed() reads a result in parts, so that a loop may hold it open.
    virtual bool has_server_side_cursors() const { return false; }

    /// What the database tells of its tables, and how databases for tests are made. A vendor without one throws
    /// NotSupportedError.
    virtual const Introspection& introspection() const;
    virtual const Creation& creation() const;
    /// The vendor's own prompt for the database at URL: dbshell runs it. PARAMETERS go to it as they are.
    virtual ClientCommand client_command(const conf::DatabaseUrl& url, std::span<const std::string> parameters) const;
    /// The validation role: what is wrong, a sentence each, with a database that CONNECTION leads to (`check` shows it).
    virtual std::vector<std::string> check_database(const Connection& connection) const;
};

}  // namespace nuages::db
