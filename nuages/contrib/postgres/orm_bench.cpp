// The ORM on PostgreSQL beside libpq: rows into objects, and single-row reads that are under way at once. The figure to
// compare is CPU time. Needs PostgreSQL's server, or DATABASE_URL.
#include <nuages/async/task_group.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/models.hpp>

#include <benchmark/benchmark.h>

#include <arpa/inet.h>
#include <cstdlib>
#include <cstring>
#include <libpq-fe.h>

namespace nuages::postgres {
namespace {

namespace models = db::models;
using namespace literals;

constexpr int kRows = 1000;

struct Line : models::Model<Line> {
    models::IntegerField id {{.primary_key = true}};
    models::IntegerField number;
    models::CharField    text {{.max_length = 100}};

    static models::Meta<Line> meta() { return {.db_table = "line"}; }
};

struct PlainLine {
    std::int32_t id, number;
    std::string text;
};

template <class F> void with_lines(benchmark::State& state, F&& f) {
    std::string reason;
    if (!db::postgresql::TestCluster::shared(&reason)) return state.SkipWithError(reason.c_str());
    for (auto meta : models::list<Line>()) meta();
    const db::postgresql::TestDatabase database;
    async::run([&] {
        db::connection().execute("CREATE TABLE line (id int PRIMARY KEY, number int NOT NULL, text varchar(100) NOT NULL)");
        db::connection().execute("INSERT INTO line SELECT i, i * 7, 'the text of line ' || i FROM generate_series(1, 1000) i");
        f(database.url());
    });
    state.SetItemsProcessed(state.iterations() * kRows);
}

/// A blocking connection with the two statements prepared.
struct Libpq {
    explicit Libpq(const conf::DatabaseUrl& url) {
        const std::string port = url.port ? std::to_string(url.port) : "";
        connection = PQsetdbLogin(url.host.c_str(), port.c_str(), nullptr, nullptr, url.name.c_str(), url.user.c_str(), url.password.c_str());
        PQclear(PQprepare(connection, "all", "SELECT id, number, text FROM line", 0, nullptr));
        PQclear(PQprepare(connection, "one", "SELECT id, number, text FROM line WHERE id = $1::int4 LIMIT 21", 0, nullptr));
    }
    ~Libpq() { PQfinish(connection); }

    static std::int32_t number(const PGresult* result, int row, int column) {
        std::uint32_t value;
        std::memcpy(&value, PQgetvalue(result, row, column), 4);
        return static_cast<std::int32_t>(ntohl(value));
    }
    static PlainLine line(const PGresult* result, int row) {
        return {number(result, row, 0), number(result, row, 1),
                std::string(PQgetvalue(result, row, 2), static_cast<std::size_t>(PQgetlength(result, row, 2)))};
    }

    PGconn* connection;
};

void RowsIntoObjects(benchmark::State& state) {
    with_lines(state, [&](const conf::DatabaseUrl&) {
        for (auto _ : state) benchmark::DoNotOptimize(Line::objects.all().list());
    });
}
BENCHMARK(RowsIntoObjects);

void RowsByCursor(benchmark::State& state) {
    with_lines(state, [&](const conf::DatabaseUrl&) {
        for (auto _ : state)
            benchmark::DoNotOptimize(db::connection().query<std::int32_t, std::int32_t, std::string>("SELECT id, number, text FROM line"));
    });
}
BENCHMARK(RowsByCursor);

void RowsByLibpq(benchmark::State& state) {
    with_lines(state, [&](const conf::DatabaseUrl& url) {
        const Libpq libpq(url);
        for (auto _ : state) {
            PGresult* result = PQexecPrepared(libpq.connection, "all", 0, nullptr, nullptr, nullptr, 1);
            std::vector<PlainLine> lines;
            const int rows = PQntuples(result);
            lines.reserve(static_cast<std::size_t>(rows));
            for (int row = 0; row < rows; ++row) lines.push_back(Libpq::line(result, row));
            PQclear(result);
            benchmark::DoNotOptimize(lines);
        }
    });
}
BENCHMARK(RowsByLibpq);

void GetsInTurn(benchmark::State& state) {
    with_lines(state, [&](const conf::DatabaseUrl&) {
        for (auto _ : state) {
            for (int id = 1; id <= kRows; ++id) benchmark::DoNotOptimize(Line::objects.get("id"_f = id));
        }
    });
}
BENCHMARK(GetsInTurn);

void GetsGatheredByFifty(benchmark::State& state) {
    with_lines(state, [&](const conf::DatabaseUrl&) {
        for (auto _ : state) {
            for (int first = 1; first <= kRows; first += 50) {
                async::task_group([&](async::TaskGroup& group) {
                    for (int id = first; id < first + 50; ++id)
                        group.spawn([id] { benchmark::DoNotOptimize(Line::objects.get("id"_f = id)); });
                });
            }
        }
    });
}
BENCHMARK(GetsGatheredByFifty);

void GetsByLibpqsPipeline(benchmark::State& state) {
    with_lines(state, [&](const conf::DatabaseUrl& url) {
        const Libpq libpq(url);
        PQenterPipelineMode(libpq.connection);
        for (auto _ : state) {
            for (int first = 1; first <= kRows; first += 50) {
                for (int id = first; id < first + 50; ++id) {
                    const std::uint32_t wire = htonl(static_cast<std::uint32_t>(id));
                    const char* values[] = {reinterpret_cast<const char*>(&wire)};
                    const int lengths[] = {4}, formats[] = {1};
                    PQsendQueryPrepared(libpq.connection, "one", 1, values, lengths, formats, 1);
                }
                PQpipelineSync(libpq.connection);
                for (int left = 50; left > 0;) {
                    PGresult* result = PQgetResult(libpq.connection);
                    if (!result) continue;  // between two statements
                    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
                        benchmark::DoNotOptimize(Libpq::line(result, 0));
                        --left;
                    } else if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
                        std::abort();
                    }
                    PQclear(result);
                }
                PQclear(PQgetResult(libpq.connection));  // the end of the last one
                PQclear(PQgetResult(libpq.connection));  // the Sync
            }
        }
        PQexitPipelineMode(libpq.connection);
    });
}
BENCHMARK(GetsByLibpqsPipeline);

}  // namespace
}  // namespace nuages::postgres
