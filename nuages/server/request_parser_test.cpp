// Every case runs whole, byte by byte, and split in two at each offset, in buffers that move: the outcome must be the
// same.
#include <nuages/server/request_parser.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace nuages::server {
namespace {

using State = RequestParser::State;
using namespace std::string_literals;

struct Outcome {
    State state = State::need_more;
    ParseError error = ParseError::none;
    std::size_t consumed = 0;
    std::string method, target, body;
    std::vector<std::pair<std::string, std::string>> headers, trailers;
    int minor_version = 0;
    bool keep_alive = false;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

constexpr std::size_t kLong = 4096;

// Shows the parser BYTES up to each of ENDS. Each step gets a buffer of its own, exactly as long as what has arrived
// (long inputs stay in one). Chunk joining changes bytes, so they are carried over.
Outcome feed(std::string_view bytes, const std::vector<std::size_t>& ends, const Limits& limits) {
    RequestParser parser(limits);
    Outcome outcome;
    std::vector<char> buffer;
    std::size_t have = 0;
    for (const std::size_t end : ends) {
        std::vector<char> next;
        next.reserve(bytes.size() > kLong ? bytes.size() : end);
        if (bytes.size() > kLong && have > 0) {
            next.swap(buffer);
        } else {
            next.assign(buffer.begin(), buffer.end());
        }
        next.insert(next.end(), bytes.begin() + static_cast<std::ptrdiff_t>(have),
                    bytes.begin() + static_cast<std::ptrdiff_t>(end));
        have = end;
        buffer.swap(next);
        outcome.state = parser.parse(buffer.data(), buffer.size());
        if (outcome.state != State::need_more) break;
    }
    outcome.error = parser.error();
    if (outcome.state != State::complete) return outcome;
    const ParsedRequest& request = parser.request();
    outcome.consumed = parser.consumed();
    outcome.method = request.method;
    outcome.target = request.target;
    outcome.body = request.body;
    for (const auto& header : request.headers) outcome.headers.emplace_back(header.name, header.value);
    for (const auto& trailer : request.trailers) outcome.trailers.emplace_back(trailer.name, trailer.value);
    outcome.minor_version = request.minor_version;
    outcome.keep_alive = request.keep_alive;
    return outcome;
}

Outcome parse(std::string_view bytes, const Limits& limits = {}) {
    const Outcome whole = feed(bytes, {bytes.size()}, limits);
    std::vector<std::size_t> each;
    for (std::size_t i = 1; i <= bytes.size(); ++i) each.push_back(i);
    EXPECT_TRUE(feed(bytes, each, limits) == whole) << "byte by byte: " << bytes.substr(0, 200);
    const std::size_t step = bytes.size() > kLong ? bytes.size() / 50 : 1;
    for (std::size_t i = 0; i < bytes.size(); i += step) {
        EXPECT_TRUE(feed(bytes, {i, bytes.size()}, limits) == whole)
            << "split at " << i << ": " << bytes.substr(0, 200);
    }
    return whole;
}

int status(std::string_view bytes, const Limits& limits = {}) {
    const Outcome outcome = parse(bytes, limits);
    EXPECT_EQ(outcome.state == State::failed, outcome.error != ParseError::none);
    if (outcome.state == State::need_more) return 0;
    return status_of(outcome.error);
}

std::string get(std::string_view headers) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n"; }
std::string post(std::string_view headers, std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}
std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }

// ---- what is right

TEST(RequestParser, ReadsARequestWithoutABody) {
    const Outcome outcome =
        parse("GET /a%20b?q=1 HTTP/1.1\r\nHost: example.com:8000\r\nX-Empty:\r\nAccept: \t*/* \r\n\r\n");
    ASSERT_EQ(outcome.state, State::complete);
    EXPECT_EQ(outcome.method, "GET");
    EXPECT_EQ(outcome.target, "/a%20b?q=1");
    EXPECT_EQ(outcome.minor_version, 1);
    EXPECT_TRUE(outcome.keep_alive);
    const decltype(outcome.headers) expected = {{"Host", "example.com:8000"}, {"X-Empty", ""}, {"Accept", "*/*"}};
    EXPECT_EQ(outcome.headers, expected);
    EXPECT_EQ(outcome.body, "");
}

TEST(RequestParser, ReadsABodyByItsLengthAndLeavesTheNextRequest) {
    const std::string first = post("Content-Length: 5\r\n", "hello");
    const Outcome outcome = parse(first + "GET / HTTP/1.1\r\nHo");
    ASSERT_EQ(outcome.state, State::complete);
    EXPECT_EQ(outcome.body, "hello");
    EXPECT_EQ(outcome.consumed, first.size());
}

TEST(RequestParser, JoinsChunksAndDropsExtensionsAndTrailers) {
    const std::string first = chunked("5\r\nhello\r\n1;a=b\r\n,\r\n6;x=\"y\"\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n");
    const Outcome outcome = parse(first + "next");
    ASSERT_EQ(outcome.state, State::complete) << describe(outcome.error);
    EXPECT_EQ(outcome.body, "hello, world");
    EXPECT_EQ(outcome.consumed, first.size());
    EXPECT_EQ(outcome.headers.size(), 2u);
}

TEST(RequestParser, ReadsChunkSizesInHexadecimal) {
    EXPECT_EQ(
        parse(chunked("1A\r\n" + std::string(26, 'x') + "\r\n0a\r\n" + std::string(10, 'y') + "\r\n0\r\n\r\n")).body,
        std::string(26, 'x') + std::string(10, 'y'));
    EXPECT_EQ(parse(chunked("000\r\n\r\n")).body, "");
}

TEST(RequestParser, DecidesWhetherTheConnectionIsKept) {
    EXPECT_TRUE(parse(get("")).keep_alive);
    EXPECT_FALSE(parse(get("Connection: close\r\n")).keep_alive);
    EXPECT_FALSE(parse(get("Connection: Upgrade, CLOSE\r\n")).keep_alive);
    EXPECT_FALSE(parse(get("Connection: keep-alive\r\nConnection: close\r\n")).keep_alive);
    EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
    EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(RequestParser, ForgivesOneEmptyLineBeforeTheRequest) {
    EXPECT_EQ(status("\r\n" + get("")), 200);
    EXPECT_EQ(status("\r\n\r\n" + get("")), 400);
    EXPECT_EQ(status("\n" + get("")), 400);
    EXPECT_EQ(status("\rX" + get("")), 400);
}

TEST(RequestParser, TakesTheTargetsForms) {
    EXPECT_EQ(parse("GET http://a/x?y HTTP/1.1\r\nHost: A\r\n\r\n").target, "/x?y");
    EXPECT_EQ(parse("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").target, "/");
    EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").target, "*");
    EXPECT_EQ(status("GET * HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n"), 400);
    EXPECT_EQ(status("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
}

TEST(RequestParser, KnowsWhenTheClientWaitsForContinue) {
    const Limits limits;
    RequestParser parser(limits);
    std::string bytes = post("Expect: 100-continue\r\nContent-Length: 2\r\n", "");
    EXPECT_EQ(parser.parse(bytes.data(), bytes.size() - 1), State::need_more);
    EXPECT_FALSE(parser.wants_continue());
    EXPECT_EQ(parser.parse(bytes.data(), bytes.size()), State::need_more);
    EXPECT_TRUE(parser.wants_continue());
    EXPECT_EQ(parser.size_wanted(), bytes.size() + 2);
    bytes += "ok";
    EXPECT_EQ(parser.parse(bytes.data(), bytes.size()), State::complete);
    EXPECT_FALSE(parser.wants_continue());
    EXPECT_EQ(status(post("Expect: 200-maybe\r\nContent-Length: 2\r\n", "ok")), 417);
    EXPECT_EQ(status("POST / HTTP/1.0\r\nExpect: anything\r\nContent-Length: 2\r\n\r\nok"), 200);
}

TEST(RequestParser, IsReadyForTheNextRequestAfterReset) {
    const Limits limits;
    RequestParser parser(limits);
    std::string first = post("Content-Length: 2\r\nConnection: close\r\n", "ok");
    EXPECT_EQ(parser.parse(first.data(), first.size()), State::complete);
    parser.reset();
    std::string second = get("");
    EXPECT_EQ(parser.parse(second.data(), second.size()), State::complete);
    EXPECT_EQ(parser.request().method, "GET");
    EXPECT_TRUE(parser.request().keep_alive);
    EXPECT_EQ(parser.request().headers.size(), 1u);
    EXPECT_EQ(parser.request().body, "");
}

TEST(RequestParser, CompactsABufferFullOfChunkSizes) {
    Limits limits;
    limits.body = 1000;
    RequestParser parser(limits);
    std::string wire = chunked("");
    for (int i = 0; i < 1000; ++i) wire += "1;" + std::string(200, 'e') + "\r\nx\r\n";
    wire += "0\r\n\r\n";
    std::vector<char> buffer(4096);
    std::size_t size = 0;
    State state = State::need_more;
    for (std::size_t at = 0; at < wire.size() && state == State::need_more;) {
        size = parser.compact(buffer.data(), size);
        const std::size_t piece = std::min({buffer.size() - size, wire.size() - at, std::size_t{97}});
        ASSERT_GT(piece, 0u);
        std::memcpy(buffer.data() + size, wire.data() + at, piece);
        size += piece;
        at += piece;
        state = parser.parse(buffer.data(), size);
    }
    ASSERT_EQ(state, State::complete);
    EXPECT_EQ(parser.request().body, std::string(1000, 'x'));
    EXPECT_EQ(parser.request().headers[0].value, "a");
}

// ---- the security checklist, by number

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

TEST(RequestParser, EveryErrorHasAStatusAndASentence) {
    for (int i = 1; i <= static_cast<int>(ParseError::bad_trailer); ++i) {
        const auto error = static_cast<ParseError>(i);
        EXPECT_GE(status_of(error), 400) << i;
        EXPECT_NE(describe(error), "") << i;
    }
}

TEST(RequestParser, KeepsTrailersApartFromHeaders) {
    const Outcome outcome = parse(chunked("3\r\nabc\r\n0\r\nX-Checksum:  12 \r\nx_y: 1\r\nETag: \"v\"\r\n\r\n"));
    ASSERT_EQ(outcome.state, State::complete);
    EXPECT_EQ(outcome.trailers, (std::vector<std::pair<std::string, std::string>>{{"X-Checksum", "12"}, {"ETag", "\"v\""}}));
    EXPECT_EQ(outcome.headers.size(), 2u);
    Limits limits;
    limits.header_count = 2;
    EXPECT_EQ(parse(chunked("0\r\na: 1\r\nb: 2\r\n\r\n"), limits).state, State::complete);
    EXPECT_EQ(status(chunked("0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n"), limits), 431);
}

TEST(RequestParser, LetsALargeBodyBeTakenOutWhileItArrives) {
    const std::string data = "0123456789abcdefghij";
    for (const bool is_chunked : {false, true}) {
        const std::string wire =
            is_chunked ? chunked("6\r\n012345\r\n5\r\n6789a\r\n9;x=y\r\nbcdefghij\r\n0\r\nA: 1\r\nLonger: 2345\r\n\r\n")
                       : post("Content-Length: 20\r\n", data);
        for (std::size_t piece = 1; piece < 12; ++piece) {
            const Limits limits;
            RequestParser parser(limits);
            std::vector<char> buffer;
            std::string body;
            State state = State::need_more;
            for (std::size_t at = 0; at < wire.size() && state == State::need_more; at += piece) {
                const std::string_view more = std::string_view(wire).substr(at, piece);
                buffer.insert(buffer.end(), more.begin(), more.end());
                state = parser.parse(buffer.data(), buffer.size());
                if (state != State::need_more) break;
                body += parser.body_so_far(buffer.size());
                buffer.resize(parser.drop_body(buffer.data(), buffer.size()));
                EXPECT_TRUE(parser.body_so_far(buffer.size()).empty());
            }
            ASSERT_EQ(state, State::complete);
            body += parser.request().body;
            EXPECT_EQ(body, data) << piece;
            EXPECT_EQ(parser.request().target, "/");
            EXPECT_EQ(parser.consumed(), buffer.size());
            if (is_chunked) {
                ASSERT_EQ(parser.request().trailers.size(), 2u);
                EXPECT_EQ(parser.request().trailers[0].value, "1");
                EXPECT_EQ(parser.request().trailers[1].name, "Longer");
                EXPECT_EQ(parser.request().trailers[1].value, "2345");
            }
        }
    }
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
