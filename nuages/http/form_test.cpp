// Forms with files, and bodies that are read in parts.
#include <nuages/async/loop.hpp>
#include <nuages/http/multipart.hpp>
#include <nuages/http/request_builder.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <string>

namespace nuages::http {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=B";

std::string field(std::string_view name, std::string_view value) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value) + "\r\n";
}
std::string file(std::string_view name, std::string_view file_name, std::string_view content) {
    return "--B\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"; filename=\"" +
           std::string(file_name) + "\"\r\nContent-Type: text/csv; charset=utf-8\r\n\r\n" + std::string(content) + "\r\n";
}
const std::string kEnd = "--B--\r\n";

MultiPartForm parse(const std::string& body, const MultiPartOptions& options = {}, std::string_view type = kType) {
    std::size_t at = 0;
    return parse_multipart(
        type, static_cast<std::int64_t>(body.size()),
        [&](char* data, std::size_t size) {
            const std::size_t got = body.copy(data, size, at);
            at += got;
            return got;
        },
        options);
}

TEST(Multipart, GivesFieldsAndFilesOfARequest) {
    RequestBuilder builder("POST", "/");
    builder.body(field("title", "A") + file("doc", "a.csv", "1;2\r\n3;4") + file("doc", "b.csv", "") + kEnd, kType);
    Request& request = builder.request();
    EXPECT_EQ(request.POST["title"], "A");
    EXPECT_EQ(request.FILES["doc"].name, "b.csv");
    const std::vector<UploadedFile> files = request.FILES.getlist("doc");
    ASSERT_EQ(files.size(), 2u);
    UploadedFile first = files[0];
    EXPECT_EQ(first.content_type, "text/csv");
    EXPECT_EQ(first.charset, "utf-8");
    EXPECT_TRUE(first.in_memory());
    EXPECT_EQ(first.read(4), "1;2\r");
    EXPECT_EQ(first.tell(), 4u);
    EXPECT_EQ(first.read(), "\n3;4");
    first.seek(0);
    EXPECT_EQ(first.read(1), "1");
    EXPECT_FALSE(request.FILES["nothing"]);
    EXPECT_FALSE(request.FILES.contains("nothing"));
    EXPECT_EQ(request.body().size(), request.body_size()) << "still there";
}

TEST(Multipart, AnUnreadableFormFailsAtEachUse) {
    RequestBuilder builder("POST", "/");
    builder.body("x", "multipart/form-data");
    for (int i = 0; i < 2; ++i) {
        EXPECT_THROW(builder.request().POST["a"], MultiPartParserError);
        EXPECT_THROW(builder.request().FILES["a"], MultiPartParserError);
    }
}

TEST(Multipart, IsReadAlikeWhateverTheChunks) {
    const std::string body = field("a", std::string(300, 'x')) + file("f", "n", "line\r\n--not a boundary\r\n") + field("b", "") + kEnd;
    for (std::size_t chunk = 1; chunk < 400; ++chunk) {
        const MultiPartForm form = parse(body, {.chunk_size = chunk});
        EXPECT_EQ(form.fields.get("a").size(), 300u) << chunk;
        EXPECT_TRUE(form.fields.contains("b")) << chunk;
        UploadedFile uploaded = form.files["f"];
        EXPECT_EQ(uploaded.read(), "line\r\n--not a boundary\r\n") << chunk;
    }
}

TEST(Multipart, LargeFilesLieInTemporaryFilesUntilTheLastCopyIsGone) {
    std::string path;
    {
        const UploadedFile kept = parse(file("f", "n.csv", "content") + kEnd, {.file_upload_max_memory_size = 10}).files["f"];
        path = kept.temporary_file_path();
        EXPECT_FALSE(kept.in_memory());
        EXPECT_EQ(kept.size(), 7u);
        EXPECT_EQ(::access(path.c_str(), F_OK), 0);
        std::string all;
        kept.chunks([&](std::string_view chunk) { all.append(chunk).append("|"); }, 3);
        EXPECT_EQ(all, "con|ten|t|");
    }
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(Security42, FileNamesAreBareOnes) {
    const auto name_of = [](std::string_view sent) { return parse(file("f", sent, "x") + kEnd).files["f"].name; };
    EXPECT_EQ(name_of("../x"), "x");
    EXPECT_EQ(name_of("..\\\\x"), "x");
    EXPECT_EQ(name_of("/etc/x"), "x");
    EXPECT_EQ(name_of("C:\\\\x"), "x");
    EXPECT_EQ(name_of("a&sol;b"), "b");
    EXPECT_EQ(name_of(std::string_view("a\0b", 3)), "ab");
    EXPECT_EQ(name_of("%2e%2e"), "%2e%2e");
    EXPECT_EQ(name_of(std::string(700, 'n') + ".txt").size(), 255u);
    for (std::string_view nothing : {".", "..", "a/..", "a/"}) EXPECT_FALSE(parse(file("f", nothing, "x") + kEnd).files["f"]);
}

TEST(Security44, PartsAreLimitedAndOddBoundariesEnd) {
    std::string fields, files;
    for (int i = 0; i < 1100; ++i) fields += field("a", "");
    for (int i = 0; i < 101; ++i) files += file("f", "n", "");
    EXPECT_THROW(parse(fields + kEnd), TooManyFieldsSent);
    EXPECT_THROW(parse(files + kEnd), TooManyFilesSent);
    EXPECT_THROW(parse(field("a", std::string(3'000'000, 'x')) + kEnd), RequestDataTooBig);
    EXPECT_THROW(parse("x", {}, "multipart/form-data"), MultiPartParserError);
    EXPECT_THROW(parse("x", {}, "multipart/form-data; boundary="), MultiPartParserError);
    EXPECT_THROW(parse("x", {}, "multipart/form-data; boundary=" + std::string(202, 'b')), MultiPartParserError);
    EXPECT_THROW(parse(std::string(100'000, '-')), MultiPartParserError);
    EXPECT_TRUE(parse("--B").fields.empty());
}

TEST(Security45, Base64FullOfWhiteSpaceTakesLinearTime) {
    const std::string body =
        "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\nContent-Transfer-Encoding: base64\r\n\r\nQ" +
        std::string(2'000'000, ' ') + "UJD\r\n--B--\r\n";
    UploadedFile uploaded = parse(body).files["f"];
    EXPECT_EQ(uploaded.read(), "ABC");
    EXPECT_THROW(parse("--B\r\nContent-Disposition: form-data; name=\"f\"\r\nX: " + std::string(2000, 'x') + "\r\n\r\n1\r\n" + kEnd),
                 MultiPartParserError);
}

TEST(RequestBody, IsReadInPartsAndByLines) {
    RequestBuilder builder("PUT", "/");
    builder.body("one\ntwo\n" + std::string(10'000, 'x') + "\nend", "text/plain");
    Request& request = builder.request();
    EXPECT_EQ(request.read(2), "on");
    EXPECT_EQ(request.readline(), "e\n");
    const std::vector<std::string> rest = request.readlines();
    ASSERT_EQ(rest.size(), 3u);
    EXPECT_EQ(rest[0], "two\n");
    EXPECT_EQ(rest[1].size(), 10'001u);
    EXPECT_EQ(rest[2], "end");
    EXPECT_EQ(request.read(), "");
    EXPECT_EQ(request.body().size(), request.body_size());
}

TEST(Request, ReadsItsContentType) {
    RequestBuilder builder("PUT", "/");
    builder.body("x", "Text/HTML; Charset=utf-8; a=\"b c\"");
    const auto params = builder.request().content_params();
    EXPECT_EQ(builder.request().content_type(), "text/html");
    ASSERT_EQ(params.size(), 2u);
    EXPECT_EQ(params[0], std::make_pair(std::string("charset"), std::string("utf-8")));
    EXPECT_EQ(params[1].second, "b c");
}

class Text final : public BodySource {
public:
    explicit Text(std::string bytes) : bytes_(std::move(bytes)) {}
    std::uint64_t size() const noexcept override { return bytes_.size(); }
    std::size_t read_at(std::uint64_t offset, char* data, std::size_t size) const override {
        return offset < bytes_.size() ? bytes_.copy(data, std::min<std::size_t>(size, 1000), offset) : 0;
    }

private:
    std::string bytes_;
};

TEST(RequestBody, MayLieElsewhere) {
    const Text text(std::string(5000, 'x'));
    const RequestOptions options{.allowed_hosts = {"*"}, .data_upload_max_memory_size = 5000};
    Request request;
    request.assign({.method = "PUT", .target = "/", .body_source = &text}, options);
    EXPECT_EQ(request.read(1500).size(), 1500u);
    EXPECT_EQ(request.body(), std::string(5000, 'x'));
    const Text large(std::string(5001, 'x'));
    request.assign({.method = "PUT", .target = "/", .body_source = &large}, options);
    EXPECT_THROW(request.body(), RequestDataTooBig);
    EXPECT_EQ(request.read().size(), 5001u) << "who reads in parts takes care of memory";
}

}  // namespace
}  // namespace nuages::http
