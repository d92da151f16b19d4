#include "deb822.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

using namespace catalogue;

namespace {

/// A reader of TEXT that gets it in pieces of CHUNK bytes.
StanzaReader reader(std::string text, std::size_t chunk = 4096) {
    return StanzaReader{[text, chunk, offset = std::size_t{0}](char* out, std::size_t size) mutable {
        const std::size_t bytes = std::min({chunk, size, text.size() - offset});
        text.copy(out, bytes, offset);
        offset += bytes;
        return bytes;
    }};
}

/// All of TEXT as "name=value;name=value;" per stanza, or the failure, each closed by a line feed.
std::string stanzas(const std::string& text, std::size_t chunk = 4096) {
    StanzaReader input = reader(text, chunk);
    std::string out;
    while (auto stanza = input.next()) {
        if (*stanza) {
            for (const StanzaField& field : (*stanza)->fields) {
                out.append(field.name).append("=").append(field.value).append(";");
            }
        } else {
            out += stanza->error();
        }
        out += '\n';
    }
    EXPECT_EQ(input.position(), text.size());
    return out;
}

}  // namespace

TEST(StanzaReader, ReadsFieldsOfStanzas) {
    EXPECT_EQ(stanzas("Package: a\nVersion:1\n\nPackage:\tb  \n"), "Package=a;Version=1;\nPackage=b;\n");
}

TEST(StanzaReader, TakesSeveralBlankLinesAsOneEnd) {
    EXPECT_EQ(stanzas("\n\nA: 1\n\n \t\n\n\nB: 2\n\n\n"), "A=1;\nB=2;\n");
}

TEST(StanzaReader, HasNothingToReadInBlankInput) {
    EXPECT_EQ(stanzas(""), "");
    EXPECT_EQ(stanzas("\n \n\n\t"), "");
}

TEST(StanzaReader, DoesNotNeedAFinalLineFeed) { EXPECT_EQ(stanzas("A: 1\nB: 2"), "A=1;B=2;\n"); }

TEST(StanzaReader, KeepsContinuationLinesInTheValue) {
    EXPECT_EQ(stanzas("A: 1,\n 2,\n\t3\nB:\n four\n"), "A=1,\n 2,\n\t3;B=four;\n");
}

TEST(StanzaReader, CountsLinesUpToTheValue) {
    StanzaReader input = reader("\n\nA: 1\nB:\n four\n\nC: 5\n");
    auto first = input.next();
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->line, 3u);
    EXPECT_EQ((*first)->find("A")->line, 3u);
    EXPECT_EQ((*first)->find("B")->line, 5u);
    auto second = input.next();
    ASSERT_TRUE(second && *second);
    EXPECT_EQ((*second)->line, 7u);
}

TEST(StanzaReader, FindsFieldsWithoutRegardToCase) {
    StanzaReader input = reader("Pre-Depends: dpkg\n");
    auto stanza = input.next();
    ASSERT_TRUE(stanza && *stanza);
    EXPECT_EQ((**stanza)["pre-DEPENDS"], "dpkg");
    EXPECT_EQ((**stanza)["Depends"], "");
    EXPECT_EQ((*stanza)->find("Depends"), nullptr);
}

TEST(StanzaReader, NamesTheLineOfAMalformedStanzaAndGoesOn) {
    EXPECT_EQ(stanzas("A: 1\nno colon\nB: 2\n\nC: 3\n"), "line 2: a line without a colon\nC=3;\n");
    EXPECT_EQ(stanzas("\n A: 1\n\nC: 3\n"), "line 2: a continuation line that continues no field\nC=3;\n");
    EXPECT_EQ(stanzas("A: 1\na: 2\n\nC: 3\n"), "line 2: the field a stands twice\nC=3;\n");
    EXPECT_EQ(stanzas("# note\n#A: 1\n"), "line 1: a line without a colon\n");
    EXPECT_EQ(stanzas("#A: 1\n"), "line 1: not a field name: \"#A\"\n");
    EXPECT_EQ(stanzas(": 1\n"), "line 1: not a field name: \"\"\n");
}

TEST(StanzaReader, RefusesControlCharactersAndWhatIsNotUtf8) {
    const std::string failure = "line 2: control characters, or not UTF-8\n";
    EXPECT_EQ(stanzas("A: 1\nB: \x07\n"), failure);
    EXPECT_EQ(stanzas("A: 1\nB: \r\n"), failure);
    EXPECT_EQ(stanzas(std::string("A: 1\nB: \0\n", 10)), failure);
    EXPECT_EQ(stanzas("A: 1\nB: caf\xe9\n"), failure);
    EXPECT_EQ(stanzas("A: 1\nB: \xc0\xaf\n"), failure);
    EXPECT_EQ(stanzas("A: 1\nB: \xed\xa0\x80\n"), failure);
    EXPECT_EQ(stanzas("A: café ☁ 🂡\n"), "A=café ☁ 🂡;\n");
}

TEST(StanzaReader, RefusesTooManyFields) {
    std::string text;
    for (std::size_t i = 0; i < kMaxStanzaFields; ++i) text += "F" + std::to_string(i) + ": x\n";
    EXPECT_EQ(stanzas(text).substr(0, 5), "F0=x;");
    EXPECT_EQ(stanzas(text + "One-More: x\n"), "line 201: too many fields\n");
}

TEST(StanzaReader, SkipsAStanzaThatIsTooLongHoweverLong) {
    const std::string tail = "\n\nB: 2\n";
    EXPECT_EQ(stanzas("A: " + std::string(kMaxStanzaBytes - 100, 'x') + tail).substr(0, 4), "A=xx");
    const std::string failure = "line 1: the stanza is longer than 1048576 bytes\nB=2;\n";
    EXPECT_EQ(stanzas("A: " + std::string(kMaxStanzaBytes, 'x') + tail, 64 << 10), failure);
    EXPECT_EQ(stanzas("A: " + std::string(5 * kMaxStanzaBytes, 'x') + tail, 64 << 10), failure);
    std::string lines = "A: 1";
    while (lines.size() < 3 * kMaxStanzaBytes) lines += "\n continued";
    EXPECT_EQ(stanzas(lines + tail, 64 << 10), failure);
}

TEST(StanzaReader, DoesNotDependOnHowTheInputIsCut) {
    const std::string text = "A: 1\nB: 2,\n 3\n\n  \n\nbroken\nC: 4\n\nD: 5\n \t";
    const std::string found_by_fuzzing = "\n u\nStatus:\n\r\t";
    EXPECT_EQ(stanzas(found_by_fuzzing, 11), stanzas(found_by_fuzzing));
    for (const std::size_t chunk : {1, 2, 3, 5, 7, 11}) EXPECT_EQ(stanzas(text, chunk), stanzas(text)) << chunk;
}
