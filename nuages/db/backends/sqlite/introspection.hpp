// SQLite's introspection: its pragmas, and the text of CREATE TABLE where those say nothing.
#pragma once

#include <nuages/db/introspection.hpp>

namespace nuages::db::sqlite {

class SqliteIntrospection final : public Introspection {
public:
    std::vector<TableInfo> get_table_list(const Connection& connection) const override;
    std::vector<ColumnInfo> get_table_description(const Connection& connection, std::string_view table) const override;
    std::vector<RelationInfo> get_relations(const Connection& connection, std::string_view table) const override;
    std::vector<ConstraintInfo> get_constraints(const Connection& connection, std::string_view table) const override;
    std::vector<SequenceInfo> get_sequences(const Connection& connection, std::string_view table) const override;
    FieldTypeInfo get_field_type(const ColumnInfo& column) const override;
    std::vector<std::string> get_primary_key_columns(const Connection& connection,
                                                     std::string_view table) const override;
    std::string identifier_converter(std::string_view name) const override;
};

}  // namespace nuages::db::sqlite
