#include <nuages/http/errors.hpp>
#include <nuages/http/querydict.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nuages::http {
namespace {

TEST(QueryDict, IsImmutableUnlessCopied) {
    const QueryDict query("a=1&b=2&a=3");
    QueryDict copy = query.copy();
    copy.set("a", "x");
    copy.appendlist("c", "y z");
    EXPECT_EQ(copy.urlencode(), "a=x&b=2&c=y+z");
    EXPECT_EQ(query.urlencode(), "a=1&a=3&b=2");
    QueryDict frozen("a=1");
    EXPECT_THROW(frozen.set("a", "2"), Error);
}

TEST(QueryDict, TheLastValueWins) {
    const QueryDict query("a=1&a=2&b");
    EXPECT_EQ(query["a"], "2");
    EXPECT_EQ(query.get("missing", "otherwise"), "otherwise");
    EXPECT_TRUE(query.contains("b"));
    EXPECT_EQ(query.size(), 2u);
}

TEST(QueryDict, GivesItsItemsAndTakesTheLastOneOut) {
    QueryDict query("a=1&b=2&a=3", true);
    EXPECT_EQ(query.items(), (std::vector<std::pair<std::string, std::string>>{{"a", "3"}, {"b", "2"}}));
    EXPECT_EQ(query.values(), (std::vector<std::string>{"3", "2"}));
    EXPECT_EQ(query.dict(), query.items());
    EXPECT_EQ(query.popitem().first, "b");
    EXPECT_EQ(query.popitem(), (std::pair<std::string, std::vector<std::string>>{"a", {"1", "3"}}));
    EXPECT_THROW(query.popitem(), Error);
    EXPECT_THROW(QueryDict("a=1").popitem(), Error);
}

TEST(QueryDict, IsMadeOfKeysWithOneValue) {
    const QueryDict made = QueryDict::fromkeys({"a", "a", "b"}, "v");
    EXPECT_EQ(made.urlencode(), "a=v&a=v&b=v");
    EXPECT_FALSE(made.is_mutable());
    EXPECT_TRUE(QueryDict::fromkeys({}, "", true).is_mutable());
}

}  // namespace
}  // namespace nuages::http
