#include <nuages/utils/json_text.hpp>

#include <gtest/gtest.h>

using namespace nuages::utils;

namespace {

std::string json(std::string_view text, JsonCharacters characters = JsonCharacters::utf8) {
    std::string out;
    append_json_string(out, text, characters);
    return out;
}

TEST(JsonText, EscapesQuotesBackslashesAndControlCharacters) {
    EXPECT_EQ(json(""), R"("")");
    EXPECT_EQ(json("say \"hi\" \\ there"), R"("say \"hi\" \\ there")");
    EXPECT_EQ(json("a\nb\r\t\b\f"), R"("a\nb\r\t\b\f")");
    EXPECT_EQ(json(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
    EXPECT_EQ(json("\x7f<>&"), "\"\x7f<>&\"");
}

TEST(JsonText, FindsWhatMustBeEscapedWhereverItStands) {
    for (std::size_t at = 0; at < 20; ++at) {
        std::string text(20, 'x');
        text[at] = '"';
        EXPECT_EQ(json(text), "\"" + text.substr(0, at) + "\\\"" + text.substr(at + 1) + "\"");
    }
}

TEST(JsonText, LeavesOtherLettersOrEscapesThem) {
    EXPECT_EQ(json("café 🎉"), "\"café 🎉\"");
    EXPECT_EQ(json("café 🎉\x7f", JsonCharacters::ascii), R"("caf\u00e9 \ud83c\udf89\u007f")");
    EXPECT_EQ(json("a\xff\n", JsonCharacters::ascii), R"("a\ufffd\n")");
}

}  // namespace
