// dbshell: the database's own client, with the site's connection settings.
#include <nuages/db/database.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/management/detail/builtin.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <unistd.h>

namespace nuages::management::detail {
namespace {

struct DbshellOptions {
    std::string database = "default";
};

std::vector<std::string> client_of(const conf::DatabaseUrl& url) {
    if (url.engine == "sqlite") return {"sqlite3", url.name};
    if (url.engine != "postgresql") throw CommandError("There is no client for the engine '" + url.engine + "'.");
    std::vector<std::string> words{"psql"};
    if (!url.user.empty()) words.insert(words.end(), {"-U", url.user});
    if (!url.host.empty()) words.insert(words.end(), {"-h", url.host});
    if (url.port) words.insert(words.end(), {"-p", std::to_string(url.port)});
    if (!url.name.empty()) {
        words.push_back(url.name);
    } else if (url.option("service").empty()) {
        words.push_back("postgres");
    }
    return words;
}

/// Takes the place of this process: the client has the terminal to itself. Never returns but by an error.
void run_dbshell(Io&, std::vector<std::string> parameters, DbshellOptions options) {
    const conf::DatabaseUrl& url = db::connection(options.database).database().url();
    std::vector<std::string> words = client_of(url);
    const bool names_database = url.engine == "sqlite" || !url.name.empty() || url.option("service").empty();
    words.insert(words.end() - (names_database ? 1 : 0), parameters.begin(), parameters.end());
    if (url.engine == "postgresql") {  // in the environment, where other users' ps does not show it
        if (!url.password.empty()) ::setenv("PGPASSWORD", url.password.c_str(), 1);
        static constexpr std::pair<const char*, const char*> kVariables[] = {
            {"sslmode", "PGSSLMODE"},         {"sslrootcert", "PGSSLROOTCERT"}, {"sslcert", "PGSSLCERT"},
            {"sslkey", "PGSSLKEY"},           {"service", "PGSERVICE"},         {"passfile", "PGPASSFILE"},
            {"application_name", "PGAPPNAME"}};
        for (const auto& [key, variable] : kVariables) {
            if (const std::string value(url.option(key)); !value.empty()) ::setenv(variable, value.c_str(), 1);
        }
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    if (errno == ENOENT)
        throw CommandError("You appear not to have the '" + words[0] + "' program installed or on your path.");
    throw CommandError("Cannot run " + words[0] + ": " + std::strerror(errno));
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
