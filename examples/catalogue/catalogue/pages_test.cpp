#include "load_packages.hpp"
#include "models.hpp"

#include <nuages/test.hpp>

#include <fstream>
#include <string>

using namespace catalogue;
using namespace nuages::literals;
using nuages::test::Client;

namespace {

/// Loads the two hundred stanzas; CLIENT asks the whole site, middleware and all.
class Pages : public nuages::test::TestCase {
protected:
    void SetUp() override {
        TestCase::SetUp();
        std::ifstream file("catalogue/testdata/packages.txt", std::ios::binary);
        StanzaReader reader{[&](char* out, std::size_t size) {
            file.read(out, static_cast<std::streamsize>(size));
            return static_cast<std::size_t>(file.gcount());
        }};
        load_packages(reader, {}, {.source = "a test"});
    }
    /// The body of PATH, which answers STATUS.
    std::string body(std::string_view path, int status = 200) {
        const auto response = client.get(path);
        EXPECT_EQ(response.status_code, status) << path;
        return std::string(response.content);
    }
    Client client;
};

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_F(Pages, IndexShowsCountsAndRankings) {
    const std::string html = body("/");
    EXPECT_TRUE(contains(html, "<dt>packages</dt><dd>192</dd>"));
    EXPECT_TRUE(contains(html, "Read from a test on "));
    EXPECT_TRUE(contains(html, "7 malformed stanzas skipped"));
    EXPECT_TRUE(contains(html, "<a href=\"/packages/libc6/\">libc6</a>"));
    EXPECT_TRUE(contains(html, "/packages/?section=non-free%2Fgames"));
}

TEST_F(Pages, IndexSaysThatNothingIsLoaded) {
    Load::objects.all().delete_();
    EXPECT_TRUE(contains(body("/"), "Nothing is loaded yet."));
}

TEST_F(Pages, IndexSaysThatDataIsFromDpkg) {
    EXPECT_TRUE(contains(body("/"), "Installed packages only.")) << "one of the stanzas has a Status field";
    Load::objects.all().update("installed_only"_f = false);
    EXPECT_FALSE(contains(body("/"), "Installed packages only."));
}

TEST_F(Pages, ListsTwentyFivePackagesAPage) {
    const std::string first = body("/packages/");
    EXPECT_TRUE(contains(first, "192 packages"));
    EXPECT_TRUE(contains(first, "href=\"/packages/0ad/\""));
    EXPECT_TRUE(contains(first, "href=\"?page=2\""));
    const std::string last = body("/packages/?page=8");
    EXPECT_TRUE(contains(last, "href=\"/packages/zstd/\""));
    EXPECT_FALSE(contains(last, "rel=\"next\""));
}

TEST_F(Pages, ListAsksTheDatabaseThreeTimes) { EXPECT_NUM_QUERIES(3, client.get("/packages/")); }

TEST_F(Pages, DetailAsksTheDatabaseSixTimes) { EXPECT_NUM_QUERIES(6, client.get("/packages/folded-relations/")); }

TEST_F(Pages, FooterCountsTheQueries) {
    const nuages::db::StatsScope of_the_request_alone;  // a server has a fiber per request, the tests share one
    const std::string html = body("/packages/");
    EXPECT_TRUE(contains(html, "3 queries, ")) << html.substr(html.find("<footer"));
}

TEST_F(Pages, SearchesForEveryWordInNameAndSummary) {
    EXPECT_TRUE(contains(body("/packages/?q=MAIL+transport+agent"), "href=\"/packages/postfix/\""));
    EXPECT_TRUE(contains(body("/packages/?q=shell+fish"), "1 package<"));
    EXPECT_TRUE(contains(body("/packages/?q=100%25"), "No package is like that."));
    EXPECT_TRUE(contains(body("/packages/?q=%3Cscript%3E"), "value=\"&lt;script&gt;\""));
}

TEST_F(Pages, FiltersBySectionTagAndRelation) {
    EXPECT_TRUE(contains(body("/packages/?section=shells"), "href=\"/packages/zsh/\""));
    EXPECT_FALSE(contains(body("/packages/?section=shells"), "href=\"/packages/nginx/\""));
    EXPECT_TRUE(contains(body("/packages/?provides=mail-transport-agent"), "href=\"/packages/postfix/\""));
    EXPECT_TRUE(contains(body("/packages/?needs=libc6"), "Packages that need libc6"));
    EXPECT_TRUE(contains(body("/packages/?needs=libc6"), "href=\"/packages/0ad/\""));
    EXPECT_TRUE(contains(body("/packages/?tag=works-with::text"), "href=\"/packages/folded-relations/\""));
}

TEST_F(Pages, OrdersByNameNeedAndSize) {
    const std::string largest = body("/packages/?o=-installed_size");
    EXPECT_LT(largest.find("/packages/in-non-free/"), largest.find("/packages/chromium/"));
    EXPECT_TRUE(contains(body("/packages/?o=password"), "<option value=\"name\" selected>"));
}

TEST_F(Pages, KeepsTheSearchOnOtherPages) {
    EXPECT_TRUE(contains(body("/packages/?q=lib&o=-dependents"), "href=\"?q=lib&amp;o=-dependents&amp;page=2\""));
}

TEST_F(Pages, DetailShowsAlternativesVersionsAndWhatNeedsIt) {
    const std::string html = body("/packages/folded-relations/");
    EXPECT_TRUE(contains(html, "every form of a relation"));
    EXPECT_TRUE(
        contains(html, "<a href=\"/packages/zlib1g/\">zlib1g</a> <span class=\"version\">&gt;= 1:1.2.13</span>"));
    EXPECT_TRUE(contains(html, "<span class=\"or\">or</span>"));
    EXPECT_TRUE(contains(html, "<span class=\"version\">:any</span>"));
    EXPECT_TRUE(contains(html, "/packages/?provides=default-mta"));
    EXPECT_TRUE(contains(body("/packages/zlib1g/"), "href=\"/packages/folded-relations/\""));
}

TEST_F(Pages, DetailEscapesWhatPackagesSay) {
    EXPECT_TRUE(
        contains(body("/packages/in-non-free/"), "&lt;b&gt;&quot;bold&quot; &amp; &#x27;quoted&#x27;&lt;/b&gt;"));
}

TEST_F(Pages, DetailFindsNamesWithPlusAndDot) {
    EXPECT_TRUE(contains(body("/packages/g++/"), "<h1>g++ "));
    EXPECT_TRUE(contains(body("/packages/python3.11/"), "<h1>python3.11 "));
}

TEST_F(Pages, DetailShowsApprovedNotesOnly) {
    const auto package = Package::objects.get("name"_f = "bash");
    Note::objects.create(
        {.package = package, .text = "Still my shell.", .state = NoteState::approved, .author_name = "Ada"});
    Note::objects.create({.package = package, .text = "Buy pills.", .author_name = "Spam"});
    const std::string html = body("/packages/bash/");
    EXPECT_TRUE(contains(html, "Still my shell."));
    EXPECT_FALSE(contains(html, "Buy pills."));
}

TEST_F(Pages, MaintainerListsPackages) {
    const auto maintainer = Maintainer::objects.get("name"_f = "Debian Games Team");
    const std::string html = body(maintainer.get_absolute_url());
    EXPECT_TRUE(contains(html, "<h1>Debian Games Team</h1>"));
    EXPECT_TRUE(contains(html, "href=\"/packages/wesnoth/\""));
    body("/maintainers/999999/", 404);
}

TEST_F(Pages, UnknownPackageIsOurOwnNotFoundPage) {
    const std::string html = body("/packages/no-such-package/", 404);
    EXPECT_TRUE(contains(html, "Not on this shelf"));
    EXPECT_TRUE(contains(html, "<code>/packages/no-such-package/</code>"));
    EXPECT_TRUE(contains(body("/nowhere/", 404), "Not on this shelf"));
}

TEST_F(Pages, AddressWithoutSlashIsRedirected) { EXPECT_REDIRECTS(client.get("/packages"), "/packages/"); }

TEST_F(Pages, ListIsThereAsJson) {
    const std::string json = body("/api/packages/?q=shell+fish");
    EXPECT_TRUE(contains(json, "{\"count\":1,\"next\":null,\"previous\":null,\"results\":[{\"name\":\"fish\","))
        << json;
    EXPECT_TRUE(contains(json, "\"url\":\"/api/packages/fish/\""));
    EXPECT_TRUE(contains(body("/api/packages/?page=2"),
                         "\"next\":\"/api/packages/?page=3\",\"previous\":\"/api/packages/?page=1\""));
}

TEST_F(Pages, DetailIsThereAsJson) {
    const std::string json = body("/api/packages/folded-relations/");
    EXPECT_TRUE(contains(json, "\"name\":\"folded-relations\",\"version\":\"1:2.0~rc1+dfsg-3\""));
    EXPECT_TRUE(contains(json,
                         "[{\"name\":\"zlib1g\",\"architecture\":\"\",\"comparison\":\">=\",\"version\":\"1:1.2.13\","
                         "\"is_package\":true},{\"name\":\"libz-clone\",\"architecture\":\"\",\"comparison\":\"<<\","
                         "\"version\":\"3\",\"is_package\":false}]"))
        << json;
    body("/api/packages/no-such-package/", 404);
}

TEST_F(Pages, StyleSheetIsServed) {
    const auto response = client.get("/static/catalogue/catalogue.css");
    EXPECT_EQ(response.status_code, 200);
    EXPECT_EQ(response["Content-Type"], "text/css; charset=utf-8");
}
