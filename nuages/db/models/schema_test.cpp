#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/detail/shop_models.hpp>
#include <nuages/db/models/schema.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

TEST(Schema, TablesAreCreatedAsDjangoCreatesThem) {
    testing::Shop shop;
    sqlite::with_memory_database([&] {
        const std::vector<std::string> sql = schema::create_statements(connection(), shop.author);
        ASSERT_EQ(sql.size(), 6u);
        EXPECT_EQ(
            sql[0],
            R"(CREATE TABLE "shop_author" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "first_name" varchar(50) NOT NULL, )"
            R"("last_name" varchar(50) NOT NULL, "email" varchar(254) NULL, "age" integer NULL, "mentor_id" bigint NULL )"
            R"(REFERENCES "shop_author" ("id") DEFERRABLE INITIALLY DEFERRED);)");
        EXPECT_EQ(
            sql[1],
            R"(CREATE TABLE "shop_author_friends" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "from_author_id" bigint NOT NULL )"
            R"(REFERENCES "shop_author" ("id") DEFERRABLE INITIALLY DEFERRED, "to_author_id" bigint NOT NULL )"
            R"(REFERENCES "shop_author" ("id") DEFERRABLE INITIALLY DEFERRED);)");
        EXPECT_EQ(sql[2], R"(CREATE INDEX "shop_author_mentor_id_6fdda127" ON "shop_author" ("mentor_id");)");
        EXPECT_EQ(
            sql[3],
            R"(CREATE UNIQUE INDEX "shop_author_friends_from_author_id_to_author_id_ffa5f2a7_uniq" ON "shop_author_friends" ("from_author_id", "to_author_id");)");
        EXPECT_EQ(
            sql[4],
            R"(CREATE INDEX "shop_author_friends_from_author_id_6b74ba84" ON "shop_author_friends" ("from_author_id");)");
        EXPECT_EQ(
            sql[5],
            R"(CREATE INDEX "shop_author_friends_to_author_id_2e9de0d6" ON "shop_author_friends" ("to_author_id");)");
        const std::vector<const ModelMeta*> models{&shop.author, &shop.publisher};
        EXPECT_EQ(schema::create_tables(connection(), models).size(), 2u);
        EXPECT_EQ(schema::create_tables(connection(), models).size(), 0u);
    });
}

TEST(Schema, ConstraintsAndPartialIndexesHoldTheirValues) {
    ModelMeta meta;
    meta.app_label = "lib";
    meta.object_name = "Item";
    Field price;
    price.name = "price";
    price.kind = FieldKind::decimal;
    price.max_digits = 8;
    price.decimal_places = 2;
    Field code;
    code.name = "code";
    code.max_length = 10;
    meta.fields = {price, code};
    meta.constraints = {{"price_gte_0", {}, QNode("price__gte", Literal(0))},
                        {"code_uniq", {"code"}, {}},
                        {"quoted", {"price"}, QNode("code", Literal("it's"))}};
    meta.indexes = {{"", {"-price"}, QNode("price__lt", Literal(5)) || QNode("code__isnull", Literal(true))}};
    meta.finish();
    sqlite::with_memory_database([&] {
        const std::vector<std::string> sql = schema::create_statements(connection(), meta);
        EXPECT_EQ(
            sql[0],
            R"(CREATE TABLE "lib_item" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "price" decimal NOT NULL, "code" varchar(10) NOT NULL, )"
            R"(CONSTRAINT "price_gte_0" CHECK ("price" >= '0'), CONSTRAINT "code_uniq" UNIQUE ("code"));)");
        EXPECT_EQ(sql[2].substr(0, 28), R"(CREATE INDEX "lib_item_price)");
        EXPECT_NE(sql[2].find(R"(("price" DESC) WHERE ("price" < '5' OR "code" IS NULL);)"), std::string::npos);
        EXPECT_EQ(sql[1], R"(CREATE UNIQUE INDEX "quoted" ON "lib_item" ("price") WHERE "code" = 'it''s';)");
        for (const std::string& statement : sql) connection().execute(statement);
    });
}

}  // namespace
}  // namespace nuages::db::models
