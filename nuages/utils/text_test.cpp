#include <nuages/base/error.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/ip.hpp>
#include <nuages/utils/regex.hpp>
#include <nuages/utils/text.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>

#include <gtest/gtest.h>

namespace nuages::utils {
namespace {

TEST(Escape, FindsSpecialCharactersAtEveryPlaceOfABlock) {
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'x');
            text[at] = '<';
            EXPECT_EQ(escape(text), std::string(at, 'x') + "&lt;" + std::string(size - at - 1, 'x'));
        }
    }
    EXPECT_EQ(escape("&<>\"'é%#;=\x7f"), "&amp;&lt;&gt;&quot;&#x27;é%#;=\x7f");
}

TEST(Utf8, CutsIllFormedBytesAsPythonDoes) {
    EXPECT_EQ(to_utf8_replacing("a\xff"
                                "b"),
              "a\xef\xbf\xbd"
              "b");
    EXPECT_EQ(to_utf8_replacing("\xe2\x82"), "\xef\xbf\xbd");
    EXPECT_EQ(to_utf8_replacing("\xe2\x28\xa1"), "\xef\xbf\xbd(\xef\xbf\xbd");
    EXPECT_EQ(to_utf8_replacing("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    EXPECT_FALSE(is_utf8("\xc0\x80"));
    EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
    EXPECT_TRUE(is_utf8("aé日🙂"));
    EXPECT_EQ(to_utf8(to_utf32("aé日🙂")), "aé日🙂");
}

TEST(Url, DecodesNothingThatIsNotEncoded) {
    EXPECT_EQ(unquote_plus("a+b%20c%zz%4"), "a b c%zz%4");
    EXPECT_EQ(quote("a b/é?", "/"), "a%20b/%C3%A9%3F");
    EXPECT_EQ(quote(std::string_view("\0", 1), std::string_view("")), "%00");
}

TEST(Url, JoinsAsBrowsersDo) {
    EXPECT_EQ(urljoin("http://a/b/c/d?q", "../g"), "http://a/b/g");
    EXPECT_EQ(urljoin("http://a/b/c/d?q", "?y"), "http://a/b/c/d?y");
    EXPECT_EQ(urljoin("http://a/b/c/d?q", "//g"), "http://g");
    EXPECT_EQ(urljoin("http://a/b/c/d?q", "../../../../g"), "http://a/g");
    EXPECT_EQ(urljoin("http://a/b/c/d?q", "javascript:x"), "javascript:x");
    EXPECT_FALSE(urlsplit("http://[::1/"));
    EXPECT_FALSE(urlsplit("http://[nonsense]/"));
}

TEST(Http, NoOtherSiteIsASafeTarget) {
    const auto safe = [](std::string_view url) { return url_has_allowed_host_and_scheme(url, {"example.com"}); };
    for (const char* url :
         {"//evil.com", "///evil", "\\\\evil", "http:evil", "javascript:alert(1)", " https:evil", "http:999999999",
          "/\\evil", "http:///example.com/", "\x08//example.com", "ftp://example.com", "http://example.com@evil.com",
          "http://example.com\\@evil.com", "http://[::1"})
        EXPECT_FALSE(safe(url)) << url;
    for (const char* url :
         {"/view/?param=http://example.com", "http://example.com/x", "//example.com/", "HTTPS://example.com/"})
        EXPECT_TRUE(safe(url)) << url;
}

TEST(Http, HeaderParametersWithManyQuotesTakeLinearTime) {
    std::string line = "a; b=\"";
    for (int i = 0; i < 200'000; ++i) line += ";\\\"";
    EXPECT_EQ(parse_header_parameters(line, std::string::npos).value, "a");
}

TEST(Http, FileNamesCannotLeaveTheirHeader) {
    EXPECT_EQ(content_disposition_header(true, "a\"; filename=\"b.bat"),
              "attachment; filename=\"a\\\"; filename=\\\"b.bat\"");
    EXPECT_EQ(content_disposition_header(true, "a\r\nX: y"), "attachment; filename*=utf-8''a%0D%0AX%3A%20y");
}

TEST(Ip, RefusesLeadingZerosAndLineBreaks) {
    EXPECT_TRUE(is_valid_ipv4_address("127.0.0.1"));
    for (const char* wrong : {"127.0.0.01", "1.2.3", "1.2.3.4\n", "256.0.0.1", "1.2.3.4.5", ""})
        EXPECT_FALSE(is_valid_ipv4_address(wrong)) << wrong;
    EXPECT_EQ(clean_ipv6_address("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
    EXPECT_EQ(clean_ipv6_address("::ffff:10.0.0.1", true), "10.0.0.1");
    EXPECT_FALSE(clean_ipv6_address("::1\n"));
}

TEST(StripTags, RefusesWhatWouldTakeTooLong) {
    EXPECT_EQ(strip_tags("a <b>c</b> d & <"), "a c d & <");
    EXPECT_THROW(strip_tags("<" + std::string(100, 'a') + std::string(2000, '<') + "b"), SuspiciousOperation);
}

TEST(TruncateHtml, ClosesWhatStaysOpen) {
    EXPECT_EQ(truncate_html_words("<p>one <b>two three</b> four</p>", 2), "<p>one <b>two…</b></p>");
    EXPECT_EQ(truncate_html_chars("<p>I &lt;3 python</p>", 5), "<p>I &lt;3…</p>");
    EXPECT_EQ(truncate_html_words("<br>" + std::string(50'000, '<'), 3).substr(0, 4), "<br>");
}

TEST(Regex, MatchesTextThatIsTooLongForTheCompiledForm) {
    EXPECT_TRUE(Regex("(?:a|.)*x$").search(std::string(20'000, 'b') + "x"));
}

TEST(Regex, GivesUpOnPatternsThatBacktrackForever) {
    const Regex nested("^(a+)+$");
    EXPECT_FALSE(nested.search(std::string(60, 'a') + "b"));
    EXPECT_THROW(Regex("("), Error);
    EXPECT_FALSE(
        Regex("a").search("\xff"
                          "a"));
}

TEST(Crypto, MatchesPublishedVectors) {
    EXPECT_EQ(hex(digest("sha256", "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(hmac("sha256", "Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(pbkdf2("password", "salt", 1, 20, "sha1")), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
    EXPECT_TRUE(constant_time_compare("a", "a"));
    EXPECT_FALSE(constant_time_compare("a", "ab"));
    EXPECT_EQ(get_random_string(20).size(), 20u);
}

std::string repeated(std::string_view piece, std::size_t bytes = 200'000) {
    std::string text;
    while (text.size() < bytes) text += piece;
    return text;
}

// Work in squares on this would not end within the suite's limit.
TEST(Security64, NumbersOfAnyLengthAreRefused) {
    EXPECT_THROW(base36_to_int(repeated("z")), Error);
    EXPECT_FALSE(is_valid_ipv6_address(repeated("1:")));
    EXPECT_FALSE(is_valid_ipv6_address(repeated(":")));
}

TEST(Security65, LongAddressesTakeNoLongerThanTheirBytes) {
    for (const char* piece : {"%C3%A4", "%c3", "%", "%80", "\xe2\x82\xac", "\xff", "%F0%9F%98%80", "/", "\\", "//", "http:"}) {
        const std::string text = repeated(piece);
        EXPECT_LE(uri_to_iri(text).size(), 3 * text.size()) << piece;
        EXPECT_LE(iri_to_uri(text).size(), 3 * text.size()) << piece;
        EXPECT_EQ(url_has_allowed_host_and_scheme("http://" + text, {"example.org"}), false) << piece;
    }
}

TEST(Words, FileNamesAreTamed) {
    EXPECT_EQ(get_valid_filename(" ../a b\r\n.txt"), "..a_b.txt");
    EXPECT_THROW(get_valid_filename(".."), SuspiciousOperation);
    EXPECT_EQ(smart_split("a \"b c\" d='e f'"), (std::vector<std::string>{"a", "\"b c\"", "d='e f'"}));
}

}  // namespace
}  // namespace nuages::utils
