#include <nuages/db/introspection.hpp>

#include <algorithm>

namespace nuages::db {

std::vector<std::string> Introspection::get_primary_key_columns(const Connection& connection,
                                                                std::string_view table) const {
    for (ConstraintInfo& constraint : get_constraints(connection, table)) {
        if (constraint.primary_key) return std::move(constraint.columns);
    }
    return {};
}

std::string Introspection::get_primary_key_column(const Connection& connection, std::string_view table) const {
    std::vector<std::string> columns = get_primary_key_columns(connection, table);
    return columns.size() == 1 ? std::move(columns.front()) : std::string();
}

std::vector<std::string> Introspection::table_names(const Connection& connection, bool include_views) const {
    std::vector<std::string> names;
    for (TableInfo& table : get_table_list(connection)) {
        if (include_views || table.type != TableType::view) names.push_back(std::move(table.name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool Introspection::has_table(const Connection& connection, std::string_view table) const {
    const std::string wanted = identifier_converter(table);
    const std::vector<std::string> names = table_names(connection, true);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return identifier_converter(name) == wanted; });
}

}  // namespace nuages::db
