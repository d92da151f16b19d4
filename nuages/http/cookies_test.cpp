#include <nuages/http/request.hpp>

#include <gtest/gtest.h>

#include <string>

namespace nuages::http {
namespace {

TEST(Cookies, OddHeadersKeepTheirOtherCookies) {
    const Cookies cookies("a=b; unnamed; c=\"x\\054y\\\"\"; =d; csrftoken=1");
    EXPECT_EQ(cookies["a"], "b");
    EXPECT_EQ(cookies["c"], "x,y\"");
    EXPECT_EQ(cookies[""], "d");
    EXPECT_EQ(cookies["csrftoken"], "1");
}

std::string names_of(const Cookies& cookies) {
    std::string out;
    for (const auto& [name, value] : cookies) out.append(name).append("=").append(value).append(" ");
    return out;
}

TEST(Cookies, ALaterOneOfTheSameNameWinsInThePlaceOfTheFirst) {
    Cookies cookies("a=1; b=2; a=3; c=4; b=5; a=6");
    EXPECT_EQ(cookies["a"], "6");
    EXPECT_EQ(cookies["b"], "5");
    EXPECT_EQ(names_of(cookies), "a=6 b=5 c=4 ");
    cookies.parse("c=7; d=8");
    cookies.set("a", "9");
    EXPECT_EQ(names_of(cookies), "a=9 b=5 c=7 d=8 ");

    const HeaderView fields[] = {{"Cookie", "a=1; b=2"}, {"Host", "x"}, {"cookie", "b=3; a=4; c=5"}};
    Request request({.method = "GET", .target = "/", .headers = {fields, 3}});
    EXPECT_EQ(names_of(request.COOKIES), "a=4 b=3 c=5 ");
}

TEST(Cookies, SixtyKilobytesOfThemAreAllThere) {
    std::string distinct, repeated;
    std::size_t count = 0;
    while (distinct.size() < 60'000) {
        const std::string number = std::to_string(count++);
        distinct.append(number).append("=v").append(number).append(";");
        repeated.append("same=").append(number).append(";");
    }
    const Cookies cookies(distinct);
    ASSERT_EQ(cookies.size(), count);
    EXPECT_EQ(cookies["0"], "v0");
    EXPECT_EQ(cookies[std::to_string(count - 1)], "v" + std::to_string(count - 1));
    std::size_t in_order = 0;
    for (const auto& cookie : cookies) in_order += cookie.name == std::to_string(in_order);
    EXPECT_EQ(in_order, count);

    const Cookies last(repeated);
    EXPECT_EQ(last.size(), 1u);
    EXPECT_EQ(last["same"], std::to_string(count - 1));
    EXPECT_EQ(Cookies(distinct + distinct).size(), count);
}

TEST(Cookies, ViewsOfValuesStayValidWhileOthersAreRead) {
    const Cookies cookies("a=1; b=2; a=3");
    const std::string_view b = cookies["b"];
    EXPECT_EQ(cookies.size(), 2u);
    EXPECT_EQ(b.data(), cookies["b"].data());
    EXPECT_EQ(b, "2");
}

TEST(Cookies, ValuesSurviveTheRoundTrip) {
    for (std::string_view value : {"plain", "with space; and, \"more\" \\", "é\n\t", "日本"})
        EXPECT_EQ(unquote_cookie_value(quote_cookie_value(value)), value);
}

}  // namespace
}  // namespace nuages::http
