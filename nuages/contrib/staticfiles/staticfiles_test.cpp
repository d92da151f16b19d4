#include <nuages/contrib/staticfiles/staticfiles.hpp>
#include <nuages/management/execute.hpp>
#include <nuages/site/site.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace nuages;

namespace {

constexpr char kCss[] = "body { color: teal }";
constexpr char kHash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const conf::EmbeddedFile kFiles[] = {
    {"css/site.css", kCss, sizeof kCss - 1, kHash, 1'700'000'000},
    {"shop/logo.svg", "<svg/>", 6, kHash, 1'700'000'000},
};
const conf::Resources kShopResources{"shop", "", {}, {kFiles, 2}, {}};
const App shop{.name = "shop", .resources = &kShopResources};

/// A folder of its own for each test, with what an attacker would like beside it.
class StaticFilesTest : public testing::Test {
protected:
    StaticFilesTest() {
        char name[] = "/tmp/nuages_static_XXXXXX";
        base_ = ::mkdtemp(name);
        write("static/css/base.css", "a{}");
        write("static/empty.txt", "");
        write("static/.secret", "dotfile");
        write("static/.git/config", "dotfile");
        write("static/.well-known/security.txt", "Contact: x");
        write("static-secret/x.css", "sibling");
        write("secret.txt", "outside");
        std::filesystem::create_symlink(base_ + "/secret.txt", base_ + "/static/link.txt");
        std::filesystem::create_symlink(base_, base_ + "/static/up");
        std::filesystem::create_symlink("css/base.css", base_ + "/static/inside.css");
    }
    ~StaticFilesTest() override { std::filesystem::remove_all(base_); }

    void write(const std::string& path, std::string_view text) {
        std::string whole = base_ + "/" + path;
        std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
        std::ofstream(whole, std::ios::binary) << text;
    }
    Settings settings() const {
        return {.secret_key = "k",
                .allowed_hosts = {"*"},
                .installed_apps = {&staticfiles::app, &shop},
                .middleware = {whitenoise},
                .static_root = base_ + "/collected",
                .staticfiles_dirs = {base_ + "/static"}};
    }
    static Response get(std::string_view target, std::vector<http::HeaderView> headers = {},
                        std::string_view method = "GET") {
        http::RequestHead head;
        head.method = method;
        head.target = target;
        headers.push_back({"Host", "testserver"});
        head.headers = http::Headers(headers.data(), headers.size());
        Request request(head, site::current().request_options());
        return site::current().handler()(request);
    }
    static std::string body(const Response& response) {
        if (!response.is_file()) return response.content;
        std::string text(response.file()->size(), '\0');
        ssize_t size = ::pread(response.file()->descriptor(), text.data(), text.size(), 0);
        EXPECT_EQ(size, static_cast<ssize_t>(text.size()));
        return text;
    }

    std::string base_;
};

TEST_F(StaticFilesTest, ServesFilesFromDiskWithValidators) {
    site::Site site(settings());
    Response response = get("/static/css/base.css");
    EXPECT_EQ(response.status_code, 200);
    EXPECT_EQ(body(response), "a{}");
    EXPECT_EQ(response.content_type(), "text/css; charset=utf-8");
    EXPECT_EQ(response.get("Cache-Control"), "max-age=60, public");
    std::string etag(response.get("ETag")), modified(response.get("Last-Modified"));
    EXPECT_EQ(get("/static/css/base.css", {{"If-None-Match", etag}}).status_code, 304);
    EXPECT_EQ(get("/static/css/base.css", {{"If-Modified-Since", modified}}).status_code, 304);
    EXPECT_EQ(get("/static/css/base.css", {{"If-None-Match", "\"other\""}}).status_code, 200);
    EXPECT_EQ(get("/static/.well-known/security.txt").status_code, 200);
    EXPECT_EQ(body(get("/static/inside.css")), "a{}");
    EXPECT_EQ(body(get("/static/empty.txt")), "");
}

TEST_F(StaticFilesTest, Security47NothingLeadsOutOfTheFolder) {  // CVE-2021-35397, CVE-2009-1354
    site::Site site(settings());
    for (const char* target : {"/static/../secret.txt",
                               "/static/..%2fsecret.txt",
                               "/static/%2e%2e/secret.txt",
                               "/static/css/..;/secret.txt",
                               "/static//etc/passwd",
                               "/static/%2Fetc/passwd",
                               "/static-secret/x.css",
                               "/static/../static-secret/x.css",
                               "/static/link.txt",
                               "/static/up/secret.txt",
                               "/static/.secret",
                               "/static/.git/config",
                               "/static/css",
                               "/static/css/",
                               "/static/",
                               "/static/..%5csecret.txt",
                               "/static/css/base.css%00.txt",
                               "/static/./css/base.css",
                               "/static/css//base.css",
                               "/static/css/base.css/"})
        EXPECT_EQ(get(target).status_code, 404) << target;
}

TEST_F(StaticFilesTest, StandBelowThePathThatTheSiteIsMountedAt) {
    Settings mounted = settings();
    mounted.force_script_name = "/shop/";
    site::Site site(mounted);
    EXPECT_EQ(staticfiles::static_("css/base.css"), "/shop/static/css/base.css");
    EXPECT_EQ(get("/shop/static/css/base.css").status_code, 200);
    EXPECT_EQ(get("/static/css/base.css").status_code, 200);  // the proxy has taken /shop off
    EXPECT_EQ(get("/other/static/css/base.css").status_code, 404);
    EXPECT_EQ(get("/shopstatic/css/base.css").status_code, 404);
}

TEST_F(StaticFilesTest, AnAbsoluteStaticUrlStaysWhereItIs) {
    Settings mounted = settings();
    mounted.force_script_name = "/shop";
    mounted.static_url = "/assets/";
    site::Site site(mounted);
    EXPECT_EQ(staticfiles::static_("css/base.css"), "/assets/css/base.css");
    EXPECT_EQ(get("/assets/css/base.css").status_code, 200);
}

TEST_F(StaticFilesTest, OtherMethodsGoOnToTheViews) {
    site::Site site(settings());
    EXPECT_EQ(get("/static/css/base.css", {}, "POST").status_code, 404);
    EXPECT_EQ(get("/static/css/base.css", {}, "HEAD").status_code, 200);
}

TEST_F(StaticFilesTest, EmbeddedFilesHaveAddressesThatMayBeKept) {
    site::Site site(settings());
    EXPECT_EQ(static_("css/site.css"), "/static/css/site.0123456789ab.css");
    EXPECT_EQ(static_("shop/logo.svg#mark"), "/static/shop/logo.0123456789ab.svg#mark");
    EXPECT_EQ(static_("css/base.css"), "/static/css/base.css");
    EXPECT_EQ(static_("no such.css"), "/static/no%20such.css");
    Response hashed = get("/static/css/site.0123456789ab.css");
    EXPECT_EQ(body(hashed), kCss);
    EXPECT_EQ(hashed.get("Cache-Control"), "max-age=315360000, public, immutable");
    EXPECT_EQ(get("/static/css/site.css").get("Cache-Control"), "max-age=60, public");
    EXPECT_EQ(get("/static/css/site.0123456789ac.css").status_code, 404);
    EXPECT_EQ(get("/static/shop/logo.svg", {{"If-None-Match", hashed.get("ETag")}}).status_code, 304);
}

TEST_F(StaticFilesTest, WithoutTheAppOrTheMiddlewareNothingIsServed) {
    Settings no_middleware = settings();
    no_middleware.middleware = {};
    {
        site::Site site(no_middleware);
        EXPECT_EQ(get("/static/css/base.css").status_code, 404);
    }
    Settings no_app = settings();
    no_app.installed_apps = {&shop};
    site::Site site(no_app);
    EXPECT_EQ(get("/static/css/base.css").status_code, 404);
    EXPECT_THROW(static_("css/base.css"), ImproperlyConfigured);
}

TEST_F(StaticFilesTest, CollectstaticCopiesOnceAndTheFirstSourceWins) {
    write("static/css/site.css", "mine");
    site::Site site(settings());
    std::string output;
    Io io({.captured_output = &output});
    call_command(io, "collectstatic");
    EXPECT_EQ(output, "6 static files copied to '" + base_ + "/collected'.\n");
    std::ifstream file(base_ + "/collected/css/site.css");
    std::string text;
    std::getline(file, text);
    EXPECT_EQ(text, "mine");
    EXPECT_TRUE(std::filesystem::exists(base_ + "/collected/shop/logo.svg"));
    EXPECT_FALSE(std::filesystem::exists(base_ + "/collected/.secret"));
    output.clear();
    call_command(io, "collectstatic");
    EXPECT_EQ(output, "0 static files copied to '" + base_ + "/collected', 6 unmodified.\n");
}

TEST_F(StaticFilesTest, FindstaticNamesThePlaces) {
    site::Site site(settings());
    std::string output;
    Io io({.captured_output = &output});
    call_command(io, "findstatic", {"css/base.css"});
    EXPECT_EQ(output, "Found 'css/base.css' here:\n  " + base_ + "/static/css/base.css\n");
    EXPECT_THROW(call_command(io, "findstatic", {"../secret.txt"}), CommandError);
}

TEST_F(StaticFilesTest, AMissingFolderIsFoundByTheChecks) {
    Settings wrong = settings();
    wrong.staticfiles_dirs = {base_ + "/nowhere"};
    site::Site site(wrong);
    auto found = checks::run_checks(site.checks());
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].id, "staticfiles.W004");
}

TEST(SafePath, HasNoPartThatClimbsOrHides) {
    EXPECT_TRUE(staticfiles::is_safe_path("css/site.css"));
    for (const char* path : {"", "/x", "x/", "a//b", ".", "..", "a/../b", ".a", "a/.b", "a\\b", "a\nb"})
        EXPECT_FALSE(staticfiles::is_safe_path(path)) << path;
}

}  // namespace
