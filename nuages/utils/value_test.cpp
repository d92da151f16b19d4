#include <nuages/utils/to_value.hpp>

#include <gtest/gtest.h>

#include <map>

using namespace nuages;

namespace shop {
struct Money {
    int cents;
};
Value to_value(const Money& money) { return Value(std::to_string(money.cents) + " ct"); }
}  // namespace shop

namespace {

enum class Color { red, green };

TEST(Value, KeepsScalarsTextAndKinds) {
    EXPECT_EQ(Value(true).kind(), ValueKind::boolean);
    EXPECT_EQ(Value(7).str(), "7");
    EXPECT_EQ(Value(18446744073709551615ull).str(), "18446744073709551615");
    EXPECT_EQ(Value(1e16).str(), "1e+16");
    EXPECT_EQ(Value(0.1).str(), "0.1");
    EXPECT_EQ(Value(2.0).str(), "2.0");
    EXPECT_EQ(Value("text").kind(), ValueKind::string);
    EXPECT_TRUE(Value(mark_safe("<b>")).is_safe());
    EXPECT_TRUE(Value().is_missing());
    EXPECT_TRUE(Value(nullptr).is_null());
}

TEST(Value, ComparesAcrossNumbersAndRefusesOtherKinds) {
    EXPECT_TRUE(Value(1).equals(Value(1.0)));
    EXPECT_TRUE(Value(true).equals(Value(1)));
    EXPECT_TRUE(Value::decimal("1.50").equals(Value(1.5)));
    EXPECT_FALSE(Value("1").equals(Value(1)));
    EXPECT_EQ(Value("1").compare(Value(1)), Value::kUnordered);
    EXPECT_EQ(Value::list({1, 2}).compare(Value::list({1, 3})), -1);
    EXPECT_FALSE(Value::list({1}).equals(Value::tuple({1})));
}

TEST(Value, PrintsContainersAsPython) {
    EXPECT_EQ(Value::list({1, "it's", nullptr, true}).str(), "[1, \"it's\", None, True]");
    EXPECT_EQ(Value::map({{"a", Value::tuple({1})}}).str(), "{'a': (1,)}");
    EXPECT_EQ(Value::duration(90'061'000'000).str(), "1 day, 1:01:01");
    EXPECT_EQ(Value::datetime(0).str(), "1970-01-01 00:00:00+00:00");
}

TEST(ToValue, BorrowsLvaluesAndOwnsTemporaries) {
    std::vector<std::string> names{"a", "b"};
    const Value borrowed = value_of(names);
    names[0] = "changed";
    EXPECT_EQ(borrowed.at(0).str(), "changed");
    Value item;
    {
        const Value owned = value_owning(std::vector<std::string>{"kept alive by its item", "b"});
        item = owned.at(0);
    }
    EXPECT_EQ(item.str(), "kept alive by its item");
}

TEST(ToValue, TakesOwnTypesEnumsOptionalsPointersAndMaps) {
    const std::map<int, shop::Money> prices{{1, {250}}};
    const shop::Money money{5};
    const shop::Money* none = nullptr;
    EXPECT_EQ(value_of(money).str(), "5 ct");
    EXPECT_EQ(value_of(prices).get("1").str(), "250 ct");
    EXPECT_EQ(value_of(Color::green).as_integer(), 1);
    EXPECT_TRUE(value_of(std::optional<int>()).is_null());
    EXPECT_EQ(value_of(&money).str(), "5 ct");
    EXPECT_TRUE(value_of(none).is_null());
    EXPECT_EQ(value_owning(std::vector<bool>{true, false}).str(), "[True, False]");
}

TEST(Value, CopiesTransientTextWhenItMustStay) {
    std::string scratch = "first";
    Value kept = Value::list({Value::transient(scratch)});
    Value lost = Value::transient(scratch);
    scratch = "other";
    EXPECT_EQ(kept.at(0).str(), "first");
    EXPECT_EQ(lost.str(), "other");
}

TEST(Value, CountsTheCharactersOfIllFormedTextAsItIteratesAndIndexesThem) {
    for (const char* text :
         {"\xff\xff\xff\xff", "a\xf0", "\xe2\x82", "\x80\x80z", "\xed\xa0\x80", "\xc3\xa9\xe2\x82\xac"}) {
        const Value value(text);
        std::vector<std::string> items;
        value.iterate([&](Value item) {
            items.emplace_back(item.str());
            return true;
        });
        ASSERT_EQ(value.size(), static_cast<std::int64_t>(items.size())) << text;
        std::string all;
        for (std::size_t i = 0; i < items.size(); ++i) {
            EXPECT_EQ(value.at(i).str(), items[i]) << text;
            all += items[i];
        }
        EXPECT_EQ(all, text);
        EXPECT_TRUE(value.at(items.size()).is_missing()) << text;
    }
    EXPECT_EQ(Value("\xff\xff\xff\xff").size(), 4);
    EXPECT_EQ(Value("\xc3\xa9\xe2\x82\xac").size(), 2);
}

}  // namespace
