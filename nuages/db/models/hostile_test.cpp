// What comes from outside never becomes SQL: the lines of the security checklist on queries, one test each.
#include <nuages/db/backends/postgresql/backend.hpp>
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/operations.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace nuages::db::models {
namespace {

class Hostile : public ::testing::Test {
protected:
    Hostile() {
        document.app_label = "shop";
        document.object_name = "Document";
        document.db_table = "shop\"; DROP TABLE x; --";
        document.fields.resize(4);
        document.fields[0].name = "title";
        document.fields[1].name = "data";
        document.fields[1].kind = FieldKind::json;
        document.fields[2].name = "pages";
        document.fields[2].kind = FieldKind::integer;
        document.fields[3].name = "price";
        document.fields[3].kind = FieldKind::decimal;
        document.finish();
        registry.add(document);
    }

    /// The statement's text, without the values; what was refused as "Name: message".
    static std::string outcome(const std::function<Query()>& make) {
        std::string text;
        sqlite::with_memory_database([&] {
            try {
                text = make().sql().text;
            } catch (const Error& error) {
                text = std::string("refused: ") + error.name();
            }
        });
        return text;
    }
    static bool refused(const std::function<Query()>& make) { return outcome(make).starts_with("refused: "); }

    Registry registry;
    ModelMeta document;
    Query documents{document};
    static constexpr const char* kNames[] = {"a\"b", "a'b", "a;b", "a--b", "a/*b", "a b", "a\nb", "a\tb", "a.b", "a%b", "a\x01" "b", "", "a]b", "a#b"};
};

TEST_F(Hostile, Security52AliasesWithQuotesCommentsOrSpacesAreRefused) {
    for (const char* name : kNames) {
        EXPECT_TRUE(refused([&] { return documents.annotate(Name(std::string(name)), expr::value(Literal(1))); })) << name;
        EXPECT_TRUE(refused([&] { return documents.alias(Name(std::string(name)), expr::value(Literal(1))); })) << name;
        EXPECT_TRUE(refused([&] { return documents.values({Name(std::string(name))}); })) << name;
        EXPECT_TRUE(refused([&] {
            return documents.annotate(Name(std::string(name)), expr::filtered_relation(Name("title"), QNode()));
        })) << name;
    }
}

TEST_F(Hostile, Security53OrderingTakesKnownNamesOnly) {
    for (const char* name : {"title\"); DROP TABLE x", "title; --", "shop.title", "title DESC", "1", "(SELECT 1)", "--title"})
        EXPECT_TRUE(refused([&] { return documents.order_by({OrderBy(name)}); })) << name;
    EXPECT_FALSE(refused([&] { return documents.order_by({OrderBy("?")}); }));
}

TEST_F(Hostile, Security54KeysOfJsonPathsAreBound) {
    for (const char* key : {"a'b", "a\"b", "a) OR 1=1 --", "a%b", "{a}", "a;b"}) {
        const std::string path = std::string("data__") + key;
        for (const Query& query : {documents.filter(QNode(Name(path), Literal(1))), documents.order_by({OrderBy(Name(path))}),
                                   documents.filter(QNode(Name("data__has_key"), Literal(key)))}) {
            const std::string sql = outcome([&] { return query.values({Name("title")}); });
            EXPECT_EQ(sql.find(key), std::string::npos) << sql;
        }
    }
}

TEST_F(Hostile, Security54JsonPathsAsColumnsAreAliasesToo) {
    EXPECT_TRUE(refused([&] { return documents.values({Name("data__a\"b")}); }));
    EXPECT_TRUE(refused([&] { return documents.values({Name("data__a b")}); }));
}

TEST_F(Hostile, Security55AUsersNamesAreFieldsOrRefused) {
    for (const char* name : {"_connector", "_negated", "title__nope", "title__", "__title", "pk__exact__x", "title__exact__gt"})
        EXPECT_TRUE(refused([&] { return documents.filter(QNode(Name(name), Literal("OR 1=1"))); })) << name;
}

TEST_F(Hostile, Security56OptionsThatAreWordsComeFromAList) {
    const auto throws = [](const std::function<void()>& run) {
        bool thrown = false;
        sqlite::with_memory_database([&] {
            try {
                run();
            } catch (const Error&) {
                thrown = true;
            }
        });
        return thrown;
    };
    EXPECT_TRUE(throws([] { expr::trunc("year', now())) --", expr::F("title")); }));
    EXPECT_TRUE(throws([] { expr::extract("year' FROM x", expr::F("title")); }));
    EXPECT_TRUE(throws([] { expr::trunc("year", expr::F("title"), "UTC'); --"); }));
    EXPECT_TRUE(throws([] { expr::collate(expr::F("title"), "nocase\"; --"); }));
    EXPECT_TRUE(throws([] { expr::function("F(); --", {}, FieldKind::integer); }));
    EXPECT_TRUE(throws([] { expr::call("Lower); --", {expr::F("title")}); }));
    EXPECT_TRUE(throws([&] { documents.explain("JSON; DROP TABLE x"); }));
    EXPECT_TRUE(throws([&] { documents.explain("", {{"ANALYZE) DELETE FROM x", "1"}}); }));
    const std::string sql = outcome([&] {
        return documents.annotate(Name("all"), expr::aggregate("StringAgg", {expr::F("title"), expr::value(Literal("'; --"))}));
    });
    EXPECT_EQ(sql.find("'; --"), std::string::npos) << sql;
}

TEST_F(Hostile, Security58ValuesThatNoColumnHoldsGiveAClearError) {
    const auto filter = [&](const char* path, Literal value) {
        return refused([&] { return documents.filter(QNode(Name(path), std::move(value))); });
    };
    EXPECT_TRUE(filter("title", Literal(std::string("a\0b", 3))));
    EXPECT_TRUE(filter("title", Literal(std::string("a\xed\xa0\x80"))));  // a lone surrogate
    EXPECT_TRUE(filter("title__icontains", Literal(std::string("\xff"))));
    EXPECT_TRUE(filter("pages", Literal(std::nan(""))));
    EXPECT_TRUE(filter("pages", Literal("9223372036854775808x")));
    EXPECT_TRUE(filter("price", Literal("1e999999999")));
    EXPECT_TRUE(filter("price", Literal(std::string(100'000, '9'))));
    // An integer past 64 bits is in no row: the query is not sent.
    sqlite::with_memory_database([&] {
        EXPECT_EQ(documents.filter(QNode(Name("pages"), Literal::decimal("9223372036854775808"))).count(), 0);
        EXPECT_FALSE(documents.filter(QNode(Name("pages__gt"), Literal::decimal("99999999999999999999"))).exists());
    });
}

TEST_F(Hostile, Security57AValueIsNeverMoreThanAValue) {
    // What a lookup compares with reaches the statement's parameters only: no path, no file, no name.
    for (const char* value : {"../../etc/passwd", "file:///etc/passwd", "http://169.254.169.254/", "title", "(SELECT 1)", "?", "%s"}) {
        const std::string sql = outcome([&] { return documents.filter(QNode(Name("title"), Literal(value))).values({Name("title")}); });
        EXPECT_EQ(sql.substr(sql.find(" WHERE ")), " WHERE \"shop\"\"; DROP TABLE x; --\".\"title\" = ?") << value;
    }
}

TEST_F(Hostile, Security53OrderingByTheAliasOfAFilteredRelationIsRefused) {
    EXPECT_TRUE(refused([&] {
        return documents.annotate(Name("title.x"), expr::value(Literal(1))).order_by({OrderBy("title.x")});
    }));
}

TEST_F(Hostile, Security58ValuesInsideOtherValuesAreLookedAtToo) {
    const Literal nul(std::string("a\0b", 3)), broken(std::string("\xc3"));
    for (const Literal& bad : {nul, broken}) {
        EXPECT_TRUE(refused([&] { return documents.filter(QNode(Name("title__in"), Literal(std::vector<Literal>{Literal("a"), bad}))); }));
        EXPECT_TRUE(refused([&] { return documents.filter(QNode(Name("title__range"), Literal(std::vector<Literal>{Literal("a"), bad}))); }));
        EXPECT_TRUE(refused([&] { return documents.exclude(QNode(Name("title__istartswith"), bad)); }));
    }
}

TEST_F(Hostile, Security59NamesOfTablesAreQuoted) {
    const std::string sql = outcome([&] { return documents.values({Name("title")}); });
    EXPECT_NE(sql.find("FROM \"shop\"\"; DROP TABLE x; --\""), std::string::npos) << sql;
}

TEST_F(Hostile, Checklist59LongNamesAreShortenedTheSameWayEachTime) {
    register_backend(postgresql::backend);
    const auto database = make_ref<Database>("long", conf::DatabaseUrl{.engine = "postgresql", .name = "none"});
    const Operations& operations = database->connection().operations();
    const std::string name(70, 'a');
    const std::string shortened = operations.quoted(name);
    EXPECT_EQ(shortened.size(), 65u);
    EXPECT_EQ(operations.quoted(name), shortened);
    EXPECT_NE(operations.quoted(name + "b"), shortened);
    EXPECT_EQ(operations.quoted(std::string(63, 'a')), '"' + std::string(63, 'a') + '"');
    // Two indexes whose names begin alike stay apart.
    const std::vector<std::string> first{std::string(60, 'x') + "1"}, second{std::string(60, 'x') + "2"};
    EXPECT_NE(schema::index_name(name, first, ""), schema::index_name(name, second, ""));
}

}  // namespace
}  // namespace nuages::db::models
