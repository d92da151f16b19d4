// Statements that several writers share.
#pragma once

#include <nuages/db/connection.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/sql_writer.hpp>

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

namespace nuages::db::models {

class Select;

/// A plain value as a parameter; what it points at must outlive the statement. ValueError for a list.
Param param_of(const Literal& value);

/// Prints what an object has for a column: a bound value, or the expression that a record holds, resolved in `scope`.
void write_value(SqlWriter& out, const Field& field, const void* object, Select& scope, bool inserting = false);

/// The columns of an INSERT, and those that the database fills in.
struct Insertion {
    std::vector<const Field*> columns, returning;
};
Insertion insertion_of(const ModelMeta& meta, std::span<void* const> objects, bool no_key);

/// Whether an object has something for the database to compute where the field's value belongs.
bool holds_expression(const Field& field, const void* object);

/// One INSERT of `object`; what the database filled in is set in it.
void insert_row(const Connection& connection, const ModelMeta& meta, void* object, bool no_key);

/// One INSERT of all `objects`, whose columns `insertion` has; what the database filled in is set in them.
void insert_rows(const Connection& connection, const ModelMeta& meta, std::span<void* const> objects, bool no_key,
                 const Insertion& insertion, const BulkCreateOptions& options);

/// RETURNING and these columns.
void write_returning(SqlWriter& out, const ModelMeta& meta, const std::vector<const Field*>& columns);

/// How many rows of so many columns fit into one statement.
std::size_t rows_per_statement(const Connection& connection, std::size_t columns);

namespace detail {
/// Decodes the row of a get() into `object` and counts the rows: of several it holds the last. Nothing where the SQL is not
/// known from earlier.
std::optional<std::size_t> fetch_known_object(const Query& query, std::initializer_list<const QNode*> conditions, void* object);
}  // namespace detail

/// TransactionManagementError for select_for_update() outside of a transaction, where the database locks rows.
void check_lock(const Select& select, const Connection& connection);

/// The key of an automatic primary key that was never set, or null: the row is to be made by the database.
bool has_no_key(const ModelMeta& meta, const void* object);

/// Foreign keys take the keys of their objects; ValueError for an object that was never saved.
void prepare_relations(const ModelMeta& meta, void* object, std::string_view operation, std::string_view database,
                       bool with_parents = false);

/// pk IN (keys); of a composite key, whose elements are lists, the same with AND and OR.
QNode has_key_among(const ModelMeta& meta, const std::vector<Literal>& keys);

/// The database that a change of these rows goes to: the one that the query names, else what routers say.
std::string_view write_database(const Query& query);
/// The same for objects: ALIAS unless it is empty.
std::string_view write_database(const ModelMeta& meta, std::string_view alias);

/// Where one object is written: ALIAS where it is given, else what the routers say, else where the object comes from.
std::string_view object_database(const ModelMeta& meta, const void* object, std::string_view alias);

/// "default" for an empty alias.
inline std::string_view database_or_default(std::string_view alias) { return alias.empty() ? "default" : alias; }

}  // namespace nuages::db::models
