// hstore columns in structs and in models made from data, against a server.
#include <nuages/contrib/postgres/hstore_field.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace kennel {

namespace models = nuages::models;

struct Dog : models::Model<Dog> {
    BigAutoField id;
    nuages::postgres::HStoreField data{{.validators = {[] { return nuages::postgres::KeysValidator({"breed"}); }}}};
    models::Nullable<nuages::postgres::HStoreField> more;

    static models::Meta<Dog> meta() { return {.db_table = "dog"}; }
};

}  // namespace kennel

namespace nuages::postgres {
namespace {

using namespace literals;
using kennel::Dog;
using models::Literal;
using models::Name;
using models::QNode;
using models::Query;
using Strings = std::vector<std::string>;
using Ids = std::vector<std::int64_t>;

class HStores : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!db::postgresql::TestCluster::shared(&reason)) GTEST_SKIP() << reason;
        for (auto meta : models::list<Dog>()) meta();
    }
    template <class F> void with_hstore(F&& f) {
        db::postgresql::with_database([&] {
            try {
                db::connection().execute("CREATE EXTENSION IF NOT EXISTS hstore");
            } catch (const db::DatabaseError&) {
                GTEST_SKIP() << "postgresql-contrib is not installed";
            }
            f();
        });
    }
    template <class F> void with_dogs(F&& f) {
        with_hstore([&] {
            const std::vector<const models::ModelMeta*> all{&models::meta_of<Dog>()};
            models::schema::create_tables(db::connection(), all);
            f();
        });
    }
    static Ids ids(const auto& query) {
        Ids out;
        for (const auto& row : query.order_by("id")) out.push_back(row.id);
        return out;
    }
};

TEST_F(HStores, ComeBackAsTheyWent) {
    with_dogs([] {
        const HStore hostile{{"a\"b\\c => ", "x, \"y\"=>\"z\""}, {"", ""}, {"none", std::nullopt}, {"NULL", "NULL"}};
        Dog{.data = hostile}.save();
        EXPECT_EQ(Dog::objects.get().data, hostile);
        EXPECT_FALSE(Dog::objects.get().more);
        Dog::objects.update("data"_f = HStore{}, "more"_f = HStore{{"k", "v"}});
        const Dog read = Dog::objects.get();
        EXPECT_TRUE(read.data.empty());
        EXPECT_EQ(read.more->at("k"), "v");
    });
}

TEST_F(HStores, HaveLookupsAndTransforms) {
    with_dogs([] {
        Dog{.data = {{"breed", "labrador"}, {"owner", "Ann"}}}.save();
        Dog{.data = {{"breed", "collie"}}}.save();
        Dog{.data = {{"name", std::nullopt}}}.save();
        const auto& dogs = Dog::objects;
        EXPECT_EQ(ids(dogs.filter("data"_f = HStore{{"breed", "collie"}})), Ids{2});
        EXPECT_EQ(ids(dogs.filter("data__contains"_f = HStore{{"owner", "Ann"}})), Ids{1});
        EXPECT_EQ(ids(dogs.filter("data__contained_by"_f = HStore{{"breed", "collie"}, {"name", "x"}})), Ids{2});
        EXPECT_EQ(ids(dogs.filter("data__has_key"_f = "breed")), (Ids{1, 2}));
        EXPECT_EQ(ids(dogs.filter("data__has_keys"_f = {"breed", "owner"})), Ids{1});
        EXPECT_EQ(ids(dogs.filter("data__has_any_keys"_f = {"name", "owner"})), (Ids{1, 3}));
        EXPECT_EQ(ids(dogs.filter("data__breed"_f = "collie")), Ids{2});
        EXPECT_EQ(ids(dogs.filter("data__breed__startswith"_f = "lab")), Ids{1});
        EXPECT_EQ(ids(dogs.filter("data__name__isnull"_f = true)), (Ids{1, 2, 3}));
        EXPECT_EQ(ids(dogs.filter("data__keys__contains"_f = {"owner"})), Ids{1});
        EXPECT_EQ(ids(dogs.filter("data__values__overlap"_f = {"collie"})), Ids{2});
        const auto rows = dogs.annotate("breed"_f = "data__breed"_f, "keys"_f = "data__keys"_f).order_by("id").list();
        EXPECT_EQ(rows[0]["breed"_f], "labrador");
        EXPECT_EQ(rows[2]["breed"_f], std::nullopt);
        EXPECT_EQ(*rows[1]["keys"_f], Strings{"breed"});
    });
}

TEST_F(HStores, AreValidated) {
    with_dogs([] {
        const auto message = [](Dog dog) {
            try {
                models::full_clean(models::meta_of<Dog>(), &dog, {.exclude = {"more"}});
            } catch (const ValidationError& error) {
                return std::string(error.what());
            }
            return std::string("valid");
        };
        EXPECT_EQ(message({.data = {{"breed", "x"}}}), "valid");
        EXPECT_EQ(message({.data = {{"name", "x"}}}), "data: Some keys were missing: breed");
    });
}

TEST_F(HStores, OfModelsMadeFromData) {
    with_hstore([] {
        models::ModelMeta meta;
        meta.app_label = "kennel";
        meta.object_name = "Cat";
        meta.fields = {hstore_field("data")};
        meta.finish();
        const std::vector<const models::ModelMeta*> all{&meta};
        models::schema::create_tables(db::connection(), all);
        const Ref<models::Instance> cat = models::Instance::create(meta);
        meta.field("data").set(cat->object(), Literal::json(R"({"a": 1, "b": null})"));
        models::save(meta, cat->object());
        const auto count = [&](const char* path, Literal value) { return Query(meta).filter(QNode(Name(path), std::move(value))).count(); };
        EXPECT_EQ(count("data__a", "1"), 1);
        EXPECT_EQ(count("data__has_keys", Literal(std::vector<Literal>{"a", "b"})), 1);
        EXPECT_EQ(count("data__contains", Literal::json(R"({"a": "1"})")), 1);
        EXPECT_THROW(count("data__contains", 5), models::ValueError);
        EXPECT_THROW(count("data__has_keys", "a"), models::ValueError);
        EXPECT_EQ(Query(meta).values({"data"}).rows()[0][0].text(), R"({"a":"1","b":null})");
        EXPECT_EQ(repr(Query(meta).values({"data__keys"}).rows()[0][0]), "['a', 'b']");
    });
}

}  // namespace
}  // namespace nuages::postgres
