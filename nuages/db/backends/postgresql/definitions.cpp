// What definitions of tables need beside the types: literals, operator classes, sequences (backends.postgresql.schema).
#include <nuages/db/backends/postgresql/operations.hpp>

namespace nuages::db::postgresql {

void PostgresqlOperations::quote_literal(std::string& out, ParamKind kind, std::string_view text) const {
    if (kind == ParamKind::decimal) {
        out += text;
        return;
    }
    if (kind == ParamKind::duration) {
        out.append("'").append(text).append(" microseconds'::interval");
        return;
    }
    Operations::quote_literal(out, kind, text);
    switch (kind) {
        case ParamKind::date: out += "::date"; break;
        case ParamKind::time: out += "::time"; break;
        case ParamKind::datetime: out += "::timestamptz"; break;
        case ParamKind::uuid: out += "::uuid"; break;
        case ParamKind::json: out += "::jsonb"; break;
        default: break;
    }
}

std::string_view PostgresqlOperations::pattern_opclass(std::string_view column_type) const {
    if (column_type.find('[') != column_type.npos) return {};
    if (column_type.starts_with("varchar")) return "varchar_pattern_ops";
    if (column_type.starts_with("text")) return "text_pattern_ops";
    return {};
}

std::string PostgresqlOperations::sequence_reset_sql(std::string_view table, std::string_view column) const {
    const std::string name = quoted(table), key = quoted(column);
    std::string sequence = "pg_get_serial_sequence(";
    Operations::quote_literal(sequence, ParamKind::text, name);
    sequence += ", ";
    Operations::quote_literal(sequence, ParamKind::text, column);
    return "SELECT setval(" + sequence + "), coalesce(max(" + key + "), 1), max(" + key + ") IS NOT null) FROM " + name;
}

std::vector<std::string> PostgresqlOperations::sql_flush(std::span<const std::string> tables, bool reset_sequences) const {
    if (tables.empty()) return {};
    std::string names;
    for (const std::string& table : tables) names += (names.empty() ? "" : ", ") + quoted(table);
    return {"TRUNCATE " + names + (reset_sequences ? " RESTART IDENTITY" : "") + " CASCADE"};
}

}  // namespace nuages::db::postgresql
