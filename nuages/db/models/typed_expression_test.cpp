// What typed queries say beyond columns and lookups: operators, comparisons, windows, JSON, SQL by hand, whole rows.
#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/comparisons.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/window.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace office {

namespace models = nuages::models;
using namespace nuages::literals;

enum class State { draft, in_review, closed };
constexpr auto choice_labels(State) { return models::labels<State>({{State::draft, "Not yet"}, {State::closed, "Done"}}); }

struct Stamps {
    models::IntegerField made{{.default_ = 1}};
    models::Nullable<models::IntegerField> seen;
};
struct Team : models::Model<Team> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
    Reverse<struct Person, "team"> people;

    static models::Meta<Team> meta() { return {.ordering = {"name"}}; }
};
struct Person : models::Model<Person> {
    BigAutoField id;
    CharField name{{.max_length = 20, .unique = true}};
    ForeignKey<Team> team{{.on_delete = CASCADE}};
    IntegerField salary{{.default_ = 0}};
    Nullable<IntegerField> bonus;
    Choice<State> state;
    Nullable<JSONField> meta;
    DateTimeField since{{.default_ = nuages::DateTime::from_ymdhms(2024, 1, 1, 23, 0, 0)}};
    Embed<Stamps> stamps;
    ManyToManyField<Team, "guests"> visits;
};
struct Seat : models::Model<Seat> {
    CompositePrimaryKey<"room", "number"> key;
    IntegerField room;
    IntegerField number;
    Nullable<ForeignKey<Person>> person{{.on_delete = SET_NULL}};
};

}  // namespace office

using namespace office;
using namespace nuages;
namespace fn = models::functions;
namespace lookups = models::lookups;

namespace {

struct Data {
    Team red = Team::objects.create({.name = "Red"});
    Team blue = Team::objects.create({.name = "Blue"});
    Person ada = Person::objects.create({.name = "Ada", .team = red, .salary = 10, .meta = models::Json(R"({"tags": ["x", "y"], "n": 5})")});
    Person bob = Person::objects.create({.name = "Bob", .team = red, .salary = 20, .bonus = 30, .state = State::in_review});
    Person cyd = Person::objects.create({.name = "Cyd", .team = blue, .salary = 35, .bonus = 5, .state = State::closed, .meta = models::Json("null")});
};

/// Runs `test` on a fiber, with three people in two teams.
template <class F> void with_people(F&& test) {
    const db::sqlite::TestDatabase database({.name = ":memory:"});
    async::run([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models::list<Team, Person, Seat>()) metas.push_back(&meta());
        db::models::schema::create_tables(db::connection(), metas);
        Data data;
        test(data);
    });
}

template <class Rows> std::string names(const Rows& rows) {
    std::string text;
    for (const auto& row : rows) text += std::string(row.name) + " ";
    return text;
}
using Numbers = std::vector<std::int64_t>;

TEST(TypedExpressions, HavePowersBitsAndPartsOfTexts) {
    with_people([](Data&) {
        const auto people = Person::objects.order_by("id");
        EXPECT_EQ(people.values_flat(pow("salary"_f, 2)).list(), (Numbers{100, 400, 1225}));
        EXPECT_EQ(people.values_flat(bitand_("salary"_f, 6)).list(), (Numbers{2, 4, 2}));
        EXPECT_EQ(people.values_flat(bitor_("salary"_f, 1)).list(), (Numbers{11, 21, 35}));
        EXPECT_EQ(people.values_flat(bitxor("salary"_f, 3)).list(), (Numbers{9, 23, 32}));
        EXPECT_EQ(people.values_flat(bitleftshift("salary"_f, 1)).list(), (Numbers{20, 40, 70}));
        EXPECT_EQ(people.values_flat(bitrightshift("salary"_f + 1, 1)).list(), (Numbers{5, 10, 18}));
        EXPECT_EQ(people.values_flat("name"_f.slice(0, 2)).list(), (std::vector<std::string>{"Ad", "Bo", "Cy"}));
        EXPECT_EQ(people.order_by("name"_f.slice(1).desc()).first()->name, "Cyd");
        EXPECT_EQ(Person::objects.filter("salary"_f = pow("bonus"_f, 1)).count(), 0);
    });
}

TEST(TypedExpressions, AreComparedWithEachOther) {
    with_people([](Data& data) {
        const auto richer = lookups::GreaterThan("salary"_f * 2, "bonus"_f + 20);
        EXPECT_EQ(names(Person::objects.filter(richer).order_by("id")), "Cyd ");
        EXPECT_EQ(Person::objects.filter(!richer).count(), 1) << "Ada has no bonus: unknown";
        EXPECT_EQ(Person::objects.filter(lookups::IsNull("bonus"_f, true) || richer).count(), 2);
        EXPECT_EQ(names(Person::objects.filter(lookups::StartsWith(fn::Lower("name"_f), "b"))), "Bob ");
        EXPECT_EQ(Person::objects.filter(lookups::In("salary"_f, Numbers{10, 20})).count(), 2);
        EXPECT_EQ(Person::objects.filter(lookups::Exact("team"_f, data.red)).count(), 2);
        const auto rows = Person::objects.order_by("id").annotate("rich"_f = richer, "long"_f = lookups::LessThan(fn::Length("name"_f), 3)).values_list("rich"_f, "long"_f).list();
        static_assert(std::is_same_v<decltype(rows)::value_type, std::tuple<std::optional<bool>, bool>>);
        EXPECT_EQ(std::get<0>(rows[0]), std::nullopt);
        EXPECT_EQ(std::get<0>(rows[2]), true);
        EXPECT_FALSE(std::get<1>(rows[0]));
        EXPECT_EQ(Person::objects.order_by(lookups::Exact("name"_f, "Bob").desc(), "id"_f.asc()).first()->name, "Bob");
    });
}

TEST(TypedExpressions, AreWrittenByHand) {
    with_people([](Data&) {
        const auto twice = models::RawSQL<models::IntegerField>("salary * %s", 2);
        EXPECT_EQ(Person::objects.order_by("id").values_flat(twice).list(), (std::vector<int>{20, 40, 70}));
        const auto maybe = models::RawSQL<models::Nullable<models::IntegerField>>("bonus + 1");
        EXPECT_EQ(Person::objects.order_by("id").values_flat(maybe).list(), (std::vector<std::optional<int>>{std::nullopt, 31, 6}));
        EXPECT_EQ(Person::objects.filter("salary__gt"_f = twice).count(), 0);
        EXPECT_EQ(Person::objects.filter("id__in"_f = models::RawSQL<models::IntegerField>("SELECT id FROM office_person WHERE salary > %s", 10)).count(), 2);
        EXPECT_EQ(Person::objects.filter("id__in"_f = models::Subquery(Person::objects.filter("salary__gt"_f = 10).values_flat("id"_f))).count(), 2);
    });
}

TEST(TypedExpressions, AreOrderedWithEmptyOnesWhereWanted) {
    with_people([](Data&) {
        EXPECT_EQ(names(Person::objects.order_by("bonus"_f.asc({.nulls_last = true}))), "Cyd Bob Ada ");
        EXPECT_EQ(names(Person::objects.order_by("bonus"_f.desc({.nulls_first = true}))), "Ada Bob Cyd ");
        EXPECT_EQ(names(Person::objects.order_by(fn::Collate("name"_f, "nocase").desc())), "Cyd Bob Ada ");
    });
}

TEST(TypedAggregates, TakeOptions) {
    with_people([](Data&) {
        const auto all = Person::objects.aggregate("none"_f = Sum("bonus"_f, {.default_ = 7}).filter("id"_f = 0),
                                                   "spread"_f = models::Variance("salary"_f), "sample"_f = models::Variance("salary"_f, {.sample = true}),
                                                   "said"_f = models::ExpressionWrapper<models::FloatField>(Sum("salary"_f)),
                                                   "guess"_f = models::StdDev("salary"_f, {.sample = true}));
        EXPECT_EQ(all["none"_f], 7);
        EXPECT_NEAR(*all["spread"_f], 105.5556, 0.001);
        EXPECT_NEAR(*all["sample"_f], 158.3333, 0.001);
        EXPECT_NEAR(*all["guess"_f], 12.5831, 0.001);
        EXPECT_EQ(all["said"_f], 65.0);
        static_assert(std::is_same_v<std::remove_cvref_t<decltype(all["said"_f])>, std::optional<double>>);
        EXPECT_EQ(Person::objects.aggregate("all"_f = models::StringAgg("name"_f, "+").filter("salary__lt"_f = 30))["all"_f]->size(), 7u);
        const auto ordered = models::StringAgg("name"_f, "+").order_by("salary"_f.desc());
        EXPECT_THROW(Person::objects.aggregate("all"_f = ordered), db::NotSupportedError) << "SQLite before 3.44";
    });
}

TEST(TypedWindows, LookAtTheRowsAround) {
    with_people([](Data&) {
        const auto people = Person::objects.order_by("id");
        const auto by_id = [](const auto& function) { return models::Window(function).order_by("id"_f.asc()); };
        using Maybe = std::vector<std::optional<int>>;
        EXPECT_EQ(people.values_flat(by_id(fn::Lag("salary"_f))).list(), (Maybe{std::nullopt, 10, 20}));
        EXPECT_EQ(people.values_flat(by_id(fn::Lead("salary"_f, 2, 0))).list(), (Maybe{35, 0, 0}));
        EXPECT_EQ(people.values_flat(by_id(fn::FirstValue("salary"_f))).list(), (Maybe{10, 10, 10}));
        EXPECT_EQ(people.values_flat(by_id(fn::NthValue("salary"_f, 2))).list(), (Maybe{std::nullopt, 20, 20}));
        EXPECT_EQ(people.values_flat(by_id(fn::LastValue("salary"_f)).rows(0, std::nullopt)).list(), (Maybe{35, 35, 35}));
        const auto others = by_id(Sum("salary"_f)).rows(-1, 1, models::WindowFrameExclusion::current_row);
        EXPECT_EQ(people.values_flat(others).list(), (std::vector<std::optional<std::int64_t>>{20, 45, 20}));
        const auto best = models::Window(fn::Rank()).partition_by("team"_f).order_by("salary"_f.desc());
        EXPECT_EQ(names(people.annotate("rank"_f = best).filter("rank"_f = 1)), "Bob Cyd ");
        EXPECT_EQ(names(people.annotate("rank"_f = best).filter(("rank__gt"_f = 1) || ("name"_f = "Cyd"))), "Ada Cyd ");
    });
}

TEST(TypedJson, HasKeysPathsAndItsOwnNull) {
    with_people([](Data& data) {
        EXPECT_EQ(names(Person::objects.filter("meta__tags__0"_f = "x")), "Ada ");
        EXPECT_EQ(names(Person::objects.filter("meta__n__gt"_f = 4)), "Ada ");
        EXPECT_EQ(names(Person::objects.filter("meta__has_key"_f = "n")), "Ada ");
        EXPECT_EQ(names(Person::objects.filter("meta__has_keys"_f = {"n", "tags"})), "Ada ");
        EXPECT_EQ(Person::objects.filter("meta__n__isnull"_f = true).count(), 2);
        EXPECT_EQ(names(Person::objects.filter("meta"_f = models::JSONNull())), "Cyd ");
        EXPECT_EQ(names(Person::objects.filter("meta__isnull"_f = true)), "Bob ");
        EXPECT_EQ(Person::objects.order_by("id").values_flat(models::KT("meta__tags__1"_f)).first(), "y");
        EXPECT_EQ(names(Person::objects.annotate("tag"_f = models::KT("meta__tags__1"_f)).filter("tag__startswith"_f = "y")), "Ada ");
        Person::objects.filter("id"_f = data.bob.id).update("meta"_f = models::JSONNull());
        EXPECT_EQ(Person::objects.filter("meta"_f = models::JSONNull()).count(), 2);
        const auto made = Person::objects.filter("id"_f = data.ada.id).values_flat(fn::JSONObject("who"_f = fn::Lower("name"_f), "n"_f = "salary"_f, "k"_f = 1)).first();
        EXPECT_EQ(made->text, R"({"who":"ada","n":10,"k":1})");
    });
}

TEST(TypedDates, AreCutOnAnyClock) {
    with_people([](Data&) {
        const auto one = Person::objects.order_by("id").slice(0, 1);
        EXPECT_EQ(one.values_flat(fn::ExtractDay("since"_f)).first(), 1);
        EXPECT_EQ(one.values_flat(fn::ExtractDay("since"_f, {.tzinfo = "Asia/Tokyo"})).first(), 2);
        EXPECT_EQ(one.values_flat(fn::TruncDate("since"_f, {.tzinfo = "Asia/Tokyo"})).first(), Date::from_ymd(2024, 1, 2));
    });
}

TEST(CompositeKeys, AreComparedPartByPart) {
    with_people([](Data& data) {
        Seat::objects.bulk_create({{.room = 1, .number = 1, .person = data.ada}, {.room = 1, .number = 2}, {.room = 2, .number = 1}});
        using Key = std::tuple<int, int>;
        const auto keys = [](const auto& rows) { return rows.order_by("pk").values_flat("pk"_f).list(); };
        EXPECT_EQ(keys(Seat::objects.filter("pk__gt"_f = std::tuple(1, 1))), (std::vector<Key>{{1, 2}, {2, 1}}));
        EXPECT_EQ(keys(Seat::objects.filter("pk__lte"_f = std::tuple(1, 2))), (std::vector<Key>{{1, 1}, {1, 2}}));
        EXPECT_EQ(keys(Seat::objects.filter("pk__in"_f = {std::tuple(1, 1), std::tuple(2, 1)})), (std::vector<Key>{{1, 1}, {2, 1}}));
        EXPECT_EQ(keys(Seat::objects.filter("pk__in"_f = Seat::objects.filter("number"_f = 2))), (std::vector<Key>{{1, 2}}));
        const auto rows = Seat::objects.order_by("pk").values_list("number"_f, "pk"_f, "room"_f).list();
        EXPECT_EQ(rows[1], (std::tuple<int, Key, int>(2, Key(1, 2), 1)));
        const auto found = Seat::objects.in_bulk({std::tuple(1, 2), std::tuple(9, 9)});
        EXPECT_EQ(found.size(), 1u);
        EXPECT_TRUE(found.contains({1, 2}));
    });
}

TEST(WholeRows, AreValuesWithNames) {
    with_people([](Data& data) {
        const auto rows = Person::objects.annotate("n"_f = "salary"_f + 1).filter("id"_f = data.bob.id).values();
        EXPECT_EQ(rows.first()->names[2], "team_id");
        EXPECT_EQ((*rows.first())["team_id"_f], data.red.id);
        EXPECT_EQ((*rows.first())["seen"_f], std::nullopt);
        EXPECT_EQ((*rows.first())["n"_f], 21);
        auto [id, name] = *Team::objects.order_by("id").values().first();   // tuples with names: values_list(named=True)
        EXPECT_EQ(name, "Red");
        for (const auto& [key, called] : Team::objects.filter("id"_f = id).values_list()) EXPECT_EQ(called, "Red") << key;
        EXPECT_EQ(Person::objects.order_by("id").values_flat("name"_f).last(), "Cyd");
    });
}

TEST(QuerySets, SayHowTheyAreOrderedAndWhereTheyAsk) {
    with_people([](Data&) {
        EXPECT_FALSE(Person::objects.all().ordered());
        EXPECT_TRUE(Team::objects.all().ordered());
        EXPECT_FALSE(Team::objects.annotate("n"_f = Count("people"_f)).order_by().ordered());
        EXPECT_TRUE(Person::objects.order_by("salary").ordered());
        EXPECT_FALSE(Person::objects.order_by("salary").totally_ordered());
        EXPECT_TRUE(Person::objects.order_by("salary", "name").totally_ordered());
        EXPECT_EQ(Person::objects.all().db(), "default");
        EXPECT_EQ(Person::objects.using_("other").db(), "other");
        EXPECT_THROW(Person::objects.explain({.analyze = true}), db::models::ValueError);
        EXPECT_NE(Person::objects.explain().find("SCAN"), std::string::npos);
        EXPECT_EQ(Person::objects.select_for_update({.nowait = true, .of = {"self", "team"}}).count(), 3);
        std::vector<Person> people = Person::objects.list();
        EXPECT_EQ(Person::objects.bulk_update(people, {"salary"}, 2), 3);
    });
}

TEST(RawStatements, TranslateNamesOfColumns) {
    with_people([](Data&) {
        const auto rows = Person::objects.raw({"SELECT id, 'X' || name AS called, salary AS bonus FROM office_person WHERE salary > %s ORDER BY id", {{"called", "name"}}}, 15);
        EXPECT_EQ(names(rows), "XBob XCyd ");
    });
}

TEST(PartsOfObjects, AreNarrowedAgain) {
    with_people([](Data&) {
        const auto row = Person::objects.only("name"_f, "salary"_f).defer("name"_f).filter("name"_f = "Bob").first();
        EXPECT_EQ((*row)["salary"_f], 20);
        const auto other = Person::objects.defer("name"_f).only("name"_f, "bonus"_f).filter("name"_f = "Bob").first();
        EXPECT_EQ((*other)["bonus"_f], 30);
    });
}

TEST(Choices, HaveLabelsOfTheirOwn) {
    with_people([](Data& data) {
        EXPECT_EQ(data.ada.state.label(), "Not yet");
        EXPECT_EQ(data.bob.state.label(), "In Review") << "made from the name";
        const db::models::Field& field = models::meta_of<Person>().field("state");
        EXPECT_EQ(field.choices.at(2).label, "Done");
        EXPECT_EQ(field.choices.at(2).value.text(), "closed");
    });
}

}  // namespace
