// What Django's queries can say beyond the first page: windows, cases, functions, set operations, parts of objects.
#include "models.hpp"

#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/case.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/window.hpp>
#include <nuages/db/stats.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

using namespace nuages;
using namespace blog;
namespace fn = models::functions;

namespace {

struct Three {
    Author ada = Author::objects.create({.name = "Ada", .email = "ada@example.org"});
    Author bob = Author::objects.create({.name = "Bob", .email = "bob@example.org"});
    Article engines = Article::objects.create({.title = "On engines", .slug = "engines", .author = ada, .body = "Numbers", .views = 10});
    Article looms = Article::objects.create({.title = "On looms", .slug = "looms", .author = ada, .views = 3});
    Article other = Article::objects.create({.title = "Other", .slug = "other", .author = bob, .status = Status::published, .views = 5});
};

/// Runs `test` on a fiber, with the blog's tables and three articles in a database in memory.
template <class F> void with_articles(F&& test) {
    const db::sqlite::TestDatabase database({.name = ":memory:"});
    async::run([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models::list<Author, Tag, Article, Comment>()) metas.push_back(&meta());
        db::models::schema::create_tables(db::connection(), metas);
        Three data;
        test(data);
    });
}

template <class Rows> std::string slugs(const Rows& rows) {
    std::string text;
    for (const auto& row : rows) text += std::string(row.slug) + " ";
    return text;
}

TEST(BlogMoreQueries, FunctionsKnowTheirTypes) {
    with_articles([](Three&) {
        auto rows = Article::objects.order_by("id")
                        .annotate("upper"_f = fn::Upper("title"_f), "long"_f = fn::Length("title"_f),
                                  "year"_f = fn::ExtractYear("published_at"_f), "some"_f = fn::Coalesce("title"_f, "-"))
                        .values_list("upper"_f, "long"_f, "year"_f, "some"_f)
                        .list();
        static_assert(std::is_same_v<decltype(rows)::value_type,
                                     std::tuple<std::string, std::int64_t, std::optional<std::int64_t>, std::string>>);
        EXPECT_EQ(std::get<0>(rows[0]), "ON ENGINES");
        EXPECT_EQ(std::get<1>(rows[0]), 10);
        EXPECT_EQ(std::get<2>(rows[0]), std::nullopt);
    });
}

TEST(BlogMoreQueries, ACaseChoosesAValue) {
    with_articles([](Three&) {
        auto heat = models::Case(models::When("views__gte"_f = 10, "hot"), models::When("views__gte"_f = 5, "warm"),
                                 models::Default("cold"));
        auto all = Article::objects.order_by("id").annotate("heat"_f = heat).values_flat("heat"_f).list();
        EXPECT_EQ(all, (std::vector<std::string>{"hot", "cold", "warm"}));
    });
}

TEST(BlogMoreQueries, AWindowLooksAtTheRowsAround) {
    with_articles([](Three&) {
        auto rank = models::Window(fn::Rank()).partition_by("author"_f).order_by("views"_f.desc());
        auto sum = models::Window(Sum("views"_f)).order_by("id"_f.asc()).rows(std::nullopt, 0);
        auto rows = Article::objects.order_by("id").annotate("rank"_f = rank, "so_far"_f = sum)
                        .values_list("rank"_f, "so_far"_f).list();
        using Row = std::tuple<std::int64_t, std::optional<std::int64_t>>;
        EXPECT_EQ(rows, (std::vector<Row>{{1, 10}, {2, 13}, {1, 18}}));
    });
}

TEST(BlogMoreQueries, AnAliasIsUsedAndNotSelected) {
    with_articles([](Three&) {
        auto rows = Author::objects.alias("n"_f = Count("articles"_f)).filter("n__gt"_f = 1);
        static_assert(std::is_same_v<decltype(rows)::row, Author>);
        EXPECT_EQ(rows.get().name, "Ada");
    });
}

TEST(BlogMoreQueries, QueriesAreJoinedAsSets) {
    with_articles([](Three& data) {
        // As in Django, SQLite takes no ordering in the parts, not even the model's own.
        auto of_ada = Article::objects.filter("author"_f = data.ada).order_by(), busy = Article::objects.filter("views__gte"_f = 5).order_by();
        EXPECT_EQ(slugs(of_ada.union_(busy).order_by("slug")), "engines looms other ");
        EXPECT_EQ(slugs(of_ada.intersection(busy)), "engines ");
        EXPECT_EQ(slugs(of_ada.difference(busy)), "looms ");
        EXPECT_EQ(of_ada.union_all(busy).count(), 4);
        EXPECT_THROW(of_ada.union_(busy).update("views"_f = 0), Error);
    });
}

TEST(BlogMoreQueries, TheLatestRowAndRowsByKey) {
    with_articles([](Three& data) {
        EXPECT_EQ(Article::objects.latest("views").slug, "engines");
        EXPECT_EQ(Article::objects.earliest("views").slug, "looms");
        EXPECT_THROW(Article::objects.none().latest("views"), Article::DoesNotExist);
        EXPECT_THROW(Article::objects.latest(), Error);
        auto found = Article::objects.in_bulk({1, 3, 99});
        EXPECT_EQ(found.size(), 2u);
        EXPECT_EQ(found[3].slug, "other");
        EXPECT_EQ(found.find(99), nullptr);
        EXPECT_TRUE(Article::objects.filter("author"_f = data.ada).contains(data.looms));
    });
}

TEST(BlogMoreQueries, RowsOfValuesHaveNames) {
    with_articles([](Three&) {
        for (const auto& row : Article::objects.filter("id"_f = 1).values("title"_f, "author__name"_f)) {
            EXPECT_EQ(row["title"_f], "On engines");
            EXPECT_EQ(row["author__name"_f], "Ada");
        }
        auto counts = Article::objects.order_by().values("author"_f).annotate("n"_f = Count(models::star)).order_by("author").list();
        EXPECT_EQ(counts.at(0)["n"_f], 2);
    });
}

TEST(BlogMoreQueries, PartsOfObjectsAreReadAndTheRestOnDemand) {
    with_articles([](Three&) {
        auto row = Article::objects.order_by("id").only("title"_f).first();
        EXPECT_EQ((*row)["title"_f], "On engines");
        EXPECT_EQ(row->pk(), 1);
        EXPECT_EQ(row->whole().body, "Numbers");
        for (const auto& part : Article::objects.defer("body"_f)) EXPECT_FALSE(part["slug"_f].empty());
    });
}

TEST(BlogMoreQueries, PartsOfObjectsAreWrittenAsFarAsTheyWereRead) {
    with_articles([](Three& data) {
        auto row = Article::objects.only("title"_f, "views"_f).get("id"_f = 1);
        row["title"_f] = "New";
        Article::objects.filter("id"_f = 1).update("body"_f = "written meanwhile");
        row.save();
        Article::objects.only("id"_f).get("id"_f = 1).save();  // nothing was read, nothing is written
        EXPECT_EQ(row, data.engines);
        const Article article = Article::objects.get("id"_f = 1);
        EXPECT_EQ(article.title, "New");
        EXPECT_EQ(article.body, "written meanwhile");

        const auto titles = Article::objects.order_by("id").only("title"_f);
        EXPECT_EQ((*titles.last())["title"_f], "Other");
        EXPECT_EQ(titles[1]["title"_f], "On looms");
        EXPECT_EQ(titles.values("views"_f).list().at(0)["views"_f], 10);
        EXPECT_EQ(titles.values_flat("slug"_f).list().size(), 3u);
        EXPECT_EQ(titles.aggregate("most"_f = Max("views"_f))["most"_f], 10);
        EXPECT_EQ(titles.fetch_mode(models::FetchMode::one).list().size(), 3u);
        EXPECT_EQ(titles.none().list().size(), 0u);
        EXPECT_EQ(Article::objects.only("title"_f).filter("views__lt"_f = 4).update("title"_f = "Few"), 1);
        EXPECT_EQ(Article::objects.only("title"_f).filter("views__lt"_f = 4).delete_().total, 1);
    });
}

TEST(BlogMoreQueries, RelationsTakeRangesOfObjects) {
    with_articles([](Three& data) {
        std::vector<Tag> tags;
        for (const char* name : {"a", "b", "c"}) tags.push_back(Tag::objects.create({.name = name}));
        data.engines.tags.add(tags);
        data.looms.tags.add(data.engines.tags.all(), tags[0]);
        EXPECT_EQ(data.looms.tags.count(), 3);
        data.looms.tags.remove(data.engines.tags.filter("name__gt"_f = "a"));
        EXPECT_EQ(data.looms.tags.get().name, "a");
        data.bob.articles.add(data.ada.articles.all());
        EXPECT_EQ(data.bob.articles.count(), 3);
    });
}

TEST(BlogMoreQueries, RelationsTakeBracesAndKeys) {
    with_articles([](Three& data) {
        const Tag a = Tag::objects.create({.name = "a"}), b = Tag::objects.create({.name = "b"});
        data.engines.tags.set({a, b});
        EXPECT_EQ(data.engines.tags.count(), 2);
        data.engines.tags.set({1});
        EXPECT_EQ(data.engines.tags.get(), a);
        data.engines.tags.add(b.id);
        EXPECT_EQ(data.engines.tags.count(), 2);
        data.engines.tags.set({});
        EXPECT_FALSE(data.engines.tags.exists());
        data.engines.editor = data.bob;
        data.engines.save();
        const Article found = Article::objects.get("slug"_f = "engines");
        const Author editor = *found.editor;
        EXPECT_EQ(editor.name, "Bob");
        EXPECT_EQ(found.author, 1);
        Article changed = found;
        changed.editor = nullptr;
        EXPECT_TRUE(changed.editor == nullptr);
        EXPECT_FALSE(changed.editor);
        changed.save();
        EXPECT_EQ(Article::objects.filter("editor"_f = nullptr).count(), 3);
    });
}

TEST(BlogMoreQueries, ConditionsJoinAsPythonWritesThem) {
    with_articles([](Three&) {
        const auto few = Q("views__lt"_f = 4) | Q("title"_f = "Other");
        EXPECT_EQ(Article::objects.filter(few).count(), 2);
        EXPECT_EQ(Article::objects.filter(~few).get().slug, "engines");
        EXPECT_EQ(Article::objects.filter(Q("views__gt"_f = 2, "author__name"_f = "Ada", "slug__contains"_f = "l")).get().slug, "looms");
        EXPECT_EQ(Article::objects.filter(Q("views"_f = 3) & Q("slug"_f = "looms")).count(), 1);
    });
}

TEST(BlogMoreQueries, RawTakesValuesByName) {
    with_articles([](Three&) {
        const auto found = Article::objects.raw("SELECT * FROM blog_article WHERE views > %(least)s AND title <> %(not)s",
                                                "least"_f = 4, "not"_f = "Other");
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found[0].slug, "engines");
    });
}

TEST(BlogMoreQueries, TruncatedInstantsMayBeDates) {
    with_articles([](Three&) {
        Article::objects.update("published_at"_f = DateTime::from_ymdhms(2024, 5, 17, 12, 0, 0));
        const std::optional<Date> month =
            Article::objects.annotate("m"_f = fn::TruncMonth<models::DateField>("published_at"_f)).first().value()["m"_f];
        EXPECT_EQ(month, Date::from_ymd(2024, 5, 1));
    });
}

TEST(BlogMoreQueries, AFilteredRelationIsThereOrNot) {
    with_articles([](Three&) {
        const auto authors = Author::objects.annotate("much"_f = models::FilteredRelation("articles"_f, "articles__views__gt"_f = 4));
        EXPECT_EQ(authors.filter("much__isnull"_f = false).count(), 2);
        EXPECT_EQ(authors.filter("much__slug"_f = "engines").get().name, "Ada");
        EXPECT_EQ(authors.filter("much__isnull"_f = false).order_by("-much__views").first().value().name, "Ada");
    });
}

TEST(BlogMoreQueries, AnOuterQueryMayBeTwoAway) {
    with_articles([](Three&) {
        // authors who have an article with more views than any other author's
        const auto more = Article::objects.filter("views__gte"_f = OuterRef<Article>("views"_f))
                              .exclude("author"_f = OuterRef(OuterRef<Author>("pk"_f)));
        const auto best = Article::objects.filter("author"_f = OuterRef<Author>("pk"_f)).filter(!Exists(more));
        EXPECT_EQ(Author::objects.filter(Exists(best)).get().name, "Ada");
    });
}

TEST(BlogMoreQueries, ListsAndRangesMayHoldExpressions) {
    with_articles([](Three&) {
        EXPECT_EQ(Article::objects.filter("views__range"_f = std::pair("id"_f, "id"_f * 3)).order_by("id").list().size(), 2u);
        EXPECT_EQ(Article::objects.filter("views__in"_f = std::tuple("id"_f * 10, 3)).count(), 2);
        EXPECT_EQ(Article::objects.filter("title__in"_f = std::tuple("slug"_f, "Other")).get().slug, "other");
    });
}

TEST(BlogMoreQueries, AnOuterRefNamesTheModelOfTheQueryAround) {
    with_articles([](Three&) {
        const auto wrong = Exists(Article::objects.filter("author"_f = OuterRef<Tag>("pk"_f)));
        try {
            (void)Author::objects.filter(wrong).count();
            FAIL();
        } catch (const db::models::FieldError& error) {
            EXPECT_STREQ(error.what(), "OuterRef<Tag>(\"pk\") stands in a query of Author.");
        }
    });
}

TEST(BlogMoreQueries, AggregatesAreBoundAndNewRowsGivenBack) {
    with_articles([](Three&) {
        const auto [most, count] = Article::objects.aggregate("most"_f = Max("views"_f), "count"_f = Count("id"_f));
        EXPECT_EQ(most, 10);
        EXPECT_EQ(count, 3);
        const std::vector<Tag> tags = Tag::objects.bulk_create({{.name = "a"}, {.name = "b"}});
        EXPECT_EQ(tags[1], Tag::objects.get("name"_f = "b"));
    });
}

TEST(BlogMoreQueries, NullIsAValueOfNoType) {
    with_articles([](Three&) {
        EXPECT_TRUE(Article::objects.annotate("x"_f = models::constant(nullptr)).first().value()["x"_f].is_null());
    });
}

TEST(BlogMoreQueries, PrefetchesByAQueryOfItsOwn) {
    with_articles([](Three&) {
        const db::StatsScope scope;
        std::string text;
        for (const Author& author : Author::objects.order_by("id").prefetch_related("articles", Article::objects.filter("views__gt"_f = 4))) {
            text += author.name + ": " + slugs(author.articles.all());
        }
        EXPECT_EQ(text, "Ada: engines Bob: other ");
        EXPECT_EQ(scope.stats().count, 2);
    });
}

TEST(BlogMoreQueries, DatesThatAColumnHas) {
    with_articles([](Three&) {
        Article::objects.update("published_at"_f = DateTime::from_ymdhms(2024, 5, 17, 12, 0, 0));
        EXPECT_EQ(Article::objects.dates("published_at"_f, "month").list(), (std::vector<Date>{Date::from_ymd(2024, 5, 1)}));
        EXPECT_EQ(Article::objects.datetimes("published_at"_f, "year").list().size(), 1u);
    });
}

TEST(BlogMoreQueries, GetTakesOneRowOfValues) {
    with_articles([](Three& data) {
        EXPECT_EQ(Article::objects.values_flat("title"_f).get("pk"_f = data.looms.pk()), "On looms");
        EXPECT_EQ(Article::objects.values_list("slug"_f, "views"_f).get("author__name"_f = "Bob"), (std::tuple<std::string, int>("other", 5)));
        EXPECT_EQ(Article::objects.filter("slug"_f = "looms").values("views"_f).get()["views"_f], 3);
        EXPECT_THROW(Article::objects.values_flat("title"_f).get("slug"_f = "none"), Article::DoesNotExist);
        EXPECT_THROW(Article::objects.values_flat("title"_f).get(), Article::MultipleObjectsReturned);
    });
}

TEST(BlogMoreQueries, OrdersByAnExpressionAndNames) {
    with_articles([](Three&) {
        EXPECT_EQ(slugs(Article::objects.order_by("author"_f.desc(), "-views")), "other engines looms ");
        EXPECT_EQ(slugs(Article::objects.order_by("author__name", "views"_f.asc())), "looms engines other ");
        EXPECT_EQ(slugs(Article::objects.order_by(fn::Length("body"_f).desc(), "author__name", "-slug")), "engines looms other ");
    });
}

TEST(BlogMoreQueries, RowsByTextsInBraces) {
    with_articles([](Three&) {
        auto found = Article::objects.in_bulk("slug"_f, {"looms", "other", "none"});
        EXPECT_EQ(found.at("looms").views, 3);
        EXPECT_THROW(found.at("none"), Error);
        EXPECT_FALSE(found.empty());
        EXPECT_TRUE(Article::objects.in_bulk("slug"_f, {"none"}).empty());
    });
}

}  // namespace
