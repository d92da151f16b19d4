// The typed layer's wider half: tables that extend others, raw statements, prefetches of their own, columns that the
// database fills in, and the managers behind relations.
#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/functions.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace town {

namespace models = nuages::models;
namespace functions = nuages::models::functions;
using namespace nuages::literals;

struct Place : models::Model<Place> {
    BigAutoField id;
    CharField name{{.max_length = 50}};
    CharField address{{.max_length = 80}};
    Reverse<struct Restaurant, "place"> restaurant;
};

struct Restaurant : models::Model<Restaurant> {
    Parent<Place> place;
    BooleanField serves_pizza{{.default_ = false}};
    Reverse<struct Waiter, "restaurant"> waiters;
};

struct Waiter : models::Model<Waiter> {
    BigAutoField id;
    ForeignKey<Restaurant> restaurant{{.on_delete = CASCADE}};
    CharField name{{.max_length = 50}};
};

struct Shelf : models::Model<Shelf> {
    BigAutoField id;
    CharField label{{.max_length = 20, .unique = true}};
    Reverse<struct Book, "shelf"> books;

    static const Shelf& main();
};

struct Author : models::Model<Author> {
    BigAutoField id;
    CharField name{{.max_length = 50}};
    Reverse<struct Book, "authors"> books;
};

struct Book : models::Model<Book> {
    BigAutoField id;
    CharField title{{.max_length = 50}};
    IntegerField pages{{.default_ = 0}};
    Nullable<ForeignKey<Shelf>> shelf{{.on_delete = SET_NULL}};
    ForeignKey<Shelf> home{{.on_delete = PROTECT, .default_ = models::call<[] { return Shelf::main(); }>, .related_name = "+"}};
    ManyToManyField<Author> authors;
    DatabaseDefault<DateTimeField> created{{.db_default = models::call<[] { return functions::Now(); }>}};
    DatabaseDefault<IntegerField> copies{{.db_default = models::call<[] { return models::constant(3); }>}};

    static models::Meta<Book> meta() {
        return {.indexes = {{.name = "big_books", .expressions = {"pages"_f.desc()}, .condition = ("pages__gt"_f = 500)}},
                .constraints = {{.fields = {"title", "pages"}, .name = "one_edition", .violation_error_message = "Twice."}},
                .permissions = {{"can_lend", "Can lend books"}}};
    }
};

inline const Shelf& Shelf::main() {
    static Shelf shelf;
    shelf = objects.get_or_create("label"_f = "main").first;
    return shelf;
}

struct Team : models::Model<Team> {
    BigAutoField id;
    CharField name{{.max_length = 20}};
    ManyToManyField<Author> members{{.through = models::through<struct Membership>}};
};
struct Membership : models::Model<Membership> {
    BigAutoField id;
    ForeignKey<Team> team{{.on_delete = CASCADE}};
    ForeignKey<Author> member{{.on_delete = CASCADE}};
    CharField role{{.max_length = 20}};
};

}  // namespace town

using namespace town;
using namespace nuages;

namespace {

template <class F> void with_tables(F&& test) {
    const db::sqlite::TestDatabase database({.name = ":memory:"});
    async::run([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models::list<Place, Restaurant, Waiter, Shelf, Author, Book, Team, Membership>()) metas.push_back(&meta());
        db::models::schema::create_tables(db::connection(), metas);
        test();
    });
}

template <class F> std::int64_t queries_of(F&& run) {
    const db::StatsScope scope;
    run();
    return static_cast<std::int64_t>(scope.stats().count);
}

Restaurant make_restaurant(std::string_view name, bool pizza) {
    return Restaurant::objects.create({.place = Place{.name = name, .address = "1 Main St"}, .serves_pizza = pizza});
}

TEST(ParentLink, WritesBothTablesAndReadsThemInOneQuery) {
    with_tables([] {
        const Restaurant made = make_restaurant("Mario's", true);
        EXPECT_EQ(Place::objects.count(), 1);
        EXPECT_EQ(made.pk(), Place::objects.get().pk());
        std::string name;
        EXPECT_EQ(queries_of([&] { name = Restaurant::objects.get("pk"_f = made.pk()).place->name; }), 1);
        EXPECT_EQ(name, "Mario's");
    });
}

TEST(ParentLink, LetsInheritedFieldsBeNamedAsItsOwn) {
    with_tables([] {
        make_restaurant("Mario's", true);
        make_restaurant("Luigi's", false);
        EXPECT_EQ(Restaurant::objects.filter("name__startswith"_f = "Mar", "serves_pizza"_f = true).count(), 1);
        EXPECT_EQ(Restaurant::objects.order_by("-name").first()->place->name, "Mario's");
        EXPECT_EQ(Restaurant::objects.order_by("name").values_flat("name"_f).list(),
                  (std::vector<std::string>{"Luigi's", "Mario's"}));
        const Restaurant luigi = Restaurant::objects.get("name"_f = "Luigi's");
        Waiter::objects.create({.restaurant = luigi, .name = "Toad"});
        EXPECT_EQ(Waiter::objects.filter("restaurant__name"_f = "Luigi's").get().name, "Toad");
        EXPECT_EQ(Place::objects.filter("restaurant__serves_pizza"_f = true).get().name, "Mario's");
    });
}

TEST(ParentLink, SavesAndDeletesTheOtherTableToo) {
    with_tables([] {
        Restaurant made = make_restaurant("Mario's", true);
        made.place->name = "Wario's";
        made.serves_pizza = false;
        made.save();
        EXPECT_EQ(Place::objects.get().name, "Wario's");
        EXPECT_FALSE(Place::objects.get().restaurant->serves_pizza);
        made.delete_();
        EXPECT_EQ(Place::objects.count(), 0);
        EXPECT_EQ(Restaurant::objects.count(), 0);
    });
}

TEST(DatabaseDefaults, AreWrittenWhereTheObjectSaysNothing) {
    with_tables([] {
        const Book left = Book::objects.create({.title = "left"});
        EXPECT_EQ(left.copies, 3);
        EXPECT_GT(left.created.microseconds, 0);
        EXPECT_EQ(Book::objects.create({.title = "said", .copies = 0}).copies, 0);
        EXPECT_EQ(Book::objects.get("title"_f = "said").copies, 0);
        Book again = Book::objects.get("title"_f = "said");
        again.save();
        EXPECT_EQ(Book::objects.get("title"_f = "said").copies, 0);
        std::vector<Book> many{Book{.title = "a"}, Book{.title = "b", .copies = 9}};
        Book::objects.bulk_create(many);
        EXPECT_EQ(Book::objects.order_by("title").filter("title__in"_f = {"a", "b"}).values_flat("copies"_f).list(),
                  (std::vector<std::int32_t>{3, 9}));
    });
}

TEST(ForeignKeyDefaults, MayBeObjects) {
    with_tables([] {
        const Book book = Book::objects.create({.title = "x"});
        EXPECT_EQ(book.home->label, "main");
        EXPECT_FALSE(Book::objects.get().shelf);
    });
}

TEST(RawStatements, GiveObjectsWithColumnsOfTheirOwn) {
    with_tables([] {
        Book::objects.create({.title = "thin", .pages = 10});
        Book::objects.create({.title = "thick", .pages = 900});
        for (const Book& book : Book::objects.raw("SELECT * FROM town_book WHERE pages > %s", 100)) EXPECT_EQ(book.title, "thick");
        const auto rows = Book::objects.raw<models::Column<"twice", std::int64_t>>(
            "SELECT id, title, pages * 2 AS twice FROM town_book ORDER BY id");
        ASSERT_EQ(rows.size(), 2u);
        EXPECT_EQ(rows[1]["twice"_f], 1800);
        EXPECT_EQ(rows[1].pages, 900);  // read by a second query
        EXPECT_THROW(Book::objects.raw("SELECT title FROM town_book"), models::FieldDoesNotExist);
        EXPECT_THROW((Book::objects.raw<models::Column<"thrice", std::int64_t>>("SELECT * FROM town_book")), models::FieldError);
    });
}

TEST(Prefetching, MayStandBesideTheRelation) {
    with_tables([] {
        const Shelf shelf = Shelf::objects.create({.label = "a"});
        Book::objects.create({.title = "thin", .pages = 10, .shelf = shelf});
        Book::objects.create({.title = "thick", .pages = 900, .shelf = shelf});
        auto shelves = Shelf::objects.filter("label"_f = "a").prefetch_related("books", Book::objects.filter("pages__gt"_f = 500), "big"_f);
        EXPECT_EQ(queries_of([&] {
            for (const auto& row : shelves) {
                ASSERT_EQ(row["big"_f].size(), 1u);
                EXPECT_EQ(row["big"_f][0].title, "thick");
            }
        }), 2);
        for (const auto& row : shelves) EXPECT_EQ(row.books.count(), 2);  // the relation itself is as it was
    });
}

TEST(Prefetching, IsDoneForEachChunkOfAnIterator) {
    with_tables([] {
        for (const char* label : {"a", "b", "c"}) Book::objects.create({.title = label, .shelf = Shelf::objects.create({.label = label})});
        std::string titles;
        const auto shelves = Shelf::objects.exclude("label"_f = "main").order_by("label").prefetch_related("books");
        EXPECT_EQ(queries_of([&] {
            for (const Shelf& shelf : shelves.iterator(2)) titles += shelf.books.all().list().at(0).title;
        }), 3);
        EXPECT_EQ(titles, "abc");
        EXPECT_FALSE(shelves.is_fetched());
    });
}

TEST(FilteredRelations, HaveConditionsOfTheirOwn) {
    with_tables([] {
        const Shelf shelf = Shelf::objects.create({.label = "a"});
        Book::objects.create({.title = "thin", .pages = 10, .shelf = shelf});
        Book::objects.create({.title = "thick", .pages = 900, .shelf = shelf});
        const auto shelves = Shelf::objects.annotate("big"_f = models::FilteredRelation("books"_f, "books__pages__gt"_f = 500));
        EXPECT_EQ(shelves.filter("big__title"_f = "thick").count(), 1);
        EXPECT_EQ(shelves.filter("big__title"_f = "thin").count(), 0);
        EXPECT_EQ(shelves.annotate("n"_f = Count("big"_f)).get("label"_f = "a")["n"_f], 1);
    });
}

TEST(Aggregates, MayTakeSeveralArguments) {
    with_tables([] {
        for (const char* label : {"a", "b"}) Shelf::objects.create({.label = label});
        const auto all = Shelf::objects.aggregate("labels"_f = models::StringAgg("label"_f, "; "));
        EXPECT_EQ(all["labels"_f], "a; b");
        EXPECT_EQ(Shelf::objects.none().aggregate("labels"_f = models::StringAgg("label"_f, ";", {.default_ = "none"}))["labels"_f], "none");
    });
}

TEST(ValuesOfExpressions, NeedNoAlias) {
    with_tables([] {
        Shelf::objects.create({.label = "a"});
        const auto [label, upper] = Shelf::objects.values_list("label"_f, functions::Upper("label"_f)).list().at(0);
        EXPECT_EQ(label, "a");
        EXPECT_EQ(upper, "A");
        EXPECT_EQ(Shelf::objects.values_flat(functions::Length("label"_f)).list(), (std::vector<std::int64_t>{1}));
        auto grouped = Shelf::objects.values("label"_f).annotate("n"_f = Count("id"_f));
        EXPECT_EQ(grouped.values_flat("n"_f).list(), (std::vector<std::int64_t>{1}));
        EXPECT_EQ(grouped.aggregate("all"_f = Sum("n"_f))["all"_f], 1);
    });
}

TEST(KeyedRows, AreFoundByAnyUniqueField) {
    with_tables([] {
        for (const char* label : {"b", "a", "c"}) Shelf::objects.create({.label = label});
        const auto shelves = Shelf::objects.in_bulk("label"_f, std::vector<std::string>{"a", "c"});
        EXPECT_EQ(shelves.size(), 2u);
        EXPECT_EQ(shelves["c"].label, "c");
        EXPECT_FALSE(shelves.contains("b"));
        EXPECT_EQ(Shelf::objects.in_bulk({1, 3})[3].label, "c");
    });
}

TEST(UpdateOrCreate, GivesNewObjectsValuesOfTheirOwn) {
    with_tables([] {
        const auto [made, created] = Book::objects.update_or_create(
            "title"_f = "x", models::defaults("pages"_f = 5), models::create_defaults("pages"_f = 1));
        EXPECT_TRUE(created);
        EXPECT_EQ(made.pages, 1);
        EXPECT_EQ(Book::objects.update_or_create("title"_f = "x", models::defaults("pages"_f = 5)).first.pages, 5);
    });
}

TEST(UpdateFields, AreNamesTheCompilerChecks) {
    with_tables([] {
        Book book = Book::objects.create({.title = "x", .pages = 1});
        book.title = "y";
        book.pages = 2;
        book.save({.update_fields = {"pages"}});
        EXPECT_EQ(Book::objects.get().title, "x");
        EXPECT_EQ(Book::objects.get().pages, 2);
        book.refresh_from_db("title"_f);
        EXPECT_EQ(book.title, "x");
        models::SaveOptions chosen;
        chosen.update_fields = {"title"};
        book.title = "z";
        book.save(chosen);
        EXPECT_EQ(Book::objects.get().title, "z");
    });
}

TEST(QuerySets, AreJoinedByOperators) {
    with_tables([] {
        for (int pages : {1, 2, 3, 4}) Book::objects.create({.title = "x", .pages = pages});
        const auto low = Book::objects.filter("pages__lt"_f = 3), even = Book::objects.filter("pages__in"_f = {2, 4});
        EXPECT_EQ((low & even).count(), 1);
        EXPECT_EQ((low | even).count(), 3);
        EXPECT_EQ((low ^ even).count(), 2);
        EXPECT_NE(low.explain().find("town_book"), std::string::npos);
    });
}

TEST(PartsOfObjects, ComeFromQueriesThatGoOn) {
    with_tables([] {
        for (int pages : {1, 2, 3}) Book::objects.create({.title = "x", .pages = pages});
        const auto parts = Book::objects.only("pages"_f).filter("pages__gt"_f = 1).order_by("-pages").list();
        EXPECT_EQ(parts.at(0)["pages"_f], 3);
        EXPECT_EQ(Book::objects.only("pages"_f).get("pages"_f = 2)["pages"_f], 2);
        EXPECT_THROW(Book::objects.defer("pages"_f).get("pages"_f = 7), Book::DoesNotExist);
        EXPECT_THROW(Book::objects.defer("pages"_f).get("pages__lt"_f = 7), Book::MultipleObjectsReturned);
    });
}

TEST(RelatedManagers, FindMakeAndTakeOff) {
    with_tables([] {
        const Shelf shelf = Shelf::objects.create({.label = "a"}), other = Shelf::objects.create({.label = "b"});
        const auto [book, created] = shelf.books.get_or_create("title"_f = "x", models::defaults("pages"_f = 3));
        EXPECT_TRUE(created);
        EXPECT_EQ(book.shelf.pk(), shelf.pk());
        EXPECT_FALSE(shelf.books.get_or_create("title"_f = "x").second);
        EXPECT_EQ(shelf.books.update_or_create("title"_f = "x", models::defaults("pages"_f = 4)).first.pages, 4);
        other.books.add(book);
        EXPECT_EQ(shelf.books.count(), 0);
        other.books.remove(book);
        EXPECT_EQ(other.books.count(), 0);
        other.books.set(std::vector<Book>{book});
        EXPECT_EQ(other.books.count(), 1);
        other.books.clear();
        EXPECT_FALSE(Book::objects.get("title"_f = "x").shelf);
        const auto [author, made] = Book::objects.get("title"_f = "x").authors.get_or_create("name"_f = "Ada");
        EXPECT_TRUE(made);
        EXPECT_EQ(author.books.count(), 1);
    });
}

TEST(RelatedManagers, ChangeRelationsBetweenManyFromBothSides) {
    with_tables([] {
        const Shelf shelf = Shelf::objects.create({.label = "a"});
        const Author ada = Author::objects.create({.name = "Ada"});
        const Book one = shelf.books.create({.title = "x"}), two = shelf.books.create({.title = "y"});
        ada.books.add(one, two.pk());
        EXPECT_EQ(two.authors.get().name, "Ada");
        ada.books.remove(one);
        EXPECT_EQ(one.authors.count(), 0);
        ada.books.set(std::vector<Book>{one});
        EXPECT_EQ(ada.books.get().title, "x");
        EXPECT_EQ(ada.books.create({.title = "z"}).authors.get().name, "Ada");
        EXPECT_TRUE(ada.books.get_or_create("title"_f = "w").second);
        EXPECT_EQ(ada.books.count(), 3);
        ada.books.clear();
        EXPECT_FALSE(ada.books.exists());
    });
}

TEST(RelatedManagers, FillTheRowsBetween) {
    with_tables([] {
        const Team team = Team::objects.create({.name = "red"});
        const Author ada = Author::objects.create({.name = "Ada"}), bob = Author::objects.create({.name = "Bob"});
        team.members.add(ada, models::through_defaults("role"_f = "lead"));
        EXPECT_EQ(Membership::objects.get("member"_f = ada).role, "lead");
        team.members.set(std::vector<Author>{ada, bob}, models::through_defaults("role"_f = "new"));
        EXPECT_EQ(Membership::objects.get("member"_f = ada).role, "lead");
        EXPECT_EQ(Membership::objects.get("member"_f = bob).role, "new");
        team.members.create({.name = "Cy"}, models::through_defaults("role"_f = "guest"));
        EXPECT_EQ(Membership::objects.get("member__name"_f = "Cy").role, "guest");
    });
}

TEST(FetchModes, SayHowRelationsAreFetched) {
    with_tables([] {
        for (const char* label : {"a", "b", "c"}) Book::objects.create({.title = label, .shelf = Shelf::objects.create({.label = label})});
        const auto read = [](models::FetchMode mode) {
            return queries_of([mode] {
                std::string labels;
                for (const Book& book : Book::objects.order_by("id").fetch_mode(mode)) labels += book.shelf->label;
                EXPECT_EQ(labels, "abc");
            });
        };
        EXPECT_EQ(read(models::FetchMode::peers), 2);
        EXPECT_EQ(read(models::FetchMode::one), 4);
        const Book alone = Book::objects.fetch_mode(models::FetchMode::raise).all()[0];
        EXPECT_THROW((void)alone.shelf->label, models::FieldFetchBlocked);
    });
}

TEST(MetaOptions, ReachTheRunTimeModel) {
    with_tables([] {
        const models::ModelMeta& meta = Book::objects.query().meta();
        EXPECT_EQ(meta.permissions.at(0).first, "can_lend");
        EXPECT_EQ(meta.constraints.at(0).violation_error_message, "Twice.");
        EXPECT_EQ(meta.indexes.at(0).expressions.size(), 1u);
        EXPECT_TRUE(meta.indexes.at(0).condition);
    });
}

}  // namespace
