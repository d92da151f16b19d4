#include <nuages/http/json.hpp>
#include <nuages/utils/decimal.hpp>
#include <nuages/utils/uuid.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace nuages::http {
namespace {

struct Inner {
    int n;
    std::optional<std::string> name;
};
struct Outer {
    std::string title;
    bool on;
    double ratio;
    std::vector<Inner> rows;
    std::map<std::string, int> counts;
    std::tuple<int, std::string> pair;
    DateTime at;
    Date day;
    enum class Level { low, high } level;
};

TEST(JsonResponse, WritesAggregatesContainersAndDates) {
    const Outer outer{"a\"b\\c\n\x01ü",
                      true,
                      0.5,
                      {{1, "x"}, {2, std::nullopt}},
                      {{"k", 3}},
                      {4, "y"},
                      DateTime::from_ymdhms(2026, 3, 9, 13, 5, 9, 250000),
                      Date::from_ymd(2026, 3, 9),
                      Outer::Level::high};
    const JsonResponse response(outer);
    EXPECT_EQ(response.content,
              R"({"title":"a\"b\\c\n\u0001ü","on":true,"ratio":0.5,"rows":[{"n":1,"name":"x"},{"n":2,"name":null}],)"
              R"("counts":{"k":3},"pair":[4,"y"],"at":"2026-03-09T13:05:09.250Z","day":"2026-03-09","level":1})");
    EXPECT_EQ(response.content_type(), "application/json");
}

TEST(JsonResponse, WritesMembersInPlace) {
    const std::vector<int> rows{1, 2};
    const JsonResponse response({{"count", 2}, {"rows", rows}, {"more", json::Object{{"a", nullptr}}}},
                                {.status = 201});
    EXPECT_EQ(response.content, R"({"count":2,"rows":[1,2],"more":{"a":null}})");
    EXPECT_EQ(response.status_code, 201);
    EXPECT_EQ(json::dumps(seconds(3661)), "\"P0DT01H01M01S\"");
    EXPECT_EQ(json::dumps(2.0), "2.0");
    EXPECT_EQ(json::dumps(1.0 / 0.0), "null");
    EXPECT_EQ(json::dumps(std::string(40, 'x') + "\"" + std::string(20, 'y')),
              "\"" + std::string(40, 'x') + "\\\"" + std::string(20, 'y') + "\"");
}

TEST(JsonResponse, WritesDecimalsAndUuidsAsTexts) {
    EXPECT_EQ(json::dumps(Decimal("12.50")), "\"12.50\"");
    EXPECT_EQ(json::dumps(*Uuid::parse("00000000000040008000000000000001")), "\"00000000-0000-4000-8000-000000000001\"");
    EXPECT_EQ(json::dumps(std::optional<Decimal>{}), "null");
}

}  // namespace
}  // namespace nuages::http
