// Fields in the expressions that people write: each does there what its value does. Compiled with -Wconversion and
// -Wsign-conversion where users' code is (tests/warnings).
#include <nuages/db/models/formatting.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace expressions {

namespace models = nuages::models;
using namespace nuages::literals;

enum class Status { draft, published };

struct Item : models::Model<Item> {
    BigAutoField id;
    CharField name{{.max_length = 50}};
    TextField body;
    IntegerField amount{{.default_ = 0}};
    BigIntegerField total;
    FloatField score;
    BooleanField active{{.default_ = true}};
    DateField day;
    TimeField at;
    DateTimeField created;
    DurationField span;
    DecimalField price{{.max_digits = 8, .decimal_places = 2}};
    UUIDField uid;
    Choice<Status> status{{.default_ = Status::draft}};
    Nullable<IntegerField> rank;
    Nullable<CharField> nick{{.max_length = 9}};
    Nullable<DateTimeField> done;
    Nullable<DecimalField> discount{{.max_digits = 8, .decimal_places = 2}};
    Nullable<Choice<Status>> before;
};

namespace {

using nuages::Date;
using nuages::DateTime;
using nuages::Decimal;
using nuages::days;
using nuages::hours;

std::size_t length(const std::string& text) { return text.size(); }
int or_nothing(std::optional<int> number) { return number.value_or(-1); }
template <class T> std::string streamed(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

TEST(FieldExpressions, NullableOnesAndObjectsAreFormatted) {
    (void)nuages::models::list<Item>();
    const Item a{.id = 3, .name = "ada", .rank = 7, .discount = Decimal("1.50")};
    EXPECT_EQ(fmt::format("{} {} {} {}", a.rank, a.nick, a.discount, a.before), "7 None 1.50 None");
    EXPECT_EQ(fmt::format("{:>16}", a), " Item object (3)");
}

TEST(FieldExpressions, TextIsAString) {
    Item a{.name = "ada", .body = "text"};
    const std::string text = a.name;
    EXPECT_TRUE(a.name == "ada" && "ada" == a.name && a.name == text && a.name != a.body && a.name < a.body && a.name < "b");
    EXPECT_EQ("x" + a.name + a.body + 'c', "xadatextc");
    a.name += "!";
    a.name += a.body;
    EXPECT_EQ(a.name, "ada!text");
    EXPECT_EQ(length(a.name), 8u);
    EXPECT_EQ(text.empty() ? a.name : "none", "none");
    EXPECT_EQ(std::max<std::string>(a.name, "z"), "z");
    std::map<std::string, int> counts;
    ++counts[a.name];
    EXPECT_EQ(counts.count(a.name), 1u);
    std::istringstream("word") >> a.name;
    EXPECT_EQ(fmt::format("{:>5}|{}", a.name, streamed(a.name)), " word|word");
    const auto [name, amount] = std::pair{a.name, a.amount};
    EXPECT_EQ(name, "word");
    EXPECT_EQ(amount, 0);
}

TEST(FieldExpressions, NumbersCount) {
    Item a{.amount = 6, .total = 40, .score = 1.5};
    EXPECT_TRUE(a.amount == 6 && 6 == a.amount && a.amount < a.total && 2 > a.score && a.amount > a.score);
    EXPECT_EQ(a.amount * 2 + a.total, 52);
    EXPECT_EQ(100 - a.total % 7, 95);
    EXPECT_DOUBLE_EQ(2.5 * a.score, 3.75);
    EXPECT_DOUBLE_EQ(std::sqrt(a.score * a.score), 1.5);
    a.amount %= 4;
    EXPECT_EQ(a.amount, 2);
    a.amount |= 5;
    a.amount <<= 2;
    a.amount ^= 1;
    a.amount &= 13;
    a.amount >>= 1;
    EXPECT_EQ(a.amount, 6);
    EXPECT_EQ(a.amount > 3 ? a.amount.value : 0, 6);
    EXPECT_EQ(std::max(a.amount.value, 9), 9);
    EXPECT_EQ(std::clamp<int>(a.amount, 0, 3), 3);
    EXPECT_EQ(fmt::format("{:03} {:.2f}", a.amount, a.score), "006 1.50");
    std::unordered_map<std::int64_t, int> by_id{{a.id, a.amount}};
    EXPECT_EQ(by_id.at(a.id), 6);
    const int list[]{1, 2, 3, 4, 5, 6, 7};
    EXPECT_EQ(list[a.amount], 7);
    a.active &= a.amount > 9;
    EXPECT_FALSE(a.active);
    a.active |= true;
    EXPECT_EQ(a.active ? "yes" : "no", std::string("yes"));
}

TEST(FieldExpressions, MomentsMoveBySpans) {
    Item a{.day = Date::from_ymd(2024, 2, 28), .at = nuages::Time::from_hms(13, 5), .created = DateTime::from_ymdhms(2024, 2, 28, 23),
           .span = hours(25)};
    a.day += days(2);
    EXPECT_EQ(a.day, Date::from_ymd(2024, 3, 1));
    a.day -= days(1);
    a.created += hours(2);
    EXPECT_EQ(a.created.date(), a.day);
    a.created -= a.span;
    a.span += hours(1);
    a.span -= hours(2);
    EXPECT_EQ(a.span * 2, days(2));
    EXPECT_EQ(a.created - DateTime::from_ymdhms(2024, 2, 28), a.span - days(1));
    EXPECT_TRUE(a.created < nuages::timezone::now() && a.day > Date{} && nuages::timezone::now() > a.created);
    EXPECT_EQ(streamed(a.day) + streamed(a.at) + streamed(a.created), "2024-02-2913:05:002024-02-28 00:00:00+00:00");
    EXPECT_EQ(fmt::format("{} {:>9} {} {}", a.day, a.at, a.created, nuages::hours(25)),
              "2024-02-29  13:05:00 2024-02-28 00:00:00+00:00 1 day, 1:00:00");
    const std::unordered_set<Date> days_seen{a.day};
    EXPECT_TRUE(days_seen.contains(a.day));
    EXPECT_EQ(std::hash<DateTime>{}(a.created), std::hash<DateTime>{}(DateTime::from_ymdhms(2024, 2, 28)));
    const std::optional<Date> known = a.day;
    EXPECT_EQ(known, a.day);
}

TEST(FieldExpressions, DecimalsCalculateWithWholeNumbers) {
    Item a{.amount = 3, .price = Decimal("1.50")};
    EXPECT_EQ(a.price * a.amount, Decimal("4.50"));
    EXPECT_EQ(a.amount - a.price, Decimal("1.5"));
    EXPECT_EQ(9 / a.price * 3, 18);
    EXPECT_TRUE(a.price < 2 && a.price < a.amount && a.amount > a.price && 2 > a.price);
    a.price += 1;
    a.price *= 2;
    EXPECT_EQ(a.price, 5);
    a.price = a.amount;
    EXPECT_EQ(streamed(a.price) + fmt::format("{:>4}", a.price), "3   3");
    EXPECT_EQ(std::hash<Decimal>{}(Decimal("3.00")), std::hash<Decimal>{}(a.price));
    EXPECT_EQ(std::hash<Decimal>{}(Decimal("-0.0")), std::hash<Decimal>{}(Decimal(0)));
    EXPECT_NE(std::hash<Decimal>{}(Decimal("3.01")), std::hash<Decimal>{}(a.price));
}

TEST(FieldExpressions, ChoicesAndUuidsAreValues) {
    Item a{.status = Status::published};
    a.uid = nuages::Uuid::parse("00000000000000000000000000000001").value();
    EXPECT_TRUE(a.status == Status::published && Status::draft < a.status);
    EXPECT_EQ(streamed(a.status) + fmt::format(" {:>10}", a.status), "published  published");
    std::map<Status, int> counts;
    ++counts[a.status];
    EXPECT_EQ(counts[Status::published], 1);
    EXPECT_EQ(streamed(a.uid), fmt::format("{}", a.uid));
    EXPECT_EQ((std::unordered_set<nuages::Uuid>{a.uid, a.uid}).size(), 1u);
}

TEST(FieldExpressions, NullablesAreOptionals) {
    Item a, b{.rank = 3, .nick = "x", .discount = Decimal(2), .before = Status::published};
    EXPECT_TRUE(a.rank == std::nullopt && b.rank == 3 && 3 == b.rank && a.rank != b.rank && b.rank != 4);
    EXPECT_TRUE(a.rank < b.rank && a.rank < -5 && b.rank >= 3 && 4 > b.rank && b.discount > 1 && b.nick < "y");
    EXPECT_EQ(or_nothing(a.rank), -1);
    EXPECT_EQ(or_nothing(b.rank), 3);
    std::optional<std::string> nick = b.nick;
    EXPECT_TRUE(nick == b.nick && b.nick == nick && a.nick != nick);
    std::vector<std::optional<int>> ranks;
    ranks.push_back(b.rank);
    EXPECT_EQ(ranks.back(), 3);
    b.nick->append("yz");
    *b.nick += "!";
    EXPECT_EQ(b.nick, "xyz!");
    *b.rank += 1;
    EXPECT_EQ(b.rank ? *b.rank : a.amount, 4);
    a.rank.swap(b.rank);
    EXPECT_TRUE(a.rank == 4 && !b.rank);
    EXPECT_EQ(*b.discount * 2, 4);
    EXPECT_FALSE(a.done < std::optional<DateTime>() || a.done > nuages::timezone::now());
    EXPECT_EQ(a.nick.value_or("none"), "none");
    EXPECT_EQ(std::hash<std::optional<int>>{}(a.rank), std::hash<std::optional<int>>{}(4));
}

TEST(FieldExpressions, ObjectsCompareAndHashByKey) {
    Item first{.id = 1, .name = "a"}, again{.id = 1, .name = "b"}, fresh, other;
    EXPECT_TRUE(first == again && first != other && fresh == fresh && fresh != other);
    const std::unordered_set<Item> items{first, again};
    EXPECT_EQ(items.size(), 1u);
    EXPECT_TRUE(items.contains(again));
}

TEST(FieldExpressions, EachModelHasErrorsOfItsOwn) {
    const Item::DoesNotExist missing("Item matching query does not exist.");
    EXPECT_STREQ(missing.name(), "DoesNotExist");
    EXPECT_THROW(throw Item::DoesNotExist("x"), nuages::ObjectDoesNotExist);
    EXPECT_THROW(throw Item::MultipleObjectsReturned("x"), nuages::MultipleObjectsReturned);
    EXPECT_FALSE((std::is_base_of_v<Item::DoesNotExist, Item::MultipleObjectsReturned>));
}

}  // namespace
}  // namespace expressions
