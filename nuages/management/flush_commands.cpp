// flush, sqlflush and sqlsequencereset: the tables of the models emptied, and the keys counted anew.
#include <nuages/db/connection.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/introspection.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/site/site.hpp>

#include <algorithm>

namespace nuages::management::detail {
namespace {

using db::models::ModelMeta;

struct DatabaseOption {
    std::string database = "default";
};

/// MODELS and the automatic many-to-many tables of theirs.
std::vector<const ModelMeta*> with_throughs(std::vector<const ModelMeta*> models) {
    const std::size_t count = models.size();
    for (std::size_t i = 0; i < count; ++i) {
        for (const db::models::Field* field : models[i]->many_to_many()) {
            if (const ModelMeta& through = models[i]->through(*field); through.auto_created) models.push_back(&through);
        }
    }
    return models;
}

std::vector<std::string> tables_of(const std::string& database) {
    const db::Connection connection = db::connection(database);
    const db::Introspection& introspection = connection.introspection();
    const std::vector<std::string> present = introspection.table_names(connection);
    std::vector<std::string> tables;
    for (const ModelMeta* meta : with_throughs(site::current().registry().models())) {
        if (!meta->managed || !db::models::allow_migrate(database, *meta)) continue;
        const bool is_there = std::any_of(present.begin(), present.end(), [&](const std::string& name) {
            return introspection.identifier_converter(name) == introspection.identifier_converter(meta->db_table);
        });
        if (is_there && std::find(tables.begin(), tables.end(), meta->db_table) == tables.end())
            tables.push_back(meta->db_table);
    }
    return tables;
}

std::vector<std::string> flush_statements(const std::string& database) {
    const db::Connection connection = db::connection(database);
    const std::vector<std::string> tables = tables_of(database);
    if (tables.empty()) return {};
    bool counted = false;
    for (const std::string& table : tables) counted |= !connection.introspection().get_sequences(connection, table).empty();
    return connection.operations().sql_flush(tables, counted);
}

void run_flush(Io& io, DatabaseOption options) {
    const std::vector<std::string> statements = flush_statements(options.database);
    if (io.interactive()) {
        io.write("You have requested a flush of the database.\n"
                 "This will IRREVERSIBLY DESTROY all data currently in the \"" +
                 db::connection(options.database).database().url().name +
                 "\" database,\nand return each table to an empty state.");
        if (io.ask("Are you sure you want to do this?\n\n    Type 'yes' to continue, or 'no' to cancel: ") != "yes")
            return io.write("Flush cancelled.");
    }
    db::atomic(
        [&] {
            for (const std::string& statement : statements) db::connection(options.database).execute(statement);
        },
        {.using_ = options.database});
}

void run_sqlflush(Io& io, DatabaseOption options) {
    const std::vector<std::string> statements = flush_statements(options.database);
    if (statements.empty()) return io.error("No tables found.");
    io.write("BEGIN;");
    for (const std::string& statement : statements) io.write(statement + ";");
    io.write("COMMIT;");
}

void run_sqlsequencereset(Io& io, std::vector<std::string> app_label, DatabaseOption options) {
    const site::Registry& registry = site::current().registry();
    const db::Operations& operations = db::connection(options.database).operations();
    bool found = false;
    for (const std::string& label : app_label) {
        for (const ModelMeta* meta : with_throughs(registry.models(registry.app(label)))) {
            if (!meta->pk().is_auto()) continue;
            const std::string sql = operations.sequence_reset_sql(meta->db_table, meta->pk().column);
            if (sql.empty()) continue;
            io.write((found ? "" : "BEGIN;\n") + sql + ";");
            found = true;
        }
    }
    if (found)
        io.write("COMMIT;");
    else
        io.error("No sequences found.");
}

constexpr const char* kAlias = "Alias of the database.";

}  // namespace

const Command flush_command{
    .name = "flush",
    .help = "Removes ALL DATA from the database, including data added during migrations. Does not achieve a \"fresh install\" state.",
    .action = run_flush,
    .arguments = {{"--database", kAlias}},
};

const Command sqlflush_command{
    .name = "sqlflush",
    .help = "Returns a list of the SQL statements required to return all tables in the database to the state they were in just "
            "after they were installed.",
    .action = run_sqlflush,
    .arguments = {{"--database", kAlias}},
};

const Command sqlsequencereset_command{
    .name = "sqlsequencereset",
    .help = "Prints the SQL statements for resetting sequences for the given app name(s).",
    .action = run_sqlsequencereset,
    .arguments = {{"app_label", "The apps."}, {"--database", kAlias}},
};

}  // namespace nuages::management::detail
