#include <nuages/async/fiber.hpp>
#include <nuages/async/loop.hpp>
#include <nuages/base/error.hpp>
#include <nuages/db/backends/sqlite/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/introspection.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/operations.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/site/site.hpp>
#include <nuages/test/test_case.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

namespace nuages::test {

namespace {

using Metas = std::vector<const db::models::ModelMeta*>;

/// The models of the site, or without one all that the program has touched.
Metas models() {
    if (site::Site* site = site::find_current()) return site->registry().models();
    return db::models::Registry::global().models();
}

/// Makes databases in memory when nobody has set any.
void ensure_databases() {
    if (!db::databases().empty()) return;
    db::register_backend(db::sqlite::backend);
    db::set_databases(db::make_databases({{"default", conf::DatabaseUrl{.name = ":memory:"}}}));
}

void ensure_tables() {
    static Metas created;
    const Metas all = models();
    if (all == created) return;
    for (const auto& database : db::databases()) {
        db::Connection connection = database->connection();
        db::models::schema::create_tables(connection, all);
    }
    created = all;
}

void set_up() {
    if (!async::on_fiber())
        throw Error(
            "TestCase needs a fiber: let nuages::test::run_tests() (or the library's own main()) run the tests");
    ensure_databases();
    ensure_tables();
}

/// Empties every table, whatever the order of its foreign keys.
void flush(db::Connection connection) {
    const std::vector<std::string> tables = connection.introspection().table_names(connection);
    const std::vector<std::string> statements = connection.operations().sql_flush(tables, false);
    db::atomic(
        [&] {
            for (const std::string& statement : statements) connection.execute(statement);
        },
        {.using_ = connection.alias()});
}

site::Settings adapt_to_tests(site::Settings settings) {
    settings.debug = false;
    settings.allowed_hosts.push_back("testserver");
    settings.allowed_hosts.push_back("localhost");
    settings.allowed_hosts.push_back("127.0.0.1");
    for (auto& [alias, url] : settings.databases) url = conf::DatabaseUrl{.name = ":memory:"};
    return settings;
}

}  // namespace

int run_tests(int argc, char** argv, site::Settings (*settings)()) {
    testing::InitGoogleTest(&argc, argv);
    std::optional<site::Site> site;
    try {
        if (settings) site.emplace(adapt_to_tests(settings()));
    } catch (const Error& error) {
        std::fprintf(stderr, "%s: %s\n", error.name(), error.what());
        return 1;
    }
    return async::run([] { return RUN_ALL_TESTS(); });
}

void TransactionTestCase::SetUp() { set_up(); }

void TransactionTestCase::TearDown() {
    for (const auto& database : db::databases()) flush(database->connection());
}

void TestCase::SetUp() {
    set_up();
    for (const auto& database : db::databases()) blocks_.push_back(new db::ManualAtomic({.using_ = database->alias()}));
}

void TestCase::TearDown() {
    for (db::ManualAtomic* block : std::exchange(blocks_, {})) {
        block->rollback();
        delete block;
    }
}

}  // namespace nuages::test
