#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

QNode q(const char* path, Literal value) { return {Name(path), std::move(value)}; }

TEST(CheckCondition, ComparesTheGivenValuesInTheDatabase) {
    db::testing::with_database([] {
        EXPECT_TRUE(check_condition(q("price__gt", 3), {{"price", Literal(5)}}));
        EXPECT_FALSE(check_condition(q("price__gt", 3), {{"price", Literal(2)}}));
        EXPECT_TRUE(check_condition(q("name__startswith", "ab"), {{"name", Literal("abc")}}));
        EXPECT_TRUE(check_condition(q("a__lt", 2) || q("b", 7), {{"a", Literal(5)}, {"b", Literal(7)}}));
        EXPECT_FALSE(check_condition(!q("a__lt", 2) && q("b", 8), {{"a", Literal(5)}, {"b", Literal(7)}}));
        EXPECT_TRUE(check_condition(QNode(Name("a__lt"), expr::F(Name("b"))), {{"a", Literal(5)}, {"b", Literal(7)}}));
    });
}

TEST(CheckCondition, HoldsWhereItIsUnknown) {
    db::testing::with_database([] {
        EXPECT_TRUE(check_condition(QNode(Name("a__gt"), expr::F(Name("b"))),
                                    {{"a", Literal(5)}, {"b", expr::value(Literal(), FieldKind::integer)}}));
        EXPECT_FALSE(check_condition(q("a__in", Literal(std::vector<Literal>())), {{"a", Literal(5)}}));
        EXPECT_TRUE(check_condition(QNode(), {{"a", Literal(5)}}));
    });
}

TEST(CheckCondition, NamesWhatHasNoValue) {
    db::testing::with_database([] {
        try {
            check_condition(q("cost", 3), {{"price", Literal(5)}});
            FAIL();
        } catch (const FieldError& error) {
            EXPECT_STREQ(error.what(), "Cannot resolve keyword 'cost' into field. Choices are: _check");
        }
    });
}

TEST(CheckCondition, AnErrorOfTheDatabaseLeavesTheBlockUsable) {
    db::testing::with_database([] {
        atomic([] {
            const Expr wrong = expr::raw_sql("no_such_function(1)", {}, {FieldKind::boolean, nullptr, true});
            EXPECT_TRUE(check_condition(QNode(wrong), {{"a", Literal(1)}}));
            EXPECT_FALSE(check_condition(q("a", 2), {{"a", Literal(1)}}));
        });
    });
}

}  // namespace
}  // namespace nuages::db::models
