// Which database rows are read from and written to: two in memory, and a router that keeps one app apart.
#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/backend.hpp>
#include <nuages/db/database.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/router.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

struct Apart : Router {
    std::optional<std::string_view> db_for_read(const ModelMeta& meta) const override { return of(meta); }
    std::optional<std::string_view> db_for_write(const ModelMeta& meta) const override { return of(meta); }
    std::optional<bool> allow_migrate(std::string_view alias, const ModelMeta& meta) const override {
        return (alias == "archive") == (meta.app_label == "archive");
    }
    static std::optional<std::string_view> of(const ModelMeta& meta) {
        if (meta.app_label == "archive") return "archive";
        return std::nullopt;
    }
};

struct Lost : Router {
    std::optional<std::string_view> db_for_read(const ModelMeta&) const override { return "nowhere"; }
};

class Routing : public ::testing::Test {
protected:
    Registry registry;
    ModelMeta paper, letter;
    Apart apart;
    Lost lost;

    void SetUp() override {
        paper.app_label = "office";
        letter.app_label = "archive";
        paper.object_name = letter.object_name = "Paper";
        for (ModelMeta* meta : {&paper, &letter}) {
            Field name;
            name.name = "name";
            name.max_length = 20;
            meta->db_table = "paper";
            meta->fields = {name};
            meta->finish();
            registry.add(*meta);
        }
        register_backend(sqlite::backend);
        former_ = set_databases(
            make_databases({{"default", {.name = ":memory:"}}, {"archive", {.name = ":memory:"}}}));
        set_routers({&apart});
    }
    void TearDown() override {
        set_routers({});
        set_databases(std::move(former_));
    }
    static void create(const ModelMeta& meta, std::string_view name, std::string_view using_ = {}) {
        const Ref<Instance> made = Instance::create(meta);
        meta.field("name").set(made->object(), Literal(name));
        save(meta, made->object(), {.update_fields = {}, .using_ = using_});
    }
    static std::int64_t rows(std::string_view alias) {
        return std::get<0>(connection(alias).query<std::int64_t>("SELECT COUNT(*) FROM paper")[0]);
    }

private:
    Databases former_;
};

TEST_F(Routing, RowsGoWhereTheirModelBelongs) {
    async::run([&] {
        for (const std::string_view alias : {"default", "archive"}) {
            const std::vector<const ModelMeta*> models{alias == "archive" ? &letter : &paper};
            EXPECT_TRUE(allow_migrate(alias, *models[0]));
            schema::create_tables(connection(alias), models);
        }
        EXPECT_FALSE(allow_migrate("default", letter));
        create(paper, "bill");
        create(letter, "old bill");
        create(letter, "older bill");
        EXPECT_EQ(rows("default"), 1);
        EXPECT_EQ(rows("archive"), 2);
        EXPECT_EQ(Query(letter).count(), 2);
        EXPECT_EQ(Query(paper).count(), 1);
        EXPECT_EQ(Query(letter).using_("default").count(), 1);  // who names a database is not routed
        EXPECT_EQ(Query(letter).filter(QNode("name", Literal("old bill"))).update({Assignment("name", Literal("x"))}), 1);
        EXPECT_EQ(Query(letter).delete_().total, 2);
        EXPECT_EQ(rows("archive"), 0);
        EXPECT_EQ(rows("default"), 1);
    });
}

TEST_F(Routing, ObjectsGoBackToTheDatabaseTheyCameFrom) {
    set_routers({});
    ModelMeta shelf, book;
    shelf.app_label = book.app_label = "office";
    shelf.object_name = "Shelf";
    book.object_name = "Book";
    Field name;
    name.name = "name";
    name.max_length = 20;
    Field to_shelf;
    to_shelf.name = "shelf";
    to_shelf.kind = FieldKind::foreign_key;
    to_shelf.null = true;
    to_shelf.relation.model = &shelf;
    Field labels;
    labels.name = "labels";
    labels.kind = FieldKind::many_to_many;
    labels.relation.model = &shelf;
    labels.relation.related_name = "labelled";
    shelf.fields = {name};
    book.fields = {name, to_shelf, labels};
    shelf.finish();
    book.finish();
    registry.add(shelf);
    registry.add(book);
    async::run([&] {
        const std::vector<const ModelMeta*> models{&shelf, &book};
        for (const std::string_view alias : {"default", "archive"}) schema::create_tables(connection(alias), models);
        const auto made = [&](const ModelMeta& meta, std::string_view alias) {
            Ref<Instance> object = Instance::create(meta);
            meta.field("name").set(object->object(), Literal("x"));
            save(meta, object->object(), {.update_fields = {}, .using_ = alias});
            return object;
        };
        const auto count = [](const ModelMeta& meta, std::string_view alias) { return Query(meta).using_(alias).count(); };
        const Ref<Instance> old_shelf = made(shelf, "archive");
        made(book, "archive");
        const Ref<Instance> read = Query(book).using_("archive").instances().front();
        EXPECT_EQ(instance_database(*read), "archive");
        // save(), the manager of a relation, and deletion write where the object is.
        book.field("name").set(read->object(), Literal("new"));
        save(book, read->object());
        EXPECT_EQ(count(book, "default"), 0);
        EXPECT_EQ(Query(book).using_("archive").filter(QNode(Name("name"), Literal("new"))).count(), 1);
        const std::vector<Literal> keys{shelf.pk().get(old_shelf->object())};
        m2m_add(book.field("labels"), read->object(), keys);
        const ModelMeta& through = book.through(book.field("labels"));
        EXPECT_EQ(count(through, "archive"), 1);
        EXPECT_EQ(count(through, "default"), 0);
        EXPECT_EQ(related_query(book.field("labels"), read->object()).count(), 1);
        // What was just written belongs to where it was written to.
        const Ref<Instance> fresh = made(book, "archive");
        m2m_add(book.field("labels"), fresh->object(), keys);
        EXPECT_EQ(count(through, "archive"), 2);
        update_object(book, read->object(), {Assignment(Name("name"), Literal("newer"))});
        EXPECT_EQ(book.field("name").get(read->object()).text(), "newer");
        delete_object(book, read->object());
        EXPECT_EQ(count(book, "archive"), 1);
    });
}

TEST_F(Routing, RelationsStayWithinOneDatabaseUnlessARouterAllowsThem) {
    struct Open : Router {
        std::optional<bool> allow_relation(const ModelMeta& meta, std::string_view alias, const ModelMeta&,
                                           std::string_view other) const override {
            return meta.object_name == "Stamp" && alias == "default" && other == "archive";
        }
    };
    set_routers({});
    ModelMeta stamp;
    stamp.app_label = "office";
    stamp.object_name = "Stamp";
    Field on;
    on.name = "on";
    on.kind = FieldKind::foreign_key;
    on.relation.model = &paper;
    on.relation.db_constraint = false;
    stamp.fields = {on};
    stamp.finish();
    registry.add(stamp);
    async::run([&] {
        const std::vector<const ModelMeta*> models{&paper, &stamp};
        for (const std::string_view alias : {"default", "archive"}) schema::create_tables(connection(alias), models);
        const Ref<Instance> old = Instance::create(paper);
        paper.field("name").set(old->object(), Literal("old"));
        save(paper, old->object(), {.update_fields = {}, .using_ = "archive"});
        const Ref<Instance> kept = Query(paper).using_("archive").instances().front();
        const Ref<Instance> made = Instance::create(stamp);
        stamp.field("on").set(made->object(), paper.pk().get(kept->object()));
        stamp.field("on").ops->related(stamp.field("on").member(made->object()))->set(kept);
        try {
            save(stamp, made->object(), {.update_fields = {}, .using_ = "default"});
            FAIL();
        } catch (const ValueError& error) {
            EXPECT_STREQ(error.what(), "Cannot assign \"Paper object (1)\": the current database router prevents this relation.");
        }
        EXPECT_NO_THROW(save(stamp, made->object(), {.update_fields = {}, .using_ = "archive"}));
        const Open open;
        set_routers({&open});
        const Ref<Instance> other = Instance::create(stamp);
        stamp.field("on").set(other->object(), paper.pk().get(kept->object()));
        stamp.field("on").ops->related(stamp.field("on").member(other->object()))->set(kept);
        EXPECT_NO_THROW(save(stamp, other->object(), {.update_fields = {}, .using_ = "default"}));
        set_routers({});
    });
}

TEST_F(Routing, AnUnknownDatabaseIsNamed) {
    async::run([&] {
        set_routers({&lost});
        EXPECT_THROW(Query(paper).count(), ConnectionDoesNotExist);
    });
}

}  // namespace
}  // namespace nuages::db::models
