// What objects do beside save() and delete_(): neighbours by date, reading again, what their model has.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/field_info.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace diary {

namespace models = nuages::models;
using namespace nuages::literals;

struct Writer : models::Model<Writer> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
    Reverse<struct Entry, "writer"> entries;
};

struct Pal : models::Model<Pal> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
    ManyToManyField<Pal> friends;
    ManyToManyField<Pal, "idols"> idols{{.symmetrical = false, .related_name = "fans"}};
};

struct Entry : models::Model<Entry> {
    BigAutoField id;
    ForeignKey<Writer> writer{{.on_delete = CASCADE}};
    CharField title{{.max_length = 40, .unique = true}};
    DateField day;
    IntegerField stars{{.default_ = 0}};
    ManyToManyField<Writer> readers{{.related_name = "+"}};
};

struct Letter : models::Model<Letter> {
    Parent<Entry> entry;
    CharField to{{.max_length = 20}};
};

}  // namespace diary

namespace nuages::db::models {
namespace {

using namespace diary;
using namespace nuages::literals;

class Objects : public ::testing::Test {
protected:
    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            std::vector<const ModelMeta*> metas;
            for (auto meta : nuages::models::list<Writer, Entry, Letter, Pal>()) metas.push_back(&meta());
            schema::create_tables(connection(), metas);
            run();
        });
    }
    static Date day(int number) { return Date::from_ymd(2024, 5, number); }
};

TEST_F(Objects, HaveNeighboursByDate) {
    on_database([] {
        const Writer ada = Writer::objects.create({.name = "Ada"}), bob = Writer::objects.create({.name = "Bob"});
        const Entry one = Entry::objects.create({.writer = ada, .title = "one", .day = day(1)});
        const Entry two = Entry::objects.create({.writer = bob, .title = "two", .day = day(2)});
        const Entry too = Entry::objects.create({.writer = ada, .title = "too", .day = day(2)});
        EXPECT_EQ(one.get_next_by("day"_f), two);
        EXPECT_EQ(two.get_next_by("day"_f), too);  // of the same day: by key
        EXPECT_EQ(too.get_previous_by("day"_f), two);
        EXPECT_EQ(one.get_next_by("day"_f, "writer"_f = ada), too);
        EXPECT_THROW((void)one.get_previous_by("day"_f), Entry::DoesNotExist);
        try {
            (void)Entry{}.get_next_by("day"_f);
            FAIL();
        } catch (const ValueError& error) {
            EXPECT_STREQ(error.what(), "get_next/get_previous cannot be used on unsaved objects.");
        }
        EXPECT_THROW(neighbours(meta_of<Entry>(), &one, "stars", true), FieldError);
    });
}

TEST_F(Objects, RelationsToTheirOwnModelGoBothWaysUnlessTheySayNo) {
    on_database([] {
        const Pal ada = Pal::objects.create({.name = "Ada"}), bob = Pal::objects.create({.name = "Bob"});
        ada.friends.add(bob);
        EXPECT_EQ(bob.friends.get(), ada);
        ada.idols.add(bob);
        EXPECT_EQ(bob.idols.count(), 0);
        EXPECT_EQ(ada.idols.get(), bob);
    });
}

TEST_F(Objects, AreReadAgainOutOfAnyQuery) {
    on_database([] {
        const Writer ada = Writer::objects.create({.name = "Ada"});
        Entry entry = Entry::objects.create({.writer = ada, .title = "one", .day = day(1)});
        Entry::objects.update("title"_f = "uno", "stars"_f = 5);
        entry.refresh_from_db(Entry::objects.select_related("writer").annotate("n"_f = "stars"_f + 1), "stars"_f);
        EXPECT_EQ(entry.stars, 5);
        EXPECT_EQ(entry.title, "one");
        nuages::atomic([&] { entry.refresh_from_db(Entry::objects.select_for_update()); });
        EXPECT_EQ(entry.title, "uno");
        EXPECT_THROW(entry.refresh_from_db(Entry::objects.filter("stars__gt"_f = 5)), ObjectDoesNotExist);
    });
}

TEST_F(Objects, MayLeaveTheRowThatTheyExtend) {
    on_database([] {
        const Writer ada = Writer::objects.create({.name = "Ada"});
        Letter letter = Letter::objects.create({.entry = Entry{.writer = ada, .title = "Dear Bob", .day = day(1)}, .to = "Bob"});
        EXPECT_EQ(letter.delete_({.keep_parents = true}).total, 1);
        EXPECT_EQ(Letter::objects.count(), 0);
        EXPECT_EQ(Entry::objects.get().title, "Dear Bob");
        Letter again = Letter::objects.create({.entry = Entry{.writer = ada, .title = "Dear Eve", .day = day(1)}, .to = "Eve"});
        EXPECT_EQ(again.delete_().total, 2);
        EXPECT_EQ(Entry::objects.count(), 1);
    });
}

TEST_F(Objects, TellTheFieldsOfTheirModel) {
    (void)nuages::models::list<Writer, Entry, Letter>();
    const auto names = [](const ModelMeta& meta, GetFieldsOptions options = {}) {
        std::string text;
        for (const FieldInfo& info : get_fields(meta, options)) {
            text += info.name;
            if (info.reverse) text += "<";
            text += " ";
        }
        return text;
    };
    (void)meta_of<Letter>();
    EXPECT_EQ(names(meta_of<Writer>()), "entries< id name ");
    EXPECT_EQ(names(meta_of<Letter>(), {.include_parents = false}), "entry to ");
    EXPECT_EQ(names(meta_of<Letter>()), "id writer title day stars readers entry to ");
    EXPECT_NE(names(meta_of<Writer>(), {.include_hidden = true}), names(meta_of<Writer>()));

    const FieldInfo entries = get_fields(meta_of<Writer>()).front();
    EXPECT_TRUE(entries.one_to_many && entries.auto_created && entries.is_relation && !entries.concrete && !entries.hidden);
    EXPECT_EQ(entries.related_model, &meta_of<Entry>());
    EXPECT_EQ(entries.model, &meta_of<Writer>());
    const FieldInfo writer = info_of(meta_of<Entry>().field("writer")), readers = info_of(meta_of<Entry>().field("readers"));
    EXPECT_TRUE(writer.many_to_one && writer.concrete && !writer.auto_created);
    EXPECT_TRUE(readers.many_to_many && !readers.concrete && readers.is_relation);
    EXPECT_EQ(readers.related_model, &meta_of<Writer>());
    const FieldInfo id = info_of(meta_of<Entry>().field("id"));
    EXPECT_TRUE(id.auto_created && id.concrete && !id.is_relation && !id.related_model);
    ASSERT_EQ(meta_of<Entry>().pk_columns().size(), 1u);  // Django's pk_fields
    EXPECT_EQ(meta_of<Entry>().pk_columns()[0], id.field);
}

TEST_F(Objects, BulkCreateUpdatesRowsInConflict) {
    on_database([] {
        const Writer ada = Writer::objects.create({.name = "Ada"});
        const Entry old = Entry::objects.create({.writer = ada, .title = "one", .day = day(1), .stars = 1});
        std::vector<Entry> entries{{.writer = ada, .title = "one", .day = day(3), .stars = 4},
                                   {.writer = ada, .title = "two", .day = day(2), .stars = 2}};
        const StatsScope scope;
        Entry::objects.bulk_create(entries, {.update_conflicts = true, .update_fields = {"stars"}, .unique_fields = {"title"}});
        EXPECT_EQ(scope.stats().count, 1);
        EXPECT_EQ(entries[0].id, old.id);
        EXPECT_GT(entries[1].id, old.id);
        const Entry now = Entry::objects.get("title"_f = "one");
        EXPECT_EQ(now.stars, 4);
        EXPECT_EQ(now.day, day(1));  // is not among update_fields
        EXPECT_EQ(Entry::objects.count(), 2);
        const auto refused = [&](const BulkCreateOptionsOf<Entry>& options) {
            try {
                Entry::objects.bulk_create(entries, options);
            } catch (const ValueError& error) {
                return std::string(error.what());
            }
            return std::string();
        };
        EXPECT_EQ(refused({.update_conflicts = true}),
                  "Fields that will be updated when a row insertion fails on conflicts must be provided.");
        EXPECT_EQ(refused({.update_conflicts = true, .update_fields = {"stars"}}),
                  "Unique fields that can trigger the upsert must be provided.");
        EXPECT_EQ(refused({.ignore_conflicts = true, .update_conflicts = true}),
                  "ignore_conflicts and update_conflicts are mutually exclusive.");
        EXPECT_EQ(refused({.update_conflicts = true, .update_fields = {"id"}, .unique_fields = {"title"}}),
                  "bulk_create() cannot be used with primary keys in update_fields.");
    });
}

TEST_F(Objects, PartsOfTextsAreSlices) {
    on_database([] {
        const Writer ada = Writer::objects.create({.name = "Ada"});
        Entry::objects.create({.writer = ada, .title = "abcdef", .day = day(1)});
        const Query rows(meta_of<Entry>());
        const auto part = [&](std::string_view field, std::int64_t start, std::int64_t length) {
            return rows.annotate(Name("part"), expr::slice(expr::F(Name(field)), start, length)).values({Name("part")}).rows()[0][0].text();
        };
        EXPECT_EQ(part("title", 0, 3), "abc");
        EXPECT_EQ(part("title", 2, -1), "cdef");
        EXPECT_EQ(part("writer__name", 1, 1), "d");
        EXPECT_EQ(rows.filter(QNode(Name("title__startswith"), expr::slice(expr::F(Name("title")), 0, 2))).count(), 1);
        EXPECT_EQ(rows.update({Assignment(Name("title"), expr::slice(expr::F(Name("title")), 3, -1))}), 1);
        EXPECT_EQ(Entry::objects.get().title, "def");
        EXPECT_THROW(expr::slice(expr::F("title"), -1), ValueError);
        try {
            part("stars", 0, 1);
            FAIL();
        } catch (const NotSupportedError& error) {
            EXPECT_STREQ(error.what(), "This field does not support slicing.");
        }
    });
}

TEST_F(Objects, DatabasesMakeUuids) {
    ModelMeta token;
    token.app_label = "diary";
    token.object_name = "Token";
    Field id, other, note;
    id.name = "id";
    id.kind = other.kind = FieldKind::uuid;
    id.primary_key = true;
    id.db_default = expr::call("UUID7", {});
    other.name = "other";
    other.db_default = expr::call("UUID4", {});
    note.name = "note";
    note.kind = FieldKind::integer;
    token.fields = {id, other, note};
    token.finish();
    on_database([&] {
        const std::vector<const ModelMeta*> models{&token};
        schema::create_tables(connection(), models);
        std::vector<std::string> keys;
        for (int i = 0; i < 3; ++i) {
            const Ref<Instance> made = Instance::create(token);
            initialize(token, made->object());
            token.field("note").set(made->object(), Literal(i));
            save(token, made->object(), {.force_insert = true});
            keys.push_back(Uuid::parse(token.pk().get(made->object()).text())->str());
            EXPECT_EQ(keys.back()[14], '7');
            EXPECT_EQ(Uuid::parse(token.field("other").get(made->object()).text())->str()[14], '4');
        }
        EXPECT_NE(keys[0], keys[1]);
        EXPECT_EQ(keys[0].substr(0, 6), keys[2].substr(0, 6));  // of one and the same hour
        const auto made = [&](Expr expression) {
            return Uuid::parse(Query(token).annotate(Name("made"), std::move(expression)).values({Name("made")}).rows()[0][0].text())->str();
        };
        const std::string now = made(expr::call("UUID7", {}));
        const std::string later = made(expr::call("UUID7", {expr::value(Literal(hours(24 * 365)))}));
        const std::string before = made(expr::call("UUID7", {expr::value(Literal(hours(-24 * 365)))}));
        EXPECT_LT(now, later);
        EXPECT_LT(before, now);
        EXPECT_EQ(later[14], '7');
        EXPECT_NE(std::string("89ab").find(later[19]), std::string::npos);
        EXPECT_EQ(made(expr::call("UUID4", {}))[14], '4');
    });
}

}  // namespace
}  // namespace nuages::db::models
