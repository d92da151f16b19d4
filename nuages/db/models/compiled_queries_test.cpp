#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/detail/shop_models.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

/// Queries that are asked again and again with other values: what is kept of the first must never show.
class CompiledQueries : public ::testing::Test {
protected:
    testing::Shop shop;
    Query publishers{shop.publisher}, books{shop.book};

    static QNode q(const char* path, Literal value) { return {Name(path), std::move(value)}; }

    static std::string names(const Query& query) {
        Ref<ObjectList> list = query.meta().ops->make_list(query.meta());
        query.fetch(*list);
        std::string text;
        for (std::size_t i = 0; i < list->size(); ++i) text += query.meta().field("name").get(list->at(i)).text() + " ";
        return text;
    }
    /// What fetching sends.
    static std::string sent(const Query& query) {
        const StatsScope scope(true);
        Ref<ObjectList> list = query.meta().ops->make_list(query.meta());
        query.fetch(*list);
        return scope.stats().statements.empty() ? std::string() : scope.stats().statements.front();
    }
    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            const std::vector<ModelMeta*> all = shop.models();
            schema::create_tables(connection(), std::vector<const ModelMeta*>(all.begin(), all.end()));
            for (const auto& [name, city, awards] : {std::tuple("Fir", "Boston", 3), {"Oak", "London", 5}, {"Yew", "Boston", 8}}) {
                Ref<Instance> made = Instance::create(shop.publisher);
                shop.publisher.field("name").set(made->object(), Literal(name));
                shop.publisher.field("city").set(made->object(), Literal(city));
                shop.publisher.field("num_awards").set(made->object(), Literal(awards));
                save(shop.publisher, made->object());
            }
            run();
        });
    }
};

TEST_F(CompiledQueries, BindOtherValuesToTheSameText) {
    on_database([&] {
        const auto by_city = [&](const char* city, int awards) {
            return names(publishers.filter(q("city", city) && q("num_awards__gte", awards)).order_by({"name"}));
        };
        EXPECT_EQ(by_city("Boston", 0), "Fir Yew ");
        EXPECT_EQ(by_city("London", 0), "Oak ");
        EXPECT_EQ(by_city("Boston", 4), "Yew ");
        EXPECT_EQ(by_city("Rome", 0), "");
        for (std::int64_t id = 1; id <= 3; ++id)
            EXPECT_EQ(names(publishers.filter(q("id", id)).slice(0, 21)), std::vector<std::string>({"Fir ", "Oak ", "Yew "})[static_cast<std::size_t>(id - 1)]);
    });
}

TEST_F(CompiledQueries, TellShapesApart) {
    on_database([&] {
        for (int round = 0; round < 3; ++round) {
            EXPECT_EQ(names(publishers.filter(q("num_awards__gt", 3)).order_by({"id"})), "Oak Yew ");
            EXPECT_EQ(names(publishers.filter(q("num_awards__lt", 5)).order_by({"id"})), "Fir ");
            EXPECT_EQ(names(publishers.exclude(q("num_awards__gt", 3)).order_by({"id"})), "Fir ");
            EXPECT_EQ(names(publishers.filter(q("num_awards", 3) || q("num_awards", 8)).order_by({"id"})), "Fir Yew ");
            EXPECT_EQ(names(publishers.filter(q("num_awards", 3) || q("num_awards", 8)).order_by({"-id"})), "Yew Fir ");
            EXPECT_EQ(names(publishers.order_by({"id"}).slice(1, 1)), "Oak ");
            EXPECT_EQ(names(publishers.order_by({"id"}).slice(2, 1)), "Yew ");
            EXPECT_EQ(names(publishers.order_by({"id"}).reverse().slice(2, 1)), "Fir ");
            EXPECT_EQ(names(publishers.filter(q("name__in", Literal(std::vector<Literal>{"Fir", "Yew"}))).order_by({"id"})), "Fir Yew ");
            EXPECT_EQ(names(publishers.filter(q("name__in", Literal(std::vector<Literal>{"Oak"}))).order_by({"id"})), "Oak ");
            EXPECT_EQ(names(publishers.filter(q("name__startswith", "O"))), "Oak ");
            EXPECT_EQ(names(publishers.filter(q("name__startswith", "%"))), "");
            EXPECT_EQ(names(publishers.filter(q("books__isnull", true)).order_by({"id"})), "Fir Oak Yew ");
            EXPECT_EQ(names(publishers.filter(q("books__isnull", false)).order_by({"id"})), "");
        }
    });
}

TEST_F(CompiledQueries, SendWhatCompilingGives) {
    on_database([&] {
        const std::vector<Query> shapes = {
            publishers.filter(q("id", 1)),
            publishers.filter(q("city", "x") && q("name", "y")).order_by({"-name", "id"}).slice(0, 5),
            publishers.exclude(q("city", "x") || q("num_awards__lte", 4)),
            books.filter(q("publisher__city", "x") && q("pages__gt", 4) && q("in_print", true)),
            books.filter(q("publisher", 1) && q("published__gte", Literal(Date::from_ymd(2020, 1, 1)))),
            books.filter(q("category__name", "x")).filter(!q("pages", 3)),
        };
        for (const Query& query : shapes) {
            const std::string first = sent(query);
            EXPECT_EQ(first, query.sql().text);
            EXPECT_EQ(sent(query), first);
        }
    });
}

TEST_F(CompiledQueries, LookAtEachValueAnew) {
    on_database([&] {
        const auto named = [&](Literal name) { return names(publishers.filter(q("name", std::move(name)))); };
        EXPECT_EQ(named("Fir"), "Fir ");
        EXPECT_EQ(named("Oak"), "Oak ");
        EXPECT_THROW(named(Literal(std::string("F\0r", 3))), ValueError);
        EXPECT_THROW(named(Literal(std::string("\xff"))), ValueError);
        EXPECT_EQ(named("Yew"), "Yew ");
        const auto with_key = [&](Literal key) { return names(publishers.filter(q("id", std::move(key)))); };
        EXPECT_EQ(with_key(1), "Fir ");
        EXPECT_EQ(with_key("2"), "Oak ");  // converted
        EXPECT_THROW(with_key("two"), ValueError);
        EXPECT_EQ(with_key("3"), "Yew ");
        EXPECT_EQ(with_key(Literal::decimal("99999999999999999999")), "");
        EXPECT_EQ(with_key(2), "Oak ");
    });
}

TEST_F(CompiledQueries, AreForgottenWhenAModelGoes) {
    on_database([&] {
        for (const char* column : {"name", "city", "name"}) {  // another model each time, perhaps at the same place
            ModelMeta place;
            place.app_label = "shop";
            place.object_name = "Place";
            place.db_table = "shop_publisher";
            place.fields.resize(2);
            place.fields[0].name = "id";
            place.fields[0].kind = FieldKind::big_auto;
            place.fields[0].primary_key = true;
            place.fields[1].name = "name";
            place.fields[1].column = column;
            place.finish();
            EXPECT_EQ(names(Query(place).filter(q("id", 1))), column == std::string("name") ? "Fir " : "Boston ");
        }
    });
}

}  // namespace
}  // namespace nuages::db::models
