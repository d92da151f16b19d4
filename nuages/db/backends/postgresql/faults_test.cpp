// What goes wrong between us and PostgreSQL: the network (through a gate that delays, cuts, stalls), the server (stopped,
// restarted, deadlocked), our own process (killed), and a PgBouncer in between.
#include <nuages/async/gather.hpp>
#include <nuages/async/task.hpp>
#include <nuages/async/time.hpp>
#include <nuages/db/backends/postgresql/notifications.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace nuages::db::postgresql {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

/// A TCP port in front of the cluster's Unix socket, on a thread of its own.
class Gate {
public:
    explicit Gate(const std::string& socket_folder) : target_(socket_folder + "/.s.PGSQL.5432") {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 64);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~Gate() {
        set(stop_, 1);
        thread_.join();
        for (const Pair& pair : pairs_) end(pair);
        ::close(listener_);
    }

    int port() const { return port_; }
    /// Nothing passes while it is stalled, and nobody is told.
    void stall(bool on) { set(stalled_, on); }
    void delay(int milliseconds) { set(delay_, milliseconds); }
    /// Resets the connection once so many more bytes went to the client; -1: never.
    void cut_after(int bytes) { set(left_, bytes); }
    /// The server's ends are closed, the clients' ends stay open.
    void half_open() { set(half_open_, 1); }
    bool is_half_open() { return get(half_open_) == 2; }

private:
    struct Pair {
        int client, server;
    };
    static void set(int& place, int value) { __atomic_store_n(&place, value, __ATOMIC_SEQ_CST); }
    static int get(int& place) { return __atomic_load_n(&place, __ATOMIC_SEQ_CST); }
    static void end(const Pair& pair) {
        const linger reset{1, 0};
        ::setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        ::close(pair.client);
        if (pair.server >= 0) ::close(pair.server);
    }
    void accept_one() {
        const int client = ::accept(listener_, nullptr, nullptr);
        const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, target_.c_str(), sizeof address.sun_path - 1);
        if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            end({client, server});
            return;
        }
        pairs_.push_back({client, server});
    }
    /// False when the pair has ended.
    bool pass(int from, int to, bool to_client) {
        char buffer[4096];
        long got = ::recv(from, buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        if (const int wait = get(delay_)) ::usleep(static_cast<useconds_t>(wait) * 1000);
        const int left = get(left_);
        if (to_client && left >= 0) {
            const bool cut = got >= left;
            if (cut) got = left;
            set(left_, left - static_cast<int>(got));
            ::send(to, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL);
            return !cut;
        }
        return ::send(to, buffer, static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
    }
    void run() {
        while (!get(stop_)) {
            if (get(half_open_) == 1) {
                for (Pair& pair : pairs_) ::close(std::exchange(pair.server, -1));
                set(half_open_, 2);
            }
            std::vector<pollfd> wanted{{listener_, POLLIN, 0}};
            for (const Pair& pair : pairs_) {
                wanted.push_back({get(stalled_) || pair.server < 0 ? -1 : pair.client, POLLIN, 0});
                wanted.push_back({get(stalled_) ? -1 : pair.server, POLLIN, 0});
            }
            if (::poll(wanted.data(), wanted.size(), 2) <= 0) continue;
            for (std::size_t i = pairs_.size(); i-- > 0;) {
                const Pair pair = pairs_[i];
                const bool up = wanted[2 * i + 1].revents, down = wanted[2 * i + 2].revents;
                if ((up && !pass(pair.client, pair.server, false)) || (down && !pass(pair.server, pair.client, true))) {
                    end(pair);
                    pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
                }
            }
            if (wanted[0].revents) accept_one();
        }
    }

    std::string target_;
    int listener_ = -1, port_ = 0;
    int stop_ = 0, stalled_ = 0, delay_ = 0, left_ = -1, half_open_ = 0;
    std::vector<Pair> pairs_;
    std::thread thread_;
};

class PostgresqlFaults : public testing::Test {
protected:
    void SetUp() override {
        register_backend(backend);
        std::string reason;
        TestCluster* cluster = TestCluster::shared(&reason);
        if (!cluster) GTEST_SKIP() << reason;
        if (cluster->socket_folder().empty()) GTEST_SKIP() << "DATABASE_URL names a server that is not ours to disturb";
    }
    /// "default" behind a gate, "direct" past it.
    template <class F> static void behind_gate(F&& f, Options options = {}) {
        const TestDatabase database;
        Gate gate(TestCluster::shared()->socket_folder());
        conf::DatabaseUrl url = database.url();
        url.host = "127.0.0.1";
        url.port = gate.port();
        url.options = std::move(options);
        url.options.emplace_back("sslmode", "disable");
        const Databases former = set_databases(make_databases({{"default", url}, {"direct", database.url()}}));
        async::run([&] { f(gate); });
        set_databases(former);
    }
    static int one(std::string_view sql, std::string_view alias = "default") {
        return std::get<0>(connection(alias).query<int>(sql).at(0));
    }
    static bool answers() {
        try {
            return one("SELECT 1") == 1;
        } catch (const OperationalError&) {
            return false;
        }
    }
};

TEST_F(PostgresqlFaults, AConnectionCutAtAnyByteFailsOnlyWhatWasUnderWay) {
    behind_gate([](Gate& gate) {
        connection("direct").execute("CREATE TABLE t (id int)");
        connection("direct").execute("INSERT INTO t SELECT generate_series(1, 100)");
        int failed = 0;
        for (int bytes = 0; bytes < 3000; bytes += bytes < 300 ? 13 : 61) {
            gate.cut_after(bytes);
            try {
                EXPECT_EQ(one("SELECT count(*) FROM (SELECT id, 'some text to fill the line' FROM t LIMIT 50) s"), 50);
                int rows = 0;
                connection().execute("SELECT id, 'some text to fill the line' FROM t", {}, [&](auto) { ++rows; });
                EXPECT_EQ(rows, 100);
            } catch (const OperationalError&) {
                ++failed;
            }
            gate.cut_after(-1);
            EXPECT_EQ(one("SELECT 1"), 1) << "after a cut at byte " << bytes;
        }
        EXPECT_GT(failed, 20);
    });
}

TEST_F(PostgresqlFaults, ASlowNetworkOnlyDelays) {
    behind_gate([](Gate& gate) {
        gate.delay(3);
        const auto ask = [](int n) { return [n] { return std::get<0>(connection().query<int>("SELECT %s + 1", n).at(0)); }; };
        for (int i = 0; i < 3; ++i) {
            const auto [a, b, c] = async::gather(ask(1), ask(2), ask(3));
            EXPECT_EQ(a + b + c, 9);
        }
    });
}

TEST_F(PostgresqlFaults, AStalledConnectionIsLeftByADeadlineAndReplaced) {
    behind_gate(
        [](Gate& gate) {
            EXPECT_EQ(one("SELECT 1"), 1);
            gate.stall(true);
            EXPECT_THROW(async::with_timeout(milliseconds(100), [] { one("SELECT 2"); }), async::TimeoutError);
            EXPECT_THROW(atomic([] { async::with_timeout(milliseconds(100), [] { one("SELECT 2"); }); }), Error);
            EXPECT_THROW(one("SELECT 1 + 1"), OperationalError) << "connecting has a deadline of its own";
            gate.stall(false);
            EXPECT_TRUE(eventually(answers));
        },
        {{"connect_timeout", "1"}});
}

TEST_F(PostgresqlFaults, AHalfOpenConnectionIsFoundOutBeforeItIsUsed) {
    behind_gate(
        [](Gate& gate) {
            EXPECT_EQ(one("SELECT 1"), 1);
            gate.half_open();
            ASSERT_TRUE(eventually([&] { return gate.is_half_open(); }));
            async::sleep_for(milliseconds(60));  // longer than what counts as idle
            EXPECT_EQ(one("SELECT 1"), 1);
        },
        {{"connect_timeout", "3"}, {"conn_health_checks", "0.05"}});
}

TEST_F(PostgresqlFaults, AStoppedServerFailsWhatIsUnderWayAndThePoolHeals) {
    TestCluster cluster;
    cluster.start();
    const Databases former = set_databases(make_databases({{"default", cluster.url()}}));
    async::run([&] {
        connection().execute("CREATE TABLE t (id int)");
        bool stop = false;
        int passed = 0, failed = 0;
        std::vector<async::Task<void>> tasks;
        for (int fiber = 0; fiber < 20; ++fiber) {
            tasks.push_back(async::spawn([&, fiber] {
                while (!stop) {
                    try {
                        if (fiber % 2) {
                            one("SELECT count(*) FROM t");
                        } else {
                            atomic([&] {
                                connection().execute("INSERT INTO t VALUES (%s)", fiber);
                                one("SELECT count(*) FROM t");
                            });
                        }
                        ++passed;
                    } catch (const OperationalError&) {
                        ++failed;
                    }
                    async::sleep_for(milliseconds(1));
                }
            }));
        }
        EXPECT_TRUE(eventually([&] { return passed >= 100; }));
        EXPECT_EQ(failed, 0);
        cluster.stop(true);
        EXPECT_TRUE(eventually([&] { return failed > 0; }));
        cluster.restart();
        const std::int64_t back = async::monotonic_microseconds();
        EXPECT_TRUE(eventually(answers));
        // From here on nothing fails any more, but what was under way at that moment.
        for (auto [seen, since] = std::pair(failed, passed); passed < since + 400; async::sleep_for(milliseconds(5))) {
            if (failed == seen) continue;
            seen = failed;
            since = passed;
            ASSERT_LT(async::monotonic_microseconds() - back, 30'000'000) << "the pool does not heal";
        }
        RecordProperty("healed_after_ms", static_cast<int>((async::monotonic_microseconds() - back) / 1000));
        stop = true;
        for (auto& task : tasks) task.join();
    });
    set_databases(former);
}

/// Runs F again, up to ten times, when the database says that the transaction may be tried again.
template <class F> int with_retries(F&& f) {
    for (int retries = 0;; ++retries) {
        try {
            atomic(f);
            return retries;
        } catch (const OperationalError& error) {
            if (retries == 10 || (error.code() != "40001" && error.code() != "40P01")) throw;
        }
    }
}

TEST_F(PostgresqlFaults, ADeadlockIsAnOperationalErrorAndCanBeTriedAgain) {
    with_database([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY, n int)");
        connection().execute("INSERT INTO t VALUES (1, 0), (2, 0)");
        int locked = 0;
        const auto lock_both = [&](int first, int second) {
            return with_retries([&, first, second] {
                connection().execute("UPDATE t SET n = n + 1 WHERE id = %s", first);
                ++locked;
                EXPECT_TRUE(eventually([&] { return locked >= 2; })) << "both have their first row";
                connection().execute("UPDATE t SET n = n + 1 WHERE id = %s", second);
            });
        };
        const auto [a, b] = async::gather([&] { return async::spawn([&] { return lock_both(1, 2); }).join(); },
                                          [&] { return async::spawn([&] { return lock_both(2, 1); }).join(); });
        EXPECT_GE(a + b, 1);
        EXPECT_EQ(std::get<0>(connection().query<int>("SELECT sum(n) FROM t")[0]), 4);
    });
}

TEST_F(PostgresqlFaults, SerializationFailuresCanBeTriedAgain) {
    with_database(
        [] {
            connection().execute("CREATE TABLE t (n int)");
            connection().execute("INSERT INTO t VALUES (0)");
            int retries = 0, readers = 0;
            std::vector<async::Task<void>> tasks;
            for (int i = 0; i < 5; ++i) {
                tasks.push_back(async::spawn([&] {
                    retries += with_retries([&] {
                        const int n = one("SELECT n FROM t");
                        ++readers;
                        EXPECT_TRUE(eventually([&] { return readers >= 5; })) << "all have read before one writes";
                        connection().execute("UPDATE t SET n = %s", n + 1);
                    });
                }));
            }
            for (auto& task : tasks) task.join();
            EXPECT_EQ(one("SELECT n FROM t"), 5);
            EXPECT_GT(retries, 0);
        },
        {{"isolation_level", "serializable"}});
}

/// What the killed process does: numbered rows, each reported to descriptor 3 once it is committed.
void write_rows_until_killed(const char* folder) {
    conf::DatabaseUrl url{.engine = "postgresql", .name = "postgres", .user = "nuages", .host = folder};
    register_backend(backend);
    set_databases(make_databases({{"default", url}}));
    async::run([] {
        for (;;) {
            const auto next = std::get<0>(connection().query<std::int64_t>("SELECT COALESCE(MAX(n), 0) + 1 FROM log")[0]);
            atomic([&] {
                connection().execute("INSERT INTO log VALUES (%s, 1)", next);
                connection().execute("UPDATE log SET half = 2 WHERE n = %s", next);
            });
            if (write(3, &next, sizeof next) != sizeof next) _exit(1);
        }
    });
}

pid_t start_writer(const std::string& folder, int& reports) {
    int channel[2];
    if (pipe(channel) != 0) return -1;
    const pid_t child = fork();
    if (child == 0) {
        dup2(channel[1], 3);
        if (!std::freopen("/dev/null", "w", stdout)) _exit(127);
        setenv("NUAGES_TEST_WRITER", folder.c_str(), 1);
        execl("/proc/self/exe", "writer", "--gtest_filter=PostgresqlWriter.*", nullptr);
        _exit(127);
    }
    close(channel[1]);
    reports = channel[0];
    return child;
}

TEST(PostgresqlWriter, RunsOnlyAsTheChildOfTheTestBelow) {
    if (const char* folder = std::getenv("NUAGES_TEST_WRITER")) write_rows_until_killed(folder);
}

TEST_F(PostgresqlFaults, KillNineLosesNothingThatWasAcknowledged) {
    TestCluster& cluster = *TestCluster::shared();
    cluster.command("CREATE TABLE log (n bigint PRIMARY KEY, half int)");
    const Databases former = set_databases(make_databases({{"default", cluster.url()}}));
    const char* asked = std::getenv("NUAGES_KILL_ROUNDS");  // 100 before a release; a few each time
    const int rounds = asked ? std::atoi(asked) : 5;
    for (int round = 0; round < rounds; ++round) {
        int reports = -1;
        const pid_t child = start_writer(cluster.socket_folder(), reports);
        std::int64_t acknowledged = 0;
        for (int i = 0; i <= round % 20; ++i)
            ASSERT_EQ(read(reports, &acknowledged, sizeof acknowledged), static_cast<ssize_t>(sizeof acknowledged));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        while (read(reports, &acknowledged, sizeof acknowledged) == sizeof acknowledged) {}
        close(reports);
        async::run([&] {
            // The killed process's last statement may still be at work on the server.
            while (one("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> "
                       "pg_backend_pid() AND datname = 'postgres'") > 1)
                async::sleep_for(milliseconds(2));
            const auto [count, max, halves] = connection().query<std::int64_t, std::int64_t, std::int64_t>(
                "SELECT COUNT(*), MAX(n), COUNT(*) FILTER (WHERE half = 1) FROM log")[0];
            EXPECT_GE(max, acknowledged);
            EXPECT_LE(max, acknowledged + 1);
            EXPECT_EQ(count, max);
            EXPECT_EQ(halves, 0);
        });
    }
    set_databases(former);
    cluster.command("DROP TABLE log");
}

TEST_F(PostgresqlFaults, WorksBehindPgBouncerInTransactionMode) {
    if (access("/usr/sbin/pgbouncer", X_OK) != 0) GTEST_SKIP() << "pgbouncer is not installed";
    TestCluster& cluster = *TestCluster::shared();
    const TestDatabase database;
    const std::string config = cluster.write_file(
        "pgbouncer.ini", "[databases]\n* = host=" + cluster.socket_folder() +
                             "\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 2\nlisten_port = 6432\n"
                             "listen_addr =\nunix_socket_dir = " + cluster.socket_folder() +
                             "\nauth_type = trust\nauth_file = " + cluster.write_file("users.txt", "\"nuages\" \"\"\n") +
                             "\nmax_client_conn = 100\nserver_reset_query =\n");
    const pid_t bouncer = cluster.start_program({"/usr/sbin/pgbouncer", config});
    conf::DatabaseUrl url = database.url();
    url.port = 6432;
    url.options = {{"pgbouncer", "true"}, {"pool_size", "8"}};
    for (int i = 0; i < 100 && access((cluster.socket_folder() + "/.s.PGSQL.6432").c_str(), F_OK) != 0; ++i) usleep(50'000);
    const Databases former = set_databases(make_databases({{"default", url}}));
    async::run([] {
        connection().execute("CREATE TABLE t (id int PRIMARY KEY, at timestamptz)");
        std::vector<async::Task<void>> tasks;
        for (int i = 0; i < 40; ++i) {
            tasks.push_back(async::spawn([i] {
                for (int round = 0; round < 5; ++round) {
                    atomic([&] {
                        connection().execute("INSERT INTO t VALUES (%s, %s)", i * 5 + round, DateTime{i * 1000});
                        EXPECT_EQ(std::get<0>(connection().query<int>("SELECT id FROM t WHERE id = %s", i * 5 + round).at(0)),
                                  i * 5 + round);
                    });
                    EXPECT_GE(one("SELECT count(*) FROM t"), 1);
                }
            }));
        }
        for (auto& task : tasks) task.join();
        EXPECT_EQ(one("SELECT count(*) FROM t"), 200);
        EXPECT_THROW(connection().execute("INSERT INTO t (id) VALUES (1)"), IntegrityError);
        EXPECT_EQ(std::get<0>(connection().query<std::string>("SELECT current_setting('TimeZone')").at(0)), "UTC");

        // Results that come in parts keep their server connection, while others use the other one.
        int streamed = 0;
        std::int64_t seen_beside = 0;
        connection().execute_streamed("SELECT id FROM generate_series(1, 5000) AS id", {}, 100, [&](std::span<const Cell> row) {
            if (++streamed % 1000 == 0) seen_beside += one("SELECT count(*) FROM t");
            EXPECT_EQ(row[0].integer(), streamed);
        });
        EXPECT_EQ(streamed, 5000);
        EXPECT_EQ(seen_beside, 1000);
        // What a transaction sets goes with it; the next client of that server connection does not see it.
        atomic([] {
            connection().execute("SET LOCAL statement_timeout = '4321ms'");
            EXPECT_EQ(std::get<0>(connection().query<std::string>("SHOW statement_timeout").at(0)), "4321ms");
        });
        for (int i = 0; i < 10; ++i) EXPECT_EQ(std::get<0>(connection().query<std::string>("SHOW statement_timeout").at(0)), "0");
        notify("orders", "42");
        try {
            Listener("orders").next();
            ADD_FAILURE() << "LISTEN was accepted";
        } catch (const NotSupportedError& error) {
            EXPECT_NE(error.message().find("PgBouncer"), std::string::npos);
        }
    });
    set_databases(former);
    kill(bouncer, SIGTERM);
    waitpid(bouncer, nullptr, 0);
}

}  // namespace
}  // namespace nuages::db::postgresql
