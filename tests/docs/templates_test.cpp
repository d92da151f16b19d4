// The library that docs/topics/templates.md shows does what its comments say.
#include <nuages/templates/engine.hpp>

#include <gtest/gtest.h>

namespace blog {
nuages::Ref<const nuages::templates::Library> blog_tags();
}

using namespace nuages;
using namespace nuages::templates;

TEST(TemplatesTopic, ShowsALibraryThatWorks) {
    const Engine engine({.in_memory = {{"blog/latest.html", "latest {{ count }}"}},
                         .libraries = {{"blog_tags", blog::blog_tags()}}});
    Context context{{"name", "<Ada>"}, {"title", "Hi"}};
    const auto shown = [&](const std::string& source) {
        return engine.from_string("{% load blog_tags %}" + source)->render(context);
    };
    EXPECT_EQ(shown("{{ title|shout }} {{ title|repeat:3 }}"), "Hi! HiHiHi");
    EXPECT_EQ(shown("{% greet name %}{% greet name greeting='Hi' as text %} [{{ text }}]"),
              "Hello &lt;Ada&gt; [Hi &lt;Ada&gt;]");
    EXPECT_EQ(shown("{% box 'note' %}{{ name }}{% endbox %}"), "<div class=\"note\">&lt;Ada&gt;</div>");
    EXPECT_EQ(shown("{% latest 5 %}{% uppercase %} a{{ title }}{% enduppercase %}"), "latest 5 AHI");
}
