// What connection().execute adds to a bare sqlite3 step loop.
#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <string>

using namespace nuages;

namespace {

constexpr const char* kFile = "/tmp/nuages_sqlite_bench.sqlite3";
constexpr const char* kOne = "SELECT id, randomnumber FROM world WHERE id = ?";
constexpr const char* kMany = "SELECT id, name, score, created FROM person ORDER BY id LIMIT 1000";

void make_file() {
    std::remove(kFile);
    sqlite3* handle = nullptr;
    sqlite3_open(kFile, &handle);
    sqlite3_exec(
        handle,
        "PRAGMA journal_mode = wal; CREATE TABLE world (id integer PRIMARY KEY, randomnumber integer NOT NULL);"
        "CREATE TABLE person (id integer PRIMARY KEY, name text, score real, created datetime);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        "INSERT INTO world SELECT i, i * 7 % 10000 FROM n;"
        "INSERT INTO person SELECT id, 'person number ' || id, id / 3.0, '2026-03-09 10:11:12' FROM world;"
        "PRAGMA wal_checkpoint(truncate);",
        nullptr, nullptr, nullptr);
    sqlite3_close(handle);
}

struct Raw {
    explicit Raw(const char* sql) {
        make_file();
        sqlite3_open_v2(kFile, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
        sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr);
    }
    ~Raw() {
        sqlite3_finalize(statement);
        sqlite3_close(handle);
    }
    sqlite3* handle = nullptr;
    sqlite3_stmt* statement = nullptr;
};

void raw_one_row(benchmark::State& state) {
    Raw raw(kOne);
    std::int64_t id = 0, sum = 0;
    for (auto _ : state) {
        sqlite3_bind_int64(raw.statement, 1, id++ % 10000 + 1);
        while (sqlite3_step(raw.statement) == SQLITE_ROW)
            sum += sqlite3_column_int64(raw.statement, 0) + sqlite3_column_int64(raw.statement, 1);
        sqlite3_reset(raw.statement);
    }
    benchmark::DoNotOptimize(sum);
}
BENCHMARK(raw_one_row);

void one_row(benchmark::State& state) {
    make_file();
    const db::sqlite::TestDatabase database({.name = kFile});
    async::run([&] {
        std::int64_t id = 0, sum = 0;
        for (auto _ : state) {
            const db::Param params[] = {id++ % 10000 + 1};
            connection().execute(kOne, params,
                                 [&](std::span<const db::Cell> row) { sum += row[0].integer() + row[1].integer(); });
        }
        benchmark::DoNotOptimize(sum);
    });
}
BENCHMARK(one_row);

void raw_thousand_rows(benchmark::State& state) {
    Raw raw(kMany);
    std::size_t sum = 0;
    for (auto _ : state) {
        while (sqlite3_step(raw.statement) == SQLITE_ROW) {
            const std::string name(reinterpret_cast<const char*>(sqlite3_column_text(raw.statement, 1)),
                                   static_cast<std::size_t>(sqlite3_column_bytes(raw.statement, 1)));
            const std::string created(reinterpret_cast<const char*>(sqlite3_column_text(raw.statement, 3)),
                                      static_cast<std::size_t>(sqlite3_column_bytes(raw.statement, 3)));
            sum += name.size() + created.size() + static_cast<std::size_t>(sqlite3_column_int64(raw.statement, 0)) +
                   static_cast<std::size_t>(sqlite3_column_double(raw.statement, 2));
        }
        sqlite3_reset(raw.statement);
    }
    benchmark::DoNotOptimize(sum);
}
BENCHMARK(raw_thousand_rows);

void thousand_rows(benchmark::State& state) {
    make_file();
    const db::sqlite::TestDatabase database({.name = kFile});
    async::run([&] {
        std::size_t sum = 0;
        for (auto _ : state) {
            connection().execute(kMany, {}, [&](std::span<const db::Cell> row) {
                const std::string name(row[1].text());
                const std::string created(row[3].text());
                sum += name.size() + created.size() + static_cast<std::size_t>(row[0].integer()) +
                       static_cast<std::size_t>(row[2].real());
            });
        }
        benchmark::DoNotOptimize(sum);
    });
}
BENCHMARK(thousand_rows);

}  // namespace
