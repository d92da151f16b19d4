// What one kind of database can do (Features) and how it spells SQL (Operations): the SQL compiler and the schema
// maker ask these and know no vendor. Counterparts: django.db.backends.base.{features,operations}, DatabaseWrapper.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nuages::db {

/// Facts about a kind of database.
struct Features {
    std::size_t max_query_params = 999;           ///< Placeholders in one statement.
    bool can_return_columns_from_insert = false;  ///< INSERT ... RETURNING.
    bool can_return_rows_from_bulk_insert = false;
    bool supports_ignore_conflicts = true;  ///< ON CONFLICT DO NOTHING or the like.
    bool supports_update_conflicts = true;
    bool supports_aggregate_filter_clause = true;
    bool supports_boolean_expr_in_select = true;
    bool supports_order_by_nulls_modifier = true;
    bool supports_partial_indexes = true;
    bool has_select_for_update = false;
    bool supports_foreign_keys = true;
    bool can_alter_foreign_keys = false;  ///< Otherwise they stand in CREATE TABLE.
    bool has_native_boolean = false;
    bool requires_casted_case_in_updates = false;  ///< CASE of an UPDATE needs a CAST to the column's type.
    bool has_numbered_placeholders = false;        ///< "$1" may stand in several places.
    bool has_bulk_copy = false;                    ///< Session::copy_in works.
};

/// Text to the left and right of the right-hand side of a lookup.
struct LookupOperator {
    std::string_view before;  ///< "LIKE "
    std::string_view after;   ///< " ESCAPE '\'"
};

/// Text around an expression.
struct Wrap {
    std::string before;
    std::string after;
};

/// How one kind of database spells things. Functions append to `out` where the compiler builds text.
class Operations {
public:
    virtual ~Operations() = default;

    /// A quoted identifier; quotes inside are doubled, control characters and NUL throw ProgrammingError.
    virtual void quote_name(std::string& out, std::string_view name) const = 0;
    std::string quoted(std::string_view name) const;
    /// The longest identifier, or 0 for no limit.
    virtual std::size_t max_name_length() const = 0;

    /// The placeholder of parameter NUMBER (the first is 1): "?" or "$1".
    virtual void placeholder(std::string& out, std::size_t number) const = 0;

    /// " LIMIT n OFFSET m" for the rows [low, high); nothing when all rows are meant.
    virtual void limit_offset(std::string& out, std::int64_t low, std::optional<std::int64_t> high) const = 0;

    /// Text around the left-hand side of a lookup: a field of kind FIELD_KIND ("CharField"; empty when not known) as text,
    /// in upper case ... as the operator expects it.
    virtual Wrap lookup_cast(std::string_view, std::string_view) const { return {}; }
    /// The operator of lookup "exact", "icontains", "gt" ... against a bound value; empty `before`: no such operator.
    virtual LookupOperator lookup_operator(std::string_view lookup) const = 0;
    /// The operator of a pattern lookup ("contains" ... "iendswith") against an expression, which `pattern_escape`
    /// wraps.
    virtual LookupOperator pattern_operator(std::string_view lookup) const = 0;
    /// Text around an expression that makes its %, _ and \ literal in a LIKE pattern.
    virtual LookupOperator pattern_escape() const = 0;
    /// VALUE with the wildcards of LIKE made literal.
    virtual void escape_like(std::string& out, std::string_view value) const;

    /// Around a column of kind "DateField", "DateTimeField" or "TimeField": its part "year", "month", "day", "week",
    /// "iso_year", "week_day", "quarter", "hour" ... as an integer. PART is a name from the caller's own list.
    virtual Wrap extract(std::string_view part, std::string_view field_kind) const = 0;
    /// The same cut down to a unit "year" ... "second"; of a DateTimeField also "date" and "time".
    virtual Wrap trunc(std::string_view unit, std::string_view field_kind) const = 0;

    /// The column type of a field kind by Django's class name, with %(max_length)s and the like left in:
    /// "CharField" is "varchar(%(max_length)s)". Empty for kinds without a column.
    virtual std::string_view data_type(std::string_view field_kind) const = 0;
    /// What follows the type, "AUTOINCREMENT" for SQLite's automatic keys.
    virtual std::string_view data_type_suffix(std::string_view field_kind) const = 0;
    /// The check of a field kind with %(column)s for the quoted column, or nothing.
    virtual std::string_view data_type_check(std::string_view field_kind) const = 0;
    /// The type name for CAST(... AS ...).
    virtual std::string_view cast_type(std::string_view field_kind) const = 0;
    struct Range {
        std::int64_t min;
        std::int64_t max;
    };
    /// The values that an integer field kind can store.
    virtual Range integer_range(std::string_view field_kind) const = 0;

    /// The value list of an INSERT without columns: "DEFAULT VALUES".
    virtual std::string_view insert_defaults() const { return "DEFAULT VALUES"; }
    /// What stands between INSERT and INTO, and at the end, to skip rows in conflict.
    virtual LookupOperator ignore_conflicts() const = 0;
};

}  // namespace nuages::db
