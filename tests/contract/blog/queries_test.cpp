// Models and Queries of the contract (design, section 2) against SQLite.
#include "models.hpp"

#include <nuages/async/loop.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/errors.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

using namespace nuages;
using namespace blog;

namespace {

/// Runs `test` on a fiber, with the blog's tables in a database in memory.
template <class F>
void with_blog(F&& test) {
    const db::sqlite::TestDatabase database({.name = ":memory:"});
    async::run([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models::list<Author, Tag, Article, Comment>()) metas.push_back(&meta());
        db::models::schema::create_tables(db::connection(), metas);
        test();
    });
}

std::int64_t queries_of(FunctionRef<void()> work) {
    const db::StatsScope scope;
    work();
    return scope.stats().count;
}

template <class E, class F>
std::string message_of(F&& f) {
    try {
        f();
    } catch (const E& error) {
        return error.what();
    }
    return "(no exception)";
}

struct Two {
    Author ada = Author::objects.create({.name = "Ada", .email = "ada@example.org"});
    Author bob = Author::objects.create({.name = "Bob", .email = "bob@example.org"});
    Article first = Article::objects.create({.title = "On engines", .slug = "engines", .author = ada, .body = "Numbers",
                                             .status = Status::published, .views = 10});
    Article second = Article::objects.create({.title = "On looms", .slug = "looms", .author = ada, .views = 3});
    Article third = Article::objects.create({.title = "Other", .slug = "other", .author = bob, .status = Status::published});
};

TEST(BlogModels, SaveGivesAKeyAndRunsTheModelsOwnHook) {
    with_blog([] {
        Two data;
        EXPECT_EQ(data.ada.id, 1);
        EXPECT_EQ(data.second.id, 2);
        EXPECT_TRUE(data.first.published_at);
        EXPECT_FALSE(data.second.published_at);
        EXPECT_GT(data.first.times.created, DateTime{});
        EXPECT_EQ(Article::objects.get("pk"_f = 1).title, "On engines");
    });
}

TEST(BlogModels, CompareByKeyAndByIdentityBeforeTheFirstSave) {
    with_blog([] {
        Two data;
        Article again = Article::objects.get("slug"_f = "looms");
        EXPECT_EQ(again, data.second);
        EXPECT_FALSE(again == data.first);
        Article fresh, other;
        EXPECT_FALSE(fresh == other);
        EXPECT_EQ(fresh, fresh);
    });
}

TEST(BlogModels, FieldsBehaveAsTheirValues) {
    Article article{.title = "T", .author = 7, .views = 3};
    article.views += 2;
    ++article.views;
    article.title += "!";
    EXPECT_EQ(article.views, 6);
    EXPECT_EQ(article.title.size(), 2u);
    EXPECT_EQ(article.title, "T!");
    EXPECT_EQ(article.author.pk(), 7);
    EXPECT_EQ(article.status.label(), "Draft");
    EXPECT_EQ(true ? article.views.value : 0, 6);
    EXPECT_EQ(article.published_at, std::nullopt);
    article.published_at = DateTime{5};
    EXPECT_EQ(article.published_at->microseconds, 5);
    article.published_at = std::nullopt;
    EXPECT_FALSE(article.published_at.has_value());
}

TEST(BlogModels, CallableDefaultsRunForNewObjectsAndNotForDecodedRows) {
    with_blog([] {
        Two data;
        const Comment comment = Comment::objects.create({.article = data.first, .name = "Eve", .text = "Hm"});
        EXPECT_GT(comment.created, DateTime{});
        EXPECT_EQ(Comment::objects.get("pk"_f = 1).created, comment.created);
    });
}

TEST(BlogQueries, FilterExcludeOrderAndSliceAsOneQuery) {
    with_blog([] {
        Two data;
        auto page = Article::objects.filter("author__name__icontains"_f = "ADA", "status"_f = Status::published)
                        .exclude("title"_f = "")
                        .order_by("-published_at")
                        .select_related("author");
        std::vector<std::string> seen;
        EXPECT_EQ(queries_of([&] {
                      for (const Article& article : page.slice(0, 10)) seen.push_back(article.title + " by " + article.author->name);
                  }),
                  1);
        EXPECT_EQ(seen, (std::vector<std::string>{"On engines by Ada"}));
    });
}

TEST(BlogQueries, ForeignKeysAreFetchedForAllPeersAtOnce) {
    with_blog([] {
        Two data;
        std::string names;
        EXPECT_EQ(queries_of([&] {
                      for (const Article& article : Article::objects.order_by("id")) names += article.author->name;
                  }),
                  2);
        EXPECT_EQ(names, "AdaAdaBob");
    });
}

TEST(BlogQueries, QObjectsCombineAndGrow) {
    with_blog([] {
        Two data;
        Q mine = ("status"_f = Status::draft) || ("author"_f = data.bob);
        EXPECT_EQ(Article::objects.filter(mine).count(), 2);
        EXPECT_EQ(Article::objects.filter(!mine).count(), 1);
        Q<Article> any;
        EXPECT_EQ(Article::objects.filter(any).count(), 3);
        any |= ("title"_f = "Other");
        any |= ("views__gt"_f = 5);
        EXPECT_EQ(Article::objects.filter(any).count(), 2);
    });
}

TEST(BlogQueries, UpdateOfOneObjectReadsTheNamedFieldsAgain) {
    with_blog([] {
        Two data;
        Article::objects.update("views"_f = 41);
        data.first.update("views"_f = "views"_f + 1);
        EXPECT_EQ(data.first.views, 42);
        EXPECT_EQ(Article::objects.filter("views"_f = 41).count(), 2);
    });
}

TEST(BlogQueries, OwnMethodsStayInTheChain) {
    with_blog([] {
        Two data;
        auto chain = Article::objects.published().filter("views__gte"_f = 0).search("ENGINES");
        EXPECT_EQ(chain.count(), 1);
        EXPECT_EQ(Article::published_articles.search("o").count(), 2);
        auto doubled = Article::objects.annotate("d"_f = "views"_f * 2).published();
        EXPECT_EQ(doubled.order_by("-d").list()[0]["d"_f], 20);
    });
}

TEST(BlogQueries, OrderingsChosenAtRunTimeComeFromACheckedList) {
    with_blog([] {
        Two data;
        auto titles = [](std::string_view order) {
            std::string text;
            for (auto& title : Article::objects.order_by(models::one_of<Article>(order, {"title", "-views"})).values_flat("title"_f)) {
                text += title + ";";
            }
            return text;
        };
        EXPECT_EQ(titles("-views"), "On engines;On looms;Other;");
        EXPECT_EQ(titles("id; DROP TABLE"), "On engines;On looms;Other;");
        EXPECT_EQ(titles("title"), "On engines;On looms;Other;");
    });
}

TEST(BlogQueries, ValuesListGivesTuples) {
    with_blog([] {
        Two data;
        std::vector<std::tuple<std::string, std::string>> rows;
        for (auto& [title, name] : Article::objects.order_by("id").values_list("title"_f, "author__name"_f)) rows.emplace_back(title, name);
        EXPECT_EQ(rows, (std::vector<std::tuple<std::string, std::string>>{{"On engines", "Ada"}, {"On looms", "Ada"}, {"Other", "Bob"}}));
        auto statuses = Article::objects.order_by("id").values_flat("status"_f).list();
        EXPECT_EQ(statuses, (std::vector<Status>{Status::published, Status::draft, Status::published}));
        auto moments = Article::objects.order_by("id").values_flat("published_at"_f).list();
        EXPECT_TRUE(moments[0].has_value());
        EXPECT_FALSE(moments[1].has_value());
    });
}

TEST(BlogQueries, AnnotateAddsTypedValuesToRows) {
    with_blog([] {
        Two data;
        auto top = Author::objects.annotate("n"_f = Count("articles"_f)).filter("n__gt"_f = 1);
        std::vector<std::pair<std::string, std::int64_t>> rows;
        for (auto& row : top) {
            static_assert(std::is_same_v<decltype(row["n"_f]), const std::int64_t&>);
            const Author& author = row;
            rows.emplace_back(author.name, row["n"_f]);
        }
        ASSERT_EQ(rows.size(), 1u);
        EXPECT_EQ(rows[0], (std::pair<std::string, std::int64_t>("Ada", 2)));
    });
}

TEST(BlogQueries, AggregatesHaveTheTypesOfTheirFunctions) {
    with_blog([] {
        auto none = Article::objects.aggregate("total"_f = Sum("views"_f), "n"_f = Count("id"_f));
        EXPECT_EQ(none["total"_f], std::nullopt);
        EXPECT_EQ(none["n"_f], 0);
        Two data;
        auto sums = Article::objects.aggregate("total"_f = Sum("views"_f), "mean"_f = Avg("views"_f));
        static_assert(std::is_same_v<decltype(sums["total"_f]), const std::optional<std::int64_t>&>);
        static_assert(std::is_same_v<decltype(sums["mean"_f]), const std::optional<double>&>);
        EXPECT_EQ(sums["total"_f], 13);
        EXPECT_NEAR(*sums["mean"_f], 13 / 3.0, 1e-9);
    });
}

TEST(BlogQueries, GroupsByTheColumnsBeforeAnAggregate) {
    with_blog([] {
        Two data;
        auto groups = Article::objects.order_by().values_list("author__name"_f).annotate("n"_f = Count("id"_f)).list();
        std::sort(groups.begin(), groups.end());
        EXPECT_EQ(groups, (std::vector<std::tuple<std::string, std::int64_t>>{{"Ada", 2}, {"Bob", 1}}));
    });
}

TEST(BlogQueries, ExistsSeesTheRowAroundIt) {
    with_blog([] {
        Two data;
        Author::objects.create({.name = "Cy", .email = "cy@example.org"});
        auto writing = Author::objects.filter(Exists(Article::objects.filter("author"_f = OuterRef<Author>("pk"_f))));
        EXPECT_EQ(writing.count(), 2);
        EXPECT_EQ(Author::objects.exclude("id__in"_f = Article::objects.values_flat("author"_f)).get().name, "Cy");
        EXPECT_EQ(Article::objects.filter("author__in"_f = Author::objects.filter("name"_f = "Bob")).count(), 1);
    });
}

TEST(BlogQueries, RelatedManagersKnowTheirOwner) {
    with_blog([] {
        Two data;
        EXPECT_EQ(data.ada.articles.filter("views__gt"_f = 5).count(), 1);
        EXPECT_EQ(data.ada.articles.count(), 2);
        auto made = data.bob.articles.create({.title = "New", .slug = "new"});
        EXPECT_EQ(made.author.pk(), data.bob.pk());
        EXPECT_EQ(data.bob.articles.count(), 2);
        Author copy = data.bob;
        EXPECT_EQ(copy.articles.count(), 2);
        EXPECT_NE(message_of<Error>([] { Author().articles.count(); }), "(no exception)");
    });
}

TEST(BlogQueries, ManyToManyAddsRemovesSetsAndClears) {
    with_blog([] {
        Two data;
        Tag cpp = Tag::objects.create({.name = "cpp"}), web = Tag::objects.create({.name = "web"});
        data.first.tags.add(cpp, web);
        data.first.tags.add(cpp);
        data.second.tags.add(web.pk());
        EXPECT_EQ(data.first.tags.count(), 2);
        EXPECT_EQ(Article::objects.filter("tags__name"_f = "web").count(), 2);
        data.first.tags.remove(cpp);
        EXPECT_EQ(data.first.tags.all().list(), (std::vector<Tag>{web}));
        data.first.tags.set(std::vector<Tag>{cpp});
        EXPECT_EQ(data.first.tags.get().name, "cpp");
        data.first.hidden_tags.add(web);
        EXPECT_EQ(data.first.tags.count(), 1);
        data.first.tags.clear();
        EXPECT_FALSE(data.first.tags.exists());
        EXPECT_EQ(message_of<Error>([&] { Article{.title = "x"}.tags.add(cpp); }),
                  "\"<Article: x>\" needs to have a value for field \"id\" before this many-to-many relationship can be used.");
    });
}

TEST(BlogQueries, PrefetchedRelationsNeedNoFurtherQuery) {
    with_blog([] {
        Two data;
        Tag tag = Tag::objects.create({.name = "cpp"});
        data.first.tags.add(tag);
        std::string seen;
        EXPECT_EQ(queries_of([&] {
                      for (auto& author : Author::objects.order_by("id").prefetch_related("articles__tags")) {
                          for (auto& article : author.articles.all()) {
                              seen += article.slug + ":" + std::to_string(article.tags.all().count()) + " ";
                          }
                      }
                  }),
                  3);
        EXPECT_EQ(seen, "engines:1 looms:0 other:0 ");
        const auto authors = Author::objects.prefetch_related("articles").order_by("id").list();
        EXPECT_EQ(authors[0].articles.list().size(), 2u);
        EXPECT_EQ(authors[0].articles.list().size(), 2u);
    });
}

TEST(BlogQueries, GetSaysWhatIsWrong) {
    with_blog([] {
        Two data;
        EXPECT_EQ(message_of<Article::DoesNotExist>([] { Article::objects.get("pk"_f = 99); }), "Article matching query does not exist.");
        EXPECT_EQ(message_of<Article::MultipleObjectsReturned>([] { Article::objects.get(); }),
                  "get() returned more than one Article -- it returned 3!");
        EXPECT_THROW(Article::objects.get("pk"_f = 99), ObjectDoesNotExist);
        EXPECT_EQ(Article::objects.none().first(), std::nullopt);
        EXPECT_EQ(Article::objects.order_by("id").last()->title, "Other");
    });
}

TEST(BlogQueries, GetOrCreateMakesAtMostOne) {
    with_blog([] {
        auto [ada, created] = Author::objects.get_or_create("email"_f = "ada@example.org", models::defaults("name"_f = "Ada"));
        EXPECT_TRUE(created);
        EXPECT_EQ(ada.name, "Ada");
        auto [again, created_again] = Author::objects.get_or_create("email"_f = "ada@example.org", models::defaults("name"_f = "X"));
        EXPECT_FALSE(created_again);
        EXPECT_EQ(again, ada);
        auto [changed, made] = Author::objects.update_or_create("email"_f = "ada@example.org", models::defaults("name"_f = "Countess"));
        EXPECT_FALSE(made);
        EXPECT_EQ(Author::objects.get().name, "Countess");
        EXPECT_EQ(changed.name, "Countess");
    });
}

TEST(BlogQueries, BulkCreateSetsKeysAndTakesOneStatement) {
    with_blog([] {
        std::vector<Tag> tags(3);
        for (std::size_t i = 0; i < 3; ++i) tags[i].name = "t" + std::to_string(i);
        EXPECT_LE(queries_of([&] { Tag::objects.bulk_create(tags); }), 2);
        EXPECT_EQ(tags[2].id, 3);
        EXPECT_EQ(Tag::objects.count(), 3);
        for (Tag& tag : tags) tag.name += "x";
        Tag::objects.bulk_update(tags, {"name"});
        EXPECT_EQ(Tag::objects.filter("name__endswith"_f = "x").count(), 3);
        EXPECT_EQ(Tag::objects.in_bulk({1, 3, 9}).size(), 2u);
    });
}

TEST(BlogQueries, AQuerysetKeepsItsRowsAndAManagerNever) {
    with_blog([] {
        Two data;
        auto rows = Article::objects.all();
        EXPECT_EQ(queries_of([&] {
                      for (auto& row : rows) (void)row;
                      for (auto& row : rows) (void)row;
                      EXPECT_EQ(rows.count(), 3);
                      EXPECT_EQ(rows[0], *rows.begin());
                  }),
                  1);
        EXPECT_EQ(queries_of([] {
                      EXPECT_EQ(Article::objects.list().size(), 3u);
                      EXPECT_EQ(Article::objects.list().size(), 3u);
                  }),
                  2);
    });
}

TEST(BlogQueries, RowsStayWhileTheyAreIteratedAndUpdated) {
    with_blog([] {
        Two data;
        const auto rows = Article::objects.order_by("id");
        std::string titles;
        for (const Article& article : rows) {
            rows.update("views"_f = 7);
            titles += article.title + ";";
        }
        EXPECT_EQ(titles, "On engines;On looms;Other;");
        EXPECT_EQ(rows.begin()->views, 7);
    });
}

TEST(BlogQueries, ALoopThatUpdatesItsQuerysetAndIteratesItAnewKeepsTheRowsItStandsOn) {
    with_blog([] {
        Two data;
        auto rows = Article::objects.order_by("id");
        std::string titles;
        for (const Article& article : rows) {
            rows.update("views"_f = 7);
            for (const Article& inner : rows) titles += std::to_string(inner.views.value);
            titles += article.title + ";";
        }
        EXPECT_EQ(titles, "777On engines;777On looms;777Other;");
        titles.clear();
        for (auto at = rows.begin(); at != rows.end(); ++at) {  // each end() is of a fetch of its own
            rows.filter("title"_f = "Other").delete_();
            rows.update("views"_f = 8);
            titles += at->title + ";";
        }
        EXPECT_EQ(titles, "On engines;On looms;Other;");
        EXPECT_EQ(rows.size(), 2u);
        titles.clear();
        for (const Article& article : rows) {
            rows = rows.none();
            titles += article.title + ";";
        }
        EXPECT_EQ(titles, "On engines;On looms;");
        for (const auto& [title, views] : Article::objects.order_by("id").values_list("title"_f, "views"_f)) {
            titles += title + std::to_string(views);
        }
        EXPECT_EQ(titles, "On engines;On looms;On engines8On looms8");
    });
}

TEST(BlogQueries, ASecondFetchOfOneQuerysetLeavesTheRowsOfTheFirstInPlace) {
    with_blog([] {
        Two data;
        const auto rows = Article::objects.order_by("id");
        const Article* first = &*rows.begin();
        rows.shared_rows()->fill(rows.query(), {});  // what a fiber does that asked before the first had its answer
        EXPECT_EQ(&*rows.begin(), first);
        EXPECT_EQ(rows.size(), 3u);
        EXPECT_EQ(first->title, "On engines");
    });
}

TEST(BlogQueries, AManagerKeepsNoRowsThroughAReferenceToAQuerySetEither) {
    with_blog([] {
        Two data;
        const Article::QuerySet& shared = Article::objects;
        EXPECT_EQ(shared.size(), 3u);
        EXPECT_EQ(shared.list().size(), 3u);
        EXPECT_EQ(shared.count(), 3);
        EXPECT_EQ(message_of<models::TypeError>([&] { shared.begin(); }),
                  "The manager of Article is not iterable: use all().");
        EXPECT_FALSE(shared.is_fetched());
        const Article::QuerySet own = Article::objects;
        EXPECT_EQ(own.size(), 3u);
        EXPECT_TRUE(own.is_fetched());
        const Article::Manager copy = Article::objects;
        EXPECT_FALSE(copy.keeps_rows());
    });
}

TEST(BlogQueries, ExcludesByAQueryOverAToManyRelation) {
    with_blog([] {
        Two data;
        const Tag tag = Tag::objects.create({.name = "engines"});
        data.first.tags.add(tag);
        const auto titles = [](const auto& rows) { return rows.order_by("id").values_flat("title"_f).list(); };
        EXPECT_EQ(titles(Article::objects.exclude("tags__in"_f = Tag::objects.filter("name"_f = "engines"))),
                  (std::vector<std::string>{"On looms", "Other"}));
        EXPECT_EQ(titles(Article::objects.exclude("tags__in"_f = Tag::objects.filter("name"_f = "nothing"))).size(), 3u);
        EXPECT_EQ(titles(Article::objects.exclude("tags__in"_f = Tag::objects.none())).size(), 3u);
    });
}

TEST(BlogQueries, DefaultsThatAreExpressionsAreComputedByTheDatabase) {
    with_blog([] {
        Two data;
        const auto [found, made] = Article::objects.update_or_create(
            "slug"_f = "engines", models::defaults("title"_f = "New", "views"_f = "views"_f + 5));
        EXPECT_FALSE(made);
        EXPECT_EQ(found.views, 15);
        EXPECT_EQ(Article::objects.get("slug"_f = "engines").views, 15);
        EXPECT_EQ(Article::objects.get("slug"_f = "engines").title, "New");
        EXPECT_EQ(message_of<models::ValueError>([&] {
                      Article::objects.get_or_create("slug"_f = "fresh", "author"_f = data.ada,
                                                     models::defaults("views"_f = "views"_f + 5));
                  }),
                  "A new Article cannot be made with an expression as its 'views': there is no row yet to compute it "
                  "from.");
        EXPECT_EQ(Article::objects.count(), 3);
    });
}

TEST(BlogQueries, BulkCreateWritesToTheDatabaseOfItsQueryset) {
    const db::sqlite::TestDatabase restores_the_former_ones;
    db::set_databases(db::make_databases({{"default", {.name = ":memory:"}}, {"archive", {.name = ":memory:"}}}));
    async::run([&] {
        for (const char* alias : {"default", "archive"}) {
            const db::models::ModelMeta* metas[] = {&db::models::meta_of<Tag>()};
            db::models::schema::create_tables(db::connection(alias), metas);
        }
        std::vector<Tag> tags(2);
        tags[0].name = "a";
        tags[1].name = "b";
        Tag::objects.using_("archive").bulk_create(tags);
        EXPECT_EQ(Tag::objects.using_("archive").count(), 2);
        EXPECT_EQ(Tag::objects.count(), 0);
    });
}

TEST(BlogQueries, DeleteTakesWhatHangsOnARow) {
    with_blog([] {
        Two data;
        Comment::objects.create({.article = data.first, .name = "Eve", .text = "Hm"});
        data.ada.delete_();
        EXPECT_EQ(Article::objects.count(), 1);
        EXPECT_EQ(Comment::objects.count(), 0);
        EXPECT_EQ(data.ada.pk(), 0);
        EXPECT_EQ(Article::objects.all().delete_().total, 1);
    });
}

TEST(BlogQueries, UpdateFieldsWritesOnlyThose) {
    with_blog([] {
        Two data;
        data.first.title = "Changed";
        data.first.body = "Changed too";
        data.first.save({.update_fields = {"title"}});
        data.first.refresh_from_db();
        EXPECT_EQ(data.first.title, "Changed");
        EXPECT_EQ(data.first.body, "Numbers");
    });
}

TEST(BlogQueries, LookupsOfDatesSetsAndNulls) {
    with_blog([] {
        Two data;
        Article::objects.filter("slug"_f = "engines").update("published_at"_f = DateTime::from_ymdhms(2020, 5, 4));
        EXPECT_EQ(Article::objects.filter("published_at__year"_f = 2020).count(), 1);
        EXPECT_EQ(Article::objects.filter("published_at__month__gte"_f = 5, "published_at__year"_f = 2020).count(), 1);
        EXPECT_EQ(Article::objects.filter("published_at__isnull"_f = true).get().slug, "looms");
        EXPECT_EQ(Article::objects.filter("id__in"_f = {1, 3}).count(), 2);
        EXPECT_EQ(Article::objects.filter("views__range"_f = std::pair(1, 5)).get().slug, "looms");
        EXPECT_EQ(Article::objects.filter("status__in"_f = {Status::draft}).count(), 1);
        EXPECT_EQ(Article::objects.filter("editor"_f = nullptr).count(), 3);
        EXPECT_EQ(Article::objects.filter("created__lte"_f = nuages::timezone::now()).count(), 3);
    });
}

TEST(BlogQueries, NullableForeignKeysFollowLikeOthers) {
    with_blog([] {
        Two data;
        data.first.editor = data.bob;
        data.first.save();
        EXPECT_EQ(data.first.editor->name, "Bob");
        const Article again = Article::objects.get("editor__name"_f = "Bob");
        EXPECT_EQ(again.editor->email, "bob@example.org");
        EXPECT_EQ(again.editor.pk(), data.bob.pk());
        EXPECT_THROW((void)Article{.title = "x"}.author->name, Author::DoesNotExist);
        data.bob.delete_();
        EXPECT_EQ(Article::objects.filter("editor__isnull"_f = true).count(), 2);
    });
}

}  // namespace
