#include <nuages/templates/engine.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/translation.hpp>
#include <nuages/views/shortcuts.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

TEST(ContextProcessors, NameLanguageZoneAndAddresses) {
    const templates::Engine engine(
        {.in_memory = {{"page.html",
                        "{{ LANGUAGE_CODE }} {{ LANGUAGE_BIDI }} {{ LANGUAGES|length }} {{ TIME_ZONE }} "
                        "{{ STATIC_URL }} {{ MEDIA_URL }} {{ debug }}"}},
         .debug = true,
         .static_prefix = "/s/",
         .media_prefix = "/m/"});
    templates::set_default_engine(&engine);
    namespace processors = views::context_processors;
    views::set_context_processors(
        {processors::i18n, processors::tz, processors::static_, processors::media, processors::debug});
    translation::configure({.languages = {{"he", "Hebrew"}, {"en", "English"}}});
    http::RequestHead head;
    head.method = "GET";
    head.target = "/";
    http::Request request(head);
    translation::override language("he");
    timezone::override zone("Asia/Tokyo");
    EXPECT_EQ(render(request, "page.html").content, "he True 2 Asia/Tokyo /s/ /m/ True");
    views::set_context_processors({processors::request});
    translation::configure({});
    templates::set_default_engine(nullptr);
}

TEST(ContextProcessors, TellDebugOnlyWhereTheEngineIsInDebugMode) {
    for (const bool debug : {true, false}) {
        const templates::Engine engine(
            {.in_memory = {{"page.html", "{{ debug }}|{{ sql_queries|length }}|{{ request.method }}"}}, .debug = debug});
        templates::set_default_engine(&engine);
        views::set_context_processors({views::context_processors::debug, views::context_processors::request});
        http::RequestHead head;
        head.method = "GET";
        head.target = "/";
        http::Request request(head);
        EXPECT_EQ(render(request, "page.html").content, debug ? "True|0|GET" : "|0|GET");
    }
    views::set_context_processors({views::context_processors::request});
    templates::set_default_engine(nullptr);
}

}  // namespace
