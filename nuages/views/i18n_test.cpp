#include <nuages/http/request_builder.hpp>
#include <nuages/urls/resolver.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/views/i18n.hpp>

#include <gtest/gtest.h>

namespace nuages::views {
namespace {

using http::RequestBuilder;

class SetLanguage : public testing::Test {
protected:
    SetLanguage() {
        auto about = [](Request&, std::string_view) { return Response(); };
        routing::set_urlconf(make_ref<UrlResolver>(Urls{.patterns = {i18n_patterns({path("about/<slug:who>/", about, {.name = "about"})})}}));
    }
    ~SetLanguage() override { routing::set_urlconf({}); }
};

TEST_F(SetLanguage, KeepsTheLanguageAndGoesBack) {
    RequestBuilder builder("POST", "/i18n/setlang/");
    const Response response = set_language(builder.form({{"language", "de"}, {"next", "/prices/?a=1"}}).request());
    EXPECT_EQ(response.status_code, 302);
    EXPECT_EQ(response["Location"], "/prices/?a=1");
    ASSERT_TRUE(response.cookie("nuages_language"));
    EXPECT_EQ(response.cookie("nuages_language")->value, "de");

    RequestBuilder from("POST", "/");
    from.header("Referer", "http://testserver/from/").header("Accept", "text/html");
    EXPECT_EQ(set_language(from.form({{"language", "fr"}}).request())["Location"], "http://testserver/from/");
}

TEST_F(SetLanguage, GoesBackToThePageInThatLanguage) {
    const auto location = [](std::string_view next) {
        RequestBuilder builder("POST", "/i18n/setlang/");
        return std::string(set_language(builder.form({{"language", "de"}, {"next", std::string(next)}}).request())["Location"]);
    };
    const translation::override active("fr");
    EXPECT_EQ(location("/fr/about/ada/?a=1#b"), "/de/about/ada/?a=1#b");
    EXPECT_EQ(location("http://testserver/fr/about/ada/"), "http://testserver/de/about/ada/");
    EXPECT_EQ(location("/fr/nowhere/"), "/fr/nowhere/");
}

TEST_F(SetLanguage, Security35LeadsToNoOtherSite) {
    for (const char* next : {"//evil.com", "https://evil.com/", "javascript:alert(1)", "/\\evil.com", "http:evil"}) {
        RequestBuilder builder("POST", "/");
        builder.header("Referer", next);
        EXPECT_EQ(set_language(builder.form({{"language", "de"}, {"next", next}}).request())["Location"], "/") << next;
    }
}

TEST_F(SetLanguage, ChangesNothingOnGetOrForUnknownLanguages) {
    RequestBuilder get("GET", "/?next=/x/&language=de"), unknown("POST", "/"), script("POST", "/");
    const Response redirected = set_language(get.request());
    EXPECT_EQ(redirected["Location"], "/x/");
    EXPECT_TRUE(redirected.cookies().empty());
    EXPECT_TRUE(set_language(unknown.form({{"language", "zz-nowhere"}, {"next", "/"}}).request()).cookies().empty());
    script.header("Accept", "application/json");
    const Response answered = set_language(script.form({{"language", "de"}}).request());
    EXPECT_EQ(answered.status_code, 204);
    EXPECT_EQ(answered.cookies().size(), 1u);
}

}  // namespace
}  // namespace nuages::views
