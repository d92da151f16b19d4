// What a database says of its own tables: tables, columns, keys, constraints, sequences. inspectdb, migrations and the
// creation of missing tables ask it. Counterpart: django.db.backends.base.introspection.BaseDatabaseIntrospection.
#pragma once

#include <nuages/db/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db {

enum class TableType : std::uint8_t { table, view, partition };

/// A table or a view (TableInfo).
struct TableInfo {
    std::string name;
    TableType type = TableType::table;
    std::string comment = {};
};

/// A column of a table or a view (FieldInfo).
struct ColumnInfo {
    std::string name;
    std::string data_type;     ///< as the database names it, in lower case, without sizes: "varchar", "character varying"
    int max_length = 0;        ///< of texts; 0: none
    int precision = 0;         ///< of decimals: max_digits; 0: none
    int scale = 0;             ///< of decimals: decimal_places
    bool null_ok = false;
    std::optional<std::string> default_value = {};  ///< SQL of the default, as the database tells it
    std::string collation = {};                     ///< empty: the database's own
    bool primary_key = false;                       ///< alone or as part of a composite key
    bool is_autofield = false;                      ///< the database makes the key: AUTOINCREMENT, IDENTITY, a sequence
    bool has_json_constraint = false;               ///< a CHECK says that the text is JSON (SQLite)
    bool is_unsigned = false;                       ///< a CHECK, or the type, keeps it from being negative
    bool is_generated = false;                      ///< GENERATED ALWAYS AS
    std::string comment = {};
};

/// A foreign key of one column, as get_relations tells it.
struct RelationInfo {
    std::string column, target_table, target_column;
    std::string on_delete = {};  ///< "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"; empty: NO ACTION
};

/// A constraint or an index.
struct ConstraintInfo {
    std::string name;                  ///< SQLite's unnamed ones are called __primary__, __unnamed_constraint_1__ ...
    std::vector<std::string> columns;  ///< an element that is an expression is empty
    bool primary_key = false, unique = false, check = false, index = false;
    std::optional<std::pair<std::string, std::string>> foreign_key = {};  ///< table and column it leads to
    std::vector<bool> descending = {};                                    ///< of an index: a flag per column
    std::string type = {};        ///< of an index: "idx" (btree), "gin", "gist", "brin", "hash", "spgist" ...
    std::string definition = {};  ///< of an index on expressions, of a check: its SQL; else empty
    bool partial = false;         ///< an index with a WHERE
    bool deferrable = false, initially_deferred = false;
};

/// What counts up for an automatic key.
struct SequenceInfo {
    std::string name, table, column;
};

/// The field that stands for a column: Django's class name and the options that its type gives.
struct FieldTypeInfo {
    std::string type;    ///< "CharField"; "AutoField" family for automatic keys
    int max_length = 0;  ///< 0: none
    int max_digits = 0, decimal_places = 0;
    bool guessed = false;  ///< no field has this type: a TextField stands for it, inspectdb notes it
};

/// The introspection role of a backend. Calls run queries on CONNECTION, and so need a fiber; a table that does not
/// exist gives empty lists.
class Introspection {
public:
    virtual ~Introspection() = default;

    /// Tables and views that the connection sees without a qualifier, in the order of their names.
    virtual std::vector<TableInfo> get_table_list(const Connection& connection) const = 0;
    /// The columns in their order; of a table that does not exist none.
    virtual std::vector<ColumnInfo> get_table_description(const Connection& connection, std::string_view table) const = 0;
    /// The foreign keys of a table that consist of one column.
    virtual std::vector<RelationInfo> get_relations(const Connection& connection, std::string_view table) const = 0;
    /// Primary key, unique, check and foreign key constraints, and indexes.
    virtual std::vector<ConstraintInfo> get_constraints(const Connection& connection, std::string_view table) const = 0;
    /// The sequences behind the automatic keys of a table.
    virtual std::vector<SequenceInfo> get_sequences(const Connection& connection, std::string_view table) const = 0;
    /// The field for a column.
    virtual FieldTypeInfo get_field_type(const ColumnInfo& column) const = 0;

    /// The columns of the primary key in the order of the key; empty where there is none.
    virtual std::vector<std::string> get_primary_key_columns(const Connection& connection, std::string_view table) const;
    /// The one column of the primary key; empty where there is none or several.
    std::string get_primary_key_column(const Connection& connection, std::string_view table) const;
    /// The names of all tables (and views), sorted.
    std::vector<std::string> table_names(const Connection& connection, bool include_views = false) const;
    /// A name as it is compared: SQLite's do not tell upper from lower case, so it gives lower case there.
    virtual std::string identifier_converter(std::string_view name) const { return std::string(name); }
    bool has_table(const Connection& connection, std::string_view table) const;
};

}  // namespace nuages::db
