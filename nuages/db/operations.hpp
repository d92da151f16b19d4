// What one kind of database can do (Features) and how it spells SQL (Operations): the SQL compiler and the schema
// maker ask these and know no vendor. Counterparts: django.db.backends.base.{features,operations}, DatabaseWrapper.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/db/cell.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
    bool supports_any_value = true;  ///< ANY_VALUE; a driver may learn of it at its first connection: read it by has_any_value().
    bool has_any_value() const { return __atomic_load_n(&supports_any_value, __ATOMIC_RELAXED); }
    bool supports_update_from_values = false;      ///< UPDATE t SET ... FROM (VALUES ...) AS v.
    bool has_numbered_placeholders = false;        ///< "$1" may stand in several places.
    bool has_bulk_copy = false;                    ///< Session::copy_in works.
    bool has_native_uuid_field = false;      ///< Otherwise UUIDs are 32 hexadecimal digits.
    bool has_native_duration_field = false;  ///< Otherwise durations are microseconds in an integer column.
    bool supports_json_field_contains = false;
    bool has_native_json_field = false;  ///< JSON is compared with JSON; otherwise a value out of it is plain.
    bool can_distinct_on_fields = false;
    bool supports_rounding_to_tens = false;  ///< ROUND(x, -1).
    bool supports_slicing_ordering_in_compound = false;  ///< Parentheses around parts of UNION.
    bool supports_aggregate_order_by_clause = false;
    bool supports_aggregate_distinct_multiple_argument = true;
    bool supports_comments = false;                             ///< COMMENT ON TABLE and COLUMN.
    bool supports_tablespaces = false;
    bool supports_covering_indexes = false;                     ///< INCLUDE.
    bool supports_nulls_distinct_unique_constraints = false;    ///< UNIQUE NULLS [NOT] DISTINCT.
    bool supports_deferrable_unique_constraints = false;
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
    /// Of a datetime it is read on the clock of ZONE, a name from timezone::TimeZone::name(); empty for the other kinds.
    virtual Wrap extract(std::string_view part, std::string_view field_kind, std::string_view zone) const = 0;
    /// The same cut down to a unit "year" ... "second"; of a DateTimeField also "date" and "time".
    virtual Wrap trunc(std::string_view unit, std::string_view field_kind, std::string_view zone) const = 0;

    /// How one of Django's functions (by its class name: "Left", "MD5") is spelled, "SUBSTR($1, 1, $2)": $1 to $9 are
    /// its arguments, $* is all of them with commas. Empty: as the standard of the compiler's own table.
    virtual std::string_view function_sql(std::string_view name) const { return (void)name, std::string_view(); }
    /// The name of an aggregate by Django's class name ("StringAgg", "StdDevSample"); empty: the usual one.
    virtual std::string_view aggregate_sql(std::string_view name) const { return (void)name, std::string_view(); }
    /// Around one part of a concatenation, so that NULL counts as an empty text.
    virtual LookupOperator concat_part() const { return {"COALESCE(", ", '')"}; }
    /// Around a computed value, and around a bound value, of type DecimalField: SQLite computes in floats.
    virtual LookupOperator decimal_expression() const { return {}; }
    virtual LookupOperator decimal_value() const { return {}; }
    /// The function that stands for an operator between numbers ('^' power, '#' bitwise xor); empty: the operator.
    virtual std::string_view operator_function(char operation) const { return (void)operation, std::string_view(); }
    /// Around "a, b" for a OPERATION b of a date or time and a duration, and for the difference of two values of one
    /// kind; empty: the operator does it.
    virtual Wrap duration_arithmetic(char operation) const { return (void)operation, Wrap(); }
    virtual Wrap subtract_temporals(std::string_view field_kind) const { return (void)field_kind, Wrap(); }
    /// Around an expression that is cast to a field kind; sizes are 0 or -1 where the field has none.
    virtual Wrap cast(std::string_view field_kind, int max_length, int decimal_places) const;
    /// A value out of a JSON column: KEYS are object keys, or indexes as digits. `as_text`: for comparing as text.
    /// COLUMN prints the column (it may be called several times), PARAM binds a text.
    virtual void json_extract(std::string& out, std::span<const std::string_view> keys, bool as_text,
                              FunctionRef<void()> column, FunctionRef<void(std::string)> param) const;
    /// Whether the JSON column has something at that path; the last key is always an object's key with `key_last`.
    virtual void json_has_key(std::string& out, std::span<const std::string_view> keys, bool key_last,
                              FunctionRef<void()> column, FunctionRef<void(std::string)> param) const;
    /// "EXPLAIN ..." in FORMAT with OPTIONS; ValueError (as ProgrammingError) for those that the vendor does not have.
    virtual std::string explain_prefix(std::string_view format,
                                       const std::vector<std::pair<std::string, std::string>>& options) const = 0;
    /// Around a bound JSON text that is compared with json_extract(); SCALAR_WORD: it is true, false or null.
    virtual LookupOperator json_value(bool scalar_word) const { return (void)scalar_word, LookupOperator(); }

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

    /// TEXT as a value of KIND in the definition of a table, which takes no parameters: quotes inside are doubled.
    /// A duration comes as microseconds.
    virtual void quote_literal(std::string& out, ParamKind kind, std::string_view text) const;
    /// The zone as it may stand in a statement, UTC for none. ProgrammingError for what is no name of a time zone.
    static std::string_view zone_name(std::string_view zone);
    /// "COLLATE name" for a column.
    virtual std::string collate_sql(std::string_view collation) const { return "COLLATE " + quoted(collation); }
    /// The operator class of a second index that serves LIKE 'x%' on a column of this type; empty: none is needed.
    virtual std::string_view pattern_opclass(std::string_view column_type) const { return (void)column_type, ""; }
    /// What follows DROP TABLE and the name: " CASCADE".
    virtual std::string_view drop_table_suffix() const { return {}; }
    /// The statement that lets the automatic key COLUMN of TABLE count on behind the largest one there is; empty: it does.
    virtual std::string sequence_reset_sql(std::string_view table, std::string_view column) const;
    /// The statements that empty these tables, whatever the order of their foreign keys; with RESET_SEQUENCES automatic
    /// keys begin at 1 again.
    virtual std::vector<std::string> sql_flush(std::span<const std::string> tables, bool reset_sequences) const = 0;

    /// The value list of an INSERT without columns: "DEFAULT VALUES".
    virtual std::string_view insert_defaults() const { return "DEFAULT VALUES"; }
    /// What stands between INSERT and INTO, and at the end, to skip rows in conflict.
    virtual LookupOperator ignore_conflicts() const = 0;
};

}  // namespace nuages::db
