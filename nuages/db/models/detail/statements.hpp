// Statements that several writers share.
#pragma once

#include <nuages/db/connection.hpp>
#include <nuages/db/models/saving.hpp>

#include <span>
#include <vector>

namespace nuages::db::models {

/// One INSERT of all `objects`; with `returning` generated keys are set in them. `conflicts` may be null.
void insert_rows(const Connection& connection, const ModelMeta& meta, std::span<void* const> objects,
                 const std::vector<const Field*>& columns, bool returning, const BulkCreateOptions* conflicts);

/// How many rows of so many columns fit into one statement.
std::size_t rows_per_statement(const Connection& connection, std::size_t columns);

/// The key of an automatic primary key that was never set, or null: the row is to be made by the database.
bool has_no_key(const ModelMeta& meta, const void* object);

/// "default" for an empty alias.
inline std::string_view database_or_default(std::string_view alias) { return alias.empty() ? "default" : alias; }

}  // namespace nuages::db::models
