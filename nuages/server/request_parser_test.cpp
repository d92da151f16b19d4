#include <nuages/server/detail/parser_cases.hpp>

namespace nuages::server {
namespace {

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

}  // namespace
}  // namespace nuages::server
