// Documents that are kept in a column, and lexemes, against a server.
#include <nuages/contrib/postgres/functions.hpp>
#include <nuages/contrib/postgres/indexes.hpp>
#include <nuages/contrib/postgres/lexeme.hpp>
#include <nuages/contrib/postgres/search_vector_field.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace archive {

namespace models = nuages::models;
namespace postgres = nuages::postgres;

struct Page : models::Model<Page> {
    BigAutoField id;
    TextField body;
    models::Nullable<postgres::SearchVectorField> vector;

    static models::Meta<Page> meta() {
        return {.db_table = "page", .indexes = {{.fields = {"vector"}, .name = "page_vector", .method = postgres::GinIndex()}}};
    }
};

}  // namespace archive

namespace nuages::postgres {
namespace {

using namespace literals;
using archive::Page;
using Ids = std::vector<std::int64_t>;

class SearchVectorFields : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!db::postgresql::TestCluster::shared(&reason)) GTEST_SKIP() << reason;
        register_lookups();
        for (auto meta : models::list<Page>()) meta();
    }
    template <class F> void with_pages(F&& f) {
        db::postgresql::with_database([&] {
            models::schema::create_tables(db::connection(), std::vector<const models::ModelMeta*>{&models::meta_of<Page>()});
            for (const char* body : {"fat cats ate rats", "a cat sat on the mat", "dogs bark"}) Page{.body = body}.save();
            Page::objects.update("vector"_f = SearchVector({.config = "english"}, "body"_f));
            f();
        });
    }
    static Ids ids(const auto& query) {
        Ids out;
        for (const auto& row : query.order_by("id")) out.push_back(row.id);
        return out;
    }
};

TEST_F(SearchVectorFields, AreWrittenReadAndSearched) {
    with_pages([] {
        const auto& pages = Page::objects;
        EXPECT_NE(models::schema::create_statements(db::connection(), models::meta_of<Page>())[0].find("\"vector\" tsvector NULL"), std::string::npos);
        EXPECT_EQ(ids(pages.filter("vector"_f = SearchQuery("cat", {.config = "english"}))), (Ids{1, 2}));
        EXPECT_EQ(ids(pages.filter("vector"_f = "cat")), (Ids{1, 2})) << "a text is searched for as plainto_tsquery() reads it";
        EXPECT_EQ(ids(pages.exclude("vector"_f = "cat")), Ids{3});
        EXPECT_EQ(ids(pages.filter("vector__isnull"_f = true)), Ids{});
        Page page = pages.get("id"_f = 3);
        EXPECT_EQ(*page.vector, "'bark':2 'dog':1");
        page.body = "birds sing";
        page.save();  // the document goes back as it came
        EXPECT_EQ(ids(pages.filter("vector"_f = "bark")), Ids{3});
        page.vector = std::nullopt;
        page.save();
        EXPECT_EQ(ids(pages.filter("vector__isnull"_f = true)), Ids{3});
        const auto ranked = pages.annotate("rank"_f = SearchRank("vector"_f, SearchQuery("rats", {.config = "english"}))).order_by("-rank").list();
        EXPECT_EQ(ranked.size(), 3u);
    });
}

TEST_F(SearchVectorFields, TakeCombinedLexemes) {
    with_pages([] {
        const auto found = [](const Lexeme& lexeme) { return ids(Page::objects.filter("vector"_f = SearchQuery(lexeme, {.config = "english"}))); };
        EXPECT_EQ(found(Lexeme("cats")), (Ids{1, 2}));
        EXPECT_EQ(found(Lexeme("cat") & Lexeme("mat")), Ids{2});
        EXPECT_EQ(found(Lexeme("mat") | Lexeme("dog")), (Ids{2, 3}));
        EXPECT_EQ(found(Lexeme("cat") & !Lexeme("mat")), Ids{1});
        EXPECT_EQ(found(!(Lexeme("cat") | Lexeme("dog"))), Ids{});
        EXPECT_EQ(found(Lexeme("ra", {.prefix = true})), Ids{1});
        EXPECT_EQ(found(Lexeme("cat", {.weight = 'A'})), Ids{});
        EXPECT_EQ(found(Lexeme("cat", {.invert = true})), Ids{3});
        EXPECT_EQ(found(Lexeme("c'a|t & :*!<->()")), Ids{}) << "no part of it is an operator";
        EXPECT_EQ(Lexeme("a  b'; :*").text(), "'a b ; '");
        EXPECT_EQ((!Lexeme("a", {.weight = 'B', .invert = true})).text(), "'a':B");
        EXPECT_THROW(Lexeme(""), models::ValueError);
        EXPECT_THROW(Lexeme("a", {.weight = 'E'}), models::ValueError);
    });
}

}  // namespace
}  // namespace nuages::postgres
