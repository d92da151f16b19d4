// How PostgreSQL spells SQL (django.db.backends.postgresql).
#pragma once

#include <nuages/db/operations.hpp>

namespace nuages::db::postgresql {

/// PostgreSQL's side of Operations; stateless.
class PostgresqlOperations final : public Operations {
public:
    void quote_name(std::string& out, std::string_view name) const override;
    std::size_t max_name_length() const override { return 63; }
    void placeholder(std::string& out, std::size_t number) const override;
    void limit_offset(std::string& out, std::int64_t low, std::optional<std::int64_t> high) const override;
    Wrap lookup_cast(std::string_view lookup, std::string_view field_kind) const override;
    LookupOperator lookup_operator(std::string_view lookup) const override;
    LookupOperator pattern_operator(std::string_view lookup) const override;
    LookupOperator pattern_escape() const override;
    Wrap extract(std::string_view part, std::string_view field_kind, std::string_view zone) const override;
    Wrap trunc(std::string_view unit, std::string_view field_kind, std::string_view zone) const override;
    std::string explain_prefix(std::string_view format,
                               const std::vector<std::pair<std::string, std::string>>& options) const override;
    std::string_view data_type(std::string_view field_kind) const override;
    void quote_literal(std::string& out, ParamKind kind, std::string_view text) const override;
    std::string_view pattern_opclass(std::string_view column_type) const override;
    std::string_view drop_table_suffix() const override { return " CASCADE"; }
    std::string sequence_reset_sql(std::string_view table, std::string_view column) const override;
    std::vector<std::string> sql_flush(std::span<const std::string> tables, bool reset_sequences) const override;
    std::string_view data_type_suffix(std::string_view field_kind) const override;
    std::string_view data_type_check(std::string_view field_kind) const override;
    std::string_view cast_type(std::string_view field_kind) const override;
    std::string_view function_sql(std::string_view name) const override;
    LookupOperator concat_part() const override { return {"COALESCE((", ")::text, '')"}; }
    Wrap subtract_temporals(std::string_view field_kind) const override;
    Wrap cast(std::string_view field_kind, int max_length, int decimal_places) const override;
    void json_extract(std::string& out, std::span<const std::string_view> keys, bool as_text, FunctionRef<void()> column,
                      FunctionRef<void(std::string)> param) const override;
    void json_has_key(std::string& out, std::span<const std::string_view> keys, bool key_last, FunctionRef<void()> column,
                      FunctionRef<void(std::string)> param) const override;
    Range integer_range(std::string_view field_kind) const override;
    LookupOperator ignore_conflicts() const override { return {"", "ON CONFLICT DO NOTHING"}; }
};

}  // namespace nuages::db::postgresql
