// makemessages and compilemessages, as they are typed in a project's folder.
#include <nuages/management/execute.hpp>
#include <nuages/site/site.hpp>
#include <nuages/templates/templatize.hpp>
#include <nuages/utils/translation.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

using namespace nuages;

namespace {

namespace fs = std::filesystem;

TEST(Templatize, GivesTheMessagesOnTheirLines) {
    EXPECT_EQ(templates::templatize("{% load i18n %}\n{% translate 'Save 5%' %}\n{{ x|default:_(\"none\") }}"),
              "\ngettext(\"Save 5%%\"); \ngettext(\"none\"); ");
    EXPECT_EQ(templates::templatize("{% translate \"May\" context \"month\" as may %}"),
              "pgettext(\"month\", \"May\"); ");
    EXPECT_EQ(templates::templatize("{% blocktranslate count n=a|length trimmed %}\n  One \"a\" by\n  {{ name }}\n{% "
                                    "plural %}\n {{ n }} {% endblocktranslate %}"),
              "ngettext(\"One \\\"a\\\" by %(name)s\", \"%(n)s\", n); ");
    EXPECT_EQ(templates::templatize(
                  "{# Translators: a button #}\n{% trans 'Go' %}{% comment %}{% trans 'no' %}{% endcomment %}"),
              "/* Translators: a button */\ngettext(\"Go\"); ");
    EXPECT_EQ(templates::templatize("{% verbatim %}{% trans 'no' %}{% endverbatim %}{% unknown %}{{ a.b }}"), "");
    EXPECT_ANY_THROW(templates::templatize("{% blocktrans %}never ends"));
}

struct Project : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("nuages-messages-" + std::to_string(::getpid()));
    fs::path former = fs::current_path();
    std::string said;

    void SetUp() override {
        if (std::system("msginit --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "GNU gettext's tools are not here";
        fs::create_directories(folder / "templates");
        fs::create_directories(folder / "locale");
        fs::current_path(folder);
        write("templates/page.html",
              "<h1>\n{% translate 'Search' %}</h1>{% blocktranslate count n=k %}One{% plural %}{{ n }} more{% "
              "endblocktranslate %}");
        write("views.cpp",
              "auto a = tr(\"Thank you.\");\n// Translators: of a year\nauto b = tr(\"month\", \"May\");\n");
    }
    void TearDown() override {
        fs::current_path(former);
        fs::remove_all(folder);
        translation::configure({});
    }
    static void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
    static std::string read(const fs::path& file) {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }
    int execute(std::vector<const char*> words) {
        words.insert(words.begin(), "/path/to/mysite");
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int code = management::execute_from_command_line(static_cast<int>(words.size()), words.data(), [] {
            return site::Settings{
                .secret_key = "k", .databases = {{"default", {.name = ":memory:"}}}, .locale_paths = {"locale"}};
        });
        said = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
        return code;
    }
};

TEST_F(Project, CollectsMessagesMergesThemAndCompilesThem) {
    ASSERT_EQ(execute({"makemessages", "-l", "de"}), 0) << said;
    EXPECT_NE(said.find("processing locale de\n"), std::string::npos) << said;
    const fs::path catalog = "locale/de/LC_MESSAGES/django.po";
    std::string po = read(catalog);
    EXPECT_NE(po.find("#: templates/page.html:2\nmsgid \"Search\"\nmsgstr \"\"\n"), std::string::npos) << po;
    EXPECT_NE(po.find("msgid \"One\"\nmsgid_plural \"%(n)s more\"\n"), std::string::npos) << po;
    EXPECT_NE(po.find("#. Translators: of a year\n#: views.cpp:3\nmsgctxt \"month\"\nmsgid \"May\"\n"),
              std::string::npos)
        << po;
    EXPECT_NE(po.find("charset=UTF-8"), std::string::npos) << po;
    EXPECT_NE(po.find("nplurals=2"), std::string::npos) << po;

    // What was translated stays, a new message comes.
    po.replace(po.find("msgid \"Search\"\nmsgstr \"\""), 24, "msgid \"Search\"\nmsgstr \"Suche\"");
    write(catalog, po);
    write("templates/more.txt", "{% translate 'More' %}");
    ASSERT_EQ(execute({"makemessages", "--all"}), 0) << said;
    po = read(catalog);
    EXPECT_NE(po.find("msgid \"Search\"\nmsgstr \"Suche\"\n"), std::string::npos) << po;
    EXPECT_NE(po.find("#: templates/more.txt:1\nmsgid \"More\"\n"), std::string::npos) << po;

    ASSERT_EQ(execute({"compilemessages"}), 0) << said;
    EXPECT_TRUE(fs::exists("locale/de/LC_MESSAGES/django.mo"));
    translation::configure({.sources = {translation::folder_source("locale")}});
    {
        const translation::override german("de");
        EXPECT_EQ(translation::gettext("Search"), "Suche");
    }
    ASSERT_EQ(execute({"compilemessages"}), 0) << said;
    EXPECT_NE(said.find("is already compiled and up to date."), std::string::npos) << said;
}

TEST_F(Project, SaysWhatIsWrong) {
    EXPECT_EQ(execute({"makemessages"}), 1);
    EXPECT_NE(said.find("Type 'makemessages --help' for usage information."), std::string::npos) << said;
    EXPECT_EQ(execute({"compilemessages"}), 1);
    EXPECT_NE(said.find("there is no .po file"), std::string::npos) << said;
    fs::create_directories("locale/fr/LC_MESSAGES");
    write("locale/fr/LC_MESSAGES/django.po", "msgid \"\"\nmsgstr \"\"\n\nmsgid \"x");
    EXPECT_EQ(execute({"compilemessages"}), 1);
    EXPECT_NE(said.find("compilemessages generated one or more errors."), std::string::npos) << said;
    EXPECT_FALSE(fs::exists("locale/fr/LC_MESSAGES/django.mo"));
}

}  // namespace
