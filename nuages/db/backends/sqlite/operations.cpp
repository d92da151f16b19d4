#include <nuages/db/backends/sqlite/operations.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace nuages::db::sqlite {

namespace {

template <class V> struct Row {
    std::string_view key;
    V value;
};

template <class V, std::size_t N> V look_up(const Row<V> (&table)[N], std::string_view key, V otherwise) {
    for (const auto& row : table) {
        if (row.key == key) return row.value;
    }
    return otherwise;
}

constexpr LookupOperator kLike{"LIKE ", " ESCAPE '\\'"};
constexpr Row<LookupOperator> kLookups[] = {
    {"exact", {"= ", ""}},  {"iexact", kLike},          {"contains", kLike},
    {"icontains", kLike},   {"regex", {"REGEXP ", ""}}, {"iregex", {"REGEXP '(?i)' || ", ""}},
    {"gt", {"> ", ""}},     {"gte", {">= ", ""}},       {"lt", {"< ", ""}},
    {"lte", {"<= ", ""}},   {"startswith", kLike},      {"endswith", kLike},
    {"istartswith", kLike}, {"iendswith", kLike},
};

constexpr LookupOperator kAnywhere{"LIKE '%' || ", " || '%' ESCAPE '\\'"};
constexpr LookupOperator kAtStart{"LIKE ", " || '%' ESCAPE '\\'"};
constexpr LookupOperator kAtEnd{"LIKE '%' || ", " ESCAPE '\\'"};
// The case-insensitive ones compare UPPER() of both sides, as Django's do.
constexpr LookupOperator kAnywhereUpper{"LIKE '%' || UPPER(", ") || '%' ESCAPE '\\'"};
constexpr LookupOperator kAtStartUpper{"LIKE UPPER(", ") || '%' ESCAPE '\\'"};
constexpr LookupOperator kAtEndUpper{"LIKE '%' || UPPER(", ") ESCAPE '\\'"};
constexpr Row<LookupOperator> kPatterns[] = {
    {"contains", kAnywhere},       {"startswith", kAtStart},       {"endswith", kAtEnd},
    {"icontains", kAnywhereUpper}, {"istartswith", kAtStartUpper}, {"iendswith", kAtEndUpper},
};

constexpr Row<std::string_view> kTypes[] = {
    {"AutoField", "integer"},
    {"BigAutoField", "integer"},
    {"BigIntegerField", "bigint"},
    {"BinaryField", "BLOB"},
    {"BooleanField", "bool"},
    {"CharField", "varchar(%(max_length)s)"},
    {"DateField", "date"},
    {"DateTimeField", "datetime"},
    {"DecimalField", "decimal"},
    {"DurationField", "bigint"},
    {"FileField", "varchar(%(max_length)s)"},
    {"FilePathField", "varchar(%(max_length)s)"},
    {"FloatField", "real"},
    {"GenericIPAddressField", "char(39)"},
    {"IntegerField", "integer"},
    {"IPAddressField", "char(15)"},
    {"JSONField", "text"},
    {"OneToOneField", "integer"},
    {"PositiveBigIntegerField", "bigint unsigned"},
    {"PositiveIntegerField", "integer unsigned"},
    {"PositiveSmallIntegerField", "smallint unsigned"},
    {"SlugField", "varchar(%(max_length)s)"},
    {"SmallAutoField", "integer"},
    {"SmallIntegerField", "smallint"},
    {"TextField", "text"},
    {"TimeField", "time"},
    {"UUIDField", "char(32)"},
};

constexpr std::string_view kNotNegative = "%(column)s >= 0";
constexpr Row<std::string_view> kChecks[] = {
    {"PositiveBigIntegerField", kNotNegative},
    {"JSONField", "(JSON_VALID(%(column)s) OR %(column)s IS NULL)"},
    {"PositiveIntegerField", kNotNegative},
    {"PositiveSmallIntegerField", kNotNegative},
};

constexpr Row<std::string_view> kCastTypes[] = {
    {"DateField", "TEXT"},
    {"DateTimeField", "TEXT"},
    {"BigIntegerField", "bigint"},
};

constexpr Operations::Range kWide{INT64_MIN, INT64_MAX};
constexpr Operations::Range kNatural{0, INT64_MAX};

void append_number(std::string& out, std::int64_t number) {
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

std::string call(std::string_view function, std::string_view unit) {
    std::string text(function);
    return text.append("('").append(unit).append("', ");
}

}  // namespace

void SqliteOperations::quote_name(std::string& out, std::string_view name) const {
    out += '"';
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            throw ProgrammingError("a name in SQL may not contain control characters");
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void SqliteOperations::limit_offset(std::string& out, std::int64_t low, std::optional<std::int64_t> high) const {
    if (high) {
        out += " LIMIT ";
        append_number(out, *high > low ? *high - low : 0);
    } else if (low > 0) {
        out += " LIMIT -1";  // an OFFSET needs a LIMIT
    }
    if (low > 0) {
        out += " OFFSET ";
        append_number(out, low);
    }
}

LookupOperator SqliteOperations::lookup_operator(std::string_view lookup) const {
    return look_up(kLookups, lookup, LookupOperator{});
}

LookupOperator SqliteOperations::pattern_operator(std::string_view lookup) const {
    return look_up(kPatterns, lookup, LookupOperator{});
}

LookupOperator SqliteOperations::pattern_escape() const {
    return {"REPLACE(REPLACE(REPLACE(", ", '\\', '\\\\'), '%', '\\%'), '_', '\\_')"};
}

namespace {

// ", 'Europe/Paris', 'UTC')": the zone of the result, and that of the database.
std::string zones(std::string_view zone) {
    return std::string(", '").append(db::Operations::zone_name(zone)).append("', 'UTC')");
}

constexpr Row<std::string_view> kFunctions[] = {
    {"Chr", "CHAR($1)"},          {"Left", "SUBSTR($1, 1, $2)"}, {"Right", "SUBSTR($1, $2 * -1, $2)"},
    {"Ord", "UNICODE($1)"},       {"Substr", "SUBSTR($*)"},      {"Greatest", "MAX($*)"},
    {"Least", "MIN($*)"},         {"Random", "RAND()"},         {"Now", "STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')"},
};

constexpr Row<std::string_view> kAggregates[] = {
    {"StringAgg", "GROUP_CONCAT"}, {"StdDev", "STDDEV_POP"},     {"StdDevSample", "STDDEV_SAMP"},
    {"Variance", "VAR_POP"},       {"VarianceSample", "VAR_SAMP"},
};

}  // namespace

Wrap SqliteOperations::extract(std::string_view part, std::string_view field_kind, std::string_view zone) const {
    if (field_kind == "TimeField") return {call("django_time_extract", part), ")"};
    if (field_kind == "DateField") return {call("django_date_extract", part), ")"};
    return {call("django_datetime_extract", part), zones(zone)};
}

Wrap SqliteOperations::trunc(std::string_view unit, std::string_view field_kind, std::string_view zone) const {
    const std::string clock = zone.empty() ? ", NULL, NULL)" : zones(zone);
    if (unit == "date") return {"django_datetime_cast_date(", zones(zone)};
    if (unit == "time") return {"django_datetime_cast_time(", zones(zone)};
    if (field_kind == "TimeField") return {call("django_time_trunc", unit), clock};
    if (field_kind == "DateField") return {call("django_date_trunc", unit), clock};
    return {call("django_datetime_trunc", unit), clock};
}

std::string_view SqliteOperations::function_sql(std::string_view name) const {
    return look_up(kFunctions, name, std::string_view{});
}

std::string_view SqliteOperations::aggregate_sql(std::string_view name) const {
    return look_up(kAggregates, name, std::string_view{});
}

Wrap SqliteOperations::duration_arithmetic(char operation) const {
    return {std::string("django_format_dtdelta('") + operation + "', ", ")"};
}

Wrap SqliteOperations::subtract_temporals(std::string_view field_kind) const {
    return {field_kind == "TimeField" ? "django_time_diff(" : "django_timestamp_diff(", ")"};
}

Wrap SqliteOperations::cast(std::string_view field_kind, int max_length, int decimal_places) const {
    if (field_kind == "DateTimeField") return {"strftime('%Y-%m-%d %H:%M:%f', ", ")"};
    if (field_kind == "TimeField") return {"strftime('%H:%M:%f', ", ")"};
    if (field_kind == "DateField") return {"date(", ")"};
    return Operations::cast(field_kind, max_length, decimal_places);
}

std::string SqliteOperations::explain_prefix(
    std::string_view format, const std::vector<std::pair<std::string, std::string>>& options) const {
    if (!format.empty()) {
        std::string shown(format.substr(0, 40));
        for (char& c : shown) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        throw NotSupportedError(shown + " is not a recognized format. SQLite does not support any formats.");
    }
    if (!options.empty()) {
        std::string names;
        for (const auto& option : options) names += (names.empty() ? "" : ", ") + option.first;
        throw NotSupportedError("Unknown options: " + names);
    }
    return "EXPLAIN QUERY PLAN";
}

std::string_view SqliteOperations::data_type(std::string_view kind) const {
    return look_up(kTypes, kind, std::string_view{});
}

std::string_view SqliteOperations::data_type_suffix(std::string_view kind) const {
    return kind == "AutoField" || kind == "BigAutoField" || kind == "SmallAutoField" ? "AUTOINCREMENT" : "";
}

std::string_view SqliteOperations::data_type_check(std::string_view kind) const {
    return look_up(kChecks, kind, std::string_view{});
}

std::string_view SqliteOperations::cast_type(std::string_view kind) const {
    return look_up(kCastTypes, kind, data_type(kind));
}

// Collations of SQLite are words, which it also takes without quotes: so Django writes them.
std::string SqliteOperations::collate_sql(std::string_view collation) const {
    const bool word = !collation.empty() && std::all_of(collation.begin(), collation.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    return "COLLATE " + (word ? std::string(collation) : quoted(collation));
}

std::vector<std::string> SqliteOperations::sql_flush(std::span<const std::string> tables, bool reset_sequences) const {
    // Keys are checked when the transaction ends: by then all rows are gone.
    std::vector<std::string> statements{"PRAGMA defer_foreign_keys = ON"};
    for (const std::string& table : tables) statements.push_back("DELETE FROM " + quoted(table));
    if (reset_sequences && !tables.empty()) {
        std::string names;
        for (const std::string& table : tables) {
            names += names.empty() ? "" : ", ";
            quote_literal(names, ParamKind::text, table);
        }
        statements.push_back("UPDATE sqlite_sequence SET seq = 0 WHERE name IN (" + names + ")");
    }
    return statements;
}

Operations::Range SqliteOperations::integer_range(std::string_view kind) const {
    return kind.starts_with("Positive") ? kNatural : kWide;  // SQLite itself bounds integers to 64 bits only
}

}  // namespace nuages::db::sqlite
