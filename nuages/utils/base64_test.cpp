#include <nuages/utils/base64.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace nuages::utils;

TEST(Base64, ComesBackWhateverItsLength) {
    std::string bytes;
    for (int i = 0; i < 70; ++i) {
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
        EXPECT_EQ(urlsafe_base64_decode(urlsafe_base64_encode(bytes)), bytes);
        bytes += static_cast<char>(i * 37);
    }
}

TEST(Base64, HasTwoAlphabets) {
    EXPECT_EQ(base64_encode("\xfb\xff\xfe?"), "+//+Pw==");
    EXPECT_EQ(urlsafe_base64_encode("\xfb\xff\xfe?"), "-__-Pw");
    EXPECT_EQ(urlsafe_base64_decode("+//+Pw=="), "\xfb\xff\xfe?");
}

TEST(Base64, SkipsWhatIsNoDigitAndStopsAtThePadding) {
    EXPECT_EQ(base64_decode(" Zm\r\n9v! "), "foo");
    EXPECT_EQ(base64_decode("Zm8=Zm9v"), "fo");
    EXPECT_EQ(base64_decode(""), "");
}

TEST(Base64, OfAWrongLengthIsNothing) {
    EXPECT_EQ(base64_decode("Zm9vZg"), std::nullopt);
    EXPECT_EQ(base64_decode("Z==="), std::nullopt);
    EXPECT_EQ(urlsafe_base64_decode("Zm9vZ"), std::nullopt);
}

}  // namespace
