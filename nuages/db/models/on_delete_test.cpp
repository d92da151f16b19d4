// What a foreign key of a struct becomes when the row that it refers to goes: SET, SET_DEFAULT, DO_NOTHING, and what is left to
// the database.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace zoo {

namespace models = nuages::models;

struct Keeper : models::Model<Keeper> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
};

std::int64_t deputy() { return 2; }

struct Animal : models::Model<Animal> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
    Nullable<ForeignKey<Keeper>> fixed{{.on_delete = SET, .related_name = "+", .set = 1}};
    Nullable<ForeignKey<Keeper>> called{{.on_delete = SET, .related_name = "+", .set = models::call<deputy>}};
    Nullable<ForeignKey<Keeper>> usual{{.on_delete = SET_DEFAULT, .default_ = 1, .related_name = "+"}};
    Nullable<ForeignKey<Keeper>> kept{{.on_delete = DO_NOTHING, .related_name = "+", .db_constraint = false}};
    Nullable<ForeignKey<Keeper>> cleared{{.on_delete = DB_SET_NULL, .related_name = "+"}};
};

struct Meal : models::Model<Meal> {
    BigAutoField id;
    ForeignKey<Animal> animal{{.on_delete = DB_CASCADE}};
};

}  // namespace zoo

namespace nuages::db::models {
namespace {

using namespace nuages::literals;
using zoo::Animal;
using zoo::Keeper;
using zoo::Meal;

class OnDeletion : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
        list<Keeper, Animal, Meal>();
    }
    static void create() {
        const std::vector<const ModelMeta*> models{&meta_of<Keeper>(), &meta_of<Animal>(), &meta_of<Meal>()};
        schema::create_tables(connection(), models);
        for (const char* name : {"Ada", "Bob", "Cid"}) Keeper::objects.create({.name = name});
    }
};

TEST_F(OnDeletion, AForeignKeyGetsWhatItsRuleSays) {
    db::testing::with_database([] {
        create();
        Animal::objects.create({.name = "lion", .fixed = 3, .called = 3, .usual = 3, .kept = 3, .cleared = 3});
        Keeper cid = Keeper::objects.get("name"_f = "Cid");
        EXPECT_EQ(cid.delete_().total, 1);
        const Animal lion = Animal::objects.get();
        EXPECT_EQ(lion.fixed->pk(), 1);
        EXPECT_EQ(lion.called->pk(), 2);
        EXPECT_EQ(lion.usual->pk(), 1);
        EXPECT_EQ(lion.kept.pk(), 3);
        EXPECT_FALSE(lion.cleared);
    });
}

TEST_F(OnDeletion, WhatTheDatabaseDeletesIsNotAskedFor) {
    db::testing::with_database([] {
        create();
        Animal lion = Animal::objects.create({.name = "lion"});
        for (int i = 0; i < 3; ++i) Meal::objects.create({.animal = lion});
        const StatsScope scope;
        EXPECT_EQ(lion.delete_().total, 1);
        EXPECT_EQ(scope.stats().count, 1);
        EXPECT_EQ(Meal::objects.count(), 0);
    });
}

}  // namespace
}  // namespace nuages::db::models
