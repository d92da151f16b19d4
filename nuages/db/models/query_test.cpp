#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/window_frame.hpp>
#include <nuages/db/models/detail/shop_models.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

class QuerySql : public ::testing::Test {
protected:
    testing::Shop shop;
    Query books{shop.book}, authors{shop.author}, publishers{shop.publisher}, reviews{shop.review},
        categories{shop.category};

    static QNode q(const char* path, Literal value) { return {Name(path), std::move(value)}; }
    static std::vector<Name> names(std::initializer_list<const char*> list) { return {list.begin(), list.end()}; }

    /// SQL of values("id"), which keeps the texts short.
    static std::string ids(const Query& query) { return sql(query.values({"id"})); }
    static std::string sql(const Query& query) {
        std::string text;
        sqlite::with_memory_database([&] { text = testing::filled(query.sql()); });
        return text;
    }
    static std::string error(const Query& query) {
        std::string text;
        sqlite::with_memory_database([&] {
            try {
                query.sql();
            } catch (const Error& error) {
                text = std::string(error.name()) + ": " + error.message();
            }
        });
        return text;
    }
};

#define EXPECT_WHERE(query, expected) \
    EXPECT_EQ(ids(query), "SELECT \"shop_book\".\"id\" AS \"id\" FROM \"shop_book\"" expected)

TEST_F(QuerySql, SelectsAllColumnsOfTheModel) {
    EXPECT_EQ(sql(publishers.filter(q("id", 1))),
              R"(SELECT "shop_publisher"."id", "shop_publisher"."name", "shop_publisher"."city", )"
              R"("shop_publisher"."num_awards" FROM "shop_publisher" WHERE "shop_publisher"."id" = 1 )"
              R"(ORDER BY "shop_publisher"."name" ASC)");
}

TEST_F(QuerySql, ComparesWithTheLookupsOfText) {
    EXPECT_WHERE(books.filter(q("title__contains", "100%_")),
                 R"( WHERE "shop_book"."title" LIKE '%100\\%\\_%' ESCAPE '\')");
    EXPECT_WHERE(books.filter(q("title__istartswith", "a")), R"( WHERE "shop_book"."title" LIKE 'a%' ESCAPE '\')");
    EXPECT_WHERE(books.filter(q("title__iexact", "a")), R"( WHERE "shop_book"."title" LIKE 'a' ESCAPE '\')");
    EXPECT_WHERE(books.filter(q("title__regex", "^a")), R"( WHERE "shop_book"."title" REGEXP '^a')");
    EXPECT_WHERE(books.filter(q("title__gt", 5)), R"( WHERE "shop_book"."title" > '5')");
}

TEST_F(QuerySql, ComparesNumbersDatesAndNull) {
    EXPECT_WHERE(books.filter(q("pages", "12")), R"( WHERE "shop_book"."pages" = 12)");
    EXPECT_WHERE(books.filter(q("pages__range", Literal({Literal(1), Literal(2)}))),
                 R"( WHERE "shop_book"."pages" BETWEEN 1 AND 2)");
    EXPECT_WHERE(books.filter(q("pages__gte", 1.5)), R"( WHERE "shop_book"."pages" >= 2)");
    EXPECT_WHERE(books.filter(q("rating", nullptr)), R"( WHERE "shop_book"."rating" IS NULL)");
    EXPECT_WHERE(books.filter(q("rating__isnull", false)), R"( WHERE "shop_book"."rating" IS NOT NULL)");
    EXPECT_WHERE(books.filter(q("in_print", true)), R"( WHERE "shop_book"."in_print")");
    EXPECT_WHERE(books.filter(q("in_print", false)), R"( WHERE NOT "shop_book"."in_print")");
    EXPECT_WHERE(books.filter(q("published__year", 2020)),
                 R"( WHERE "shop_book"."published" BETWEEN '2020-01-01' AND '2020-12-31')");
    EXPECT_WHERE(books.filter(q("created__year__gt", 2020)),
                 R"( WHERE "shop_book"."created" > '2020-12-31 23:59:59.999999')");
    EXPECT_WHERE(books.filter(q("published__month", 3)),
                 R"( WHERE django_date_extract('month', "shop_book"."published") = 3)");
    EXPECT_WHERE(books.filter(q("created__date", "2020-02-03")),
                 R"( WHERE django_datetime_cast_date("shop_book"."created", 'UTC', 'UTC') = '2020-02-03')");
}

TEST_F(QuerySql, RefusesFractionsThatNoIntegerHolds) {
    EXPECT_EQ(error(books.filter(q("pages", 9.25e18))),
              "ValueError: Field 'pages' expected a number but got 9.25e+18.");
    EXPECT_WHERE(books.filter(q("pages", -0x1p63)), R"( WHERE "shop_book"."pages" = -9223372036854775808)");
}

TEST_F(QuerySql, TrimsJoinsWhoseKeyTheTableHas) {
    EXPECT_WHERE(books.filter(q("publisher", 1)), R"( WHERE "shop_book"."publisher_id" = 1)");
    EXPECT_WHERE(books.filter(q("publisher__id", 1)), R"( WHERE "shop_book"."publisher_id" = 1)");
    EXPECT_WHERE(books.filter(q("publisher__pk__in", Literal({Literal(1), Literal(2), Literal()}))),
                 R"( WHERE "shop_book"."publisher_id" IN (1, 2))");
    EXPECT_WHERE(
        books.filter(q("authors", 1)),
        R"( INNER JOIN "shop_book_authors" ON ("shop_book"."id" = "shop_book_authors"."book_id") WHERE "shop_book_authors"."author_id" = 1)");
}

TEST_F(QuerySql, JoinsForeignKeysAndTheirReverse) {
    EXPECT_WHERE(
        books.filter(q("publisher__city", "London")),
        R"( INNER JOIN "shop_publisher" ON ("shop_book"."publisher_id" = "shop_publisher"."id") WHERE "shop_publisher"."city" = 'London')");
    EXPECT_EQ(
        sql(publishers.filter(q("books__reviews__score__gt", 3)).order_by({}).values({"id"})),
        R"(SELECT "shop_publisher"."id" AS "id" FROM "shop_publisher" INNER JOIN "shop_book" ON ("shop_publisher"."id" = "shop_book"."publisher_id") )"
        R"(INNER JOIN "shop_review" ON ("shop_book"."id" = "shop_review"."book_id") WHERE "shop_review"."score" > 3)");
}

TEST_F(QuerySql, SharesToManyJoinsWithinAFilterOnly) {
    const QNode both = q("authors__first_name", "Ada") && q("authors__age", 3);
    EXPECT_WHERE(
        books.filter(both),
        R"( INNER JOIN "shop_book_authors" ON ("shop_book"."id" = "shop_book_authors"."book_id") INNER JOIN "shop_author" ON ("shop_book_authors"."author_id" = "shop_author"."id") WHERE ("shop_author"."first_name" = 'Ada' AND "shop_author"."age" = 3))");
    EXPECT_WHERE(
        books.filter(q("authors__first_name", "Ada")).filter(q("authors__age", 3)),
        R"( INNER JOIN "shop_book_authors" ON ("shop_book"."id" = "shop_book_authors"."book_id") INNER JOIN "shop_author" ON ("shop_book_authors"."author_id" = "shop_author"."id") INNER JOIN "shop_book_authors" "T4" ON ("shop_book"."id" = "T4"."book_id") INNER JOIN "shop_author" "T5" ON ("T4"."author_id" = "T5"."id") WHERE ("shop_author"."first_name" = 'Ada' AND "T5"."age" = 3))");
}

TEST_F(QuerySql, PromotesJoinsUnderOrAndNegation) {
    EXPECT_WHERE(
        books.filter(q("category__name", "a") || q("pages", 1)),
        R"( LEFT OUTER JOIN "shop_category" ON ("shop_book"."category_id" = "shop_category"."id") WHERE ("shop_category"."name" = 'a' OR "shop_book"."pages" = 1))");
    EXPECT_WHERE(
        books.filter(q("category__name", "a") || q("category__name", "b")),
        R"( INNER JOIN "shop_category" ON ("shop_book"."category_id" = "shop_category"."id") WHERE ("shop_category"."name" = 'a' OR "shop_category"."name" = 'b'))");
    EXPECT_WHERE(
        books.exclude(q("category__name", "a")),
        R"( LEFT OUTER JOIN "shop_category" ON ("shop_book"."category_id" = "shop_category"."id") WHERE NOT ("shop_category"."name" = 'a' AND "shop_category"."name" IS NOT NULL))");
    EXPECT_WHERE(
        books.filter(q("category__parent", nullptr)),
        R"( LEFT OUTER JOIN "shop_category" ON ("shop_book"."category_id" = "shop_category"."id") WHERE "shop_category"."parent_id" IS NULL)");
    EXPECT_WHERE(books.exclude(q("rating__gt", 2.0)),
                 R"( WHERE NOT ("shop_book"."rating" > 2.0 AND "shop_book"."rating" IS NOT NULL))");
}

TEST_F(QuerySql, RefusesQueriesOfAnotherModelOnTheRightOfARelation) {
    EXPECT_EQ(error(books.filter(QNode(Name("publisher__in"), authors))),
              "ValueError: Cannot use QuerySet for \"Author\": Use a QuerySet for \"Publisher\".");
    EXPECT_EQ(error(books.filter(QNode(Name("authors"), publishers.slice(0, 1)))),
              "ValueError: Cannot use QuerySet for \"Publisher\": Use a QuerySet for \"Author\".");
    EXPECT_EQ(error(books.filter(QNode(Name("publisher__in"), authors.values({"id"})))), "");
}

TEST_F(QuerySql, ConditionsOfFilteredRelationsStayOnTheRelation) {
    const auto filtered = [&](const char* path) {
        return error(authors.annotate(Name("wanted"), expr::filtered_relation(Name("books"), q(path, 1))));
    };
    EXPECT_EQ(filtered("books__pages__gt"), "");
    EXPECT_EQ(filtered("mentor__age__gt"),
              "ValueError: FilteredRelation's condition doesn't support relations outside the 'books' (got 'mentor__age__gt').");
    EXPECT_EQ(filtered("books__publisher__num_awards__gt"),
              "ValueError: FilteredRelation's condition doesn't support nested relations deeper than the relation_name (got "
              "'books__publisher__num_awards__gt' for 'books').");
}

TEST_F(QuerySql, RefusesFramesThatEndBeforeTheyStart) {
    const Expr sum = expr::window(expr::sum(expr::F(Name("pages"))), {}, {OrderBy("id")}, WindowFrame{.rows = true, .start = 2, .end = 1});
    EXPECT_EQ(error(books.annotate(Name("x"), sum)), "ValueError: start cannot be greater than end.");
}

TEST_F(QuerySql, ExcludesBehindAForeignKeyWithoutItsTable) {
    const std::string text = sql(books.exclude(QNode(Name("publisher__books__pages__gt"), expr::F(Name("pages")))).values({"id"}));
    EXPECT_EQ(text.substr(text.find(" WHERE ")),
              " WHERE NOT (EXISTS(SELECT 1 AS \"a\" FROM \"shop_book\" \"U2\" WHERE (\"U2\".\"pages\" > (\"shop_book\".\"pages\") AND "
              "\"U2\".\"publisher_id\" = (\"shop_book\".\"publisher_id\")) LIMIT 1))");
}

TEST_F(QuerySql, ExcludesOverToManyRelationsByExists) {
    EXPECT_WHERE(
        books.exclude(q("authors__first_name", "Ada")),
        R"( WHERE NOT (EXISTS(SELECT 1 AS "a" FROM "shop_book_authors" "U1" INNER JOIN "shop_author" "U2" ON ("U1"."author_id" = "U2"."id") WHERE ("U2"."first_name" = 'Ada' AND "U1"."book_id" = ("shop_book"."id")) LIMIT 1)))");
    EXPECT_EQ(
        sql(publishers.exclude(q("books__pages__lt", 10)).values({"name"})),
        R"(SELECT "shop_publisher"."name" AS "name" FROM "shop_publisher" WHERE NOT (EXISTS(SELECT 1 AS "a" FROM "shop_book" "U1" WHERE ("U1"."pages" < 10 AND "U1"."publisher_id" = ("shop_publisher"."id")) LIMIT 1)) ORDER BY 1 ASC)");
    EXPECT_WHERE(
        books.exclude(q("authors", nullptr)),
        R"( WHERE NOT (EXISTS(SELECT 1 AS "a" FROM "shop_book" "U0" LEFT OUTER JOIN "shop_book_authors" "U1" ON ("U0"."id" = "U1"."book_id") WHERE ("U1"."author_id" IS NULL AND "U0"."id" = ("shop_book"."id")) LIMIT 1)))");
}

TEST_F(QuerySql, LeavesOutConditionsThatAlwaysOrNeverHold) {
    const Literal empty{std::vector<Literal>()};
    EXPECT_WHERE(books.exclude(q("id__in", empty)), "");
    EXPECT_WHERE(books.filter(q("id__in", empty) || q("id", 1)), R"( WHERE "shop_book"."id" = 1)");
    sqlite::with_memory_database([&] {
        // No table is there: nothing may be sent.
        EXPECT_EQ(books.filter(q("id__in", empty)).count(), 0);
        EXPECT_FALSE(books.filter(q("id__in", empty) && q("pages", 1)).exists());
        EXPECT_FALSE(books.none().exists());
        EXPECT_EQ(books.slice(3, 0).count(), 0);
    });
}

TEST_F(QuerySql, ComparesColumnsWithEachOther) {
    using namespace expr;
    EXPECT_WHERE(books.filter({"rating__gt", combine(F("pages"), '/', value(Literal(10)))}),
                 R"( WHERE "shop_book"."rating" > ("shop_book"."pages" / 10))");
    EXPECT_WHERE(
        books.filter({"publisher__name", F("title")}),
        R"( INNER JOIN "shop_publisher" ON ("shop_book"."publisher_id" = "shop_publisher"."id") WHERE "shop_publisher"."name" = "shop_book"."title")");
    EXPECT_WHERE(
        books.filter({"title__contains", F("category__name")}),
        R"( INNER JOIN "shop_category" ON ("shop_book"."category_id" = "shop_category"."id") WHERE "shop_book"."title" LIKE '%' || REPLACE(REPLACE(REPLACE("shop_category"."name", '\', '\\'), '%', '\%'), '_', '\_') || '%' ESCAPE '\')");
}

TEST_F(QuerySql, GroupsByTheModelForAnnotations) {
    using namespace expr;
    const Query counted = publishers.annotate("n", count(F("books")));
    EXPECT_EQ(
        sql(counted.filter(q("n__gt", 5)).order_by({"-n", "id"}).values({"id", "n"})),
        R"(SELECT "shop_publisher"."id" AS "id", COUNT("shop_book"."id") AS "n" FROM "shop_publisher" LEFT OUTER JOIN "shop_book" ON ("shop_publisher"."id" = "shop_book"."publisher_id") )"
        R"(GROUP BY 1, "shop_publisher"."name", "shop_publisher"."city", "shop_publisher"."num_awards" HAVING COUNT("shop_book"."id") > 5 ORDER BY 2 DESC, 1 ASC)");
    EXPECT_EQ(
        sql(books.values({"publisher"}).annotate("n", count(F("id"))).order_by({"-n"})),
        R"(SELECT "shop_book"."publisher_id" AS "publisher", COUNT("shop_book"."id") AS "n" FROM "shop_book" GROUP BY 1 ORDER BY 2 DESC)");
    const QNode thick = q("books__pages__gt", 300);
    EXPECT_EQ(
        sql(publishers.annotate("n", count(F("books"), {.filter = &thick})).order_by({}).values({"n"})),
        R"(SELECT COUNT("shop_book"."id") FILTER (WHERE "shop_book"."pages" > 300) AS "n" FROM "shop_publisher" LEFT OUTER JOIN "shop_book" ON ("shop_publisher"."id" = "shop_book"."publisher_id") )"
        R"(GROUP BY "shop_publisher"."id", "shop_publisher"."name", "shop_publisher"."city", "shop_publisher"."num_awards")");
}

TEST_F(QuerySql, GroupsAnewByValues) {
    using namespace expr;
    EXPECT_EQ(
        sql(books.annotate("n", count(F("authors"))).values({"n"}).annotate("c", count(F("id")))),
        R"(SELECT COUNT("shop_book_authors"."author_id") AS "n", COUNT("shop_book"."id") AS "c" FROM "shop_book" )"
        R"(LEFT OUTER JOIN "shop_book_authors" ON ("shop_book"."id" = "shop_book_authors"."book_id"))");
    EXPECT_WHERE(books.filter({"pages__gt", subquery(books.filter({"category", outer_ref("category")})
                                                         .values({"category"})
                                                         .annotate("a", avg(F("pages")))
                                                         .values({"a"}))}),
                 R"( WHERE "shop_book"."pages" > (SELECT AVG("U0"."pages") AS "a" FROM "shop_book" "U0" )"
                 R"(WHERE "U0"."category_id" = ("shop_book"."category_id") GROUP BY "U0"."category_id"))");
}

TEST_F(QuerySql, OrdersByPathsAndByTheOrderOfRelatedModels) {
    EXPECT_EQ(
        sql(reviews.order_by({"book__publisher", "-id"}).values({"id"})),
        R"(SELECT "shop_review"."id" AS "id" FROM "shop_review" INNER JOIN "shop_book" ON ("shop_review"."book_id" = "shop_book"."id") )"
        R"(INNER JOIN "shop_publisher" ON ("shop_book"."publisher_id" = "shop_publisher"."id") ORDER BY "shop_publisher"."name" ASC, 1 DESC)");
    EXPECT_EQ(
        sql(authors.reverse().values({"id"})),
        R"(SELECT "shop_author"."id" AS "id" FROM "shop_author" ORDER BY "shop_author"."last_name" DESC, "shop_author"."first_name" DESC)");
    EXPECT_EQ(sql(authors.order_by({"mentor_id"}).values({"id"})),
              R"(SELECT "shop_author"."id" AS "id" FROM "shop_author" ORDER BY "shop_author"."mentor_id" ASC)");
    EXPECT_EQ(sql(authors.order_by({OrderBy(expr::F("age"), true, OrderBy::Nulls::last)}).values({"id"})),
              R"(SELECT "shop_author"."id" AS "id" FROM "shop_author" ORDER BY "shop_author"."age" DESC NULLS LAST)");
    EXPECT_EQ(
        sql(authors.distinct().values({"id"})),
        R"(SELECT DISTINCT "shop_author"."id" AS "id", "shop_author"."last_name", "shop_author"."first_name" FROM "shop_author" ORDER BY "shop_author"."last_name" ASC, "shop_author"."first_name" ASC)");
}

TEST_F(QuerySql, SlicesWithinSlices) {
    EXPECT_WHERE(books.slice(10, 20).slice(5, 30), " LIMIT 15 OFFSET 15");
    EXPECT_WHERE(books.slice(4), " LIMIT -1 OFFSET 4");
    EXPECT_THROW(books.slice(-1, 2), ValueError);
}

TEST_F(QuerySql, NestsQueriesWithNamesOfTheirOwn) {
    using namespace expr;
    EXPECT_WHERE(
        books.filter({"publisher__in", publishers.filter(q("city", "Boston"))}),
        R"( WHERE "shop_book"."publisher_id" IN (SELECT "U0"."id" FROM "shop_publisher" "U0" WHERE "U0"."city" = 'Boston'))");
    EXPECT_WHERE(
        books.filter({"pages", books.order_by({"-pages"}).values({"pages"}).slice(0, 1)}),
        R"( WHERE "shop_book"."pages" = (SELECT "U0"."pages" AS "pages" FROM "shop_book" "U0" ORDER BY 1 DESC LIMIT 1))");
    EXPECT_WHERE(
        books.filter(QNode(exists(reviews.filter({"book", outer_ref("pk")})))),
        R"( WHERE EXISTS(SELECT 1 AS "a" FROM "shop_review" "U0" WHERE "U0"."book_id" = ("shop_book"."id") LIMIT 1))");
    EXPECT_WHERE(
        books.filter(QNode(not_(exists(reviews.filter({"book", outer_ref("pk")}))))),
        R"( WHERE NOT (EXISTS(SELECT 1 AS "a" FROM "shop_review" "U0" WHERE "U0"."book_id" = ("shop_book"."id") LIMIT 1)))");
    EXPECT_EQ(
        sql(publishers
                .annotate("newest", subquery(books.filter({"publisher", outer_ref("pk")})
                                                 .order_by({"-created"})
                                                 .values({"title"})
                                                 .slice(0, 1)))
                .values({"newest"})),
        R"(SELECT (SELECT "U0"."title" AS "title" FROM "shop_book" "U0" WHERE "U0"."publisher_id" = ("shop_publisher"."id") ORDER BY "U0"."created" DESC LIMIT 1) AS "newest" FROM "shop_publisher" ORDER BY "shop_publisher"."name" ASC)");
}

TEST_F(QuerySql, NamesTheChoicesWhenAPathLeadsNowhere) {
    EXPECT_EQ(
        error(books.filter(q("nope", 1))),
        "FieldError: Cannot resolve keyword 'nope' into field. Choices are: authors, category, category_id, created, "
        "id, in_print, pages, published, publisher, publisher_id, rating, reviews, stores, title");
    EXPECT_EQ(error(books.filter(q("publisher__nope", 1))),
              "FieldError: Unsupported lookup 'nope' for ForeignKey or join on the field not permitted.");
    EXPECT_EQ(error(books.filter(q("title__nosuchlookup", 1))),
              "FieldError: Unsupported lookup 'nosuchlookup' for CharField or join on the field not permitted.");
    EXPECT_EQ(
        error(books.filter(q("title__contain", "x"))),
        "FieldError: Unsupported lookup 'contain' for CharField or join on the field not permitted, perhaps you meant "
        "contains or icontains?");
    EXPECT_EQ(error(books.order_by({"nope"})).substr(0, 44), "FieldError: Cannot resolve keyword 'nope' in");
    EXPECT_EQ(error(books.values({"title__lower"})),
              "FieldError: Cannot resolve keyword 'lower' into field. Join on 'title' not permitted.");
    EXPECT_EQ(error(books.select_related({"authors"})),
              "FieldError: Invalid field name(s) given in select_related: 'authors'. Choices are: publisher, category");
}

TEST_F(QuerySql, RefusesValuesThatDoNotFit) {
    EXPECT_EQ(error(books.filter(q("pages", "x"))), "ValueError: Field 'pages' expected a number but got 'x'.");
    EXPECT_EQ(error(books.filter(q("publisher", "abc"))), "ValueError: Field 'id' expected a number but got 'abc'.");
    EXPECT_EQ(error(books.filter(q("rating", std::numeric_limits<double>::quiet_NaN()))),
              "ValueError: Field 'rating' expected a number but got nan.");
    EXPECT_EQ(error(books.filter(q("published", "2020-02-30"))),
              "InvalidValue: “2020-02-30” value has the correct format (YYYY-MM-DD) but it is an invalid date.");
    EXPECT_EQ(error(books.filter(q("title__contains", nullptr))), "ValueError: Cannot use None as a query value");
    EXPECT_EQ(error(books.filter({"publisher", publishers})),
              "ValueError: The QuerySet value for an exact lookup must be limited to one result using slicing.");
    EXPECT_EQ(error(books.filter({"publisher__in", publishers.values({"id", "name"})})),
              "ValueError: The QuerySet value for the 'in' lookup must have 1 selected fields (received 2)");
    EXPECT_EQ(error(books.filter({"pk", expr::outer_ref("pk")})),
              "ValueError: This queryset contains a reference to an outer query and may only be used in a subquery.");
}

TEST_F(QuerySql, RefusesChangesAfterASlice) {
    const Query some = books.slice(0, 5);
    EXPECT_THROW(some.filter(q("id", 1)), TypeError);
    EXPECT_THROW(some.order_by({"id"}), TypeError);
    EXPECT_THROW(some.reverse(), TypeError);
    EXPECT_THROW(some.distinct(), TypeError);
    EXPECT_THROW(some.update({{"pages", Literal(1)}}), TypeError);
    EXPECT_THROW(some.delete_(), TypeError);
}

TEST_F(QuerySql, ASharedQueryIsNotChangedByLongerOnes) {
    const Query base = books.filter(q("pages", 1));
    const Query longer = base.filter(q("title", "x")).order_by({"title"}).slice(0, 3);
    EXPECT_WHERE(base, R"( WHERE "shop_book"."pages" = 1)");
    EXPECT_TRUE(longer.is_sliced());
    EXPECT_FALSE(base.is_sliced());
}

// Security checklist 52, 53 and 55: names from outside.
TEST_F(QuerySql, HostileNamesNeverReachTheStatement) {
    const char* hostile[] = {
        "x\"; DROP TABLE shop_book; --", "x y", "x'", "x`", "x\ty", "x%s", "x.y", "x/*y*/", "x#", ""};
    for (const char* name : hostile) {
        EXPECT_NE(error(books.annotate(name, expr::value(Literal(1)))).find("ValueError: Column aliases cannot"),
                  std::string::npos)
            << name;
        EXPECT_NE(error(books.order_by({name})), "") << name;
        EXPECT_NE(error(books.values({name})), "") << name;
        EXPECT_NE(error(books.filter(q(name, 1))), "") << name;
        EXPECT_NE(error(books.filter(q((std::string("title__") + name).c_str(), 1))), "") << name;
        EXPECT_NE(error(books.filter({"title", expr::F(name)})), "") << name;
    }
    EXPECT_NE(error(books.filter(q("_connector", "OR) OR 1=1"))), "");
    EXPECT_NE(error(books.filter(q("_negated", true))), "");
    EXPECT_THROW(expr::trunc("year', 1); --", expr::F("created")), ValueError);
    EXPECT_THROW(expr::extract("year', 1); --", expr::F("created")), ValueError);
    EXPECT_THROW(expr::function("f(1); --", {}, FieldKind::integer), ValueError);
}

TEST_F(QuerySql, ValuesAreAlwaysBound) {
    const std::string hostile = "'; DROP TABLE shop_book; --";
    sqlite::with_memory_database([&] {
        for (const char* lookup : {"exact", "iexact", "contains", "startswith", "endswith", "regex", "gt", "in"}) {
            const bool list = std::string_view(lookup) == "in";
            const SqlText sql = books
                                    .filter(QNode(Name("title__" + std::string(lookup)),
                                                  list ? Literal(std::vector{Literal(hostile)}) : Literal(hostile)))
                                    .sql();
            EXPECT_EQ(sql.text.find("DROP"), std::string::npos) << lookup;
            EXPECT_EQ(sql.parameters.size(), 1u) << lookup;
        }
    });
}

}  // namespace
}  // namespace nuages::db::models
