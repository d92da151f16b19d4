// What SQLite keeps of a table only as the text of its CREATE TABLE: collations, checks, names of constraints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::sqlite::detail {

/// A UNIQUE or CHECK of a table or of one of its columns.
struct TableRule {
    std::string name;  ///< empty: it has none
    bool unique = false, check = false;
    std::vector<std::string> columns;  ///< those that stand in it, in the order of the table for a check
    std::string sql;                   ///< of a check: the condition
};

struct ColumnText {
    std::string name, collation;
    bool autoincrement = false;
};

struct TableText {
    std::vector<ColumnText> columns;
    std::vector<TableRule> rules;
    const ColumnText* find(std::string_view name) const;
};

/// Reads the text that sqlite_master has of a table. Text that is no CREATE TABLE (a view's, a virtual table's) gives an
/// empty result.
TableText read_table_sql(std::string_view sql);

}  // namespace nuages::db::sqlite::detail
