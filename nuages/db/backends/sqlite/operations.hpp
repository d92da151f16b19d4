// How SQLite spells SQL (django.db.backends.sqlite3).
#pragma once

#include <nuages/db/operations.hpp>

namespace nuages::db::sqlite {

/// SQLite's side of Operations; stateless.
class SqliteOperations final : public Operations {
public:
    void quote_name(std::string& out, std::string_view name) const override;
    std::size_t max_name_length() const override { return 0; }
    void placeholder(std::string& out, std::size_t) const override { out += '?'; }
    void limit_offset(std::string& out, std::int64_t low, std::optional<std::int64_t> high) const override;
    LookupOperator lookup_operator(std::string_view lookup) const override;
    LookupOperator pattern_operator(std::string_view lookup) const override;
    LookupOperator pattern_escape() const override;
    Wrap extract(std::string_view part, std::string_view field_kind, std::string_view zone) const override;
    Wrap trunc(std::string_view unit, std::string_view field_kind, std::string_view zone) const override;
    std::string_view function_sql(std::string_view name) const override;
    std::string_view aggregate_sql(std::string_view name) const override;
    LookupOperator decimal_expression() const override { return {"(CAST(", " AS NUMERIC))"}; }
    LookupOperator decimal_value() const override { return {"(CAST(", " AS REAL))"}; }
    std::string_view operator_function(char operation) const override {
        return operation == '^' ? "POWER" : operation == '#' ? "BITXOR" : "";
    }
    Wrap duration_arithmetic(char operation) const override;
    Wrap subtract_temporals(std::string_view field_kind) const override;
    Wrap cast(std::string_view field_kind, int max_length, int decimal_places) const override;
    std::string explain_prefix(std::string_view format,
                               const std::vector<std::pair<std::string, std::string>>& options) const override;
    LookupOperator json_value(bool scalar_word) const override {
        return scalar_word ? LookupOperator{} : LookupOperator{"JSON_EXTRACT(", ", '$')"};
    }
    std::string_view data_type(std::string_view field_kind) const override;
    std::string_view data_type_suffix(std::string_view field_kind) const override;
    std::string_view data_type_check(std::string_view field_kind) const override;
    std::string_view cast_type(std::string_view field_kind) const override;
    Range integer_range(std::string_view field_kind) const override;
    std::string collate_sql(std::string_view collation) const override;
    std::vector<std::string> sql_flush(std::span<const std::string> tables, bool reset_sequences) const override;
    LookupOperator ignore_conflicts() const override { return {" OR IGNORE", ""}; }
};

}  // namespace nuages::db::sqlite
