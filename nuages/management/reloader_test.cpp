#include <nuages/management/detail/build_report.hpp>
#include <nuages/management/detail/source_watch.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace nuages::management::detail {
namespace {

/// A site's folder with one source and one template.
class SourceWatchTest : public testing::Test {
protected:
    SourceWatchTest() {
        char pattern[] = "/tmp/nuages-watch-XXXXXX";
        folder = ::mkdtemp(pattern);
        for (const char* below : {"/blog", "/blog/templates", "/build", "/.git"}) ::mkdir((folder + below).c_str(), 0700);
        write("/blog/views.cpp", "int a;");
        write("/blog/templates/index.html", "<p>");
        write("/build/CMakeCache.txt", "");
    }
    ~SourceWatchTest() override { [[maybe_unused]] const int status = std::system(("rm -r " + folder).c_str()); }
    void write(const std::string& name, const char* text) {
        std::FILE* file = std::fopen((folder + name).c_str(), "w");
        ASSERT_NE(file, nullptr) << name;
        std::fputs(text, file);
        std::fclose(file);
    }
    std::string folder;
};

TEST_F(SourceWatchTest, NamesSourcesThatWereWrittenMadeOrRemoved) {
    SourceWatch watch({folder});
    EXPECT_EQ(watch.changed(), std::vector<std::string>{});
    write("/blog/views.cpp", "int longer;");
    write("/CMakeLists.txt", "project(site)");
    EXPECT_EQ(watch.changed(), (std::vector{folder + "/CMakeLists.txt", folder + "/blog/views.cpp"}));
    EXPECT_EQ(watch.changed(), std::vector<std::string>{});
    ::unlink((folder + "/blog/views.cpp").c_str());
    EXPECT_EQ(watch.changed(), std::vector{folder + "/blog/views.cpp"});
}

TEST_F(SourceWatchTest, SeesASourceOfTheSameSizeByItsTime) {
    SourceWatch watch({folder});
    const timeval earlier[2] = {{1000, 0}, {1000, 0}};
    ::utimes((folder + "/blog/views.cpp").c_str(), earlier);
    EXPECT_EQ(watch.changed(), std::vector{folder + "/blog/views.cpp"});
}

TEST_F(SourceWatchTest, LeavesTemplatesBuildsAndHiddenFoldersAlone) {
    SourceWatch watch({folder});
    write("/blog/templates/index.html", "<p>another");
    write("/build/generated.cpp", "int b;");
    write("/.git/hook.cpp", "int c;");
    EXPECT_EQ(watch.changed(), std::vector<std::string>{});
}

constexpr std::string_view kFailedBuild =
    "[1/4] Building CXX object app_blog.dir/blog/app.cpp.o\n"
    "[2/4] Building CXX object app_blog.dir/blog/views.cpp.o\n"
    "FAILED: app_blog.dir/blog/views.cpp.o \n"
    "/usr/bin/c++ -g1 -Og -c /site/blog/views.cpp\n"
    "/site/blog/views.cpp: In function 'nuages::Response index(nuages::Request&)':\n"
    "/site/blog/views.cpp:12:5: \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[K'retrun' was not declared in this scope\n"
    "   12 |     retrun Response(\"<b>\");\n"
    "      |     ^~~~~~\n"
    "/site/blog/views.cpp:20:1: warning: no return statement in function returning non-void\n"
    "ninja: build stopped: subcommand failed.\n";

TEST(BuildReport, TakesTheErrorsOutOfWhatTheBuildPrints) {
    const BuildReport report = read_build_output(kFailedBuild);
    ASSERT_EQ(report.errors.size(), 1u);
    EXPECT_EQ(report.errors[0].file, "/site/blog/views.cpp");
    EXPECT_EQ(report.errors[0].line, 12);
    EXPECT_EQ(report.errors[0].message, "'retrun' was not declared in this scope");
    EXPECT_EQ(report.text.find("/usr/bin/c++"), std::string::npos);
    EXPECT_EQ(report.text.find("ninja"), std::string::npos);
    EXPECT_EQ(report.text.find('\x1b'), std::string::npos);
    EXPECT_NE(report.text.find("   12 |     retrun Response(\"<b>\");\n"), std::string::npos);
}

TEST(BuildReport, KnowsTheLinkersErrors) {
    const BuildReport report = read_build_output("/usr/bin/ld: views.cpp:(.text+0x1f): undefined reference to `blog::missing()'\n");
    ASSERT_EQ(report.errors.size(), 1u);
    EXPECT_EQ(report.errors[0].message, "undefined reference to `blog::missing()'");
}

TEST(TroublePage, ShowsTheFirstErrorEscapedAndWaitsForTheNextBuild) {
    const std::string page = trouble_page("The site does not build", read_build_output(kFailedBuild), 3);
    EXPECT_NE(page.find("<h1>The site does not build</h1>"), std::string::npos);
    EXPECT_NE(page.find("/site/blog/views.cpp:12"), std::string::npos);
    EXPECT_NE(page.find("&lt;b&gt;"), std::string::npos);
    EXPECT_NE(page.find("dataset.revision = \"3\""), std::string::npos);
}

}  // namespace
}  // namespace nuages::management::detail
