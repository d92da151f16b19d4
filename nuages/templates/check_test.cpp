#include <nuages/templates/check.hpp>
#include <nuages/utils/timezone.hpp>

#include <gtest/gtest.h>

using namespace nuages;
using namespace nuages::templates;

namespace {

std::vector<std::string> found_in(std::vector<std::pair<std::string, std::string>> held,
                                  const CheckTemplatesOptions& options = {}) {
    const Engine engine({.in_memory = std::move(held)});
    std::vector<std::string> found;
    for (const Finding& finding : check_templates(engine, options)) found.push_back(finding.str());
    return found;
}

using Found = std::vector<std::string>;

TEST(CheckTemplates, FindsNothingInGoodOnes) {
    EXPECT_EQ(found_in({{"base.html", "{% block main %}{% endblock %}"},
                        {"page.html", "{% extends 'base.html' %}{% block main %}{% include 'base.html' %}{% endblock %}"}}),
              Found{});
}

TEST(CheckTemplates, FindsUnknownTagsFiltersAndLibraries) {
    EXPECT_EQ(found_in({{"a.html", "x\n{{ name|uper }}"}}), Found{"a.html:2: Invalid filter: 'uper'"});
    EXPECT_EQ(found_in({{"a.html", "{% blok main %}"}}),
              Found{"a.html:1: Invalid block tag on line 1: 'blok'. Did you forget to register or load this tag?"});
    EXPECT_EQ(found_in({{"a.html", "{% load blog_tags %}"}}).size(), 1u);
}

TEST(CheckTemplates, FindsWrongNumbersOfArguments) {
    EXPECT_EQ(found_in({{"a.html", "{{ name|upper:2 }}"}}),
              Found{"a.html:1: upper requires 1 arguments, 2 provided"});
    EXPECT_EQ(found_in({{"a.html", "{% now %}"}}), Found{"a.html:1: 'now' statement takes one argument"});
}

TEST(CheckTemplates, FindsMissingParentsAndParts) {
    EXPECT_EQ(found_in({{"a.html", "{% extends 'base.html' %}"}}), Found{"a.html:1: There is no template 'base.html'."});
    EXPECT_EQ(found_in({{"a.html", "{% if x %}{% include './b.html' %}{% endif %}"}}),
              Found{"a.html:1: There is no template 'b.html'."});
    EXPECT_EQ(found_in({{"a.html", "{% include name %}{% extends_not %}"}}).size(), 1u);
    EXPECT_EQ(found_in({{"a.html", "{% partial menu %}"}}),
              Found{"a.html:1: Partial 'menu' is not defined in the current template."});
}

TEST(CheckTemplates, FindsBlocksThatNoParentHas) {
    EXPECT_EQ(found_in({{"base.html", "{% block main %}{% endblock %}"},
                        {"page.html", "{% extends 'base.html' %}\n{% block mian %}{% block in %}{% endblock %}{% endblock %}"}}),
              Found{"page.html:2: No template that this one extends has a block named 'mian': it is never shown."});
}

TEST(CheckTemplates, AsksForUrlNames) {
    const CheckTemplatesOptions options{.url_problem = [](const UrlUse& use) {
        if (use.name == "blog:list") return std::string();
        std::string problem = "no '" + std::string(use.name) + "'";
        for (const Value& value : use.args) problem += " " + (value.is_missing() ? "?" : value.str());
        for (const auto& [name, value] : use.kwargs) problem += " " + std::string(name);
        return problem;
    }};
    EXPECT_EQ(found_in({{"a.html", "{% url 'blog:list' %}{% url 'blog:lits' 1 'x' n n|add:1 %}"
                                   "{% url 'blog:month' year=1 month=n %}{% url 'maybe' as address %}{% url name %}"}},
                       options),
              (Found{"a.html:1: no 'blog:lits' 1 x ? ?", "a.html:1: no 'blog:month' year month"}));
}

TEST(RenderChunks, GivesThePageInPieces) {
    const Engine engine({.in_memory = {{"page.html", "{% for n in rows %}line {{ n }}\n{% endfor %}{% filter upper %}end{% endfilter %}"}}});
    std::vector<Value> rows;
    for (int i = 0; i < 1000; ++i) rows.emplace_back(i);
    Context context;
    context.set("rows", Value::list(std::move(rows)));
    std::string whole;
    std::size_t pieces = 0, longest = 0;
    engine.get_template("page.html")->render_chunks(context, [&](std::string_view piece) {
        whole += piece;
        ++pieces;
        longest = std::max(longest, piece.size());
    }, 256);
    EXPECT_EQ(whole, engine.get_template("page.html")->render(context));
    EXPECT_GT(pieces, 30u);
    EXPECT_LT(longest, 300u);
}

TEST(RenderChunks, GivesWhatCameBeforeAnError) {
    const Engine engine({});
    Context context{{"rows", Value::list({1, 2})}};
    std::string seen;
    const auto page = engine.from_string("before {{ rows|divisibleby:0 }} after");
    EXPECT_THROW(page->render_chunks(context, [&](std::string_view piece) { seen += piece; }), TemplateError);
    EXPECT_EQ(seen, "before ");
}

}  // namespace
