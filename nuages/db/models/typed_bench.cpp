// The same work by hand through sqlite3's C API (Raw), by run-time queries (RunTime) and by typed ones (Typed).
//
// Goals, as multiples of Raw: 1000 rows of ten columns into objects 1.3; 1000 gets, 1000 inserts in a transaction and one
// bulk insert of 1000 1.5; constructing a model of ten fields 1.3 x a struct of plain members.
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/models.hpp>

#include <benchmark/benchmark.h>
#include <sqlite3.h>

#include <string>
#include <vector>

namespace bench {

namespace models = nuages::models;
using namespace nuages::literals;

struct City : models::Model<City> {
    BigAutoField id;
    CharField name{{.max_length = 50}};
    Reverse<struct Team, "city"> teams;
};
struct Team : models::Model<Team> {
    BigAutoField id;
    CharField name{{.max_length = 50}};
    ForeignKey<City> city{{.on_delete = CASCADE, .db_index = true}};
    Reverse<struct Person, "team"> people;
};
struct Person : models::Model<Person> {
    BigAutoField id;
    CharField name{{.max_length = 100}};
    EmailField email;
    CharField title{{.max_length = 50}};
    IntegerField age{{.default_ = 0}};
    FloatField score{{.default_ = 0.0}};
    DateTimeField created;
    BooleanField active{{.default_ = true}};
    BigIntegerField visits{{.default_ = 0}};
    ForeignKey<Team> team{{.on_delete = CASCADE, .db_index = true}};
};

/// What a program without an ORM would have.
struct PlainPerson {
    std::int64_t id = 0;
    std::string name, email, title;
    std::int32_t age = 0;
    double score = 0;
    std::int64_t created = 0;
    bool active = true;
    std::int64_t visits = 0, team = 0;
};

namespace {

constexpr int kPeople = 1000, kTeams = 100, kCities = 10;

Person make_person(int i) {
    const std::string number = std::to_string(i);
    return {.name = "Person Number " + number, .email = "person" + number + "@example.com", .title = "Engineer", .age = 20 + i % 60,
            .score = i * 1.25, .created = nuages::DateTime{1700000000000000 + i * 1000003LL}, .active = i % 3 == 0, .visits = i,
            .team = i % kTeams + 1};
}

/// Runs `loop` with the tables in an empty database file that both sides read.
template <class F> void with_people(F&& loop) {
    nuages::db::sqlite::with_memory_database([&] {
        std::vector<const models::ModelMeta*> metas;
        for (auto meta : models::list<City, Team, Person>()) metas.push_back(&meta());
        models::schema::create_tables(nuages::db::connection(), metas);
        nuages::db::atomic([&] {
            std::vector<City> cities(kCities);
            City::objects.bulk_create(cities);
            std::vector<Team> teams;
            for (int i = 0; i < kTeams; ++i) teams.push_back({.name = "Team " + std::to_string(i), .city = i % kCities + 1});
            Team::objects.bulk_create(teams);
            std::vector<Person> people;
            for (int i = 0; i < kPeople; ++i) people.push_back(make_person(i));
            Person::objects.bulk_create(people);
        });
        loop();
    });
}

/// The same tables and rows without the framework.
class Raw {
public:
    Raw() {
        sqlite3_open(":memory:", &database_);
        run("CREATE TABLE city (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name varchar(50) NOT NULL)");
        run("CREATE TABLE team (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name varchar(50) NOT NULL, city_id bigint NOT NULL)");
        run("CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name varchar(100) NOT NULL, email varchar(254) NOT NULL, "
            "title varchar(50) NOT NULL, age integer NOT NULL, score real NOT NULL, created datetime NOT NULL, active bool NOT NULL, "
            "visits bigint NOT NULL, team_id bigint NOT NULL)");
        run("CREATE INDEX person_team ON person (team_id)");
        run("CREATE INDEX team_city ON team (city_id)");
        run("BEGIN");
        for (int i = 0; i < kCities; ++i) run("INSERT INTO city (name) VALUES ('')");
        for (int i = 0; i < kTeams; ++i)
            run("INSERT INTO team (name, city_id) VALUES ('Team', " + std::to_string(i % kCities + 1) + ")");
        sqlite3_stmt* insert = prepared(kInsert);
        for (int i = 0; i < kPeople; ++i) insert_one(insert, 0, make_person(i)), step(insert);
        sqlite3_finalize(insert);
        run("COMMIT");
    }
    ~Raw() { sqlite3_close_v2(database_); }
    Raw(const Raw&) = delete;

    static constexpr const char* kInsert =
        "INSERT INTO person (name, email, title, age, score, created, active, visits, team_id) VALUES (?,?,?,?,?,?,?,?,?)";
    static constexpr const char* kColumns =
        "SELECT person.id, person.name, email, title, age, score, created, active, visits, team_id FROM person";

    void run(const std::string& sql) { sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr); }
    sqlite3_stmt* prepared(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v3(database_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        return statement;
    }
    static void step(sqlite3_stmt* statement) {
        sqlite3_step(statement);
        sqlite3_reset(statement);
    }
    static void insert_one(sqlite3_stmt* to, int behind, const Person& person) {
        const std::string created = nuages::DateTime(person.created).iso();
        const auto text = [&](int at, const std::string& value, sqlite3_destructor_type lifetime) {
            sqlite3_bind_text(to, behind + at, value.data(), static_cast<int>(value.size()), lifetime);
        };
        text(1, person.name, SQLITE_STATIC);
        text(2, person.email, SQLITE_STATIC);
        text(3, person.title, SQLITE_STATIC);
        sqlite3_bind_int(to, behind + 4, person.age);
        sqlite3_bind_double(to, behind + 5, person.score);
        text(6, created, SQLITE_TRANSIENT);
        sqlite3_bind_int(to, behind + 7, person.active);
        sqlite3_bind_int64(to, behind + 8, person.visits);
        sqlite3_bind_int64(to, behind + 9, person.team.pk());
    }
    static PlainPerson row(sqlite3_stmt* from) {
        const auto text = [&](int at) {
            return std::string_view(reinterpret_cast<const char*>(sqlite3_column_text(from, at)),
                                    static_cast<std::size_t>(sqlite3_column_bytes(from, at)));
        };
        return {.id = sqlite3_column_int64(from, 0), .name = std::string(text(1)), .email = std::string(text(2)),
                .title = std::string(text(3)), .age = sqlite3_column_int(from, 4), .score = sqlite3_column_double(from, 5),
                .created = nuages::DateTime::parse(text(6)).value_or(nuages::DateTime{}).microseconds,
                .active = sqlite3_column_int(from, 7) != 0, .visits = sqlite3_column_int64(from, 8),
                .team = sqlite3_column_int64(from, 9)};
    }
    static std::vector<PlainPerson> rows(sqlite3_stmt* from) {
        std::vector<PlainPerson> list;
        while (sqlite3_step(from) == SQLITE_ROW) list.push_back(row(from));
        sqlite3_reset(from);
        return list;
    }

private:
    sqlite3* database_ = nullptr;
};

// ---- 1000 rows of ten columns into objects ------------------------------------------------------------------
void RowsRaw(benchmark::State& state) {
    Raw raw;
    sqlite3_stmt* all = raw.prepared(Raw::kColumns);
    for (auto _ : state) benchmark::DoNotOptimize(Raw::rows(all).data());
    sqlite3_finalize(all);
}
void RowsRunTime(benchmark::State& state) {
    with_people([&] {
        const models::Query all = Person::objects.query();
        for (auto _ : state) benchmark::DoNotOptimize(all.instances().data());
    });
}
void RowsTyped(benchmark::State& state) {
    with_people([&] {
        for (auto _ : state) benchmark::DoNotOptimize(Person::objects.list().data());
    });
}
BENCHMARK(RowsRaw);
BENCHMARK(RowsRunTime);
BENCHMARK(RowsTyped);

// ---- 1000 gets by primary key -------------------------------------------------------------------------------
void GetsRaw(benchmark::State& state) {
    Raw raw;
    sqlite3_stmt* one = raw.prepared(std::string(Raw::kColumns) + " WHERE id = ? LIMIT 21");
    for (auto _ : state) {
        for (int i = 1; i <= kPeople; ++i) {
            sqlite3_bind_int(one, 1, i);
            benchmark::DoNotOptimize(Raw::rows(one).data());
        }
    }
    sqlite3_finalize(one);
}
void GetsRunTime(benchmark::State& state) {
    with_people([&] {
        const models::Query all = Person::objects.query();
        for (auto _ : state) {
            for (int i = 1; i <= kPeople; ++i)
                benchmark::DoNotOptimize(all.filter({models::Name::borrow("pk"), models::Literal(i)}).slice(0, 21).instances().data());
        }
    });
}
void GetsTyped(benchmark::State& state) {
    with_people([&] {
        for (auto _ : state) {
            for (int i = 1; i <= kPeople; ++i) benchmark::DoNotOptimize(Person::objects.get("pk"_f = i).age);
        }
    });
}
BENCHMARK(GetsRaw);
BENCHMARK(GetsRunTime);
BENCHMARK(GetsTyped);

// ---- 1000 inserts in one transaction ------------------------------------------------------------------------
std::vector<Person> new_people() {
    std::vector<Person> people;
    for (int i = 0; i < kPeople; ++i) people.push_back(make_person(i));
    return people;
}
void InsertsRaw(benchmark::State& state) {
    Raw raw;
    sqlite3_stmt* insert = raw.prepared(Raw::kInsert);
    const std::vector<Person> people = new_people();
    for (auto _ : state) {
        raw.run("BEGIN");
        for (const Person& person : people) Raw::insert_one(insert, 0, person), Raw::step(insert);
        raw.run("ROLLBACK");
    }
    sqlite3_finalize(insert);
}
template <class Insert> void inserts(benchmark::State& state, Insert insert) {
    with_people([&] {
        for (auto _ : state) {
            state.PauseTiming();
            std::vector<Person> people = new_people();
            state.ResumeTiming();
            nuages::db::ManualAtomic block;
            insert(people);
            block.rollback();
        }
    });
}
void InsertsRunTime(benchmark::State& state) {
    inserts(state, [](std::vector<Person>& people) {
        for (Person& person : people) models::save(Person::objects.query().meta(), &person, {.force_insert = true, .update_fields = {}});
    });
}
void InsertsTyped(benchmark::State& state) {
    inserts(state, [](std::vector<Person>& people) {
        for (Person& person : people) person.save({.force_insert = true});
    });
}
BENCHMARK(InsertsRaw);
BENCHMARK(InsertsRunTime);
BENCHMARK(InsertsTyped);

// ---- one insert of 1000 rows --------------------------------------------------------------------------------
void BulkRaw(benchmark::State& state) {
    constexpr int kRows = 100;
    Raw raw;
    std::string sql = Raw::kInsert;
    for (int i = 1; i < kRows; ++i) sql += ",(?,?,?,?,?,?,?,?,?)";
    sqlite3_stmt* insert = raw.prepared(sql);
    const std::vector<Person> people = new_people();
    for (auto _ : state) {
        raw.run("BEGIN");
        for (int from = 0; from < kPeople; from += kRows) {
            for (int i = 0; i < kRows; ++i) Raw::insert_one(insert, i * 9, people[static_cast<std::size_t>(from + i)]);
            Raw::step(insert);
        }
        raw.run("ROLLBACK");
    }
    sqlite3_finalize(insert);
}
void BulkTyped(benchmark::State& state) {
    inserts(state, [](std::vector<Person>& people) { Person::objects.bulk_create(people); });
}
BENCHMARK(BulkRaw);
BENCHMARK(BulkTyped);

// ---- three tables joined ------------------------------------------------------------------------------------
void JoinRaw(benchmark::State& state) {
    Raw raw;
    sqlite3_stmt* joined = raw.prepared(
        "SELECT person.id, person.name, email, title, age, score, created, active, visits, team_id, team.id, team.name, "
        "team.city_id, city.id, city.name FROM person INNER JOIN team ON person.team_id = team.id INNER JOIN city ON "
        "team.city_id = city.id WHERE city.id = ?");
    for (auto _ : state) {
        sqlite3_bind_int(joined, 1, 3);
        std::size_t letters = 0;
        for (; sqlite3_step(joined) == SQLITE_ROW;) {
            const PlainPerson person = Raw::row(joined);
            const std::string team(reinterpret_cast<const char*>(sqlite3_column_text(joined, 11)));
            const std::string city(reinterpret_cast<const char*>(sqlite3_column_text(joined, 14)));
            letters += person.name.size() + team.size() + city.size();
        }
        sqlite3_reset(joined);
        benchmark::DoNotOptimize(letters);
    }
    sqlite3_finalize(joined);
}
void JoinTyped(benchmark::State& state) {
    with_people([&] {
        for (auto _ : state) {
            std::size_t letters = 0;
            for (const Person& person : Person::objects.filter("team__city"_f = 3).select_related("team__city"))
                letters += person.name.size() + person.team->name.size() + person.team->city->name.size();
            benchmark::DoNotOptimize(letters);
        }
    });
}
BENCHMARK(JoinRaw);
BENCHMARK(JoinTyped);

// ---- 100 objects, ten related ones each ---------------------------------------------------------------------
void PrefetchRaw(benchmark::State& state) {
    Raw raw;
    sqlite3_stmt* teams = raw.prepared("SELECT id, name, city_id FROM team");
    sqlite3_stmt* people = raw.prepared(std::string(Raw::kColumns) + " WHERE team_id BETWEEN 1 AND 100");
    for (auto _ : state) {
        std::vector<std::vector<PlainPerson>> of_team(kTeams + 1);
        std::vector<std::string> names;
        while (sqlite3_step(teams) == SQLITE_ROW) names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(teams, 1)));
        sqlite3_reset(teams);
        while (sqlite3_step(people) == SQLITE_ROW) {
            PlainPerson person = Raw::row(people);
            of_team[static_cast<std::size_t>(person.team)].push_back(std::move(person));
        }
        sqlite3_reset(people);
        benchmark::DoNotOptimize(of_team.data());
    }
    sqlite3_finalize(teams);
    sqlite3_finalize(people);
}
void PrefetchTyped(benchmark::State& state) {
    with_people([&] {
        for (auto _ : state) {
            std::size_t count = 0;
            for (const Team& team : Team::objects.prefetch_related("people")) count += team.people.all().size();
            benchmark::DoNotOptimize(count);
        }
    });
}
BENCHMARK(PrefetchRaw);
BENCHMARK(PrefetchTyped);

// ---- construction -------------------------------------------------------------------------------------------
void ConstructPlain(benchmark::State& state) {
    for (auto _ : state) {
        PlainPerson person;
        benchmark::DoNotOptimize(&person);
    }
}
void ConstructModel(benchmark::State& state) {
    for (auto _ : state) {
        Person person;
        benchmark::DoNotOptimize(&person);
    }
}
BENCHMARK(ConstructPlain);
BENCHMARK(ConstructModel);

}  // namespace
}  // namespace bench
