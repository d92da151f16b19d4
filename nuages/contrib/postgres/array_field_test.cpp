// Arrays in structs and in models made from data, against a server.
#include <nuages/contrib/postgres/array_field.hpp>
#include <nuages/contrib/postgres/functions.hpp>
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

namespace press {

namespace models = nuages::models;
using nuages::postgres::ArrayField;

std::vector<std::string> first_tags() { return {"new"}; }

struct Post : models::Model<Post> {
    BigAutoField id;
    ArrayField<std::string> tags{{.size = 3, .base_field = {.max_length = 10}, .default_ = models::call<first_tags>, .blank = true}};
    ArrayField<ArrayField<int>> board;
    ArrayField<nuages::Decimal> prices{{.base_field = {.max_digits = 6, .decimal_places = 2}}};
    ArrayField<std::optional<nuages::DateTime>> seen;
    models::Nullable<ArrayField<nuages::Uuid>> tokens;
    ArrayField<bool> flags;

    static models::Meta<Post> meta() { return {.db_table = "post"}; }
};

}  // namespace press

namespace nuages::postgres {
namespace {

using namespace literals;
using models::Literal;
using models::Name;
using models::QNode;
using models::Query;
using press::Post;
using Strings = std::vector<std::string>;

class Arrays : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!db::postgresql::TestCluster::shared(&reason)) GTEST_SKIP() << reason;
        for (auto meta : models::list<Post>()) meta();
    }
    template <class F> void with_posts(F&& f) {
        db::postgresql::with_database([&] {
            const std::vector<const models::ModelMeta*> all{&models::meta_of<Post>()};
            models::schema::create_tables(db::connection(), all);
            f();
        });
    }
    static std::vector<std::int64_t> ids(const auto& query) {
        std::vector<std::int64_t> out;
        for (const auto& row : query.order_by("id")) out.push_back(row.id);
        return out;
    }
    using Ids = std::vector<std::int64_t>;
};

TEST_F(Arrays, HaveTheirTypesInTheDatabase) {
    with_posts([] {
        const std::string sql = models::schema::create_statements(db::connection(), models::meta_of<Post>())[0];
        EXPECT_NE(sql.find("\"tags\" varchar(10)[3] NOT NULL"), sql.npos) << sql;
        EXPECT_NE(sql.find("\"board\" integer[][] NOT NULL"), sql.npos) << sql;
        EXPECT_NE(sql.find("\"prices\" numeric(6, 2)[] NOT NULL"), sql.npos) << sql;
        EXPECT_NE(sql.find("\"seen\" timestamp with time zone[] NOT NULL"), sql.npos) << sql;
        EXPECT_NE(sql.find("\"tokens\" uuid[] NULL"), sql.npos) << sql;
    });
}

TEST_F(Arrays, ComeBackAsTheyWent) {
    with_posts([] {
        const Uuid token = Uuid::random();
        Post post{.tags = {"a", "b \"c\" \\", "NULL"},
                  .board = {{1, 2}, {3, 4}},
                  .prices = {Decimal("1.50"), Decimal(2)},
                  .seen = {DateTime{1'600'000'000'123'456}, std::nullopt},
                  .tokens = std::vector<Uuid>{token},
                  .flags = {true, false}};
        post.save();
        const Post read = Post::objects.get("id"_f = post.id);
        EXPECT_EQ(read.tags, (Strings{"a", "b \"c\" \\", "NULL"}));
        EXPECT_EQ(read.board, (std::vector<std::vector<int>>{{1, 2}, {3, 4}}));
        EXPECT_EQ(read.prices[0], Decimal("1.50"));
        EXPECT_EQ(read.prices[1], Decimal(2));
        ASSERT_EQ(read.seen.size(), 2u);
        EXPECT_EQ(read.seen[0]->microseconds, 1'600'000'000'123'456);
        EXPECT_EQ(read.seen[1], std::nullopt);
        EXPECT_EQ((*read.tokens)[0], token);
        EXPECT_EQ(read.flags, (std::vector<bool>{true, false}));

        Post empty;
        EXPECT_EQ(empty.tags, Strings{"new"});
        empty.tags.clear();
        empty.save();
        const Post again = Post::objects.get("id"_f = empty.id);
        EXPECT_TRUE(again.tags.empty());
        EXPECT_TRUE(again.board.empty());
        EXPECT_FALSE(again.tokens);

        Post::objects.filter("id"_f = empty.id).update("tags"_f = Strings{"x"}, "tokens"_f = nullptr);
        EXPECT_EQ(Post::objects.get("id"_f = empty.id).tags, Strings{"x"});
    });
}

TEST_F(Arrays, AreWrittenInBulk) {
    with_posts([] {
        std::vector<Post> posts;
        for (int i = 0; i < 300; ++i) posts.push_back({.tags = {std::to_string(i), "a\tb\\"}});
        Post::objects.bulk_create(posts);
        EXPECT_EQ(Post::objects.count(), 300);
        std::vector<Post> read = Post::objects.order_by("id").list();
        EXPECT_EQ(read[299].tags, (Strings{"299", "a\tb\\"}));
        for (Post& post : read) post.tags = {"z"};
        Post::objects.bulk_update(read, {"tags"});
        EXPECT_EQ(Post::objects.filter("tags"_f = Strings{"z"}).count(), 300);
    });
}

TEST_F(Arrays, HaveLookupsAndTransforms) {
    with_posts([] {
        Post{.tags = {"cpp", "news"}, .board = {{1, 2}, {3, 4}}}.save();
        Post{.tags = {"news"}}.save();
        Post{.tags = {}}.save();
        const auto& posts = Post::objects;
        EXPECT_EQ(ids(posts.filter("tags"_f = Strings{"cpp", "news"})), Ids{1});
        EXPECT_EQ(ids(posts.exclude("tags"_f = Strings{"cpp", "news"})), (Ids{2, 3}));
        EXPECT_EQ(ids(posts.filter("tags__contains"_f = Strings{"news"})), (Ids{1, 2}));
        EXPECT_EQ(ids(posts.filter("tags__contained_by"_f = Strings{"news", "other"})), (Ids{2, 3}));
        EXPECT_EQ(ids(posts.filter("tags__overlap"_f = {"cpp", "other"})), Ids{1});
        EXPECT_EQ(ids(posts.filter("tags__in"_f = std::vector<Strings>{{"news"}, {}})), (Ids{2, 3}));
        EXPECT_EQ(ids(posts.filter("tags__len"_f = 0)), Ids{3});
        EXPECT_EQ(ids(posts.filter("tags__len__gte"_f = 1)), (Ids{1, 2}));
        EXPECT_EQ(ids(posts.filter("tags__0"_f = "news")), Ids{2});
        EXPECT_EQ(ids(posts.filter("tags__0__icontains"_f = "NEW")), Ids{2});
        EXPECT_EQ(ids(posts.filter("tags__0_1"_f = Strings{"cpp"})), Ids{1});
        EXPECT_EQ(ids(posts.filter("board__1__0"_f = 3)), Ids{1});
        EXPECT_EQ(ids(posts.filter("tags__gt"_f = Strings{"d"})), Ids{2});
        EXPECT_EQ(ids(posts.filter("tokens__isnull"_f = true)), (Ids{1, 2, 3}));
        EXPECT_EQ(ids(posts.filter("tags"_f = "tags"_f)), (Ids{1, 2, 3}));
        const auto rows = posts.annotate("first"_f = "tags__0"_f, "length"_f = "tags__len"_f, "two"_f = "tags__0_2"_f).order_by("id").list();
        EXPECT_EQ(rows[0]["first"_f], "cpp");
        EXPECT_EQ(rows[2]["first"_f], std::nullopt);
        EXPECT_EQ(rows[0]["length"_f], 2);
        EXPECT_EQ(*rows[0]["two"_f], (Strings{"cpp", "news"}));
        EXPECT_EQ(std::get<0>(posts.order_by("id").values_list("tags"_f).list()[0]), (Strings{"cpp", "news"}));
    });
}

TEST_F(Arrays, AreValidated) {
    with_posts([] {
        const auto message = [](Post post) {
            try {
                models::full_clean(models::meta_of<Post>(), &post, {.exclude = {"board", "prices", "seen", "tokens", "flags"}});
            } catch (const ValidationError& error) {
                return std::string(error.what());
            }
            return std::string("valid");
        };
        EXPECT_EQ(message({.tags = {"a"}}), "valid");
        EXPECT_NE(message({.tags = {"a", "b", "c", "d"}}).find("List contains 4 items, it should contain no more than 3."), std::string::npos);
        EXPECT_NE(message({.tags = {"ok", "far too long a text"}}).find("Item 2 in the array did not validate: Ensure this value has at most 10 characters"),
                  std::string::npos);
    });
}

TEST_F(Arrays, OfModelsMadeFromData) {
    db::postgresql::with_database([] {
        models::Field text;
        text.kind = models::FieldKind::char_;
        text.max_length = 10;
        models::ModelMeta meta;
        meta.app_label = "press";
        meta.object_name = "Note";
        meta.fields = {array_field("tags", text, 4), array_field("grid", array_field("", [] {
                           models::Field number;
                           number.kind = models::FieldKind::integer;
                           return number;
                       }()))};
        meta.finish();
        const std::vector<const models::ModelMeta*> all{&meta};
        models::schema::create_tables(db::connection(), all);
        const auto make = [&](std::vector<Literal> tags, std::vector<Literal> grid) {
            const Ref<models::Instance> note = models::Instance::create(meta);
            meta.field("tags").set(note->object(), Literal(std::move(tags)));
            meta.field("grid").set(note->object(), Literal(std::move(grid)));
            models::save(meta, note->object());
        };
        make({"a", "b"}, {Literal(std::vector<Literal>{1, 2}), Literal(std::vector<Literal>{3, Literal()})});
        make({}, {});
        const auto count = [&](const char* path, Literal value) { return Query(meta).filter(QNode(Name(path), std::move(value))).count(); };
        EXPECT_EQ(count("tags__contains", Literal(std::vector<Literal>{"a"})), 1);
        EXPECT_EQ(count("tags__len", 0), 1);
        EXPECT_EQ(count("tags__1__startswith", "b"), 1);
        EXPECT_EQ(count("tags__0_1", Literal(std::vector<Literal>{"a"})), 1);
        EXPECT_EQ(count("tags", Literal(std::vector<Literal>())), 1);
        EXPECT_EQ(count("tags__isnull", true), 0);
        EXPECT_THROW(count("tags__contains", Literal()), models::ValueError);
        EXPECT_THROW(count("tags__contains", 5), models::ValueError);
        EXPECT_THROW(count("tags__nonsense", 5), models::FieldError);
        const auto rows = Query(meta).order_by({"id"}).values({"tags", "grid", "tags__len"}).rows();
        EXPECT_EQ(repr(rows[0][0]), "['a', 'b']");
        EXPECT_EQ(repr(rows[0][1]), "[[1, 2], [3, None]]");
        EXPECT_EQ(rows[0][2].integer(), 2);
        EXPECT_EQ(repr(rows[1][1]), "[]");
    });
}

}  // namespace
}  // namespace nuages::postgres
