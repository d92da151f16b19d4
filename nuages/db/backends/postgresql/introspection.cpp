#include <nuages/db/backends/postgresql/introspection.hpp>
#include <nuages/db/connection.hpp>

#include <utility>

namespace nuages::db::postgresql {

namespace {

using Text = std::optional<std::string>;

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"boolean", "BooleanField"},
    {"bytea", "BinaryField"},
    {"bigint", "BigIntegerField"},
    {"smallint", "SmallIntegerField"},
    {"integer", "IntegerField"},
    {"text", "TextField"},
    {"real", "FloatField"},
    {"double precision", "FloatField"},
    {"inet", "GenericIPAddressField"},
    {"character", "CharField"},
    {"character varying", "CharField"},
    {"date", "DateField"},
    {"time without time zone", "TimeField"},
    {"time with time zone", "TimeField"},
    {"timestamp without time zone", "DateTimeField"},
    {"timestamp with time zone", "DateTimeField"},
    {"interval", "DurationField"},
    {"numeric", "DecimalField"},
    {"uuid", "UUIDField"},
    {"jsonb", "JSONField"},
};

constexpr std::string_view kAutoFields[][2] = {{"SmallIntegerField", "SmallAutoField"},
                                               {"IntegerField", "AutoField"},
                                               {"BigIntegerField", "BigAutoField"}};

std::string_view action(char code) {
    switch (code) {
        case 'c': return "CASCADE";
        case 'n': return "SET NULL";
        case 'd': return "SET DEFAULT";
        case 'r': return "RESTRICT";
        default: return "";  // NO ACTION
    }
}

/// Rows of one constraint or index follow each other, a row per column.
ConstraintInfo& entry_of(std::vector<ConstraintInfo>& constraints, std::string& name) {
    if (constraints.empty() || constraints.back().name != name) {
        constraints.emplace_back();
        constraints.back().name = std::move(name);
    }
    return constraints.back();
}

void add_constraints(const Connection& connection, std::string_view table, std::vector<ConstraintInfo>& constraints) {
    for (auto& [name, kind, column, target, target_column, deferrable, deferred, definition] :
         connection.query<std::string, std::string, Text, Text, Text, bool, bool, std::string>(
             "SELECT c.conname, c.contype::text, a.attname, t.relname, ta.attname, c.condeferrable, c.condeferred, "
             "pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid "
             "LEFT JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (attnum, place) ON TRUE "
             "LEFT JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum "
             "LEFT JOIN pg_class t ON t.oid = c.confrelid "
             "LEFT JOIN pg_attribute ta ON ta.attrelid = c.confrelid AND ta.attnum = c.confkey[1] "
             "WHERE r.relname = %s AND pg_table_is_visible(r.oid) ORDER BY c.conname, k.place",
             table)) {
        if (kind == "n" || kind == "t") continue;  // NOT NULL (since 18), triggers
        ConstraintInfo& info = entry_of(constraints, name);
        if (column) info.columns.push_back(std::move(*column));
        info.primary_key = kind == "p";
        info.unique = kind == "p" || kind == "u";
        info.check = kind == "c";
        info.deferrable = deferrable;
        info.initially_deferred = deferred;
        if (kind == "f" && !info.foreign_key) info.foreign_key.emplace(target.value_or(""), target_column.value_or(""));
        if (kind == "c" || kind == "x") info.definition = std::move(definition);
    }
}

void add_indexes(const Connection& connection, std::string_view table, std::vector<ConstraintInfo>& constraints) {
    std::vector<ConstraintInfo> indexes;
    for (auto& [name, column, descending, unique, primary, method, partial, expressions, definition] :
         connection.query<std::string, Text, bool, bool, bool, std::string, bool, bool, std::string>(
             "SELECT i.relname, a.attname, COALESCE(am.amname = 'btree' AND x.indoption[k.place - 1] & 1 = 1, FALSE), "
             "x.indisunique, x.indisprimary, am.amname, x.indpred IS NOT NULL, x.indexprs IS NOT NULL, "
             "pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class r ON r.oid = x.indrelid "
             "JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am am ON am.oid = i.relam "
             "JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k (attnum, place) ON k.place <= x.indnkeyatts "
             "LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum > 0 "
             "WHERE r.relname = %s AND pg_table_is_visible(r.oid) AND NOT EXISTS "
             "(SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u', 'x')) "
             "ORDER BY i.relname, k.place",
             table)) {
        ConstraintInfo& info = entry_of(indexes, name);
        info.columns.push_back(column.value_or(""));
        info.descending.push_back(descending);
        info.index = true;
        info.unique = unique;
        info.primary_key = primary;
        info.partial = partial;
        info.type = method == "btree" ? "idx" : std::move(method);
        if (expressions) info.definition = std::move(definition);
    }
    for (ConstraintInfo& index : indexes) constraints.push_back(std::move(index));
}

}  // namespace

std::vector<TableInfo> PostgresqlIntrospection::get_table_list(const Connection& connection) const {
    std::vector<TableInfo> tables;
    for (auto& [name, kind, comment] : connection.query<std::string, std::string, Text>(
             "SELECT c.relname, CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END, "
             "obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
             "WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v') AND n.nspname NOT IN ('pg_catalog', 'pg_toast', "
             "'information_schema') AND pg_table_is_visible(c.oid) ORDER BY c.relname"))
        tables.push_back({std::move(name),
                          kind == "p"   ? TableType::partition
                          : kind == "v" ? TableType::view
                                        : TableType::table,
                          comment.value_or("")});
    return tables;
}

std::vector<ColumnInfo> PostgresqlIntrospection::get_table_description(const Connection& connection,
                                                                       std::string_view table) const {
    std::vector<ColumnInfo> columns;
    for (auto& [name, type, modifier, not_null, default_value, collation, identity, generated, key, comment] :
         connection.query<std::string, std::string, int, bool, Text, Text, bool, bool, bool, Text>(
             "SELECT a.attname, format_type(a.atttypid, NULL), a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid), "
             "CASE WHEN co.collname <> 'default' THEN co.collname END, a.attidentity <> '', a.attgenerated <> '', "
             "EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = a.attrelid AND x.indisprimary AND a.attnum = ANY (x.indkey)), "
             "col_description(a.attrelid, a.attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
             "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
             "LEFT JOIN pg_collation co ON co.oid = a.attcollation "
             "WHERE c.relname = %s AND c.relkind IN ('f', 'm', 'p', 'r', 'v') AND a.attnum > 0 AND NOT a.attisdropped "
             "AND pg_table_is_visible(c.oid) ORDER BY a.attnum",
             table)) {
        ColumnInfo column;
        column.name = std::move(name);
        column.data_type = std::move(type);
        if (modifier >= 4 && column.data_type.starts_with("character")) column.max_length = modifier - 4;
        if (modifier >= 4 && column.data_type == "numeric") {
            column.precision = (modifier - 4) >> 16 & 0xffff;
            column.scale = (modifier - 4) & 0x7ff;
        }
        column.null_ok = !not_null;
        column.is_generated = generated;
        column.is_autofield = identity || (default_value && default_value->starts_with("nextval("));
        if (!column.is_autofield) column.default_value = std::move(default_value);
        column.collation = collation.value_or("");
        column.primary_key = key;
        column.comment = comment.value_or("");
        columns.push_back(std::move(column));
    }
    return columns;
}

std::vector<RelationInfo> PostgresqlIntrospection::get_relations(const Connection& connection,
                                                                 std::string_view table) const {
    std::vector<RelationInfo> relations;
    for (auto& [column, target, target_column, on_delete] :
         connection.query<std::string, std::string, std::string, std::string>(
             "SELECT a.attname, t.relname, ta.attname, c.confdeltype::text FROM pg_constraint c "
             "JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid "
             "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
             "JOIN pg_attribute ta ON ta.attrelid = c.confrelid AND ta.attnum = c.confkey[1] "
             "WHERE r.relname = %s AND c.contype = 'f' AND cardinality(c.conkey) = 1 AND pg_table_is_visible(r.oid) "
             "ORDER BY a.attnum, c.conname",
             table))
        relations.push_back({std::move(column), std::move(target), std::move(target_column),
                             std::string(action(on_delete.empty() ? 'a' : on_delete[0]))});
    return relations;
}

std::vector<ConstraintInfo> PostgresqlIntrospection::get_constraints(const Connection& connection,
                                                                     std::string_view table) const {
    std::vector<ConstraintInfo> constraints;
    add_constraints(connection, table, constraints);
    add_indexes(connection, table, constraints);
    return constraints;
}

std::vector<SequenceInfo> PostgresqlIntrospection::get_sequences(const Connection& connection,
                                                                 std::string_view table) const {
    std::vector<SequenceInfo> sequences;
    for (auto& [name, column] : connection.query<std::string, std::string>(
             "SELECT s.relname, a.attname FROM pg_class s JOIN pg_depend d ON d.objid = s.oid "
             "AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass "
             "JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid "
             "JOIN pg_class r ON r.oid = d.refobjid WHERE s.relkind = 'S' AND r.relname = %s AND pg_table_is_visible(r.oid) "
             "ORDER BY a.attnum",
             table))
        sequences.push_back({std::move(name), std::string(table), std::move(column)});
    return sequences;
}

FieldTypeInfo PostgresqlIntrospection::get_field_type(const ColumnInfo& column) const {
    FieldTypeInfo info;
    for (const auto& [declared, type] : kTypes) {
        if (declared == column.data_type) info.type = type;
    }
    if (info.type.empty()) {
        info.type = "TextField";
        info.guessed = true;
    }
    if (column.is_autofield) {
        for (const auto& [plain, automatic] : kAutoFields) {
            if (info.type == plain) {
                info.type = automatic;
                break;
            }
        }
    }
    if (info.type == "CharField") info.max_length = column.max_length;
    if (info.type == "DecimalField") {
        info.max_digits = column.precision;
        info.decimal_places = column.scale;
    }
    return info;
}

}  // namespace nuages::db::postgresql
