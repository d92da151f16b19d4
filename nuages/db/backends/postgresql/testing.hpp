// For tests: a private PostgreSQL server in a temporary folder, reached over a Unix socket, gone with the process.
#pragma once

#include <nuages/async/loop.hpp>
#include <nuages/base/function.hpp>
#include <nuages/db/backends/postgresql/backend.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::db::postgresql {

/// A server of Debian's packages, run as `postgres` or `nobody` when this process is root (which initdb refuses).
class TestCluster {
public:
    /// Starts nothing yet.
    TestCluster() = default;
    /// Stops the server and removes its folder.
    ~TestCluster();
    TestCluster(const TestCluster&) = delete;
    TestCluster& operator=(const TestCluster&) = delete;

    /// The cluster that tests of this process share, started at the first call; null with `reason` set where the server's
    /// programs are absent. A URL in DATABASE_URL of the environment stands in for it.
    static TestCluster* shared(std::string* reason = nullptr);

    /// Makes the cluster and starts it. Throws Error saying what is missing. SETTINGS: "name=value" words for the server.
    void start(std::string_view settings = {});
    /// Immediate: as a crash, without a farewell to the clients.
    void stop(bool immediately = false);
    /// After stop().
    void restart();

    const std::string& socket_folder() const { return folder_; }
    /// DATABASE as a URL would name it.
    conf::DatabaseUrl url(std::string database = "postgres") const;
    /// A new empty database, from template0 or another one. NAME must be an identifier.
    void create_database(const std::string& name);
    void drop_database(const std::string& name);

    /// Starts another program as the server's user, its output in the cluster's log; returns its process id.
    int start_program(const std::vector<std::string>& words) const;
    /// Writes a file that this user can read into the cluster's folder and returns its path.
    std::string write_file(const std::string& name, const std::string& content) const;
    /// Runs SQL on a connection of its own. Throws Error.
    void command(const std::string& sql, const std::string& database = "postgres") const;

private:
    void launch();
    void wait_until_it_answers();

    std::string folder_, settings_, programs_;
    conf::DatabaseUrl outside_;  // from DATABASE_URL
    int server_ = 0;             // process id
};

/// Sets DATABASES to one "default": an empty database of the shared cluster.
class TestDatabase {
public:
    /// OPTIONS are added to the URL's query. Throws Error where there is no server.
    explicit TestDatabase(std::vector<std::pair<std::string, std::string>> options = {});
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    const std::string& name() const { return name_; }
    conf::DatabaseUrl url() const;

private:
    std::string name_;
    std::vector<std::pair<std::string, std::string>> options_;
    Databases former_;
};

/// Waits, on a fiber, until HOLDS answers true: 30 s at most, which only a failure reaches. Returns its last answer.
bool eventually(FunctionRef<bool()> holds);

/// Runs F on a fiber with an empty database as "default".
template <class F> void with_database(F&& f, std::vector<std::pair<std::string, std::string>> options = {}) {
    const TestDatabase database(std::move(options));
    async::run([&] { f(); });
}

}  // namespace nuages::db::postgresql
