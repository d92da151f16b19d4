// Tables of models, with Django's types and names of columns, constraints and indexes.
#pragma once

#include <nuages/db/models/meta.hpp>

#include <span>
#include <string>
#include <vector>

namespace nuages::db::models::schema {

/// The statements that create a model's table, those of its automatic many-to-many tables, constraints and indexes.
std::vector<std::string> create_statements(const Connection& connection, const ModelMeta& meta);
std::vector<std::string> delete_statements(const Connection& connection, const ModelMeta& meta);

/// Whether a database gets this model's table: a managed model whose required_db_vendor and required_db_features fit.
bool can_migrate(const Connection& connection, const ModelMeta& meta);
/// Creates what is missing: tables that exist are left as they are. Returns the names of those created.
std::vector<std::string> create_tables(const Connection& connection, std::span<const ModelMeta* const> models);

/// The type of a field's column on that database: "varchar(30)".
std::string column_type(const Field& field, const Connection& connection);

/// Django's name of an index or constraint: table and columns, shortened, with eight digits of their MD5.
std::string index_name(std::string_view table, std::span<const std::string> columns, std::string_view suffix);

}  // namespace nuages::db::models::schema
