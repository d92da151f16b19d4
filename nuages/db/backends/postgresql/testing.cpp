#include <nuages/async/time.hpp>
#include <nuages/base/error.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace nuages::db::postgresql {

namespace {

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

/// The folder of initdb and postgres: in PATH, or Debian's of the newest version.
std::string find_programs() {
    std::string_view path = std::getenv("PATH") ? std::getenv("PATH") : "";
    while (!path.empty()) {
        const std::string folder(path.substr(0, path.find(':')));
        path.remove_prefix(std::min(path.size(), folder.size() + 1));
        char real[4096];
        if (is_program(folder + "/initdb") && ::realpath((folder + "/initdb").c_str(), real)) {
            const std::string found(real, std::strrchr(real, '/'));
            if (is_program(found + "/postgres")) return found;
        }
    }
    for (int version = 30; version > 9; --version) {
        const std::string folder = "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
        if (is_program(folder + "/initdb")) return folder;
    }
    return {};
}

/// Who runs the server when we are root; null when we are not.
const passwd* server_user() {
    if (::geteuid() != 0) return nullptr;
    if (const passwd* user = ::getpwnam("postgres")) return user;
    return ::getpwnam("nobody");
}

/// In the child: leaves root behind, dies with its parent, writes to LOG, becomes WORDS.
[[noreturn]] void become(const std::vector<std::string>& words, const passwd* user, const std::string& log, bool tied) {
    if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) ::_exit(127);
    if (tied) ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out >= 0) {
        ::dup2(out, 1);
        ::dup2(out, 2);
    }
    if (::chdir("/") != 0) ::_exit(127);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

void remove_tree(const std::string& path) {
    if (DIR* folder = ::opendir(path.c_str())) {
        while (const dirent* entry = ::readdir(folder)) {
            const std::string name = entry->d_name;
            if (name == "." || name == "..") continue;
            const std::string child = path + "/" + name;
            struct stat about{};
            if (::lstat(child.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) {
                remove_tree(child);
            } else {
                ::unlink(child.c_str());
            }
        }
        ::closedir(folder);
    }
    ::rmdir(path.c_str());
}

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// Databases that no test uses at the moment, empty.
std::vector<std::string>& spare_databases() {
    static std::vector<std::string> names;
    return names;
}

}  // namespace

TestCluster* TestCluster::shared(std::string* reason) {
    struct Shared {
        TestCluster cluster;
        std::string problem;
        ~Shared() {
            if (!problem.empty() || cluster.outside_.name.empty()) return;
            for (const std::string& name : spare_databases()) {
                try {
                    cluster.drop_database(name);
                } catch (const Error&) {}
            }
        }
        Shared() {
            spare_databases();  // made first, so that it goes last
            try {
                if (const char* text = std::getenv("DATABASE_URL"); text && std::strncmp(text, "postgres", 8) == 0) {
                    auto url = conf::DatabaseUrl::parse(text);
                    if (!url) throw Error("DATABASE_URL: " + url.error());
                    cluster.outside_ = *url;
                } else {
                    cluster.start();
                }
            } catch (const Error& error) {
                problem = error.what();
            }
        }
    };
    static Shared shared;
    if (shared.problem.empty()) return &shared.cluster;
    if (reason) *reason = shared.problem;
    return nullptr;
}

void TestCluster::start(std::string_view settings) {
    programs_ = find_programs();
    if (programs_.empty())
        throw Error("PostgreSQL's server is not installed (apt-get install postgresql), and DATABASE_URL names none");
    const char* base = std::getenv("TMPDIR");
    folder_ = std::string(base && *base ? base : "/tmp") + "/nuages-pg-XXXXXX";
    if (!::mkdtemp(folder_.data())) throw Error("cannot make a folder " + folder_);
    const passwd* user = server_user();
    if (user && ::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw Error("cannot give away " + folder_);
    const int child = ::fork();
    if (child == 0)
        become({programs_ + "/initdb", "-D", folder_ + "/data", "-A", "trust", "-U", "nuages", "-E", "UTF8", "--locale=C.UTF-8",
                "--no-sync"},
               user, folder_ + "/log", false);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) throw Error("initdb failed: see " + folder_ + "/log");
    settings_ = settings;
    launch();
}

void TestCluster::launch() {
    std::vector<std::string> words{programs_ + "/postgres", "-D", folder_ + "/data"};
    const auto set = [&](std::string_view setting) {
        words.push_back("-c");
        words.emplace_back(setting);
    };
    set("listen_addresses=");
    set("unix_socket_directories=" + folder_);
    set("fsync=off");
    set("full_page_writes=off");
    set("shared_buffers=32MB");
    set("max_connections=120");
    set("deadlock_timeout=100ms");
    set("jit=off");
    set("timezone=Europe/Paris");  // so that whoever relies on the server's zone is found out
    for (std::string_view rest = settings_; !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (!word.empty()) set(word);
    }
    server_ = start_program(words);
    wait_until_it_answers();
}

int TestCluster::start_program(const std::vector<std::string>& words) const {
    const int child = ::fork();
    if (child == 0) become(words, server_user(), folder_ + "/log", true);
    return child;
}

std::string TestCluster::write_file(const std::string& name, const std::string& content) const {
    const std::string path = folder_ + "/" + name;
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (!file) throw Error("cannot write " + path);
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
    ::chmod(path.c_str(), 0644);
    return path;
}

void TestCluster::wait_until_it_answers() {
    const std::string target = "host=" + folder_ + " user=nuages dbname=postgres";
    for (int i = 0; i < 600; ++i) {
        if (PQping(target.c_str()) == PQPING_OK) return;
        int status = 0;
        if (::waitpid(server_, &status, WNOHANG) == server_) {
            server_ = 0;
            throw Error("the PostgreSQL server ended at once: see " + folder_ + "/log");
        }
        ::usleep(50'000);
    }
    throw Error("the PostgreSQL server does not answer: see " + folder_ + "/log");
}

void TestCluster::stop(bool immediately) {
    if (!server_) return;
    ::kill(server_, immediately ? SIGQUIT : SIGINT);
    int status = 0;
    ::waitpid(server_, &status, 0);
    server_ = 0;
}

void TestCluster::restart() {
    stop();
    launch();
}

TestCluster::~TestCluster() {
    stop(true);
    if (!folder_.empty()) remove_tree(folder_);
}

conf::DatabaseUrl TestCluster::url(std::string database) const {
    conf::DatabaseUrl url = outside_;
    if (folder_.size()) url = {.engine = "postgresql", .user = "nuages", .host = folder_};
    url.engine = "postgresql";
    if (folder_.size() || database != "postgres") url.name = std::move(database);
    return url;
}

void TestCluster::command(const std::string& sql, const std::string& database) const {
    const conf::DatabaseUrl target = url(database);
    const std::string port = target.port ? std::to_string(target.port) : "";
    PGconn* connection = PQsetdbLogin(target.host.c_str(), port.c_str(), nullptr, nullptr, target.name.c_str(),
                                      target.user.c_str(), target.password.c_str());
    std::string problem;
    if (PQstatus(connection) != CONNECTION_OK) {
        problem = PQerrorMessage(connection);
    } else {
        PGresult* result = PQexec(connection, sql.c_str());
        if (const auto status = PQresultStatus(result); status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            problem = PQresultErrorMessage(result);
        PQclear(result);
    }
    PQfinish(connection);
    if (!problem.empty()) throw Error(problem);
}

void TestCluster::create_database(const std::string& name) { command("CREATE DATABASE " + quoted(name) + " TEMPLATE template0"); }

void TestCluster::drop_database(const std::string& name) {
    command("DROP DATABASE IF EXISTS " + quoted(name) + " WITH (FORCE)");
}

TestDatabase::TestDatabase(std::vector<std::pair<std::string, std::string>> options) : options_(std::move(options)) {
    static int number = 0;
    std::string reason;
    TestCluster* cluster = TestCluster::shared(&reason);
    if (!cluster) throw Error(reason);
    if (spare_databases().empty()) {
        name_ = "test_nuages_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
        cluster->create_database(name_);
    } else {
        name_ = spare_databases().back();
        spare_databases().pop_back();
    }
    register_backend(backend);
    former_ = set_databases(make_databases({{"default", url()}}));
}

conf::DatabaseUrl TestDatabase::url() const {
    conf::DatabaseUrl url = TestCluster::shared()->url(name_);
    url.options.insert(url.options.end(), options_.begin(), options_.end());
    return url;
}

TestDatabase::~TestDatabase() {
    set_databases(std::move(former_));
    TestCluster& cluster = *TestCluster::shared();
    try {  // much faster than another database
        cluster.command("SET lock_timeout = '5s'; SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public", name_);
        spare_databases().push_back(name_);
    } catch (const Error&) {
        cluster.drop_database(name_);
    }
}

bool eventually(FunctionRef<bool()> holds) {
    for (int i = 0; i < 6000; ++i) {
        if (holds()) return true;
        async::sleep_for(milliseconds(5));
    }
    return holds();
}

}  // namespace nuages::db::postgresql
