#include <nuages/db/backends/sqlite/detail/table_sql.hpp>
#include <nuages/db/backends/sqlite/introspection.hpp>
#include <nuages/db/connection.hpp>

#include <algorithm>
#include <charconv>

namespace nuages::db::sqlite {

namespace {

using Text = std::optional<std::string>;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

detail::TableText text_of(const Connection& connection, std::string_view table) {
    const auto rows = connection.query<Text>(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s COLLATE NOCASE", table);
    return rows.empty() ? detail::TableText{} : detail::read_table_sql(std::get<0>(rows[0]).value_or(""));
}

// "varchar(100)" is a varchar of 100, "decimal(8, 2)" has 8 digits, 2 of them places, "integer unsigned" is no negative.
void read_type(std::string_view declared, ColumnInfo& column) {
    std::string type = lower(declared);
    if (const std::size_t open = type.find('('); open != type.npos) {
        const char* const end = type.data() + type.size();
        const char* at = type.data() + open + 1;
        for (int* number : {&column.precision, &column.scale}) {
            while (at < end && (*at == ',' || *at == ' ')) ++at;
            at = std::from_chars(at, end, *number).ptr;
        }
        const std::size_t close = type.find(')', open);
        type.erase(open, close == type.npos ? type.npos : close + 1 - open);
    }
    while (type.ends_with(' ')) type.pop_back();
    if (type.find("char") != type.npos) {
        column.max_length = std::exchange(column.precision, 0);
        column.scale = 0;
    }
    column.is_unsigned = type.ends_with(" unsigned");
    column.data_type = std::move(type);
}

// Django's name of a type, before keys and JSON are looked at.
constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"bool", "BooleanField"},
    {"boolean", "BooleanField"},
    {"smallint", "SmallIntegerField"},
    {"smallint unsigned", "PositiveSmallIntegerField"},
    {"smallinteger", "SmallIntegerField"},
    {"int", "IntegerField"},
    {"integer", "IntegerField"},
    {"mediumint", "IntegerField"},
    {"tinyint", "SmallIntegerField"},
    {"bigint", "BigIntegerField"},
    {"bigint unsigned", "PositiveBigIntegerField"},
    {"integer unsigned", "PositiveIntegerField"},
    {"int unsigned", "PositiveIntegerField"},
    {"decimal", "DecimalField"},
    {"numeric", "DecimalField"},
    {"real", "FloatField"},
    {"double", "FloatField"},
    {"double precision", "FloatField"},
    {"float", "FloatField"},
    {"text", "TextField"},
    {"clob", "TextField"},
    {"char", "CharField"},
    {"character", "CharField"},
    {"varchar", "CharField"},
    {"nvarchar", "CharField"},
    {"nchar", "CharField"},
    {"character varying", "CharField"},
    {"blob", "BinaryField"},
    {"date", "DateField"},
    {"datetime", "DateTimeField"},
    {"timestamp", "DateTimeField"},
    {"time", "TimeField"},
};

}  // namespace

std::vector<TableInfo> SqliteIntrospection::get_table_list(const Connection& connection) const {
    std::vector<TableInfo> tables;
    for (auto& [name, type] : connection.query<std::string, std::string>(
             "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%%' "
             "ESCAPE '\\' AND 1 = %s ORDER BY name",
             1))
        tables.push_back({std::move(name), type == "view" ? TableType::view : TableType::table});
    return tables;
}

std::vector<ColumnInfo> SqliteIntrospection::get_table_description(const Connection& connection,
                                                                   std::string_view table) const {
    const detail::TableText text = text_of(connection, table);
    std::vector<ColumnInfo> columns;
    for (auto& [name, type, not_null, default_value, key, hidden] :
         connection.query<std::string, std::string, bool, Text, int, int>(
             "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(%s) ORDER BY cid", table)) {
        if (hidden == 1) continue;  // of a virtual table
        ColumnInfo column;
        column.name = std::move(name);
        read_type(type, column);
        column.primary_key = key > 0;
        column.null_ok = !not_null && !column.primary_key;
        column.default_value = std::move(default_value);
        column.is_generated = hidden == 2 || hidden == 3;
        if (const detail::ColumnText* known = text.find(column.name)) {
            column.collation = known->collation;
            column.is_autofield = known->autoincrement;
        }
        for (const detail::TableRule& rule : text.rules) {
            if (!rule.check || rule.columns.size() != 1 || lower(rule.columns[0]) != lower(column.name)) continue;
            const std::string sql = lower(rule.sql);
            column.has_json_constraint |= sql.find("json_valid(") != sql.npos;
        }
        columns.push_back(std::move(column));
    }
    // An INTEGER that is the whole key is the number of the row, which SQLite makes where none is given.
    const auto is_key = [](const ColumnInfo& column) { return column.primary_key; };
    if (std::count_if(columns.begin(), columns.end(), is_key) == 1) {
        ColumnInfo& key = *std::find_if(columns.begin(), columns.end(), is_key);
        key.is_autofield |= key.data_type == "integer";
    }
    return columns;
}

std::vector<RelationInfo> SqliteIntrospection::get_relations(const Connection& connection,
                                                             std::string_view table) const {
    struct Part {
        std::int64_t id;
        RelationInfo relation;
    };
    std::vector<Part> parts;
    for (auto& [id, target, column, other, on_delete] :
         connection.query<std::int64_t, std::string, std::string, Text, std::string>(
             "SELECT id, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list(%s) ORDER BY id DESC, seq",
             table)) {
        if (on_delete == "NO ACTION") on_delete.clear();
        parts.push_back({id, {std::move(column), std::move(target), other.value_or(""), std::move(on_delete)}});
    }
    std::vector<RelationInfo> relations;
    for (Part& part : parts) {
        if (std::count_if(parts.begin(), parts.end(), [&](const Part& other) { return other.id == part.id; }) > 1)
            continue;
        // Without a column the primary key is meant.
        if (part.relation.target_column.empty())
            part.relation.target_column = get_primary_key_column(connection, part.relation.target_table);
        relations.push_back(std::move(part.relation));
    }
    return relations;
}

std::vector<ConstraintInfo> SqliteIntrospection::get_constraints(const Connection& connection,
                                                                 std::string_view table) const {
    std::vector<ConstraintInfo> constraints;
    int unnamed = 0;
    for (detail::TableRule& rule : text_of(connection, table).rules) {
        ConstraintInfo info;
        info.name = rule.name.empty() ? "__unnamed_constraint_" + std::to_string(++unnamed) + "__" : rule.name;
        info.columns = std::move(rule.columns);
        info.unique = rule.unique;
        info.check = rule.check;
        info.definition = std::move(rule.sql);
        constraints.push_back(std::move(info));
    }
    for (auto& [name, unique, origin, partial, sql] :
         connection.query<std::string, bool, std::string, bool, Text>(
             "SELECT l.name, l.\"unique\", l.origin, l.partial, m.sql FROM pragma_index_list(%s) l LEFT JOIN "
             "sqlite_master m ON m.type = 'index' AND m.name = l.name ORDER BY l.name",
             table)) {
        if (origin != "c") continue;  // behind a key or a UNIQUE of the table
        ConstraintInfo info;
        info.index = true;
        info.unique = unique;
        info.partial = partial;
        info.type = "idx";
        for (auto& [column, descending] : connection.query<Text, bool>(
                 "SELECT name, \"desc\" FROM pragma_index_xinfo(%s) WHERE key = 1 ORDER BY seqno", name)) {
            if (!column) info.definition = sql.value_or("");
            info.columns.push_back(column.value_or(""));
            info.descending.push_back(descending);
        }
        info.name = std::move(name);
        constraints.push_back(std::move(info));
    }
    if (std::vector<std::string> key = get_primary_key_columns(connection, table); !key.empty()) {
        ConstraintInfo info;
        info.name = "__primary__";
        info.columns = std::move(key);
        info.primary_key = true;
        constraints.push_back(std::move(info));
    }
    int number = 0;
    for (const RelationInfo& relation : get_relations(connection, table)) {
        ConstraintInfo info;
        info.name = "fk_" + std::to_string(number++);
        info.columns = {relation.column};
        info.foreign_key.emplace(relation.target_table, relation.target_column);
        constraints.push_back(std::move(info));
    }
    return constraints;
}

std::vector<SequenceInfo> SqliteIntrospection::get_sequences(const Connection& connection,
                                                             std::string_view table) const {
    std::vector<SequenceInfo> sequences;
    for (const detail::ColumnText& column : text_of(connection, table).columns) {
        if (column.autoincrement) sequences.push_back({"", std::string(table), column.name});
    }
    return sequences;
}

std::vector<std::string> SqliteIntrospection::get_primary_key_columns(const Connection& connection,
                                                                      std::string_view table) const {
    std::vector<std::string> columns;
    for (auto& [name] :
         connection.query<std::string>("SELECT name FROM pragma_table_info(%s) WHERE pk > 0 ORDER BY pk", table))
        columns.push_back(std::move(name));
    return columns;
}

FieldTypeInfo SqliteIntrospection::get_field_type(const ColumnInfo& column) const {
    FieldTypeInfo info;
    for (const auto& [declared, type] : kTypes) {
        if (declared == column.data_type) info.type = type;
    }
    if (info.type.empty()) {
        info.type = "TextField";
        info.guessed = true;
    }
    // All automatic keys of SQLite are signed integers of 64 bits.
    if (column.is_autofield) info.type = "BigAutoField";
    if (column.has_json_constraint) info.type = "JSONField";
    if (info.type == "CharField") info.max_length = column.max_length;
    if (info.type == "DecimalField") {
        info.max_digits = column.precision ? column.precision : 10;
        info.decimal_places = column.precision ? column.scale : 5;
        info.guessed = !column.precision;
    }
    return info;
}

std::string SqliteIntrospection::identifier_converter(std::string_view name) const { return lower(name); }

}  // namespace nuages::db::sqlite
