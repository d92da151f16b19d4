// migrate: brings the database to what the models say. Today it creates the tables that are missing, which is what
// Django's `migrate --run-syncdb` does for apps without migrations; the migration engine will stand in front of that
// for apps that have some (App::migrations) and keep its own record.
#include <nuages/db/connection.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/management/detail/builtin.hpp>
#include <nuages/site/site.hpp>

namespace nuages::management::detail {
namespace {

struct MigrateOptions {
    std::string database = "default";
};

void run_migrate(Io& io, std::optional<std::string> app_label, MigrateOptions options) {
    const site::Registry& registry = site::current().registry();
    auto models = app_label ? registry.models(registry.app(*app_label)) : registry.models();
    if (io.verbosity() >= 1) {
        std::string labels;
        for (const site::App* app : registry.apps())
            if (!app->models.empty() && (!app_label || app->get_label() == *app_label))
                labels += (labels.empty() ? "" : ", ") + std::string(app->get_label());
        io.write("Operations to perform:", Style::heading);
        io.write("  Synchronize apps without migrations: " + (labels.empty() ? "(none)" : labels));
        io.write("Synchronizing apps without migrations:", Style::heading);
    }
    std::erase_if(models, [&](const auto* meta) { return !db::models::allow_migrate(options.database, *meta); });
    db::Connection connection = db::connection(options.database);
    std::vector<std::string> created;
    db::atomic([&] { created = db::models::schema::create_tables(connection, models); }, {.using_ = options.database});
    if (io.verbosity() < 1) return;
    for (const std::string& table : created) io.write("  Creating table " + table);
    if (created.empty()) io.write("  No tables to create.");
}

}  // namespace

const Command migrate_command{
    .name = "migrate",
    .help = "Updates database schema: creates the tables of all models that have none.",
    .action = run_migrate,
    .arguments = {{"app_label", "Only the models of this app."}, {"--database", "Alias of the database."}},
};

}  // namespace nuages::management::detail
