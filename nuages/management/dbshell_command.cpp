// dbshell: the database's own client, with the site's connection settings.
#include <nuages/db/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/management/detail/builtin.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

namespace nuages::management::detail {
namespace {

struct DbshellOptions {
    std::string database = "default";
};

/// Takes the place of this process: the client has the terminal to itself. Never returns but by an error.
void run_dbshell(Io&, std::vector<std::string> parameters, DbshellOptions options) {
    db::Database& database = db::connection(options.database).database();
    db::ClientCommand client;
    try {
        client = database.driver().client_command(database.url(), parameters);
    } catch (const db::NotSupportedError& error) {
        throw CommandError(error.message());
    }
    for (const auto& [name, value] : client.environment) ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    for (std::string& word : client.arguments) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    if (errno == ENOENT)
        throw CommandError("You appear not to have the '" + client.arguments[0] + "' program installed or on your path.");
    throw CommandError("Cannot run " + client.arguments[0] + ": " + std::strerror(errno));
}

}  // namespace

const Command dbshell_command{
    .name = "dbshell",
    .help = "Runs the command-line client for the specified database, or the default database if none is provided.",
    .action = run_dbshell,
    .arguments = {{"parameters", "Passed on to the client, behind --."}, {"--database", "Alias of the database."}},
    .requires_system_checks = false,
    .runs_on_fiber = false,
};

}  // namespace nuages::management::detail
