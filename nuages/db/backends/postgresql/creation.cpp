#include <nuages/db/backends/postgresql/creation.hpp>
#include <nuages/db/backends/postgresql/detail/driver.hpp>
#include <nuages/db/backends/postgresql/detail/options.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <string>

namespace nuages::db::postgresql {

namespace {

std::string quoted(std::string_view name) {
    std::string out;
    PostgresqlOperations().quote_name(out, name);
    return out;
}

/// Runs COMMANDS, one by one and outside of a transaction, in a database that is not the one they make or drop.
void run_beside(conf::DatabaseUrl url, std::initializer_list<std::string> commands) {
    // The pool's options mean nothing here, and a role that is assumed need not be the one that may create databases.
    std::erase_if(url.options, [](const auto& option) { return option.first == "assume_role"; });
    const std::string configured = std::exchange(url.name, "postgres");
    const auto run_there = [&] {
        Ref<detail::PgDriver> driver = make_ref<detail::PgDriver>(detail::read_options(url));
        struct Close {
            Session* session;
            ~Close() { delete session; }
        } open{driver->connect()};
        for (const std::string& sql : commands) open.session->execute(sql, {}, [](std::span<const Cell>) {});
    };
    try {
        return run_there();
    } catch (const OperationalError& error) {
        if (error.code() != "3D000" && std::string_view(error.what()).find("database \"postgres\"") == std::string_view::npos) throw;
    }
    url.name = configured;  // a server without "postgres"
    run_there();
}

}  // namespace

conf::DatabaseUrl PostgresqlCreation::create_test_db(const conf::DatabaseUrl& url, std::string_view suffix) const {
    conf::DatabaseUrl made = url;
    made.name = "test_" + url.name;
    if (!suffix.empty()) made.name.append("_").append(suffix);
    std::string create = "CREATE DATABASE " + quoted(made.name);
    if (const std::string_view source = url.option("test_template"); !source.empty()) create += " TEMPLATE " + quoted(source);
    run_beside(url, {"DROP DATABASE IF EXISTS " + quoted(made.name) + " WITH (FORCE)", create});
    return made;
}

void PostgresqlCreation::destroy_test_db(const conf::DatabaseUrl& test_url) const {
    if (!test_url.name.starts_with("test_"))
        throw ProgrammingError("destroy_test_db() drops what create_test_db() made, not '" + test_url.name + "'");
    run_beside(test_url, {"DROP DATABASE IF EXISTS " + quoted(test_url.name) + " WITH (FORCE)"});
}

}  // namespace nuages::db::postgresql
