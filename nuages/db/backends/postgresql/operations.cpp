#include <nuages/db/backends/postgresql/operations.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/utils/crypto.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace nuages::db::postgresql {

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

constexpr LookupOperator kLike{"LIKE ", ""};
constexpr LookupOperator kLikeUpper{"LIKE UPPER(", ")"};
constexpr Row<LookupOperator> kLookups[] = {
    {"exact", {"= ", ""}},       {"iexact", {"= UPPER(", ")"}}, {"contains", kLike},
    {"icontains", kLikeUpper},   {"regex", {"~ ", ""}},         {"iregex", {"~* ", ""}},
    {"gt", {"> ", ""}},          {"gte", {">= ", ""}},          {"lt", {"< ", ""}},
    {"lte", {"<= ", ""}},        {"startswith", kLike},         {"endswith", kLike},
    {"istartswith", kLikeUpper}, {"iendswith", kLikeUpper},
};

constexpr Row<LookupOperator> kPatterns[] = {
    {"contains", {"LIKE '%' || ", " || '%'"}},
    {"startswith", {"LIKE ", " || '%'"}},
    {"endswith", {"LIKE '%' || ", ""}},
    {"icontains", {"LIKE '%' || UPPER(", ") || '%'"}},
    {"istartswith", {"LIKE UPPER(", ") || '%'"}},
    {"iendswith", {"LIKE '%' || UPPER(", ")"}},
};

constexpr std::string_view kTextLookups[] = {"iexact",      "contains", "icontains", "startswith", "istartswith",
                                             "endswith",    "iendswith", "regex",     "iregex"};
constexpr std::string_view kUpperLookups[] = {"iexact", "icontains", "istartswith", "iendswith"};

constexpr Row<std::string_view> kTypes[] = {
    {"AutoField", "integer"},
    {"BigAutoField", "bigint"},
    {"BigIntegerField", "bigint"},
    {"BinaryField", "bytea"},
    {"BooleanField", "boolean"},
    {"CharField", "varchar(%(max_length)s)"},
    {"DateField", "date"},
    {"DateTimeField", "timestamp with time zone"},
    {"DecimalField", "numeric(%(max_digits)s, %(decimal_places)s)"},
    {"DurationField", "interval"},
    {"FileField", "varchar(%(max_length)s)"},
    {"FilePathField", "varchar(%(max_length)s)"},
    {"FloatField", "double precision"},
    {"GenericIPAddressField", "inet"},
    {"IntegerField", "integer"},
    {"IPAddressField", "inet"},
    {"JSONField", "jsonb"},
    {"OneToOneField", "integer"},
    {"PositiveBigIntegerField", "bigint"},
    {"PositiveIntegerField", "integer"},
    {"PositiveSmallIntegerField", "smallint"},
    {"SlugField", "varchar(%(max_length)s)"},
    {"SmallAutoField", "smallint"},
    {"SmallIntegerField", "smallint"},
    {"TextField", "text"},
    {"TimeField", "time"},
    {"UUIDField", "uuid"},
};

constexpr std::string_view kNotNegative = "%(column)s >= 0";
constexpr Row<std::string_view> kChecks[] = {
    {"PositiveBigIntegerField", kNotNegative},
    {"PositiveIntegerField", kNotNegative},
    {"PositiveSmallIntegerField", kNotNegative},
};

// Without the sizes, which a cast does not know.
constexpr Row<std::string_view> kCastTypes[] = {
    {"CharField", "varchar"},     {"SlugField", "varchar"},    {"FileField", "varchar"},
    {"FilePathField", "varchar"}, {"DecimalField", "numeric"},
};

// gen_random_uuid() with the milliseconds of a moment before it and 7 as its version, for servers before PostgreSQL 18.
#define NUAGES_UUID7(MOMENT)                                                                                            \
    "ENCODE(SET_BIT(SET_BIT(OVERLAY(UUID_SEND(GEN_RANDOM_UUID()) PLACING SUBSTRING(INT8SEND(FLOOR(EXTRACT(EPOCH FROM "  \
    MOMENT ") * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid"
constexpr Row<std::string_view> kFunctions[] = {
    {"UUID4", "GEN_RANDOM_UUID()"},
    {"UUID7", NUAGES_UUID7("CLOCK_TIMESTAMP()")},
    {"UUID7 shifted", NUAGES_UUID7("CLOCK_TIMESTAMP() + $1")},
    {"Now", "STATEMENT_TIMESTAMP()"},
    {"StrIndex", "STRPOS($1, $2)"},
    {"Log", "LOG(($1)::numeric, ($2)::numeric)"},
    {"Mod", "MOD(($1)::numeric, ($2)::numeric)"},
    {"Round", "ROUND(($1)::numeric, $2)"},
    {"SHA1", "ENCODE(DIGEST(($1)::text, 'sha1'), 'hex')"},
    {"SHA224", "ENCODE(DIGEST(($1)::text, 'sha224'), 'hex')"},
    {"SHA256", "ENCODE(DIGEST(($1)::text, 'sha256'), 'hex')"},
    {"SHA384", "ENCODE(DIGEST(($1)::text, 'sha384'), 'hex')"},
    {"SHA512", "ENCODE(DIGEST(($1)::text, 'sha512'), 'hex')"},
    {"JSONObject", "JSONB_BUILD_OBJECT($*)"},
    {"JSONArray", "JSONB_BUILD_ARRAY($*)"},
};
#undef NUAGES_UUID7

constexpr Operations::Range kBig{INT64_MIN, INT64_MAX};
constexpr Row<Operations::Range> kRanges[] = {
    {"SmallIntegerField", {-32768, 32767}},
    {"IntegerField", {-2147483648, 2147483647}},
    {"PositiveSmallIntegerField", {0, 32767}},
    {"PositiveIntegerField", {0, 2147483647}},
    {"PositiveBigIntegerField", {0, INT64_MAX}},
    {"SmallAutoField", {-32768, 32767}},
    {"AutoField", {-2147483648, 2147483647}},
};

void append_number(std::string& out, std::int64_t number) {
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

template <std::size_t N> bool contains(const std::string_view (&list)[N], std::string_view value) {
    return std::find(std::begin(list), std::end(list), value) != std::end(list);
}

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return out;
}

// The server would cut a longer name, and two of them to the same one: Django's truncate_name(), the same each time.
std::string shortened_name(std::string_view name) {
    constexpr std::size_t kMost = 63, kDigits = 4;
    std::size_t kept = kMost - kDigits;
    while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xc0) == 0x80) --kept;  // whole characters
    return std::string(name.substr(0, kept)) + utils::md5_hex(name).substr(0, kDigits);
}

}  // namespace

void PostgresqlOperations::quote_name(std::string& out, std::string_view name) const {
    std::string shortened;
    if (name.size() > max_name_length()) [[unlikely]]
        name = shortened = shortened_name(name);
    out += '"';
    for (const char c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            throw ProgrammingError("a name in SQL may not contain control characters");
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void PostgresqlOperations::placeholder(std::string& out, std::size_t number) const {
    out += '$';
    append_number(out, static_cast<std::int64_t>(number));
}

void PostgresqlOperations::limit_offset(std::string& out, std::int64_t low, std::optional<std::int64_t> high) const {
    if (high) {
        out += " LIMIT ";
        append_number(out, *high > low ? *high - low : 0);
    }
    if (low > 0) {
        out += " OFFSET ";
        append_number(out, low);
    }
}

Wrap PostgresqlOperations::lookup_cast(std::string_view lookup, std::string_view field_kind) const {
    if (!contains(kTextLookups, lookup)) return {};
    const bool address = field_kind == "GenericIPAddressField" || field_kind == "IPAddressField";
    Wrap wrap = address ? Wrap{"HOST(", ")"} : Wrap{"", "::text"};
    if (contains(kUpperLookups, lookup)) {
        wrap.before.insert(0, "UPPER(");
        wrap.after += ")";
    }
    return wrap;
}

LookupOperator PostgresqlOperations::lookup_operator(std::string_view lookup) const {
    return look_up(kLookups, lookup, LookupOperator{});
}

LookupOperator PostgresqlOperations::pattern_operator(std::string_view lookup) const {
    return look_up(kPatterns, lookup, LookupOperator{});
}

LookupOperator PostgresqlOperations::pattern_escape() const {
    return {"REPLACE(REPLACE(REPLACE(", ", E'\\\\', E'\\\\\\\\'), E'%', E'\\\\%'), E'_', E'\\\\_')"};
}

namespace {

// " AT TIME ZONE 'Europe/Paris'": the name is one of timezone::TimeZone's.
std::string at_zone(std::string_view zone) {
    return std::string(" AT TIME ZONE '").append(db::Operations::zone_name(zone)).append("'");
}

}  // namespace

Wrap PostgresqlOperations::extract(std::string_view part, std::string_view field_kind, std::string_view zone) const {
    const std::string after = (field_kind == "DateTimeField" ? at_zone(zone) : "") + ")";
    if (part == "week_day") return {"(EXTRACT(DOW FROM ", after + " + 1)::integer"};
    if (part == "iso_week_day") return {"EXTRACT(ISODOW FROM ", after + "::integer"};
    if (part == "iso_year") return {"EXTRACT(ISOYEAR FROM ", after + "::integer"};
    if (part == "second") return {"EXTRACT(SECOND FROM DATE_TRUNC('second', ", after + ")::integer"};
    return {"EXTRACT(" + upper(part) + " FROM ", after + "::integer"};
}

Wrap PostgresqlOperations::trunc(std::string_view unit, std::string_view field_kind, std::string_view zone) const {
    const std::string clock = at_zone(zone);
    if (unit == "date") return {"(", clock + ")::date"};
    if (unit == "time") return {"(", clock + ")::time"};
    std::string before = "DATE_TRUNC('";
    before.append(unit).append("', ");
    if (field_kind == "TimeField") return {std::move(before), ")::time"};
    if (field_kind == "DateField") return {std::move(before), ")"};
    return {std::move(before), clock + ")" + clock};
}

std::string PostgresqlOperations::explain_prefix(
    std::string_view format, const std::vector<std::pair<std::string, std::string>>& options) const {
    static constexpr std::string_view kFormats[] = {"JSON", "TEXT", "XML", "YAML"};
    static constexpr std::string_view kOptions[] = {"ANALYZE", "BUFFERS", "COSTS", "GENERIC_PLAN", "MEMORY",
                                                    "SERIALIZE", "SETTINGS", "SUMMARY", "TIMING", "VERBOSE", "WAL"};
    const auto known = [](std::string_view word, std::span<const std::string_view> list) -> std::string_view {
        const std::string wanted = upper(word);
        for (const std::string_view item : list) {
            if (item == wanted) return item;
        }
        return {};
    };
    std::string words;
    if (!format.empty()) {
        const std::string_view word = known(format, kFormats);
        if (word.empty()) throw NotSupportedError(std::string(format.substr(0, 40)) + " is not a recognized format. Allowed formats: JSON, TEXT, XML, YAML.");
        words = "FORMAT " + std::string(word);
    }
    for (const auto& option : options) {
        const std::string_view word = known(option.first, kOptions);
        if (word.empty()) throw NotSupportedError("Unknown options: " + option.first.substr(0, 40));
        const std::string value = upper(option.second);
        words += (words.empty() ? "" : ", ") + std::string(word) + (value == "FALSE" || value == "0" || value == "OFF" ? " false" : " true");
    }
    return words.empty() ? "EXPLAIN" : "EXPLAIN (" + words + ")";
}

std::string_view PostgresqlOperations::data_type(std::string_view kind) const {
    return look_up(kTypes, kind, std::string_view{});
}

std::string_view PostgresqlOperations::data_type_suffix(std::string_view kind) const {
    return kind == "AutoField" || kind == "BigAutoField" || kind == "SmallAutoField" ? "GENERATED BY DEFAULT AS IDENTITY"
                                                                                     : "";
}

std::string_view PostgresqlOperations::data_type_check(std::string_view kind) const {
    return look_up(kChecks, kind, std::string_view{});
}

std::string_view PostgresqlOperations::cast_type(std::string_view kind) const {
    return look_up(kCastTypes, kind, data_type(kind));
}

Operations::Range PostgresqlOperations::integer_range(std::string_view kind) const {
    return look_up(kRanges, kind, kBig);
}

std::string_view PostgresqlOperations::function_sql(std::string_view name) const {
    return look_up(kFunctions, name, std::string_view{});
}

// The difference of two dates is a number of days; of others an interval.
Wrap PostgresqlOperations::subtract_temporals(std::string_view kind) const {
    if (kind == "DateField") return {"(INTERVAL '1 day' * DATE_MI(", "))"};
    return {};
}

Wrap PostgresqlOperations::cast(std::string_view kind, int max_length, int decimal_places) const {
    std::string type(cast_type(kind));
    if (type == "varchar" && max_length > 0) type += "(" + std::to_string(max_length) + ")";
    if (kind == "DecimalField" && decimal_places >= 0 && max_length > 0)
        type += "(" + std::to_string(max_length) + ", " + std::to_string(decimal_places) + ")";
    return {"(", ")::" + type};
}

namespace {

bool is_index(std::string_view key) {
    if (key.starts_with('-')) key.remove_prefix(1);
    return !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == key.npos;
}

/// A text[] in its literal form: {"a","0"}.
std::string array_literal(std::span<const std::string_view> items) {
    std::string out = "{";
    for (const std::string_view item : items) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char c : item) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + '}';
}

}  // namespace

void PostgresqlOperations::json_extract(std::string& out, std::span<const std::string_view> keys, bool as_text,
                                        FunctionRef<void()> column, FunctionRef<void(std::string)> param) const {
    out += '(';
    column();
    if (keys.size() == 1) {
        out += as_text ? " ->> " : " -> ";
        if (is_index(keys[0])) {
            out += keys[0];
        } else {
            param(std::string(keys[0]));
        }
    } else {
        out += as_text ? " #>> " : " #> ";
        param(array_literal(keys));
    }
    out += ')';
}

void PostgresqlOperations::json_has_key(std::string& out, std::span<const std::string_view> keys, bool key_last,
                                        FunctionRef<void()> column, FunctionRef<void(std::string)> param) const {
    if (!key_last) {
        json_extract(out, keys, false, column, param);
        out += " IS NOT NULL";
        return;
    }
    if (keys.size() > 1) {
        json_extract(out, keys.first(keys.size() - 1), false, column, param);
    } else {
        column();
    }
    out += " ? ";
    param(std::string(keys.back()));
}

}  // namespace nuages::db::postgresql
