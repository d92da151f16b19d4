#include <nuages/core/cache/cache.hpp>
#include <nuages/core/cache/locmem.hpp>
#include <nuages/utils/datetime.hpp>

#include <gtest/gtest.h>

using namespace nuages;
using namespace nuages::cache;

namespace {

DateTime clock_at;

class LocMem : public testing::Test {
protected:
    LocMem() {
        clock_at = DateTime::from_ymdhms(2026, 1, 1);
        timezone::set_clock([] { return clock_at; });
    }
    ~LocMem() override { timezone::set_clock(nullptr); }
    static void pass(Duration span) { clock_at = clock_at + span; }

    LocMemCache cache{{.timeout = seconds(60), .key_prefix = "site", .max_entries = 4, .cull_frequency = 2}};
};

TEST_F(LocMem, KeepsAValueForItsTime) {
    cache.set("rate", "1.08");
    cache.set("short", "x", seconds(10));
    cache.set("always", "y", std::nullopt);
    pass(seconds(30));
    EXPECT_EQ(cache.get("rate"), "1.08");
    EXPECT_FALSE(cache.get("short"));
    pass(seconds(31));
    EXPECT_FALSE(cache.has_key("rate"));
    EXPECT_EQ(cache.get("always"), "y");
}

TEST_F(LocMem, DoesNotKeepWhatHasNoTime) {
    cache.set("key", "old");
    cache.set("key", "new", seconds(0));
    EXPECT_FALSE(cache.get("key"));
}

TEST_F(LocMem, AddsOnlyWhatIsNotThere) {
    EXPECT_TRUE(cache.add("lock", "a"));
    EXPECT_FALSE(cache.add("lock", "b"));
    EXPECT_EQ(cache.get("lock"), "a");
    EXPECT_TRUE(cache.delete_("lock"));
    EXPECT_FALSE(cache.delete_("lock"));
}

TEST_F(LocMem, CountsInPlace) {
    cache.set("hits", "41");
    EXPECT_EQ(cache.incr("hits"), 42);
    EXPECT_EQ(cache.decr("hits", 2), 40);
    EXPECT_THROW(cache.incr("misses"), Error);
    cache.set("text", "a");
    EXPECT_THROW(cache.incr("text"), Error);
}

TEST_F(LocMem, MakesAMissingValueOnce) {
    int made = 0;
    auto make = [&] { return std::to_string(++made); };
    EXPECT_EQ(cache.get_or_set("key", make), "1");
    EXPECT_EQ(cache.get_or_set("key", make), "1");
}

TEST_F(LocMem, GivesUpWhatWasNotAskedForLongest) {
    for (const char* key : {"a", "b", "c", "d"}) cache.set(key, key);
    cache.get("a");
    cache.set("e", "e");  // full: half of them go
    EXPECT_TRUE(cache.has_key("a"));
    EXPECT_TRUE(cache.has_key("d"));
    EXPECT_FALSE(cache.has_key("b"));
    EXPECT_FALSE(cache.has_key("c"));
}

TEST_F(LocMem, TouchProlongs) {
    cache.set("key", "x");
    pass(seconds(50));
    EXPECT_TRUE(cache.touch("key"));
    pass(seconds(50));
    EXPECT_TRUE(cache.has_key("key"));
    EXPECT_FALSE(cache.touch("other"));
}

TEST_F(LocMem, MakesKeysAsDjangoAndRefusesWhatMemcachedRefuses) {
    EXPECT_EQ(cache.make_key("a"), "site:1:a");
    EXPECT_EQ(cache.make_key("a", 2), "site:2:a");
    EXPECT_THROW(cache.get("two words"), InvalidCacheKey);
    EXPECT_THROW(cache.get(std::string(260, 'k')), InvalidCacheKey);
}

TEST_F(LocMem, VersionsAreApart) {
    cache.set("key", "one");
    cache.set("key", "two", {}, 2);
    EXPECT_EQ(cache.get("key"), "one");
    EXPECT_EQ(cache.get("key", 2), "two");
}

TEST(Caches, AreFoundByAlias) {
    EXPECT_TRUE(find_cache("default"));
    EXPECT_FALSE(find_cache("other"));
    EXPECT_THROW(caches("other"), InvalidCacheBackend);
}

TEST(FragmentKeys, AreDjangos) {
    EXPECT_EQ(make_template_fragment_key("spam"), "template.cache.spam.d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(make_template_fragment_key("spam", {"abc"}), "template.cache.spam.493e283d571a73056196f1a68efd0f66");
}

}  // namespace
