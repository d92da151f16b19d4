#include <nuages/templates/engine.hpp>
#include <nuages/utils/formats.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>

#include <gtest/gtest.h>

using namespace nuages;
using namespace nuages::templates;

namespace {

class I18nTags : public testing::Test {
protected:
    I18nTags() {
        translation::configure({.language_code = "en", .sources = {[](std::string_view locale) -> std::optional<std::string> {
            if (locale != "de") return std::nullopt;
            return "msgid \"\"\nmsgstr \"Plural-Forms: nplurals=2; plural=n!=1;\\n\"\n\n"
                   "msgid \"Hello %(name)s\"\nmsgstr \"Hallo %(name)s\"\n\n"
                   "msgid \"%(n)s result\"\nmsgid_plural \"%(n)s results\"\nmsgstr[0] \"%(n)s Ergebnis\"\nmsgstr[1] \"%(n)s Ergebnisse\"\n\n"
                   "msgid \"Bad\"\nmsgstr \"%(nothing)s\"\n\nmsgid \"100%%\"\nmsgstr \"hundert %%\"\n\n"
                   "msgctxt \"verb\"\nmsgid \"Print\"\nmsgstr \"Drucken\"\n\nmsgid \"yes\"\nmsgstr \"ja\"\n";
        }}});
        timezone::configure({"Europe/Paris", true});
    }
    ~I18nTags() override {
        translation::deactivate();
        translation::configure({});
        timezone::configure({});
    }

    static std::string shown(const std::string& source) {
        static const Engine engine({});
        Context context{{"name", "<Ada>"}, {"n", 2}, {"price", 1234.5}, {"word", "yes"}};
        context.set("when", Value::datetime(DateTime::from_ymdhms(2026, 7, 1, 12).microseconds));
        return engine.from_string("{% load i18n l10n tz %}" + source)->render(context);
    }
};

TEST_F(I18nTags, TranslateMessagesWithTheirValues) {
    translation::override scope("de");
    EXPECT_EQ(shown("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}"), "Hallo &lt;Ada&gt;");
    EXPECT_EQ(shown("{% blocktranslate count n=n %}{{ n }} result{% plural %}{{ n }} results{% endblocktranslate %}"),
              "2 Ergebnisse");
    EXPECT_EQ(shown("{% translate 'Print' context 'verb' as p %}[{{ p }}]{% translate '100%' %}{{ _('yes') }}"),
              "[Drucken]hundert %ja");
    EXPECT_EQ(shown("{% translate word %}"), "ja");
}

TEST_F(I18nTags, ShowTheMessageWhenItsTranslationIsMalformed) {
    translation::override scope("de");
    EXPECT_EQ(shown("{% blocktranslate %}Bad{% endblocktranslate %}"), "Bad");
}

TEST_F(I18nTags, ChangeTheLanguageInsideABlock) {
    EXPECT_EQ(shown("{{ price }}{% language 'de' %} {{ price }} {% translate 'yes' %}{% endlanguage %} {{ price }}"),
              "1234.5 1234,5 ja 1234.5");
    EXPECT_EQ(shown("{% language 'de' %}{% localize off %}{{ price }}{% endlocalize %} {{ price|unlocalize }}{% endlanguage %}"),
              "1234.5 1234.5");
}

TEST_F(I18nTags, SayWhatIsActive) {
    EXPECT_EQ(shown("{% get_current_language as L %}{{ L }} {% get_language_info for 'he' as i %}{{ i.name }} {{ i.bidi }}"),
              "en Hebrew True");
    EXPECT_EQ(shown("{{ 'de'|language_name_local }}"), "Deutsch");
}

TEST_F(I18nTags, ShowInstantsInTheCurrentZone) {
    EXPECT_EQ(shown("{{ when|date:'H:i T' }}"), "14:00 CEST");
    EXPECT_EQ(shown("{% timezone 'Asia/Tokyo' %}{{ when|date:'H:i T' }}{% endtimezone %}{{ when|date:' H:i' }}"),
              "21:00 JST 14:00");
    EXPECT_EQ(shown("{% localtime off %}{{ when|date:'H:i' }}{% endlocaltime %} {{ when|utc|date:'H:i' }}"), "12:00 12:00");
    EXPECT_EQ(shown("{{ when|timezone:'America/New_York'|date:'H:i' }} {{ when|timezone:'Mars'|date:'H:i' }}"), "08:00 ");
    EXPECT_EQ(shown("{% get_current_timezone as z %}{{ z }}"), "Europe/Paris");
}

TEST(CacheTag, KeepsAFragmentByNameAndValues) {
    const Engine engine({});
    int made = 0;
    Context context{{"user", "ada"}};
    context.set("made", Value::callable([&] { return Value(++made); }));
    const auto page = engine.from_string("{% load cache %}{% cache 60 menu user %}{{ made }}{% endcache %}");
    EXPECT_EQ(page->render(context), "1");
    EXPECT_EQ(page->render(context), "1");
    context.set("user", Value("bob"));
    EXPECT_EQ(page->render(context), "2");
    EXPECT_THROW(engine.from_string("{% load cache %}{% cache 'x' menu %}{% endcache %}")->render(context), TemplateSyntaxError);
}

}  // namespace
