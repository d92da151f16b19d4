#include <nuages/utils/decimal.hpp>

#include <gtest/gtest.h>

namespace nuages {
namespace {

static_assert(sizeof(Decimal) <= 32);

std::string read(std::string_view text) {
    const auto number = Decimal::parse(text);
    return number ? number->str() : "refused";
}

Decimal d(std::string_view text) { return Decimal(text); }

TEST(Decimal, PrintsWhatItReadAsPythonDoes) {
    const std::pair<const char*, const char*> cases[] = {
        {"12.50", "12.50"},
        {"  -.5\n", "-0.5"},
        {"+007", "7"},
        {"5.", "5"},
        {"1_000.25", "1000.25"},
        {"0", "0"},
        {"-0.00", "-0.00"},
        {"1e3", "1E+3"},
        {"1E-6", "0.000001"},
        {"1E-7", "1E-7"},
        {"0.0000001", "1E-7"},
        {"123456789012345678901234567890.123", "123456789012345678901234567890.123"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551616", "18446744073709551616"},
        {"9.99e999999", "9.99E+999999"},
        {"0e10", "0E+10"},
    };
    for (const auto& [text, printed] : cases) EXPECT_EQ(read(text), printed) << text;
}

TEST(Decimal, RefusesWhatIsNoNumberOrHasNoEnd) {
    for (const char* text : {"", " ", ".", "-", "e5", "1e", "1e+", "1e+-5", "1.2.3", "NaN", "sNaN", "Infinity", "-inf", "0x10",
                             "1 2", "12a", "1e1000000", "1e-1000000", "1e99999999999999999999", "\xd9\xa3"})
        EXPECT_EQ(read(text), "refused") << text;
    EXPECT_EQ(read(std::string(Decimal::kDigitsMax + 1, '9')), "refused");
    EXPECT_EQ(read(std::string(Decimal::kDigitsMax, '9')).size(), Decimal::kDigitsMax);
    EXPECT_EQ(read("0." + std::string(2'000'000, '0') + "1"), "refused");
    EXPECT_THROW(Decimal("abc"), DecimalError);
    EXPECT_THROW(Decimal::from_double(0.0 / 0.0), DecimalError);
    EXPECT_THROW(Decimal::from_double(1.0 / 0.0), DecimalError);
}

TEST(Decimal, CalculatesWith28Digits) {
    EXPECT_EQ((d("0.1") + d("0.2")).str(), "0.3");
    EXPECT_EQ((d("1.00") - d("1")).str(), "0.00");
    EXPECT_EQ((d("1.10") * d("3")).str(), "3.30");
    EXPECT_EQ((d("1") / d("3")).str(), "0.3333333333333333333333333333");
    EXPECT_EQ((d("2") / d("3")).str(), "0.6666666666666666666666666667");
    EXPECT_EQ((d("10") / d("4")).str(), "2.5");
    EXPECT_EQ((d("1000") / d("10")).str(), "100");
    EXPECT_EQ((d("9999999999999999999999999999") + d("0.5")).str(), "1.000000000000000000000000000E+28");
    EXPECT_EQ((d("1e999999") + d("1e-999999")).str(), "1.000000000000000000000000000E+999999");
    EXPECT_EQ((d("-7.5") % d("2")).str(), "-1.5");
    EXPECT_EQ((-d("5") + d("5")).str(), "0");
    EXPECT_EQ((Decimal(5) / 2 * 4).str(), "10.0");
    EXPECT_THROW(d("1") / d("0"), DecimalError);
    EXPECT_THROW(d("1") % d("0"), DecimalError);
    EXPECT_THROW(d("9e999999") * d("10"), DecimalError);
    EXPECT_EQ((d("1e-999999") * d("1e-999999")).str(), "0E-1000026");
}

TEST(Decimal, RoundsInEveryDirection) {
    const auto all = [](std::string_view text) {
        std::string out;
        for (const Rounding rounding : {Rounding::half_even, Rounding::half_up, Rounding::half_down, Rounding::down, Rounding::up,
                                        Rounding::floor, Rounding::ceiling})
            out += Decimal(text).quantize(0, rounding).str() + " ";
        return out;
    };
    EXPECT_EQ(all("2.5"), "2 3 2 2 3 2 3 ");
    EXPECT_EQ(all("3.5"), "4 4 3 3 4 3 4 ");
    EXPECT_EQ(all("-2.5"), "-2 -3 -2 -2 -3 -3 -2 ");
    EXPECT_EQ(all("2.51"), "3 3 3 2 3 2 3 ");
    EXPECT_EQ(all("-0.1"), "-0 -0 -0 -0 -1 -1 -0 ");
    EXPECT_EQ(d("1.005").quantize(-2).str(), "1.00");
    EXPECT_EQ(d("1.015").quantize(-2).str(), "1.02");
    EXPECT_EQ(d("5").quantize(-2).str(), "5.00");
    EXPECT_EQ(d("1234").quantize(2).str(), "1.2E+3");
    EXPECT_EQ(d("9.99").quantize(-1).str(), "10.0");
    EXPECT_THROW(d("123.45").quantize(-2, Rounding::half_even, 4), DecimalError);
    EXPECT_THROW(d("99.99").quantize(-1, Rounding::half_up, 3), DecimalError);
    EXPECT_EQ(d("12345678901234567890123456789.5").rounded().str(), "1.234567890123456789012345679E+28");
    EXPECT_EQ(d("123.456").rounded(4).str(), "123.5");
}

TEST(Decimal, ComparesByValue) {
    EXPECT_EQ(d("1.0"), d("1.000"));
    EXPECT_EQ(d("-0"), d("0e5"));
    EXPECT_LT(d("-1"), d("0"));
    EXPECT_LT(d("9.99"), d("10"));
    EXPECT_LT(d("1e-999999"), d("1e999999"));
    EXPECT_GT(d("-1e-999999"), d("-1e999999"));
    EXPECT_LT(d("123456789012345678901234567890"), d("123456789012345678901234567890.1"));
    EXPECT_EQ(d("100000000000000000000"), d("1e20"));
}

TEST(Decimal, ConvertsToAndFromOtherNumbers) {
    EXPECT_EQ(Decimal(-5).str(), "-5");
    EXPECT_EQ(Decimal(std::int64_t{-9223372036854775807} - 1).str(), "-9223372036854775808");
    EXPECT_EQ(Decimal(~std::uint64_t{0}).str(), "18446744073709551615");
    EXPECT_EQ(Decimal::from_double(0.1).str(), "0.1000000000000000055511151231257827021181583404541015625");
    EXPECT_EQ(Decimal::from_double(-2.5).str(), "-2.5");
    EXPECT_EQ(Decimal::from_double(1e22).str(), "10000000000000000000000");
    EXPECT_DOUBLE_EQ(d("12.25").to_double(), 12.25);
    EXPECT_EQ(d("-12.99").to_integer(), -12);
    EXPECT_EQ(d("-9223372036854775808").to_integer(), -9223372036854775807 - 1);
    EXPECT_EQ(d("9223372036854775808").to_integer(), std::nullopt);
    EXPECT_EQ(d("1e999999").to_integer(), std::nullopt);
    EXPECT_EQ(d("1e3").plain(), "1000");
    EXPECT_EQ(d("-1e-7").plain(), "-0.0000001");
    EXPECT_EQ(d("1.500").normalized().str(), "1.5");
    EXPECT_EQ(d("100").normalized().str(), "1E+2");
    EXPECT_TRUE(d("1.00").is_integer());
    EXPECT_TRUE(d("1e5").is_integer());
    EXPECT_FALSE(d("0.5").is_integer());
}

}  // namespace
}  // namespace nuages
