// createcachetable: makes the tables of the caches that lie in databases.
#include <nuages/core/cache/cache.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/database_cache.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/site/site.hpp>

namespace nuages::management::detail {
namespace {

struct CreateCacheTableOptions {
    std::string database = "default";
    bool dry_run = false;
};

bool exists(const db::Connection& connection, const std::string& table) {
    try {
        db::atomic([&] { connection.execute("SELECT 1 FROM " + connection.operations().quoted(table) + " WHERE 1 = 0"); },
                   {.using_ = connection.alias()});
        return true;
    } catch (const db::DatabaseError&) {
        return false;
    }
}

void run_createcachetable(Io& io, CreateCacheTableOptions options) {
    for (const auto& [alias, entry] : site::current().settings().caches) {
        const auto cache = cache::caches(alias);
        const auto* in_database = dynamic_cast<const db::DatabaseCache*>(cache.get());
        if (!in_database || in_database->alias() != options.database) continue;
        const db::Connection connection = db::connection(options.database);
        if (options.dry_run) {
            for (const std::string& sql : in_database->creation_sql(connection)) io.write(sql + ";");
            continue;
        }
        if (exists(connection, in_database->table())) {
            if (io.verbosity() > 0) io.write("Cache table '" + in_database->table() + "' already exists.");
            continue;
        }
        db::atomic(
            [&] {
                for (const std::string& sql : in_database->creation_sql(connection)) connection.execute(sql);
            },
            {.using_ = options.database});
        if (io.verbosity() > 1) io.write("Cache table '" + in_database->table() + "' created.");
    }
}

}  // namespace

const Command createcachetable_command{
    .name = "createcachetable",
    .help = "Creates the tables needed to use the SQL cache backend.",
    .action = run_createcachetable,
    .arguments = {{"--database", "Alias of the database; caches in others are left out."},
                  {"--dry-run", "Does not create the table, just prints the SQL that would be run."}},
};

}  // namespace nuages::management::detail
