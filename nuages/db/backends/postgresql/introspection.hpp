// PostgreSQL's introspection: what pg_catalog says of the tables that search_path leads to.
#pragma once

#include <nuages/db/introspection.hpp>

namespace nuages::db::postgresql {

class PostgresqlIntrospection final : public Introspection {
public:
    std::vector<TableInfo> get_table_list(const Connection& connection) const override;
    std::vector<ColumnInfo> get_table_description(const Connection& connection, std::string_view table) const override;
    std::vector<RelationInfo> get_relations(const Connection& connection, std::string_view table) const override;
    std::vector<ConstraintInfo> get_constraints(const Connection& connection, std::string_view table) const override;
    std::vector<SequenceInfo> get_sequences(const Connection& connection, std::string_view table) const override;
    FieldTypeInfo get_field_type(const ColumnInfo& column) const override;
};

}  // namespace nuages::db::postgresql
