// The tasks of an ORM, three times in one run: by hand with SQLite's C API (statements prepared once, rows into structs),
// through the run-time query API, and typed. Prints microseconds per task, medians of rounds, and ratios to the first.
//
//     nuages_orm_tasks FOLDER        (two databases are made there)
#include <nuages/conf/database_url.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/models.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace people {

namespace models = nuages::models;
using namespace nuages;
using namespace nuages::literals;

struct Person : models::Model<Person> {
    BigAutoField         id;
    CharField            name    {{.max_length = 100}};
    EmailField           email;
    IntegerField         age;
    FloatField           score;
    DateTimeField        created;
    BooleanField         active;
    static models::Meta<Person> meta() { return {.db_table = "person", .app_label = "people"}; }
};

namespace {

constexpr int kRows = 1000, kRounds = 31;
std::size_t sink = 0;

double cpu_microseconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double measured(FunctionRef<void()> before, FunctionRef<void()> task) {
    std::vector<double> times;
    for (int i = 0; i < kRounds; ++i) {
        before();
        const double start = cpu_microseconds();
        task();
        times.push_back(cpu_microseconds() - start);
    }
    std::sort(times.begin(), times.end());
    return times[kRounds / 2];
}

void show(const char* task, double by_hand, double run_time, double typed) {
    std::printf("%-32s by hand %8.0f us   run-time %8.0f us (%.2f x)   typed %8.0f us (%.2f x)\n", task, by_hand, run_time,
                run_time / by_hand, typed, typed / by_hand);
}

/// What a hand-written program keeps of a row.
struct Plain {
    std::int64_t id;
    std::string name, email;
    int age;
    double score;
    std::int64_t created;
    bool active;
};

class ByHand {
public:
    explicit ByHand(const std::string& file) {
        if (sqlite3_open(file.c_str(), &handle_) != SQLITE_OK) std::exit(1);
        run("PRAGMA journal_mode=wal");
        run("PRAGMA synchronous=normal");
        run("DROP TABLE IF EXISTS person");
        run("CREATE TABLE person (id integer primary key autoincrement not null, name varchar(100) not null, email "
            "varchar(254) not null, age integer not null, score real not null, created datetime not null, active bool not null)");
        insert_ = prepare(kInsert + std::string("(?,?,?,?,?,?)"));
        std::string many = kInsert;
        for (int i = 0; i < 100; ++i) many += i ? ",(?,?,?,?,?,?)" : "(?,?,?,?,?,?)";
        insert_hundred_ = prepare(many);
        get_ = prepare(std::string(kColumns) + " WHERE id = ?");
        all_ = prepare(std::string(kColumns) + " LIMIT 1000");
    }
    ~ByHand() {
        for (sqlite3_stmt* statement : {insert_, insert_hundred_, get_, all_}) sqlite3_finalize(statement);
        sqlite3_close(handle_);
    }
    ByHand(const ByHand&) = delete;

    void run(const char* sql) {
        if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) std::exit(1);
    }
    void insert_each(const std::vector<Person>& people) {
        run("BEGIN");
        for (const Person& person : people) {
            bind(insert_, 0, person);
            sqlite3_step(insert_);
            sqlite3_reset(insert_);
        }
        run("COMMIT");
    }
    void insert_bulk(const std::vector<Person>& people) {
        run("BEGIN");
        for (std::size_t from = 0; from < people.size(); from += 100) {
            for (std::size_t i = 0; i < 100; ++i) bind(insert_hundred_, static_cast<int>(i) * 6, people[from + i]);
            sqlite3_step(insert_hundred_);
            sqlite3_reset(insert_hundred_);
        }
        run("COMMIT");
    }
    void get_each() {
        for (int id = 1; id <= kRows; ++id) {
            sqlite3_bind_int(get_, 1, id);
            if (sqlite3_step(get_) == SQLITE_ROW) sink += static_cast<std::size_t>(row(get_).age);
            sqlite3_reset(get_);
        }
    }
    void select_all() {
        std::vector<Plain> rows;
        while (sqlite3_step(all_) == SQLITE_ROW) rows.push_back(row(all_));
        sqlite3_reset(all_);
        sink += rows.size();
    }

private:
    static constexpr const char* kInsert = "INSERT INTO person (name,email,age,score,created,active) VALUES ";
    static constexpr const char* kColumns = "SELECT id,name,email,age,score,created,active FROM person";

    sqlite3_stmt* prepare(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v3(handle_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) std::exit(1);
        return statement;
    }
    static void bind(sqlite3_stmt* statement, int at, const Person& person) {
        const auto text = [&](int place, const std::string& value) {
            sqlite3_bind_text(statement, at + place, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
        };
        text(1, person.name);
        text(2, person.email);
        sqlite3_bind_int(statement, at + 3, person.age.value);
        sqlite3_bind_double(statement, at + 4, person.score.value);
        std::string created;
        DateTime(person.created).append_iso(created, ' ', "");
        sqlite3_bind_text(statement, at + 5, created.data(), static_cast<int>(created.size()), SQLITE_TRANSIENT);
        sqlite3_bind_int(statement, at + 6, person.active.value);
    }
    static Plain row(sqlite3_stmt* statement) {
        const auto text = [&](int i) {
            return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, i)),
                               static_cast<std::size_t>(sqlite3_column_bytes(statement, i)));
        };
        const auto created = DateTime::parse(text(5));
        return {sqlite3_column_int64(statement, 0), text(1), text(2), sqlite3_column_int(statement, 3),
                sqlite3_column_double(statement, 4), created ? created->microseconds : 0, sqlite3_column_int(statement, 6) != 0};
    }

    sqlite3* handle_ = nullptr;
    sqlite3_stmt *insert_ = nullptr, *insert_hundred_ = nullptr, *get_ = nullptr, *all_ = nullptr;
};

std::vector<Person> make_people() {
    std::vector<Person> people(kRows);
    for (int i = 0; i < kRows; ++i) {
        Person& person = people[static_cast<std::size_t>(i)];
        person.name = "Person Number " + std::to_string(i);
        person.email = "person" + std::to_string(i) + "@example.com";
        person.age = 20 + i % 60;
        person.score = i * 1.25;
        person.created = DateTime{1'700'000'000'000'000 + i * 1'000'003LL};
        person.active = i % 3 == 0;
    }
    return people;
}

void compare(ByHand& by_hand) {
    using db::models::Literal;
    using db::models::Name;
    using db::models::QNode;
    const db::models::ModelMeta& meta = Person::objects.query().meta();
    const db::models::Query all(meta);
    std::vector<Person> people = make_people();
    const auto nothing = [] {};
    const auto empty = [&] {
        by_hand.run("DELETE FROM person");
        connection().execute("DELETE FROM person");
        people = make_people();
    };
    show("insert 1000 one by one, 1 tx", measured(empty, [&] { by_hand.insert_each(people); }),
         measured(empty, [&] {
             atomic([&] {
                 for (Person& person : people) db::models::save(meta, &person);
             });
         }),
         measured(empty, [&] {
             atomic([&] {
                 for (Person& person : people) person.save();
             });
         }));
    show("insert 1000 in bulk", measured(empty, [&] { by_hand.insert_bulk(people); }),
         measured(empty, [&] {
             std::vector<void*> objects;
             for (Person& person : people) objects.push_back(&person);
             db::models::bulk_create(meta, objects);
         }),
         measured(empty, [&] { Person::objects.bulk_create(people); }));
    empty();
    by_hand.run("DELETE FROM sqlite_sequence");
    connection().execute("DELETE FROM sqlite_sequence");
    by_hand.insert_bulk(people);
    Person::objects.bulk_create(people);
    show("select 1000 rows", measured(nothing, [&] { by_hand.select_all(); }),
         measured(nothing, [&] {
             db::models::TypedList<Person> list;
             sink += all.slice(0, kRows).fetch(list);
         }),
         measured(nothing, [&] { sink += Person::objects.slice(0, kRows).list().size(); }));
    show("get by primary key, 1000 times", measured(nothing, [&] { by_hand.get_each(); }),
         measured(nothing, [&] {
             for (int id = 1; id <= kRows; ++id) {
                 db::models::TypedList<Person> list;
                 sink += all.filter(QNode(Name::borrow("id"), Literal(id))).slice(0, 21).fetch(list);
             }
         }),
         measured(nothing, [&] {
             for (int id = 1; id <= kRows; ++id) sink += static_cast<std::size_t>(Person::objects.get("id"_f = id).age.value);
         }));
}

}  // namespace
}  // namespace people

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: nuages_orm_tasks FOLDER\n");
        return 2;
    }
    using namespace people;
    const std::string folder = arguments[1];
    ByHand by_hand(folder + "/by_hand.sqlite3");
    std::remove((folder + "/orm.sqlite3").c_str());
    const auto models = models::list<Person>();
    conf::DatabaseUrl url;
    url.name = folder + "/orm.sqlite3";
    const db::sqlite::TestDatabase database(url);
    async::run([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models) metas.push_back(&meta());
        db::models::schema::create_tables(connection(), metas);
        compare(by_hand);
    });
    return sink == 0;
}
