#include <nuages/conf/env.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

using namespace nuages;

namespace {

Env env_of(std::string_view text) {
    Env env;
    env.read(text, ".env");
    return env;
}

template <class F> std::string message_of(F f) {
    try {
        f();
    } catch (const ImproperlyConfigured& error) {
        return error.what();
    }
    return "no error";
}

TEST(Env, MissingVariableSaysWhichOneToSet) {
    EXPECT_EQ(message_of([] { Env().str("NUAGES_TEST_SECRET"); }), "Set the NUAGES_TEST_SECRET environment variable");
    EXPECT_EQ(message_of([] { (void)Env().integer("NUAGES_TEST_N"); }), "Set the NUAGES_TEST_N environment variable");
    EXPECT_EQ(Env().str("NUAGES_TEST_SECRET", "x"), "x");
}

TEST(Env, ReadsPlainQuotedAndExportedLines) {
    Env env = env_of(
        "\xEF\xBB\xBF# comment\r\n"
        "A=plain # a comment\r\n"
        "export B = \"two\\nlines \\\"q\\\"\"  # c\n"
        "C='raw \\n # kept'\n"
        "D=pa#ss=word\n"
        "E=\n"
        "A=second is ignored\n");
    EXPECT_EQ(env.str("A"), "plain");
    EXPECT_EQ(env.str("B"), "two\nlines \"q\"");
    EXPECT_EQ(env.str("C"), "raw \\n # kept");
    EXPECT_EQ(env.str("D"), "pa#ss=word");
    EXPECT_EQ(env.str("E"), "");
}

TEST(Env, WrongLinesNameFileAndLine) {
    EXPECT_EQ(message_of([] { env_of("A=1\nwhat is this\n"); }), ".env, line 2: expected NAME=value");
    EXPECT_EQ(message_of([] { env_of("2A=1\n"); }), ".env, line 1: expected NAME=value");
    EXPECT_EQ(message_of([] { env_of("\nA='open\n"); }), ".env, line 2: the quotes of A do not match");
    EXPECT_EQ(message_of([] { env_of("A=\"x\" y\n"); }), ".env, line 1: the quotes of A do not match");
}

TEST(Env, BooleansAreWordsAndNothingElse) {
    Env env = env_of("A=True\nB=on\nC=0\nD=\nE=Flase\n");
    EXPECT_TRUE(env.boolean("A"));
    EXPECT_TRUE(env.boolean("B"));
    EXPECT_FALSE(env.boolean("C"));
    EXPECT_FALSE(env.boolean("D"));
    EXPECT_TRUE(env.boolean("NUAGES_TEST_UNSET", true));
    EXPECT_EQ(message_of([&] { (void)env.boolean("E"); }), "E: 'Flase' is not a boolean: write true or false");
}

TEST(Env, NumbersMustBeWholeTexts) {
    Env env = env_of("A=42\nB=-7\nC=4x\nD=9223372036854775808\nE=2.5\n");
    EXPECT_EQ(env.integer("A"), 42);
    EXPECT_EQ(env.integer("B"), -7);
    EXPECT_EQ(env.real("E"), 2.5);
    EXPECT_EQ(env.integer("NUAGES_TEST_UNSET", 3), 3);
    EXPECT_EQ(message_of([&] { (void)env.integer("C"); }), "C: '4x' is not a whole number");
    EXPECT_EQ(message_of([&] { (void)env.integer("D"); }), "D: '9223372036854775808' is not a whole number");
}

TEST(Env, ListsAreStrippedAndHaveNoEmptyItems) {
    Env env = env_of("HOSTS= a.example , .b.example,,\nNONE=\n");
    EXPECT_EQ(env.list("HOSTS"), (std::vector<std::string>{"a.example", ".b.example"}));
    EXPECT_TRUE(env.list("NONE").empty());
    EXPECT_EQ(env.list("NUAGES_TEST_UNSET", {"x"}), std::vector<std::string>{"x"});
}

TEST(Env, TheProcessWinsOverTheFile) {
    ::setenv("NUAGES_TEST_WINS", "process", 1);
    EXPECT_EQ(env_of("NUAGES_TEST_WINS=file\n").str("NUAGES_TEST_WINS"), "process");
    ::unsetenv("NUAGES_TEST_WINS");
}

TEST(Env, AFileThatIsNotThereAddsNothing) {
    EXPECT_FALSE(Env("/nonexistent/.env").contains("NUAGES_TEST_UNSET"));
    std::string path = testing::TempDir() + "nuages_env_test";
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fputs("NUAGES_TEST_FROM_FILE=yes\n", file);
    std::fclose(file);
    EXPECT_EQ(Env(path.c_str()).str("NUAGES_TEST_FROM_FILE"), "yes");
    std::remove(path.c_str());
}

TEST(Env, DatabaseErrorsNameTheVariable) {
    Env env = env_of("DB=postgres://u:secret@h:99999/n\n");
    EXPECT_EQ(message_of([&] { (void)env.database("DB"); }), "DB: port is not a number from 1 to 65535");
    EXPECT_EQ(env.database("NUAGES_TEST_UNSET", "sqlite:///db.sqlite3").name, "db.sqlite3");
}

DatabaseUrl parsed(std::string_view url) { return DatabaseUrl::parse(url).value(); }

TEST(DatabaseUrl, SqlitePathsAreRelativeAbsoluteOrMemory) {
    EXPECT_EQ(parsed("sqlite:///db.sqlite3").name, "db.sqlite3");
    EXPECT_EQ(parsed("sqlite:///data/my%20site.sqlite3").name, "data/my site.sqlite3");
    EXPECT_EQ(parsed("sqlite:////var/lib/site.sqlite3").name, "/var/lib/site.sqlite3");
    EXPECT_TRUE(parsed("sqlite://:memory:").in_memory());
    EXPECT_TRUE(parsed("sqlite://").in_memory());
    EXPECT_EQ(parsed("sqlite:///db?timeout=20").option("timeout"), "20");
}

TEST(DatabaseUrl, PostgresPartsAreDecoded) {
    DatabaseUrl url =
        parsed("postgres://ada:p%40ss%3Aw@db.example.org:5433/shop?sslmode=require&service=&application_name=a%20b");
    EXPECT_EQ(url.engine, "postgresql");
    EXPECT_EQ(url.user, "ada");
    EXPECT_EQ(url.password, "p@ss:w");
    EXPECT_EQ(url.host, "db.example.org");
    EXPECT_EQ(url.port, 5433);
    EXPECT_EQ(url.name, "shop");
    EXPECT_EQ(url.option("sslmode"), "require");
    EXPECT_EQ(url.option("application_name"), "a b");
    EXPECT_EQ(parsed("postgres://ada@[::1]:5432/shop").host, "::1");
    EXPECT_EQ(parsed("postgres://%2Fvar%2Frun%2Fpostgresql/shop").host, "/var/run/postgresql");
    EXPECT_EQ(parsed("mariadb://root@localhost/shop").engine, "mysql");
}

TEST(DatabaseUrl, FailuresNameThePartAndNeverThePassword) {
    struct Case {
        const char* url;
        const char* message;
    };
    for (const auto& [url, message] : std::initializer_list<Case>{
             {"", "the URL is empty"},
             {"db.sqlite3", "the scheme is missing: write sqlite:///db.sqlite3 or postgres://user:password@host/name"},
             {"oracle://x/y", "scheme 'oracle' is unknown: choose sqlite, postgres or mysql"},
             {"sqlite://db.sqlite3",
              "path 'db.sqlite3' needs a third slash: sqlite:///db.sqlite3 (a fourth one makes it absolute)"},
             {"postgres://u:hunter2@h:0/n", "port is not a number from 1 to 65535"},
             {"postgres://u:hunter2@h:/n", "port is empty"},
             {"postgres://user:hunter2/n", "port is not a number from 1 to 65535"},
             {"postgres://u:hun%ter2@h/n", "password has a broken %-escape (write % as %25)"},
             {"postgres://u:hun/ter2@h/n", "the user or password has a '/': write it as %2F"},
             {"postgres://u:hun?ter2@h/n", "the user or password has a '?': write it as %3F"},
             {"postgres://u:hunter2@[::1/n", "host has no closing ]"},
             {"postgres://u:hunter2@::1/n", "host has a ':' (an IPv6 address stands in [ ])"},
             {"postgres://u:hunter2@h", "the database name is missing after the host: postgres://.../NAME"},
             {"postgres://u@h/n?=1", "option '=1' has no name"}}) {
        auto result = DatabaseUrl::parse(url);
        ASSERT_FALSE(result.ok()) << url;
        EXPECT_EQ(result.error(), message) << url;
        EXPECT_EQ(result.error().find("hunter2"), std::string::npos) << url;
    }
}

TEST(DatabaseUrl, MaskedShowsAllButThePassword) {
    EXPECT_EQ(parsed("postgres://ada:hunter2@h:5433/shop").masked(), "postgresql://ada:********@h:5433/shop");
    EXPECT_EQ(parsed("sqlite:///db.sqlite3").masked(), "sqlite:///db.sqlite3");
}

}  // namespace
