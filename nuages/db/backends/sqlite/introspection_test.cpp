// What SQLite tells of tables, in Django's terms.
#include <nuages/db/backends/sqlite/introspection.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/creation.hpp>
#include <nuages/db/backend.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace nuages::db::sqlite {
namespace {

constexpr const char* kTables[] = {
    "CREATE TABLE \"author\" (\"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT, \"name\" varchar(100) NOT NULL "
    "COLLATE \"NOCASE\" UNIQUE, \"age\" smallint unsigned NULL CHECK (\"age\" >= 0), \"extra\" text NOT NULL CHECK "
    "((JSON_VALID(\"extra\") OR \"extra\" IS NULL)))",
    "CREATE TABLE book (id integer NOT NULL PRIMARY KEY, -- a comment, with (\n"
    "author_id bigint NOT NULL REFERENCES author (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, "
    "price decimal(8, 2) DEFAULT 1.5, title varchar(20), double_price real GENERATED ALWAYS AS (price * 2) STORED, "
    "CONSTRAINT \"cheap, or (not)\" CHECK (price < 100 AND title <> ')'), "
    "CONSTRAINT one_title UNIQUE (author_id, title))",
    "CREATE INDEX book_price ON book (price DESC, title)",
    "CREATE UNIQUE INDEX book_lower ON book (lower(title)) WHERE price > 3",
    "CREATE TABLE pair (a integer, b integer, c blob, PRIMARY KEY (b, a))",
    "CREATE VIEW cheap AS SELECT * FROM book WHERE price < 5",
};

template <class F> void with_tables(F&& f) {
    with_memory_database([&] {
        for (const char* sql : kTables) connection().execute(sql);
        f(connection(), connection().introspection());
    });
}

const ConstraintInfo* find(const std::vector<ConstraintInfo>& all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const ConstraintInfo& one) { return one.name == name; });
    return found == all.end() ? nullptr : &*found;
}

using Strings = std::vector<std::string>;

TEST(SqliteIntrospection, ListsTablesAndViews) {
    with_tables([](Connection connection, const Introspection& introspection) {
        const std::vector<TableInfo> tables = introspection.get_table_list(connection);
        ASSERT_EQ(tables.size(), 4u);
        EXPECT_EQ(tables[2].name, "cheap");
        EXPECT_EQ(tables[2].type, TableType::view);
        EXPECT_EQ(introspection.table_names(connection), (Strings{"author", "book", "pair"}));
        EXPECT_TRUE(introspection.has_table(connection, "AUTHOR"));
        EXPECT_FALSE(introspection.has_table(connection, "authors"));
    });
}

TEST(SqliteIntrospection, DescribesColumns) {
    with_tables([](Connection connection, const Introspection& introspection) {
        const std::vector<ColumnInfo> author = introspection.get_table_description(connection, "author");
        ASSERT_EQ(author.size(), 4u);
        EXPECT_TRUE(author[0].is_autofield && author[0].primary_key);
        EXPECT_EQ(author[1].data_type, "varchar");
        EXPECT_EQ(author[1].max_length, 100);
        EXPECT_EQ(author[1].collation, "NOCASE");
        EXPECT_FALSE(author[1].null_ok);
        EXPECT_TRUE(author[2].null_ok);
        EXPECT_TRUE(author[3].has_json_constraint);
        const std::vector<ColumnInfo> book = introspection.get_table_description(connection, "book");
        ASSERT_EQ(book.size(), 5u);
        EXPECT_EQ(book[2].precision, 8);
        EXPECT_EQ(book[2].scale, 2);
        EXPECT_EQ(book[2].default_value, "1.5");
        EXPECT_TRUE(book[4].is_generated);
        EXPECT_EQ(introspection.get_table_description(connection, "cheap").size(), 5u);
        EXPECT_TRUE(introspection.get_table_description(connection, "nowhere").empty());
    });
}

TEST(SqliteIntrospection, KnowsTheFieldOfEachColumn) {
    with_tables([](Connection connection, const Introspection& introspection) {
        Strings types;
        for (const char* table : {"author", "book"}) {
            for (const ColumnInfo& column : introspection.get_table_description(connection, table))
                types.push_back(introspection.get_field_type(column).type);
        }
        EXPECT_EQ(types, (Strings{"BigAutoField", "CharField", "PositiveSmallIntegerField", "JSONField", "BigAutoField",
                                  "BigIntegerField", "DecimalField", "CharField", "FloatField"}));
        EXPECT_TRUE(introspection.get_field_type({.name = "x", .data_type = "point"}).guessed);
    });
}

TEST(SqliteIntrospection, FindsKeysConstraintsAndIndexes) {
    with_tables([](Connection connection, const Introspection& introspection) {
        const std::vector<RelationInfo> relations = introspection.get_relations(connection, "book");
        ASSERT_EQ(relations.size(), 1u);
        EXPECT_EQ(relations[0].column, "author_id");
        EXPECT_EQ(relations[0].target_table, "author");
        EXPECT_EQ(relations[0].target_column, "id");
        EXPECT_EQ(relations[0].on_delete, "CASCADE");

        const std::vector<ConstraintInfo> book = introspection.get_constraints(connection, "book");
        const ConstraintInfo* check = find(book, "cheap, or (not)");
        ASSERT_TRUE(check);
        EXPECT_TRUE(check->check);
        EXPECT_EQ(check->columns, (Strings{"price", "title"}));
        EXPECT_EQ(check->definition, "price < 100 AND title <> ')'");
        const ConstraintInfo* unique = find(book, "one_title");
        ASSERT_TRUE(unique);
        EXPECT_TRUE(unique->unique && !unique->index);
        EXPECT_EQ(unique->columns, (Strings{"author_id", "title"}));
        const ConstraintInfo* index = find(book, "book_price");
        ASSERT_TRUE(index);
        EXPECT_EQ(index->descending, (std::vector<bool>{true, false}));
        const ConstraintInfo* expression = find(book, "book_lower");
        ASSERT_TRUE(expression);
        EXPECT_TRUE(expression->unique && expression->index && expression->partial);
        EXPECT_NE(expression->definition.find("lower(title)"), std::string::npos);
        const ConstraintInfo* key = find(book, "fk_0");
        ASSERT_TRUE(key && key->foreign_key);
        EXPECT_EQ(key->foreign_key->first, "author");

        EXPECT_TRUE(find(introspection.get_constraints(connection, "author"), "__unnamed_constraint_1__"));
        EXPECT_EQ(introspection.get_primary_key_columns(connection, "pair"), (Strings{"b", "a"}));
        EXPECT_EQ(introspection.get_primary_key_column(connection, "pair"), "");
        EXPECT_EQ(introspection.get_primary_key_column(connection, "book"), "id");
        ASSERT_EQ(introspection.get_sequences(connection, "author").size(), 1u);
        EXPECT_TRUE(introspection.get_sequences(connection, "pair").empty());
    });
}

TEST(SqliteIntrospection, SurvivesWhateverATablesTextIs) {
    with_memory_database([] {
        connection().execute("CREATE TABLE \"od\"\"d \" (\"a\"\"b\" , [c d] varchar ( 3 ), \"check\" text /* CHECK ( */ CHECK "
                             "(\"check\" IN ('(', ',')), `unique` INTEGER UNIQUE ON CONFLICT IGNORE)");
        const Introspection& introspection = connection().introspection();
        const auto columns = introspection.get_table_description(connection(), "od\"d ");
        ASSERT_EQ(columns.size(), 4u);
        EXPECT_EQ(columns[0].name, "a\"b");
        EXPECT_EQ(columns[1].max_length, 3);
        const auto constraints = introspection.get_constraints(connection(), "od\"d ");
        ASSERT_EQ(constraints.size(), 2u);
        EXPECT_EQ(constraints[0].columns, Strings{"check"});
        EXPECT_EQ(constraints[1].columns, Strings{"unique"});
    });
}

TEST(SqliteCreation, DatabasesForTestsAreInMemoryOrAFileOfTheirOwn) {
    with_memory_database([] {
        const Creation& creation = connection().database().driver().creation();
        EXPECT_TRUE(creation.create_test_db({.name = "site.sqlite3"}).in_memory());
        const conf::DatabaseUrl url = creation.create_test_db({.name = "/tmp/nuages_creation.sqlite3"}, "2");
        EXPECT_EQ(url.name, "/tmp/test_2_nuages_creation.sqlite3");
        creation.destroy_test_db(url);
    });
}

TEST(SqliteClient, IsTheProgramWithTheFile) {
    with_memory_database([] {
        const std::string parameters[] = {"-header"};
        const ClientCommand client =
            connection().database().driver().client_command({.name = "site.sqlite3"}, parameters);
        EXPECT_EQ(client.arguments, (Strings{"sqlite3", "-header", "site.sqlite3"}));
    });
}

}  // namespace
}  // namespace nuages::db::sqlite
