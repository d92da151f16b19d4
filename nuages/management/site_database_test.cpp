// The commands that work on a site's database, run as their user runs them: a small library in a file of its own.
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/management/execute.hpp>
#include <nuages/models.hpp>
#include <nuages/site/site.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

namespace library {

namespace models = nuages::models;
using namespace nuages::literals;

struct Author : models::Model<Author> {
    BigAutoField id;
    CharField name{{.max_length = 60, .unique = true}};

    static models::Meta<Author> meta() { return {.natural_key = {"name"}}; }
};

struct Book : models::Model<Book> {
    BigAutoField id;
    CharField title{{.max_length = 80}};
    ForeignKey<Author> author{{.on_delete = CASCADE}};
    Nullable<ForeignKey<Book>> sequel_to{{.on_delete = SET_NULL}};
    ManyToManyField<Author> readers;
};

}  // namespace library

namespace {

namespace fs = std::filesystem;
using namespace nuages;

const site::App library_app{.name = "library", .models = models::list<library::Author, library::Book>()};

std::string g_folder;  // of the test that runs

site::Settings library_settings() {
    return {.secret_key = "k",
            .installed_apps = {&library_app},
            .databases = {{"default", {.name = g_folder + "/db.sqlite3"}}},
            .fixture_dirs = {g_folder + "/more"}};
}

struct Outcome {
    int code;
    std::string out, err;
};

Outcome execute(std::vector<std::string> words) {
    std::vector<const char*> arguments{"/path/to/library"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code =
        execute_from_command_line(static_cast<int>(arguments.size()), arguments.data(), library_settings);
    return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

/// Standard input comes from a file while it lives.
class Input {
public:
    explicit Input(const std::string& path) : former_(::dup(0)) {
        const int file = ::open(path.c_str(), O_RDONLY);
        ::dup2(file, 0);
        ::close(file);
    }
    ~Input() {
        ::dup2(former_, 0);
        ::close(former_);
    }
    Input(const Input&) = delete;

private:
    int former_;
};

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

class DatabaseCommands : public testing::Test {
protected:
    void SetUp() override {
        g_folder = testing::TempDir() + "nuages_commands_XXXXXX";
        ASSERT_TRUE(::mkdtemp(g_folder.data()));
        former_ = fs::current_path();
        fs::current_path(g_folder);
        fs::create_directories(g_folder + "/library/fixtures");
        fs::create_directories(g_folder + "/more");
        ASSERT_EQ(execute({"migrate"}).code, 0);
    }
    void TearDown() override {
        fs::current_path(former_);
        fs::remove_all(g_folder);
    }
    static void write(const std::string& name, const std::string& text) { std::ofstream(g_folder + "/" + name) << text; }
    static void load() {
        write("library/fixtures/start.json", kStart);
        const Outcome loaded = execute({"loaddata", "start"});
        ASSERT_EQ(loaded.code, 0) << loaded.err;
        EXPECT_EQ(loaded.out, "Installed 4 object(s) from 1 fixture(s)\n");
    }
    static std::string dumped(std::vector<std::string> words) {
        words.insert(words.begin(), "dumpdata");
        const Outcome outcome = execute(std::move(words));
        EXPECT_EQ(outcome.code, 0) << outcome.err;
        return outcome.out;
    }
    static constexpr const char* kStart = R"([
        {"model": "library.book", "pk": 2, "fields": {"title": "Second", "author": 1, "sequel_to": 1, "readers": [1, 2]}},
        {"model": "library.book", "pk": 1, "fields": {"title": "First", "author": 1, "sequel_to": null, "readers": []}},
        {"model": "library.author", "pk": 1, "fields": {"name": "Ada"}},
        {"model": "library.author", "pk": 2, "fields": {"name": "Bob"}}])";

private:
    fs::path former_;
};

TEST_F(DatabaseCommands, DumpdataAndLoaddataAreInverse) {
    load();
    const std::string whole = dumped({"--indent", "2"});
    EXPECT_TRUE(whole.starts_with("[\n{\n  \"model\": \"library.author\",\n  \"pk\": 1,\n")) << whole;
    write("more/again.json", whole);
    ASSERT_EQ(execute({"shell", "-c", "Author.objects.all().delete()"}).code, 0);
    EXPECT_EQ(dumped({}), "[]");
    ASSERT_EQ(execute({"loaddata", "again"}).code, 0);  // found in settings.fixture_dirs
    EXPECT_EQ(dumped({"--indent", "2"}), whole);
}

TEST_F(DatabaseCommands, DumpdataChoosesWhatAndHow) {
    load();
    EXPECT_EQ(dumped({"library.author", "--pks", "2"}),
              R"([{"model": "library.author", "pk": 2, "fields": {"name": "Bob"}}])");
    EXPECT_EQ(dumped({"library.Author", "--format", "jsonl"}),
              "{\"model\": \"library.author\", \"pk\": 1, \"fields\": {\"name\": \"Ada\"}}\n"
              "{\"model\": \"library.author\", \"pk\": 2, \"fields\": {\"name\": \"Bob\"}}\n");
    const std::string natural =
        dumped({"library", "-e", "library.author", "--natural-foreign", "--natural-primary", "--all"});
    EXPECT_NE(natural.find(R"("title": "Second", "author": ["Ada"], "sequel_to": 1, "readers": [["Ada"], ["Bob"]])"),
              std::string::npos)
        << natural;
    EXPECT_EQ(natural.find("library.author"), std::string::npos);
    EXPECT_EQ(execute({"dumpdata", "nope"}).err, "CommandError: No installed app with label 'nope'.\n");
    EXPECT_EQ(execute({"dumpdata", "library.nope"}).err, "CommandError: Unknown model: library.nope\n");
    EXPECT_EQ(execute({"dumpdata", "--pks", "1"}).err, "CommandError: You can only use --pks option with one model\n");
    EXPECT_EQ(execute({"dumpdata", "--format", "xml"}).err, "CommandError: Unknown serialization format: xml\n");
}

TEST_F(DatabaseCommands, FixturesMayBeCompressed) {
    load();
    const std::string whole = dumped({});
    ASSERT_EQ(execute({"dumpdata", "-o", "all.json.gz"}).code, 0);
    const std::string packed = content_of("all.json.gz");
    ASSERT_GT(packed.size(), 2u);
    EXPECT_EQ(packed.substr(0, 2), "\x1f\x8b");
    ASSERT_EQ(execute({"dumpdata", "--output", "all.jsonl", "--format", "jsonl"}).code, 0);
    EXPECT_FALSE(fs::exists("all.jsonl.part"));
    ASSERT_EQ(execute({"loaddata", "all.json.gz", "all.jsonl"}).out, "Installed 8 object(s) from 2 fixture(s)\n");
    EXPECT_EQ(dumped({}), whole);
    write("cut.json.gz", packed.substr(0, packed.size() / 2));
    EXPECT_EQ(execute({"loaddata", "cut"}).code, 1);
    write("plain.json.gz", whole);
    EXPECT_NE(execute({"loaddata", "plain"}).err.find("it is not in gzip"), std::string::npos);
    EXPECT_NE(execute({"loaddata", "all.json.bz2"}).err.find("only those in gzip"), std::string::npos);
    EXPECT_EQ(dumped({}), whole);
}

TEST_F(DatabaseCommands, LoaddataReadsStandardInput) {
    write("in.json", R"([{"model": "library.author", "pk": 7, "fields": {"name": "Eve"}}])");
    const Input input(g_folder + "/in.json");
    const Outcome outcome = execute({"loaddata", "-", "--format", "json"});
    EXPECT_EQ(outcome.out, "Installed 1 object(s) from 1 fixture(s)\n") << outcome.err;
}

TEST_F(DatabaseCommands, AnErrorNamesFileAndObjectAndLeavesNothing) {
    write("bad.json", R"([{"model": "library.author", "pk": 5, "fields": {"name": "Eve"}},
                          {"model": "library.book", "pk": 6, "fields": {"title": "x", "author": "nobody"}}])");
    const Outcome outcome = execute({"loaddata", "bad.json"});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("bad.json"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("library.book:pk=6"), std::string::npos) << outcome.err;
    EXPECT_EQ(dumped({}), "[]");
    write("dangling.json", R"([{"model": "library.book", "pk": 6, "fields": {"title": "x", "author": 99}}])");
    EXPECT_NE(execute({"loaddata", "dangling"}).err.find("has an invalid foreign key to table 'library_author'"),
              std::string::npos);
    write("unknown.json", R"([{"model": "library.gone", "pk": 1, "fields": {}},
                              {"model": "library.author", "pk": 1, "fields": {"name": "Ada", "gone": 3}}])");
    EXPECT_NE(execute({"loaddata", "unknown"}).err.find("Invalid model identifier: 'library.gone'"), std::string::npos);
    EXPECT_EQ(execute({"loaddata", "unknown", "--ignorenonexistent"}).out, "Installed 1 object(s) from 1 fixture(s)\n");
    EXPECT_EQ(execute({"loaddata", "nothing"}).err, "CommandError: No fixture named 'nothing' found.\n");
    write("unknown.jsonl", "");
    EXPECT_NE(execute({"loaddata", "unknown"}).err.find("Multiple fixtures named 'unknown'"), std::string::npos);
    EXPECT_NE(execute({"loaddata"}).err.find("No database fixture specified."), std::string::npos);
}

TEST_F(DatabaseCommands, ShellRunsWhatItIsGiven) {
    load();
    EXPECT_EQ(execute({"shell", "-c", "print(Author.objects.filter(name__startswith=\"A\").count())"}).out, "1\n");
    const Outcome wrong = execute({"shell", "-c", "Author.objects.filter(nope=1)"});
    EXPECT_EQ(wrong.code, 1);
    EXPECT_NE(wrong.err.find("Cannot resolve keyword 'nope' into field. Choices are:"), std::string::npos) << wrong.err;
    write("script.txt", "books = Book.objects.order_by(\"-pk\")\nfor book in books:\n    print(book.title)\n");
    const Input input(g_folder + "/script.txt");
    EXPECT_EQ(execute({"shell"}).out, "Second\nFirst\n");
}

TEST_F(DatabaseCommands, ShellRunsLoopsDeletionsAndAssertions) {
    const auto runs = [](const char* text) { return execute({"shell", "-c", text}); };
    EXPECT_EQ(runs("n = 0\nwhile True:\n    n += 1\n    if n == 2: continue\n    if n == 4: break\n    print(n)\n").out, "1\n3\n");
    EXPECT_EQ(runs("for n in [1, 2, 3]:\n    try:\n        if n == 2: break\n    finally:\n        print(n)\nprint('end')\n").out,
              "1\n2\nend\n");
    EXPECT_EQ(runs("def f():\n    while True:\n        for n in [5]: return n\nprint(f())\n").out, "5\n");
    EXPECT_EQ(runs("d = {'a': 1, 'b': 2}\ndel d['a']\nprint(d)\n").out, "{'b': 2}\n");
    EXPECT_NE(runs("a = 1\ndel a\nprint(a)\n").err.find("name 'a' is not defined"), std::string::npos);
    EXPECT_NE(runs("del {}['a']\n").err.find("'a'"), std::string::npos);
    EXPECT_EQ(runs("assert 1 == 1\ntry:\n    assert 1 == 2, 'no'\nexcept AssertionError as e:\n    print(e)\n").out, "no\n");
    EXPECT_NE(runs("class Book: pass").err.find("the shell makes no classes"), std::string::npos);
}

TEST_F(DatabaseCommands, CheckAsksTheDatabasesThatAreNamed) {
    EXPECT_EQ(execute({"check", "--database", "default"}).out, "System check identified no issues (0 silenced).\n");
    EXPECT_NE(execute({"check", "--database", "other"}).err.find("The connection 'other' doesn't exist."), std::string::npos);
}

TEST_F(DatabaseCommands, DbshellSaysWhatIsMissing) {
    const std::string path = std::getenv("PATH") ? std::getenv("PATH") : "";
    ::setenv("PATH", (g_folder + "/nowhere").c_str(), 1);
    EXPECT_EQ(execute({"dbshell"}).err,
              "CommandError: You appear not to have the 'sqlite3' program installed or on your path.\n");
    ::setenv("PATH", path.c_str(), 1);
    EXPECT_NE(execute({"dbshell", "--database", "other"}).err.find("The connection 'other' doesn't exist."), std::string::npos);
}

TEST_F(DatabaseCommands, FlushEmptiesTheTables) {
    load();
    const Outcome statements = execute({"sqlflush"});
    EXPECT_TRUE(statements.out.starts_with("BEGIN;\n") && statements.out.ends_with("COMMIT;\n")) << statements.out;
    EXPECT_NE(statements.out.find("DELETE FROM \"library_book_readers\";\n"), std::string::npos) << statements.out;
    EXPECT_EQ(execute({"sqlsequencereset", "library"}).err, "No sequences found.\n");
    write("no.txt", "no\n");
    {
        const Input input(g_folder + "/no.txt");
        EXPECT_NE(execute({"flush"}).out.find("Flush cancelled."), std::string::npos);
    }
    EXPECT_NE(dumped({}), "[]");
    EXPECT_EQ(execute({"flush", "--noinput"}).code, 0);
    EXPECT_EQ(dumped({}), "[]");
    execute({"shell", "-c", "Author.objects.create(name=\"Ada\")"});
    EXPECT_EQ(dumped({"library.author"}), R"([{"model": "library.author", "pk": 1, "fields": {"name": "Ada"}}])");
}

using DatabaseCommandsDeathTest = DatabaseCommands;

TEST_F(DatabaseCommandsDeathTest, DbshellBecomesTheDatabasesOwnClient) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    write("sqlite3", "#!/bin/sh\necho \"$# $1 ${2##*/}\" >&2\n");
    fs::permissions(g_folder + "/sqlite3", fs::perms::owner_all);
    const auto run = [] {
        ::setenv("PATH", (g_folder + ":" + std::getenv("PATH")).c_str(), 1);
        const char* const words[] = {"library", "dbshell", "--", "-header"};
        std::_Exit(execute_from_command_line(4, words, library_settings));
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(0), "2 -header db.sqlite3");
}

TEST_F(DatabaseCommands, InspectdbPrintsModelsThatCompile) {
    const char* const tables[] = {
        "CREATE TABLE country (code varchar(2) NOT NULL PRIMARY KEY, name text NOT NULL UNIQUE)",
        "CREATE TABLE \"A Strange  Table\" (id integer PRIMARY KEY, \"Two Words\" varchar(10), class integer, \"update\" bool, "
        "\"a__b\" decimal(8, 2) DEFAULT 1, \"9lives\" real, data text CHECK (JSON_VALID(data)), shape point, "
        "pk_ integer, \"What \"\"is\"\" this?\" date)",
        "CREATE TABLE city (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, country_id varchar(2) NOT NULL REFERENCES country "
        "(code) ON DELETE CASCADE, twin_id bigint NULL REFERENCES city (id) ON DELETE SET NULL, mayor bigint UNIQUE REFERENCES "
        "person (id), name varchar(40), UNIQUE (country_id, name))",
        "CREATE TABLE person (id integer NOT NULL PRIMARY KEY, home_id bigint REFERENCES city (id), work_id bigint REFERENCES "
        "city (id), born datetime, age integer unsigned CHECK (age >= 0), twice integer GENERATED ALWAYS AS (age * 2) VIRTUAL)",
        "CREATE TABLE stay (person_id bigint NOT NULL REFERENCES person (id), city_id bigint NOT NULL REFERENCES city (id), "
        "nights smallint, PRIMARY KEY (person_id, city_id))",
        "CREATE TABLE text_field (note text)",
        "CREATE VIEW adults AS SELECT id, age FROM person WHERE age > 17",
    };
    {
        const db::sqlite::TestDatabase database({.name = g_folder + "/db.sqlite3"});
        async::run([&] {
            for (const char* sql : tables) connection().execute(sql);
        });
    }
    const Outcome outcome = execute({"inspectdb", "--include-views", "--name-space", "found"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    for (const char* line : {
             "struct City : models::Model<City> {",
             "    ForeignKey<Country> country {{.on_delete = DB_CASCADE}};",
             "    Nullable<ForeignKey<City>> twin {{.on_delete = DB_SET_NULL, .blank = true}};",
             "    CharField code {{.max_length = 2, .primary_key = true}};",
             "    TextField name {{.unique = true}};",
             "    Nullable<CharField> two_words {{.max_length = 10, .blank = true, .db_column = \"Two Words\"}};",
             "    Nullable<IntegerField> class_ {{.blank = true}};",
             "    CompositePrimaryKey<\"person\", \"city\"> key;",
             ".unique_together = {{\"country\", \"name\"}}, .managed = false};",
             "    Nullable<PositiveIntegerField> age",
             "struct ModelTextField : models::Model<ModelTextField> {",
             "struct Adults : models::Model<Adults> {",
         })
        EXPECT_NE(outcome.out.find(line), std::string::npos) << line << "\n" << outcome.out;
    write("found.cpp", outcome.out + "auto all_models = nuages::models::list<found::City, found::Person, found::Stay, "
                                     "found::Country, found::AStrangeTable>();\n");
    const std::string compile = std::string(NUAGES_TEST_CXX) + " -std=c++20 -Wall -Wextra -Wno-missing-field-initializers "
                                "-fsyntax-only -x c++ -I" NUAGES_TEST_SOURCE " " + g_folder + "/found.cpp 2> " + g_folder + "/errors";
    const int code = std::system(compile.c_str());
    EXPECT_EQ(code, 0) << content_of(g_folder + "/errors").substr(0, 4000) << outcome.out;

    const Outcome one = execute({"inspectdb", "country"});
    EXPECT_NE(one.out.find("namespace inspected {"), std::string::npos);
    EXPECT_EQ(one.out.find("struct City"), std::string::npos);
    EXPECT_EQ(execute({"inspectdb", "--name-space", "1 bad"}).code, 1);
}

}  // namespace
