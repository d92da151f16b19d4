#include <nuages/http/compression.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/http/streaming.hpp>

#include <gtest/gtest.h>

#include <algorithm>

#include <string>

namespace nuages::http {
namespace {

std::string decoded(std::string_view body, std::string_view encoding, std::size_t bytes_max = 1'000'000) {
    RequestBuilder builder("POST", "/");
    builder.body(body, "text/plain").header("Content-Encoding", encoding);
    return decoded_body(builder.request(), bytes_max);
}
Response gzipped(Response response, std::string_view accepted = "br, gzip;q=0.9") {
    RequestBuilder builder;
    builder.header("Accept-Encoding", accepted);
    return gzipped_response(builder.request(), std::move(response));
}
const std::string kText(5000, 'x');

TEST(Compression, BodiesAreDecodedWhereAViewAsks) {
    EXPECT_EQ(decoded(gzip_compressed(kText), "gzip"), kText);
    EXPECT_EQ(decoded(gzip_compressed(kText, 100), "X-GZip"), kText) << "random bytes in the head are skipped";
    EXPECT_EQ(decoded("plain", "identity"), "plain");
    EXPECT_EQ(decoded("plain", ""), "plain");
    EXPECT_THROW(decoded("x", "br"), BadRequest);
}

TEST(Compression, DamagedBodiesAreRefused) {
    const std::string whole = gzip_compressed(kText);
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_THROW(decoded(whole.substr(0, size), "gzip"), BadRequest) << size;
    EXPECT_THROW(decoded(whole + "more", "gzip"), BadRequest);
    EXPECT_THROW(decoded("no gzip at all", "gzip"), BadRequest);
    std::string flipped = whole;
    flipped[flipped.size() - 6] ^= 1;  // its checksum
    EXPECT_THROW(decoded(flipped, "gzip"), BadRequest);
}

TEST(Security22, ABombIsRefusedByItsDecodedSize) {
    const std::string bomb = gzip_compressed(std::string(50'000'000, '\0'));
    EXPECT_LT(bomb.size(), 60'000u);
    EXPECT_THROW(decoded(bomb, "gzip"), RequestDataTooBig);
    EXPECT_EQ(decoded(gzip_compressed(kText), "gzip", kText.size()), kText);
    EXPECT_THROW(decoded(gzip_compressed(kText), "gzip", kText.size() - 1), RequestDataTooBig);
    EXPECT_THROW(decoded(kText, "", kText.size() - 1), RequestDataTooBig);
}

TEST(Gzip, HidesItsLengthBehindRandomBytes) {  // BREACH
    std::size_t shortest = std::string::npos, longest = 0;
    for (int i = 0; i < 60; ++i) {
        const std::size_t size = gzipped(Response(kText)).content.size();
        shortest = std::min(shortest, size);
        longest = std::max(longest, size);
    }
    EXPECT_LT(shortest, longest);
}

TEST(Gzip, CompressesWhatIsWorthIt) {
    Response page(kText);
    page["ETag"] = "\"v1\"";
    const Response compressed = gzipped(page);
    EXPECT_EQ(compressed["Content-Encoding"], "gzip");
    EXPECT_EQ(compressed["Vary"], "Accept-Encoding");
    EXPECT_EQ(compressed["ETag"], "W/\"v1\"");
    EXPECT_EQ(decoded(compressed.content, "gzip"), kText);
    EXPECT_EQ(gzipped(Response(std::string(199, 'x'))).content.size(), 199u);
    EXPECT_FALSE(gzipped(page, "identity").has_header("Content-Encoding"));
    EXPECT_FALSE(gzipped(page, "notgzip").has_header("Content-Encoding"));
    EXPECT_EQ(gzipped(page, "identity")["Vary"], "Accept-Encoding");
    page["Content-Encoding"] = "br";
    EXPECT_EQ(gzipped(page).content, kText);
}

TEST(Gzip, CompressesStreamsPieceByPiece) {
    const Response compressed = gzipped(StreamingHttpResponse(std::vector<std::string>{"one ", kText, " end"}));
    EXPECT_EQ(compressed["Content-Encoding"], "gzip");
    EXPECT_EQ(decoded(body_of(compressed), "gzip"), "one " + kText + " end");
    struct Pieces final : ResponseStream {
        void write(std::string_view chunk) override { sizes.push_back(chunk.size()); }
        bool is_connected() const noexcept override { return true; }
        std::vector<std::size_t> sizes;
    } pieces;
    compressed.streaming_content()(pieces);
    EXPECT_EQ(pieces.sizes.size(), 4u) << "nothing is held back";
}

TEST(RequestId, IsMadeOnceOrTakenFromATrustedProxy) {
    RequestBuilder builder;
    builder.header("X-Request-ID", "from-the-client");
    const std::string own(builder.request().id());
    EXPECT_EQ(own.size(), 32u);
    EXPECT_EQ(builder.request().id(), own);
    const RequestOptions trusting{.allowed_hosts = {"*"}, .request_id_header = "X-Request-ID"};
    RequestBuilder behind_proxy;
    EXPECT_EQ(behind_proxy.options(trusting).header("X-Request-ID", "abc-123").request().id(), "abc-123");
    RequestBuilder odd;
    EXPECT_EQ(odd.options(trusting).header("X-Request-ID", "a b").request().id().size(), 32u);
}

}  // namespace
}  // namespace nuages::http
