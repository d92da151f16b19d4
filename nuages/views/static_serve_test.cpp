#include <nuages/http/request_builder.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/views/static_serve.hpp>

#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace nuages::views {
namespace {

class Serve : public testing::Test {
protected:
    Serve() {
        char name[] = "/tmp/nuages_serve_XXXXXX";
        base_ = ::mkdtemp(name);
        write("media/photos/ada.png", "PNG");
        write("media/.hidden", "hidden");
        write("media-secret/x.txt", "sibling");
        write("secret.txt", "outside");
        std::filesystem::create_symlink(base_ + "/secret.txt", base_ + "/media/link.txt");
        resolver_ = make_ref<routing::UrlResolver>(Urls{.patterns = {path("media/<path:path>", serve(base_ + "/media"))}});
    }
    ~Serve() override { std::filesystem::remove_all(base_); }
    void write(const std::string& path, std::string_view text) {
        const std::string whole = base_ + "/" + path;
        std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
        std::ofstream(whole, std::ios::binary) << text;
    }
    Response get(std::string_view target, std::string_view etag = {}) {
        http::RequestBuilder builder("GET", target);
        if (!etag.empty()) builder.header("If-None-Match", etag);
        return (*resolver_)(builder.request());
    }

    std::string base_;
    Ref<routing::UrlResolver> resolver_;
};

TEST_F(Serve, SendsFilesOfItsFolderOnce) {
    const Response response = get("/media/photos/ada.png");
    EXPECT_EQ(http::body_of(response), "PNG");
    EXPECT_EQ(response.content_type(), "image/png");
    EXPECT_TRUE(response.has_header("Last-Modified"));
    EXPECT_EQ(get("/media/photos/ada.png", response["ETag"]).status_code, 304);
    EXPECT_EQ(get("/media/photos/ada.png", "\"other\"").status_code, 200);
}

TEST_F(Serve, Security47NothingLeadsOutOfItsFolder) {
    for (const char* target : {"/media/../secret.txt", "/media/..%2fsecret.txt", "/media/%2e%2e/secret.txt", "/media/photos/..;/x",
                               "/media//etc/passwd", "/media/%2Fetc/passwd", "/media/../media-secret/x.txt", "/media/link.txt", "/media/.hidden",
                               "/media/photos", "/media/photos/", "/media/..%5csecret.txt", "/media/photos/ada.png%00", "/media/nothing"})
        EXPECT_THROW(get(target), Http404) << target;
}

}  // namespace
}  // namespace nuages::views
