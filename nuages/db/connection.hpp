// Connection: the way to one database from a fiber. It is a handle of eight bytes; which physical session serves
// a statement is decided per statement: inside atomic always the transaction's, otherwise any idle one of this thread.
//
// Compiled SQL has the vendor's placeholders and goes through execute(sql, params, sink).
// SQL written by hand has Django's %s, and %% for a percent sign, whatever the vendor.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/cell.hpp>
#include <nuages/db/fwd.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace nuages::db {

namespace detail {
struct Context;  // transaction_state.hpp
}

/// Called once per row with its columns in order.
using RowSink = FunctionRef<void(std::span<const Cell>)>;

/// What a statement did.
struct ExecuteResult {
    std::int64_t rows_changed = 0;    ///< Rows that INSERT, UPDATE or DELETE touched.
    std::int64_t last_insert_id = 0;  ///< Key of the row inserted last by this statement.
    std::int64_t microseconds = 0;    ///< From sending to the last row, waiting for a lock included.
};

/// A parameter of %(name)s in hand-written SQL; the name and the value are borrowed.
struct NamedParam {
    std::string_view name;
    Param value;
};

/// A handle to one database of the site. All calls need a fiber: elsewhere they throw Error.
class Connection {
public:
    explicit Connection(Database& database) : database_(&database) {}

    Database& database() const { return *database_; }
    const std::string& alias() const;
    /// "sqlite", "postgresql" or "mysql".
    std::string_view vendor() const;
    const Features& features() const;
    const Operations& operations() const;
    /// What the database tells of its tables; NotSupportedError where the vendor has no such thing.
    const Introspection& introspection() const;
    /// True inside atomic on this database.
    bool in_atomic_block() const;

    /// Runs one statement with the vendor's own placeholders; SINK is called per row, always on this fiber, and may
    /// run other statements. Throws DatabaseError and its children.
    ExecuteResult execute(std::string_view sql, std::span<const Param> params, RowSink sink) const;
    ExecuteResult execute(std::string_view sql, std::span<const Param> params) const;

    /// An INSERT that ends, from RETURNING_AT on, in RETURNING and the table's automatic key: SINK gets the keys in the
    /// order of the rows. Cheaper than execute() where the database tells keys without RETURNING.
    ExecuteResult insert(std::string_view sql, std::size_t returning_at, std::span<const Param> params, RowSink sink) const;

    /// execute() for results that should not stand in memory whole: rows come in parts of ROWS_AT_ONCE where the vendor
    /// has cursors. SINK may run other statements.
    ExecuteResult execute_streamed(std::string_view sql, std::span<const Param> params, std::size_t rows_at_once,
                                   RowSink sink) const;
    /// COPY ... FROM STDIN: MORE appends the next piece of data and answers false after the last one. All of it or
    /// nothing is stored. Throws NotSupportedError where the vendor has no such thing (Features::has_bulk_copy).
    ExecuteResult copy_in(std::string_view sql, FunctionRef<bool(std::string& data)> more) const;

    /// Runs one hand-written statement: `execute("UPDATE t SET a = %s", 3)`. Without parameters % has no meaning.
    template <std::convertible_to<Param>... Values>
    ExecuteResult execute(std::string_view sql, const Values&... values) const {
        return execute_raw(sql, std::array<Param, sizeof...(Values)>{Param(values)...}, ignore_rows);
    }

    /// The same with names: `execute("UPDATE t SET a = %(a)s", {{"a", 3}})`. A name may stand in several places.
    ExecuteResult execute(std::string_view sql, std::initializer_list<NamedParam> named) const {
        return execute_named(sql, {named.begin(), named.size()}, ignore_rows);
    }

    /// The rows of a hand-written statement as tuples: `for (auto [id, n] : query<std::int64_t, int>("...", limit))`.
    /// Types: integers, bool, double, std::string, Date, Time, DateTime, Duration, and std::optional of these.
    template <class... Types, std::convertible_to<Param>... Values>
    std::vector<std::tuple<Types...>> query(std::string_view sql, const Values&... values) const {
        std::vector<std::tuple<Types...>> rows;
        execute_raw(sql, std::array<Param, sizeof...(Values)>{Param(values)...},
                    [&](std::span<const Cell> cells) { append_row(rows, cells); });
        return rows;
    }
    template <class... Types>
    std::vector<std::tuple<Types...>> query(std::string_view sql, std::initializer_list<NamedParam> named) const {
        std::vector<std::tuple<Types...>> rows;
        execute_named(sql, {named.begin(), named.size()},
                      [&](std::span<const Cell> cells) { append_row(rows, cells); });
        return rows;
    }

    /// The names of the columns that a statement with the vendor's placeholders gives; it is not run.
    std::vector<std::string> describe(std::string_view sql) const;

    /// As query, but each row goes to SINK as it comes.
    ExecuteResult execute_raw(std::string_view sql, std::span<const Param> params, RowSink sink) const;
    ExecuteResult execute_named(std::string_view sql, std::span<const NamedParam> named, RowSink sink) const;

private:
    template <class... Types>
    static void append_row(std::vector<std::tuple<Types...>>& rows, std::span<const Cell> cells) {
        check_columns(cells.size(), sizeof...(Types));
        const Cell* cell = cells.data();
        std::apply([&](Types&... columns) { (decode(*cell++, columns), ...); }, rows.emplace_back());
    }
    static void ignore_rows(std::span<const Cell>) {}
    using Send = FunctionRef<ExecuteResult(Session& session, std::string_view sql, std::span<const Param> params)>;
    /// Calls SEND, through the wrappers that there are.
    ExecuteResult run(std::string_view sql, std::span<const Param> params, bool shared, Send send) const;
    /// Calls SEND with the transaction's session, or with one of the pool.
    ExecuteResult run_unwrapped(const detail::Context& context, std::string_view sql, std::span<const Param> params, bool shared,
                                Send send) const;
    ExecuteResult run_wrapped(std::string_view sql, std::span<const Param> params, bool shared, Send send) const;
    static void check_columns(std::size_t got, std::size_t expected);

    Database* database_;
};

/// The connection to the database ALIAS of `databases()`; throws ConnectionDoesNotExist.
Connection connection(std::string_view alias = "default");

}  // namespace nuages::db

namespace nuages {
using db::connection;
}  // namespace nuages
