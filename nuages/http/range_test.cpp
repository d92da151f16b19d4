#include <nuages/http/range.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/http/streaming.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace nuages::http {
namespace {

using Ranges = std::vector<ByteRange>;

std::string text_of(std::string_view header, std::uint64_t size = 100) {
    const auto ranges = parse_range(header, size);
    if (!ranges) return "ignored";
    std::string text;
    for (const ByteRange& range : *ranges) text += std::to_string(range.begin) + "-" + std::to_string(range.end) + " ";
    return text;
}

TEST(Range, ReadsAllItsForms) {
    EXPECT_EQ(text_of("bytes=0-9"), "0-10 ");
    EXPECT_EQ(text_of("bytes=90-"), "90-100 ");
    EXPECT_EQ(text_of("bytes=-10"), "90-100 ");
    EXPECT_EQ(text_of("bytes=-1000"), "0-100 ");
    EXPECT_EQ(text_of("bytes=50-1000"), "50-100 ");
    EXPECT_EQ(text_of("Bytes = 0-0 , 5-6,,\t-1"), "0-1 5-7 99-100 ");
    EXPECT_EQ(text_of("bytes=100-"), "") << "beyond the end";
    EXPECT_EQ(text_of("bytes=-0"), "");
    EXPECT_EQ(text_of("bytes=0-", 0), "");
    EXPECT_EQ(text_of("bytes=99999999999999999999999-"), "");
    EXPECT_EQ(text_of("bytes=0-99999999999999999999999"), "0-100 ");
}

TEST(Range, IgnoresWhatIsMalformed) {
    for (std::string_view header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-0", "bytes=0-9-", "bytes=+1-2",
                                    "bytes= 0 - 9", "lines=0-9", "bytes=0-9;", "bytes=0x1-2", "bytes=,"})
        EXPECT_EQ(text_of(header), "ignored") << header;
}

TEST(Security48, AThousandRangesAreNotServed) {
    std::string many = "bytes=0-";
    for (int i = 0; i < 1000; ++i) many += ",0-";
    EXPECT_EQ(text_of(many), "ignored");
    EXPECT_EQ(text_of("bytes=0-,0-"), "ignored") << "more bytes than there are";
    EXPECT_EQ(text_of("bytes=0-49,50-"), "0-50 50-100 ");
}

struct Asked {
    std::string_view range;
    std::string_view if_range = {};
    std::string_view method = "GET";
};
Response ask(Asked asked, Response response) {
    RequestBuilder builder(asked.method, "/");
    builder.header("Range", asked.range);
    if (!asked.if_range.empty()) builder.header("If-Range", asked.if_range);
    response.set("Accept-Ranges", "bytes");
    response.set("ETag", "\"v1\"");
    response.set("Last-Modified", "Mon, 09 Mar 2026 13:05:09 GMT");
    return ranged_response(builder.request(), std::move(response));
}

TEST(Range, SendsOnePart) {
    const Response part = ask({"bytes=2-4"}, Response("0123456789"));
    EXPECT_EQ(part.status_code, 206);
    EXPECT_EQ(part.content, "234");
    EXPECT_EQ(part["Content-Range"], "bytes 2-4/10");
    EXPECT_EQ(part["ETag"], "\"v1\"");
}

TEST(Range, SendsSeveralPartsAsAMultipart) {
    const Response parts = ask({"bytes=0-1,-2"}, Response("0123456789", "text/plain"));
    EXPECT_EQ(parts.status_code, 206);
    EXPECT_FALSE(parts.has_header("Content-Range"));
    const std::string_view type = parts.content_type();
    ASSERT_TRUE(type.starts_with("multipart/byteranges; boundary="));
    const std::string boundary(type.substr(type.find('=') + 1));
    EXPECT_EQ(parts.content, "\r\n--" + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n--" +
                                 boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--" +
                                 boundary + "--\r\n");
}

TEST(Range, SaysWhenNothingCanBeSatisfied) {
    const Response refused = ask({"bytes=10-"}, Response("0123456789"));
    EXPECT_EQ(refused.status_code, 416);
    EXPECT_EQ(refused["Content-Range"], "bytes */10");
}

TEST(Range, HeedsIfRangeAndTheMethod) {
    EXPECT_EQ(ask({"bytes=0-0", "\"v1\""}, Response("01")).status_code, 206);
    EXPECT_EQ(ask({"bytes=0-0", "\"v2\""}, Response("01")).status_code, 200);
    EXPECT_EQ(ask({"bytes=0-0", "W/\"v1\""}, Response("01")).status_code, 200);
    EXPECT_EQ(ask({"bytes=0-0", "Mon, 09 Mar 2026 13:05:09 GMT"}, Response("01")).status_code, 206);
    EXPECT_EQ(ask({"bytes=0-0", "Mon, 09 Mar 2026 13:05:10 GMT"}, Response("01")).status_code, 200);
    EXPECT_EQ(ask({"bytes=0-0", {}, "POST"}, Response("01")).status_code, 200);
    EXPECT_EQ(ask({"bytes=0-0", {}, "HEAD"}, Response("01")).status_code, 200);
    EXPECT_EQ(ask({"bytes=0-0"}, Response("01", {.status = 404})).status_code, 404);
}

TEST(Range, DynamicContentIsSentWholeUnlessItsViewSaysOtherwise) {
    RequestBuilder builder("GET", "/");
    builder.header("Range", "bytes=0-0");
    EXPECT_EQ(ranged_response(builder.request(), Response("01")).status_code, 200);
}

TEST(Range, FilesAreSentFromWhereTheyAre) {
    char path[] = "/tmp/nuages_range_XXXXXX";
    const int descriptor = ::mkstemp(path);
    ::unlink(path);
    ASSERT_EQ(::write(descriptor, "0123456789", 10), 10);
    const auto file = make_ref<FileBody>(descriptor, 1, 8);  // "12345678"
    Response whole;
    whole.set_file(file);
    const Response part = ask({"bytes=2-3"}, whole);
    EXPECT_EQ(body_of(part), "34");
    EXPECT_TRUE(part.is_file());
    const Response parts = ask({"bytes=0-0,7-"}, whole);
    EXPECT_EQ(std::to_string(body_of(parts).size()), parts["Content-Length"]);
    EXPECT_NE(body_of(parts).find("bytes 7-7/8\r\n\r\n8\r\n"), std::string::npos);
}

}  // namespace
}  // namespace nuages::http
