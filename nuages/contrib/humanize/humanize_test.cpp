#include <nuages/contrib/humanize/humanize.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/utils/timezone.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

std::string shown(const char* expression, Value value) {
    static const templates::Engine engine({.libraries = {{"humanize", humanize::library()}}});
    templates::Context context;
    context.set("value", std::move(value));
    return engine.from_string("{% load humanize %}{{ " + std::string(expression) + " }}")->render(context);
}

TEST(Humanize, SaysNumbers) {
    EXPECT_EQ(shown("value|ordinal", 1), "1st");
    EXPECT_EQ(shown("value|ordinal", 112), "112th");
    EXPECT_EQ(shown("value|intcomma", 1234567), "1,234,567");
    EXPECT_EQ(shown("value|intcomma", "1234567.1234567"), "1,234,567.1234567");
    EXPECT_EQ(shown("value|intword", 1200000), "1.2 million");
    EXPECT_EQ(shown("value|intword", Value::decimal("1" + std::string(100, '0'))), "1.0 googol");
    EXPECT_EQ(shown("value|apnumber", "5"), "five");
    EXPECT_EQ(shown("value|apnumber", 10), "10");
}

TEST(Security63, NumbersOfAnyLengthAreSaidWithinTheirLength) {
    for (const std::string& text : {std::string(200'000, '9'), "-" + std::string(200'000, '1'), "1." + std::string(200'000, '5'),
                                    std::string(200'000, 'x'), std::string("1e1000000"), std::string("-1e-1000000")}) {
        for (const char* filter : {"intcomma", "intword", "ordinal", "apnumber", "naturalday", "naturaltime"})
            EXPECT_LE(shown(("value|" + std::string(filter)).c_str(), Value(text)).size(), 2 * text.size() + 20) << filter;
    }
}

TEST(Humanize, LeavesWhatIsNoNumber) {
    EXPECT_EQ(shown("value|ordinal", "first"), "first");
    EXPECT_EQ(shown("value|intword", "a lot"), "a lot");
    EXPECT_EQ(shown("value|intcomma", nullptr), "None");
}

TEST(Humanize, SaysDays) {
    timezone::set_clock([] { return DateTime::from_ymdhms(2026, 5, 5, 12); });
    const std::int64_t today = Date::from_ymd(2026, 5, 5).days;
    EXPECT_EQ(shown("value|naturalday", Value::date(today)), "today");
    EXPECT_EQ(shown("value|naturalday", Value::date(today + 1)), "tomorrow");
    EXPECT_EQ(shown("value|naturalday:'Y-m-d'", Value::date(today - 9)), "2026-04-26");
    timezone::set_clock(nullptr);
}

TEST(Humanize, SaysTimes) {
    timezone::set_clock([] { return DateTime::from_ymdhms(2026, 5, 5, 12); });
    const std::int64_t now = DateTime::from_ymdhms(2026, 5, 5, 12).microseconds, second = 1'000'000;
    EXPECT_EQ(shown("value|naturaltime", Value::datetime(now - 3 * second)), "3\u00a0seconds ago");
    EXPECT_EQ(shown("value|naturaltime", Value::datetime(now + 3600 * second)), "an hour from now");
    EXPECT_EQ(shown("value|naturaltime", Value::datetime(now - 86400 * 8 * second)), "1\u00a0week, 1\u00a0day ago");
    timezone::set_clock(nullptr);
}

}  // namespace
