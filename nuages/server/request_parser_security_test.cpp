// The security checklist, by number: items 1 to 21 as far as they are the parser's.
#include <nuages/server/detail/parser_cases.hpp>

namespace nuages::server {
namespace {

TEST(Security01, RefusesContentLengthWithTransferEncoding) {
    EXPECT_EQ(status(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
    EXPECT_EQ(status(post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")), 400);
}

TEST(Security02, RefusesTransferEncodingInHttp10) {
    EXPECT_EQ(status("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(Security03, RefusesRepeatedContentLengths) {
    EXPECT_EQ(status(post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")), 400);
    EXPECT_EQ(status(post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")), 400);
    EXPECT_EQ(status(post("Content-Length: 5, 6\r\n", "hello!")), 400);
    EXPECT_EQ(status(post("Content-Length: 5, 5\r\n", "hello")), 400);
}

TEST(Security04, RefusesContentLengthsThatAreNotPlainDigits) {
    for (const char* value : {"+1", "-48", "1_0", "0x10", "1Z", "010", "00", "1 0", "1.0", "\"1\"", "1,",
                              "99999999999999999999", "9223372036854775808", "18446744073709551617"}) {
        EXPECT_EQ(status(post("Content-Length: " + std::string(value) + "\r\n", "0123456789")), 400) << value;
    }
    EXPECT_EQ(status(post("Content-Length: 0\r\n", "")), 200);
}

TEST(Security05, RefusesAnEmptyContentLength) {
    EXPECT_EQ(status(post("Content-Length:\r\n", "")), 400);
    EXPECT_EQ(status(post("Content-Length: \t\r\n", "")), 400);
}

TEST(Security06, RefusesChunkSizesThatAreNotPlainHexadecimal) {
    for (const char* size : {"8000000000000000", "FFFFFFFFFFFFFFFF", "10000000000000005", "0x5", "+5", "-0", "-5",
                             "5_0", " 5", "", "5 ", "\t5", "g", "5;\x01", "5 ;a", "0000000000000000000005"}) {
        EXPECT_EQ(status(chunked(std::string(size) + "\r\nhello\r\n0\r\n\r\n")), 400) << size;
    }
}

TEST(Security07, RefusesChunksWithoutCrlf) {
    EXPECT_EQ(status(chunked("5\nhello\r\n0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\rXhello\r\n0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\r\nhello\n0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\r\nhello\rX0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\r\nhello0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\r\nhello!\r\n0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\r\nhello\r\n0\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5\r\nhello\r\n0\r\n\n")), 400);
}

TEST(Security08, RefusesBareCrAndExcessInChunkExtensions) {
    EXPECT_EQ(status(chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5;" + std::string(254, 'a') + "\r\nhello\r\n0\r\n\r\n")), 200);
    EXPECT_EQ(status(chunked("5;" + std::string(255, 'a') + "\r\nhello\r\n0\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("5;" + std::string(4096, 'a'))), 400);
}

TEST(Security09, RefusesTransferEncodingsOtherThanChunkedOnce) {
    for (const char* value : {",chunked", "chunked, chunked", "chunked,",
                              "\x0b"
                              "chunked",
                              "chunked\x0b", "\"chunked\"", "gzip, chunked", "chunked;a=b", "", "chun ked",
                              "\xa0"
                              "chunked"}) {
        EXPECT_EQ(status(post("Transfer-Encoding: "s + value + "\r\n", "0\r\n\r\n")), 400) << value;
    }
    EXPECT_EQ(status(post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")), 501);
    EXPECT_EQ(status(post("Transfer-Encoding: identity\r\n", "0\r\n\r\n")), 501);
    EXPECT_EQ(status(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), 400);
    EXPECT_EQ(status(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")), 400);
    EXPECT_EQ(status(post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n")), 200);
}

TEST(Security10, RefusesWhiteSpaceBeforeAColonAndFoldedLines) {
    EXPECT_EQ(status(get("X : y\r\n")), 400);
    EXPECT_EQ(status(get("X\t: y\r\n")), 400);
    EXPECT_EQ(status(get("X: y\r\n z\r\n")), 400);
    EXPECT_EQ(status(get("X: y\r\n\tz\r\n")), 400);
    EXPECT_EQ(status("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400);
    EXPECT_EQ(status(post("Content-Length : 5\r\n", "hello")), 400);
}

TEST(Security11, RefusesControlCharactersAndBareLineEnds) {
    for (const char c : {'\0', '\r', '\x01', '\x0b', '\x0c', '\x1f', '\x7f'}) {
        for (const std::size_t at : {0u, 3u, 7u, 8u, 15u}) {
            std::string value(16, 'v');
            value[at] = c;
            EXPECT_EQ(status(get("X: " + value + "\r\n")), 400) << static_cast<int>(c) << " at " << at;
        }
    }
    EXPECT_EQ(status(get("X: a\nY: b\r\n")), 400);
    EXPECT_EQ(status("GET / HTTP/1.1\nHost: a\n\n"), 400);
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400);
    EXPECT_EQ(status(get("X: a\r\r\n")), 400);
    EXPECT_EQ(status(get("X: tab\tinside is fine\r\n")), 200);
}

TEST(Security12, RefusesBytesThatAreNoTokenInMethodsAndNames) {
    for (const char* method : {"G\x80T", "G(T", "", "G\tT", "G\"T", "G:T", "{GET}"}) {
        EXPECT_EQ(status(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n"), 400) << method;
    }
    for (const char* name : {"X\x80", "X(", "X Y", "", "X\"", "X/", "X=Y"}) {
        EXPECT_EQ(status(get(std::string(name) + ": v\r\n")), 400) << name;
    }
    EXPECT_EQ(status(get("no colon\r\n")), 400);
    EXPECT_EQ(status(get("nocolon\r\n")), 400);
    EXPECT_EQ(parse("M-SEARCH!#$%&'*+.^_`|~ / HTTP/1.1\r\nHost: a\r\n\r\n").method, "M-SEARCH!#$%&'*+.^_`|~");
}

TEST(Security13, TakesOnlySpaceAndTabForWhiteSpace) {
    const Outcome outcome = parse(get("X: \x85v\xa0\r\nY: \xff\r\n"));
    ASSERT_EQ(outcome.state, State::complete);
    EXPECT_EQ(outcome.headers[1].second, "\x85v\xa0");
    EXPECT_EQ(outcome.headers[2].second, "\xff");
    EXPECT_EQ(status(post("Content-Length: \xa0"
                          "5\r\n",
                          "hello")),
              400);
    EXPECT_EQ(status(post("Content-Length: 5\x85\r\n", "hello")), 400);
}

TEST(Security14, RefusesOtherVersions) {
    for (const char* version : {"HTTP/1.32", "HTTP/4294967295.255", "HTTP/\r\r1.1", "http/1.1", "HTTP/1.", "HTTP/1",
                                "HTTP/a.b", "HTTP/1,1", "HTTP/1.1 ", "ICY/1.1", "HTTP/+1.1", "HTTP/ 1.1", ""}) {
        EXPECT_EQ(status("GET / "s + version + "\r\nHost: a\r\n\r\n"), 400) << version;
    }
    for (const char* version : {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/9.9"}) {
        EXPECT_EQ(status("GET / "s + version + "\r\nHost: a\r\n\r\n"), 505) << version;
    }
    EXPECT_EQ(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
    EXPECT_EQ(status("GET /\r\n\r\n"), 400);
    EXPECT_EQ(status("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(Security15, RefusesMissingDoubledAndMalformedHosts) {
    EXPECT_EQ(status("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
    for (const std::string& host :
         {"a\0.b"s, "a/b"s, "a@b"s, "[::1"s, "[]"s,  "[::g]"s, "::1"s,    "a:"s,  "a:b"s,     "a:123456"s,
          "a b"s,   "a,b"s, ""s,    "a?b"s,  "a#b"s, "a\\b"s,  "[::1]x"s, ":80"s, "a:80:80"s, "\xc3\xa9"s}) {
        EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"), 400) << host;
    }
    for (const char* host : {"a", "A.example.com", "a:80", "127.0.0.1:8000", "[::1]", "[fe80::1]:443", "a_b"}) {
        EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: "s + host + "\r\n\r\n"), 200) << host;
    }
    EXPECT_EQ(status("GET / HTTP/1.0\r\n\r\n"), 200);
}

TEST(Security16, RefusesTrailersThatFrameAndLimitsTheRest) {
    for (const char* trailer : {"Content-Length: 5", "Host: b", "Transfer-Encoding: chunked", "CONTENT-LENGTH: 1"}) {
        EXPECT_EQ(status(chunked("0\r\n"s + trailer + "\r\n\r\n")), 400) << trailer;
    }
    EXPECT_EQ(status(chunked("0\r\nX: a\x01\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("0\r\n X: a\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("0\r\nX : a\r\n\r\n")), 400);
    EXPECT_EQ(status(chunked("0\r\nX: a\n\r\n")), 400);
    EXPECT_EQ(parse(chunked("0\r\nX: a\r\nY: b\r\n\r\n")).headers.size(), 2u);
    EXPECT_EQ(status(chunked("0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n")), 431);
    std::string many;
    for (int i = 0; i < 2000; ++i) many += "X: a\r\n";
    EXPECT_EQ(status(chunked("0\r\n" + many + "\r\n")), 431);
}

TEST(Security16, TrailersStayLimitedWhenTheBufferIsCompactedBetweenThem) {
    Limits limits;
    limits.header_count = 10'000;  // the bytes are what is limited here
    RequestParser parser(limits);
    std::string buffer = "P / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    ASSERT_EQ(parser.parse(buffer.data(), buffer.size()), State::need_more);
    std::size_t sent = 0;
    while (sent <= 2 * limits.trailer_bytes) {
        buffer.resize(parser.compact(buffer.data(), buffer.size()));
        buffer += "X: a\r\n";
        sent += 6;
        if (parser.parse(buffer.data(), buffer.size()) != State::need_more) break;
    }
    EXPECT_EQ(parser.error(), ParseError::headers_too_large);
    EXPECT_EQ(status_of(parser.error()), 431);
    EXPECT_GT(sent, limits.trailer_bytes);
    EXPECT_LE(sent, limits.trailer_bytes + 6);
}

TEST(Security18, DropsHeadersWithAnUnderscore) {
    const Outcome outcome = parse(get("X_Forwarded_For: 6.6.6.6\r\nX-Real: 1\r\nContent_Length: 5\r\n"));
    ASSERT_EQ(outcome.state, State::complete);
    const decltype(outcome.headers) expected = {{"Host", "a"}, {"X-Real", "1"}};
    EXPECT_EQ(outcome.headers, expected);
    EXPECT_EQ(status(get("X_Y: \x01\r\n")), 400);
}

TEST(Security19, LimitsHeaderLinesTheirNumberAndTheirSum) {
    EXPECT_EQ(status(get("X: " + std::string(65536, 'a') + "\r\n")), 431);
    EXPECT_EQ(status(get("X: " + std::string(17000, 'a'))), 431);
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "X: a\r\n";
    EXPECT_EQ(status(get(many)), 431);
    std::string large;
    for (int i = 0; i < 90; ++i) large += "X: " + std::string(1000, 'a') + "\r\n";
    EXPECT_EQ(status(get(large)), 431);
    std::string hundred;
    for (int i = 0; i < 99; ++i) hundred += "X: a\r\n";
    EXPECT_EQ(status(get(hundred)), 200);
    EXPECT_EQ(status(get(hundred + "X: a\r\n")), 431);
}

TEST(Security19, LimitsAreExact) {
    Limits limits;
    limits.header_line = 10;
    EXPECT_EQ(status(get("X: 4567890\r\n"), limits), 200);
    EXPECT_EQ(status(get("X: 45678901\r\n"), limits), 431);
    limits.request_line = 16;
    EXPECT_EQ(status("GET /67 HTTP/1.1\r\nHost: a\r\n\r\n", limits), 200);
    EXPECT_EQ(status("GET /678 HTTP/1.1\r\nHost: a\r\n\r\n", limits), 414);
    EXPECT_EQ(status("GET /678901234567890", limits), 414);
    EXPECT_EQ(status("GET / HTTP/1.1" + std::string(20, '\n'), limits), 400);
}

TEST(Security19, TheSumIsJudgedBeforeTheLinesEnd) {
    Limits limits;
    limits.header_bytes = 20;
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: 67890123\n\r\n", limits), 431);
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: a\r\nX: 678\n\r\n", limits), 400);
}

TEST(Security20, RefusesTheSameHeaderTenThousandTimes) {
    std::string same;
    for (int i = 0; i < 10'000; ++i) same += "Accept: a\r\n";
    EXPECT_EQ(status(get(same)), 431);
    Limits generous;
    generous.header_count = 20'000;
    generous.header_bytes = 1'000'000;
    const Outcome outcome = parse(get(same), generous);
    ASSERT_EQ(outcome.state, State::complete);
    EXPECT_EQ(outcome.headers.size(), 10'001u);
}

TEST(Security21, RefusesBodiesPastTheLimitAsSoonAsThatIsKnown) {
    Limits limits;
    limits.body = 10;
    EXPECT_EQ(status(post("Content-Length: 11\r\n", ""), limits), 413);
    EXPECT_EQ(status(post("Content-Length: 10\r\n", "0123456789"), limits), 200);
    EXPECT_EQ(status(chunked("b\r\n"), limits), 413);
    EXPECT_EQ(status(chunked("5\r\nhello\r\n6\r\n"), limits), 413);
    EXPECT_EQ(status(chunked("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n"), limits), 200);
    EXPECT_EQ(status(chunked("fffffffffffffff\r\n"), limits), 413);
}

TEST(Security21, ABodyThatIsTakenOutStillHasItsLimit) {
    Limits limits;
    limits.body = 10;
    RequestParser parser(limits);
    std::string buffer = chunked("8\r\n01234567\r\n");
    ASSERT_EQ(parser.parse(buffer.data(), buffer.size()), State::need_more);
    buffer.resize(parser.drop_body(buffer.data(), buffer.size()));
    buffer += "3\r\nabc\r\n";
    EXPECT_EQ(parser.parse(buffer.data(), buffer.size()), State::failed);
    EXPECT_EQ(parser.error(), ParseError::body_too_large);
}

}  // namespace
}  // namespace nuages::server
