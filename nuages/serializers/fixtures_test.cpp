// Objects to Django's JSON and back: a small library made from data alone.
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/serializers/fixtures.hpp>

#include <gtest/gtest.h>

namespace nuages::serializers {
namespace {

using namespace db::models;

struct Library {
    Registry registry;
    ModelMeta person, book;

    Library() {
        person.app_label = book.app_label = "lib";
        person.object_name = "Person";
        person.fields = {of("name", FieldKind::char_), of("friend", FieldKind::foreign_key)};
        person.fields[0].max_length = 50;
        person.fields[0].unique = true;
        person.fields[1].null = true;
        person.fields[1].relation.model = &person;
        person.natural_key = {"name"};
        book.object_name = "Book";
        Field price = of("price", FieldKind::decimal);
        price.max_digits = 8;
        price.decimal_places = 2;
        Field author = of("author", FieldKind::foreign_key);
        author.relation.model = &person;
        author.null = true;
        Field readers = of("readers", FieldKind::many_to_many);
        readers.relation.model = &person;
        readers.relation.related_name = "read";
        book.fields = {of("title", FieldKind::text), price, of("added", FieldKind::date_time),
                       of("loan", FieldKind::duration), of("token", FieldKind::uuid), of("cover", FieldKind::binary),
                       of("data", FieldKind::json), author, readers};
        for (Field& field : book.fields) field.null = field.kind != FieldKind::many_to_many;
        for (ModelMeta* meta : {&person, &book}) {
            meta->finish();
            registry.add(*meta);
        }
    }
    std::vector<const ModelMeta*> models() const { return {&book, &person}; }
    static Field of(const char* name, FieldKind kind) {
        Field field;
        field.name = name;
        field.kind = kind;
        return field;
    }
};

class Fixtures : public ::testing::Test {
protected:
    Library library;

    void on_database(FunctionRef<void()> run) {
        db::sqlite::with_memory_database([&] {
            schema::create_tables(db::connection(), library.models());
            run();
        });
    }
    std::size_t load(std::string_view text, ReadOptions options = {}) {
        std::size_t count = 0;
        db::atomic([&] {
            FixtureReader reader(library.models(), options);
            count = reader.read(text);
            reader.finish();
        });
        return count;
    }
    std::string dump(WriteOptions options = {}) {
        std::string out;
        FixtureWriter writer([&](std::string_view text) { out += text; }, options);
        for (const ModelMeta* meta : {&library.person, &library.book}) writer.add_all(Query(*meta).order_by({"pk"}));
        writer.finish();
        return out;
    }
    std::string refused(std::string_view text, ReadOptions options = {}) {
        try {
            load(text, options);
            return "loaded";
        } catch (const Error& error) {
            return error.message();
        }
    }
};

// As Django prints it.
constexpr std::string_view kLibrary =
    R"([{"model": "lib.person", "pk": 1, "fields": {"name": "Ada", "friend": 2}}, )"
    R"({"model": "lib.person", "pk": 2, "fields": {"name": "Émile", "friend": null}}, )"
    R"({"model": "lib.book", "pk": 7, "fields": {"title": "A \"word\"\n", "price": "12.50", "added": "2024-05-06T07:08:09.123Z", )"
    R"("loan": "14 00:00:00", "token": "12345678-1234-1234-1234-123456789abc", "cover": "AP8=", )"
    R"("data": {"tags": ["a", "é"], "n": 100000.0}, "author": 1, "readers": [1, 2]}}])";

TEST_F(Fixtures, GoThroughTheDatabaseUnchanged) {
    on_database([&] {
        EXPECT_EQ(load(kLibrary), 3u);
        EXPECT_EQ(dump(), kLibrary);
        EXPECT_EQ(load(dump()), 3u);  // once more: the same rows
        EXPECT_EQ(dump(), kLibrary);
    });
}

TEST_F(Fixtures, AreIndentedAsDjangoIndents) {
    on_database([&] {
        load(R"([{"model": "lib.person", "pk": 1, "fields": {"name": "Ada"}}])");
        EXPECT_EQ(dump({.indent = 2}), "[\n{\n  \"model\": \"lib.person\",\n  \"pk\": 1,\n  \"fields\": {\n    \"name\": \"Ada\",\n"
                                       "    \"friend\": null\n  }\n}\n]\n");
        EXPECT_EQ(dump({.format = Format::jsonl}), R"({"model": "lib.person", "pk": 1, "fields": {"name": "Ada", "friend": null}})"
                                                   "\n");
        EXPECT_EQ(load("\n" + dump({.format = Format::jsonl}) + "\n", {.format = Format::jsonl}), 1u);
    });
}

TEST_F(Fixtures, NaturalKeysStandForPrimaryKeys) {
    on_database([&] {
        load(kLibrary);
        const std::string natural = dump({.use_natural_foreign_keys = true, .use_natural_primary_keys = true});
        EXPECT_NE(natural.find(R"({"model": "lib.person", "fields": {"name": "Ada", "friend": ["Émile"]}})"),
                  std::string::npos);
        EXPECT_NE(natural.find(R"("author": ["Ada"], "readers": [["Ada"], ["Émile"]])"), std::string::npos);
        Query(library.book).delete_();
        Query(library.person).delete_();
        EXPECT_EQ(load(natural), 3u);  // Ada's friend comes after her
        EXPECT_EQ(dump({.use_natural_foreign_keys = true, .use_natural_primary_keys = true}), natural);
        EXPECT_EQ(load(natural), 3u);
        EXPECT_EQ(Query(library.person).count(), 2);
    });
}

TEST_F(Fixtures, AreRefusedWithTheirPlace) {
    on_database([&] {
        EXPECT_EQ(refused("[{"), "the fixture is no JSON: incomplete JSON");
        EXPECT_EQ(refused("{}"), "a fixture is a list of objects");
        EXPECT_EQ(refused("[1]"), "object 1 is no JSON object");
        EXPECT_EQ(refused(R"([{"model": "lib.nope", "pk": 1, "fields": {}}])"), "Invalid model identifier: 'lib.nope'");
        EXPECT_EQ(refused(R"([{"model": "lib.person", "pk": 1, "fields": {"nme": "x"}}])"),
                  "lib.person:pk=1: Person has no field named 'nme'");
        EXPECT_EQ(refused(R"([{"model": "lib.book", "pk": 1, "fields": {"added": "soon"}}])").substr(0, 80),
                  "lib.book:pk=1: [\xe2\x80\x9csoon\xe2\x80\x9d value has an invalid format. It must be in YYYY-MM-DD");
        EXPECT_EQ(refused(R"([{"model": "lib.person", "pk": 1, "fields": {"name": "x", "friend": ["nobody"]}}])"),
                  "no lib.Person has the natural key [\"nobody\"], which lib.Person.friend refers to");
        EXPECT_NE(refused(R"([{"model": "lib.person", "pk": 1, "fields": {"name": "x", "friend": 99}}])"), "loaded");
        EXPECT_EQ(Query(library.person).count(), 0);
        EXPECT_EQ(refused(R"([{"model": "lib.person", "pk": 1, "fields": {"nme": 1, "name": "x"}}, {"model": "a.b"}])",
                          {.ignorenonexistent = true}),
                  "loaded");
        EXPECT_EQ(refused(R"([{"model": "lib.book", "pk": 1, "fields": {"data": )" + std::string(500, '[') + std::string(500, ']') +
                          "}}]")
                      .substr(0, 23),
                  "the fixture is no JSON:");
    });
}

}  // namespace
}  // namespace nuages::serializers
