// inspectdb: C++ models for the tables that a database has.
#include <nuages/db/errors.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/management/detail/inspect_models.hpp>

#include <algorithm>

namespace nuages::management::detail {
namespace {

struct InspectdbOptions {
    std::string database = "default";
    bool include_partitions = false;
    bool include_views = false;
    std::string name_space = "inspected";
};

bool is_namespace(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9');
    });
}

void run_inspectdb(Io& io, std::vector<std::string> table, InspectdbOptions options) {
    if (!is_namespace(options.name_space))
        throw CommandError("'" + options.name_space + "' is no name of a C++ namespace: letters, digits and _ only.");
    try {
        io.print(inspect_models(db::connection(options.database), {.tables = std::move(table),
                                                                   .include_views = options.include_views,
                                                                   .include_partitions = options.include_partitions,
                                                                   .name_space = options.name_space}));
    } catch (const db::NotSupportedError&) {
        throw CommandError("Database inspection isn't supported for the currently selected database backend.");
    }
}

}  // namespace

const Command inspectdb_command{
    .name = "inspectdb",
    .help = "Introspects the database tables in the given database and outputs a header of C++ models.",
    .action = run_inspectdb,
    .arguments = {{"table", "Selects what tables or views should be introspected."},
                  {"--database", "Alias of the database."},
                  {"--include-partitions", "Also outputs models for partition tables."},
                  {"--include-views", "Also outputs models for database views."},
                  {"--name-space", "The namespace of the models, and so the label of their app."}},
    .requires_system_checks = false,
};

}  // namespace nuages::management::detail
