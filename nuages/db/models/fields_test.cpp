// Every field of the typed layer: through a table and back, in queries, with its defaults.
#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/formatting.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <tuple>
#include <unordered_set>
#include <vector>

namespace parts {

namespace models = nuages::models;
using namespace nuages::literals;
using nuages::Decimal;
using nuages::Uuid;
using models::Bytes;
using models::Json;

struct All : models::Model<All> {
    BigAutoField id;
    DecimalField price{{.max_digits = 8, .decimal_places = 2, .default_ = "0.50"}};
    Nullable<DecimalField> discount{{.max_digits = 8, .decimal_places = 3}};
    DurationField length;
    UUIDField token{{.default_ = models::call<Uuid::random>}};
    Nullable<UUIDField> other_token;
    BinaryField data;
    JSONField meta{{.default_ = "{}"}};
    Nullable<JSONField> more;
    GenericIPAddressField address{{.default_ = "127.0.0.1"}};
    FileField file{{.upload_to = "files/"}};
    Nullable<DurationField> pause;
    CharField state{{.max_length = 1, .default_ = "d", .choices = {{"d", "Draft"}, {"p", "Published"}}}};
};

struct Order : models::Model<Order> {
    BigAutoField id;
    IntegerField quantity{{.default_ = 1}};
    DecimalField price{{.max_digits = 8, .decimal_places = 2}};
    Generated<DecimalField> total{{.expression = models::call<[] { return "quantity"_f * "price"_f; }>, .max_digits = 12, .decimal_places = 2}};
    Reverse<struct Invoice, "order"> invoice;
};
struct Invoice : models::Model<Invoice> {
    BigAutoField id;
    OneToOneField<Order> order{{.on_delete = CASCADE}};
    CharField number{{.max_length = 10}};
};

struct Country : models::Model<Country> {
    CharField code{{.max_length = 2, .primary_key = true}};
    CharField name{{.max_length = 40, .unique = true}};
    Reverse<struct City, "country"> cities;
};

struct City : models::Model<City> {
    UUIDField id{{.default_ = models::call<Uuid::random>, .primary_key = true}};
    ForeignKey<Country> country{{.on_delete = CASCADE}};
    Nullable<ForeignKey<Country, "name">> twin{{.on_delete = DO_NOTHING, .related_name = "+", .db_constraint = false}};
    CharField name{{.max_length = 40}};
};

struct Street : models::Model<Street> {
    BigAutoField id;
    ForeignKey<City> city{{.on_delete = CASCADE}};
};

struct Line : models::Model<Line> {
    CompositePrimaryKey<"street_id", "number"> key;
    ForeignKey<Street> street{{.on_delete = CASCADE}};
    IntegerField number;
    CharField text{{.max_length = 10}};
};

}  // namespace parts

using namespace parts;
using namespace nuages;

namespace {

template <class F> void with_tables(F&& test) {
    const db::sqlite::TestDatabase database({.name = ":memory:"});
    async::run([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models::list<All, Order, Invoice, Country, City, Street, Line>()) metas.push_back(&meta());
        db::models::schema::create_tables(db::connection(), metas);
        test();
    });
}

TEST(Fields, OfEveryKindComeBackAsTheyWereWritten) {
    with_tables([] {
        All made = All::objects.create({.price = Decimal("12.50"),
                                        .discount = Decimal("0.125"),
                                        .length = hours(2),
                                        .data = Bytes(std::string_view("a\0b", 3)),
                                        .meta = Json(R"({"tags": ["x"]})"),
                                        .file = "files/a.txt"});
        const All read = All::objects.get();
        EXPECT_EQ(read.price.str(), "12.50");
        EXPECT_EQ(read.discount->str(), "0.125");
        made.price = 20;
        EXPECT_EQ(made.price, Decimal(20));
        EXPECT_EQ(read.length, hours(2));
        EXPECT_EQ(read.token, made.token);
        EXPECT_FALSE(read.other_token);
        EXPECT_EQ(read.data.data, std::string_view("a\0b", 3));
        EXPECT_EQ(read.meta.text, R"({"tags": ["x"]})");
        EXPECT_FALSE(read.more);
        EXPECT_EQ(read.address, "127.0.0.1");
        EXPECT_EQ(read.file, "files/a.txt");
        EXPECT_EQ(read.state, "d");
        EXPECT_FALSE(read.pause);
    });
}

TEST(Fields, OfEveryKindAreAnnotationsThatTemplatesSee) {
    with_tables([] {
        const Uuid id = *Uuid::parse("12345678-1234-5678-1234-567812345678");
        All::objects.create({.price = Decimal("0.25"), .length = minutes(5), .token = id, .data = Bytes("xyz"), .meta = Json("[1]")});
        const auto rows = All::objects.annotate("same"_f = "token"_f, "cost"_f = "price"_f, "document"_f = "meta"_f,
                                                "bytes"_f = "data"_f, "time"_f = "length"_f, "none"_f = "other_token"_f);
        const auto& row = *rows.begin();
        EXPECT_EQ(row["same"_f], id);
        EXPECT_EQ(row["document"_f].text, "[1]");
        const Value value = value_of(row);
        EXPECT_EQ(value.get(Key("same")).str(), "12345678-1234-5678-1234-567812345678");
        EXPECT_EQ(value.get(Key("cost")).str(), "0.25");
        EXPECT_EQ(value.get(Key("document")).str(), "[1]");
        EXPECT_EQ(value.get(Key("bytes")).str(), "xyz");
        EXPECT_TRUE(value.get(Key("none")).is_null());
        const Value tuple = value_of(All::objects.values_list("token"_f, "price"_f)).at(0);
        EXPECT_EQ(tuple.size(), 2);
        EXPECT_EQ(tuple.at(0).str(), "12345678-1234-5678-1234-567812345678");
        EXPECT_EQ(tuple.at(1).str(), "0.25");
        const Value named = value_of(All::objects.values("price"_f, "state"_f)).at(0);
        EXPECT_EQ(named.get(Key("price")).str(), "0.25");
        EXPECT_EQ(named.get(Key("state")).str(), "d");
        EXPECT_TRUE(named.get(Key("nothing")).is_missing());
    });
}

TEST(Fields, OfNumbersAndTruthAreFormatted) {
    const All made{.price = Decimal("12.50"), .state = "p"};
    const Order order{.quantity = 7};
    EXPECT_EQ(fmt::format("{:>3}|{}|{:02x}", order.quantity, order.id, order.quantity), "  7|0|07");
    EXPECT_EQ(fmt::format("{}", made.state), "p");
}

TEST(Fields, OfEveryKindStandInQueries) {
    with_tables([] {
        const Uuid id = *Uuid::parse("12345678-1234-5678-1234-567812345678");
        All::objects.create({.price = 3, .length = minutes(5), .token = id, .meta = Json(R"({"a": {"b": 7}})")});
        EXPECT_TRUE(All::objects.filter("price"_f = Decimal("3.00"), "price__lt"_f = 4).exists());
        EXPECT_TRUE(All::objects.filter("length__gte"_f = minutes(5), "token"_f = id).exists());
        EXPECT_TRUE(All::objects.filter("token__in"_f = {id}).exists());
        EXPECT_FALSE(All::objects.filter("pause__isnull"_f = false).exists());
        All::objects.update("price"_f = "price"_f * 2, "pause"_f = hours(1), "more"_f = Json("[1]"));
        const auto [price, pause, token] = All::objects.values_list("price"_f, "pause"_f, "token"_f).list().at(0);
        static_assert(std::is_same_v<decltype(price), const Decimal>);
        static_assert(std::is_same_v<decltype(pause), const std::optional<Duration>>);
        EXPECT_EQ(price, Decimal(6));
        EXPECT_EQ(pause, hours(1));
        EXPECT_EQ(token, id);
        EXPECT_EQ(All::objects.get().more->text, "[1]");
    });
}

TEST(Fields, ForeignKeysHoldKeysOfAnyKind) {
    with_tables([] {
        Country france = Country::objects.create({.code = "FR", .name = "France"});
        City paris = City::objects.create({.country = france, .twin = "France", .name = "Paris"});
        Street street = Street::objects.create({.city = paris});
        const Street read = Street::objects.get("city__country"_f = "FR");
        EXPECT_EQ(read.city.pk(), paris.pk());
        EXPECT_EQ(read.city->country->name, "France");
        EXPECT_EQ(read.city->country.pk(), "FR");
        EXPECT_EQ(read.city->twin->code, "FR");
        EXPECT_EQ((City{.twin = "France"}.twin->code), "FR");  // of an object that no query has read
        EXPECT_EQ(Street::objects.filter("city"_f = paris).count(), 1);
        EXPECT_EQ(Street::objects.filter("city"_f = paris.pk()).count(), 1);
        EXPECT_EQ(france.cities.filter("name"_f = "Paris").count(), 1);
        EXPECT_EQ(City::objects.select_related("country").get().country->name, "France");
        EXPECT_EQ(france.cities.create({.name = "Lyon"}).country.pk(), "FR");
    });
}

TEST(Fields, TheDatabaseComputesGeneratedColumns) {
    with_tables([] {
        Order order = Order::objects.create({.quantity = 3, .price = Decimal("2.50")});
        EXPECT_EQ(Order::objects.get().total, Decimal("7.50"));
        order.quantity = 4;
        order.save();
        EXPECT_EQ(Order::objects.filter("total"_f = 10).count(), 1);
    });
}

TEST(Fields, AOneToOneFieldHasOneObjectOnItsOtherSide) {
    with_tables([] {
        Order order = Order::objects.create({.price = 1});
        EXPECT_THROW((void)order.invoice->number, Invoice::DoesNotExist);
        Invoice::objects.create({.order = order, .number = "A-1"});
        EXPECT_EQ(order.invoice->number, "A-1");
        EXPECT_EQ(Order::objects.filter("invoice__number"_f = "A-1").get(), order);
    });
}

TEST(Fields, ModelsStandInHashTables) {
    std::unordered_set<Order> orders;
    orders.insert(Order{.id = 1});
    orders.insert(Order{.id = 1, .quantity = 7});
    orders.insert(Order{.id = 2});
    EXPECT_EQ(orders.size(), 2u);
}

TEST(Fields, ACompositeKeyIsATupleOfItsParts) {
    with_tables([] {
        Line made = Line::objects.create({.street = Street::objects.create({.city = City::objects.create({.country = Country::objects.create({.code = "FR", .name = "France"}), .name = "Paris"})}), .number = 5});
        made.text = "c";
        made.save();
        EXPECT_EQ(Line::objects.count(), 1);
        EXPECT_EQ(Line::objects.get("pk"_f = std::tuple(1, 5)).text, "c");
        EXPECT_EQ(Line::objects.filter("pk__in"_f = {std::tuple(1, 5)}).count(), 1);
        const Line line{.street = 7, .number = 2, .text = "b"};
        EXPECT_EQ(line.pk(), std::tuple(7, 2));
        EXPECT_EQ(line, (Line{.street = 7, .number = 2}));
    });
}

}  // namespace
