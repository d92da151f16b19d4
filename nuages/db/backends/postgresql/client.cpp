// psql with the site's connection settings (django.db.backends.postgresql.client).
#include <nuages/db/backends/postgresql/detail/driver.hpp>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::pair<const char*, const char*> kVariables[] = {
    {"sslmode", "PGSSLMODE"},
    {"sslrootcert", "PGSSLROOTCERT"},
    {"sslcert", "PGSSLCERT"},
    {"sslkey", "PGSSLKEY"},
    {"service", "PGSERVICE"},
    {"passfile", "PGPASSFILE"},
    {"application_name", "PGAPPNAME"},
};

}  // namespace

ClientCommand PgDriver::client_command(const conf::DatabaseUrl& url, std::span<const std::string> parameters) const {
    ClientCommand client{{"psql"}};
    std::vector<std::string>& words = client.arguments;
    if (!url.user.empty()) words.insert(words.end(), {"-U", url.user});
    if (!url.host.empty()) words.insert(words.end(), {"-h", url.host});
    if (url.port) words.insert(words.end(), {"-p", std::to_string(url.port)});
    words.insert(words.end(), parameters.begin(), parameters.end());
    if (!url.name.empty())
        words.push_back(url.name);
    else if (url.option("service").empty())
        words.push_back("postgres");
    // In the environment, where other users' ps does not show it.
    if (!url.password.empty()) client.environment.emplace_back("PGPASSWORD", url.password);
    for (const auto& [key, variable] : kVariables) {
        if (const std::string_view value = url.option(key); !value.empty())
            client.environment.emplace_back(variable, value);
    }
    return client;
}

}  // namespace nuages::db::postgresql::detail
