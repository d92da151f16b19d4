#include <nuages/db/backends/sqlite/operations.hpp>
#include <nuages/db/errors.hpp>

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
    {"TimeField", "TEXT"},
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

Wrap SqliteOperations::extract(std::string_view part, std::string_view field_kind) const {
    if (field_kind == "TimeField") return {call("django_time_extract", part), ")"};
    if (field_kind == "DateField") return {call("django_date_extract", part), ")"};
    return {call("django_datetime_extract", part), ", 'UTC', 'UTC')"};
}

Wrap SqliteOperations::trunc(std::string_view unit, std::string_view field_kind) const {
    if (field_kind == "TimeField") return {call("django_time_trunc", unit), ", NULL, NULL)"};
    if (field_kind == "DateField") return {call("django_date_trunc", unit), ", NULL, NULL)"};
    if (unit == "date") return {"django_datetime_cast_date(", ", 'UTC', 'UTC')"};
    if (unit == "time") return {"django_datetime_cast_time(", ", 'UTC', 'UTC')"};
    return {call("django_datetime_trunc", unit), ", 'UTC', 'UTC')"};
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

Operations::Range SqliteOperations::integer_range(std::string_view kind) const {
    return kind.starts_with("Positive") ? kNatural : kWide;  // SQLite itself bounds integers to 64 bits only
}

}  // namespace nuages::db::sqlite
