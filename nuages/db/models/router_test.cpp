// Which database rows are read from and written to: two in memory, and a router that keeps one app apart.
#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/backend.hpp>
#include <nuages/db/database.hpp>
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

TEST_F(Routing, AnUnknownDatabaseIsNamed) {
    async::run([&] {
        set_routers({&lost});
        EXPECT_THROW(Query(paper).count(), ConnectionDoesNotExist);
    });
}

}  // namespace
}  // namespace nuages::db::models
