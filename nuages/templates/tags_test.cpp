#include <nuages/templates/engine.hpp>

#include <gtest/gtest.h>

using namespace nuages;
using namespace nuages::templates;

namespace {

struct Sample {
    const char* source;
    const char* page;
};

// The names that the samples of this file see.
Context sample_context() {
    return {{"yes", true},
            {"no", false},
            {"n", 5},
            {"zero", 0},
            {"text", "a<b"},
            {"list", Value::list({1, 2, 3})},
            {"pairs", Value::list({Value::tuple({1, "a"}), Value::tuple({2, "b"})})},
            {"people",
             Value::list({Value::map({{"name", "Ada"}, {"sex", "f"}}), Value::map({{"name", "Bob"}, {"sex", "m"}}),
                          Value::map({{"name", "Cid"}, {"sex", "m"}})})},
            {"query", Value::map({{"a", "1"}, {"b", Value::list({"x", "y z"})}})},
            {"csrf_token", "tok"}};
}

std::string outcome(const char* source) {
    const Engine engine({});
    timezone::set_clock([] { return DateTime::from_ymdhms(2024, 2, 29, 13, 5); });
    Context context = sample_context();
    try {
        return engine.from_string(source)->render(context);
    } catch (const Error& error) {
        return std::string(error.name()) + ": " + error.what();
    }
}

class Tags : public testing::TestWithParam<Sample> {};

TEST_P(Tags, RenderAsDjangoDoes) { EXPECT_EQ(outcome(GetParam().source), GetParam().page) << GetParam().source; }

INSTANTIATE_TEST_SUITE_P(
    Conditions, Tags,
    testing::Values(Sample{"{% if n > 3 and not no or zero %}a{% else %}b{% endif %}", "a"},
                    Sample{"{% if no or n in list %}a{% elif yes %}b{% else %}c{% endif %}", "b"},
                    Sample{"{% if 2 in list and 'b' in text and 9 not in list %}a{% endif %}", "a"},
                    Sample{"{% if missing is None and n is not None %}a{% endif %}", "a"},
                    Sample{"{% if text < n or n < text %}a{% else %}incomparable{% endif %}", "incomparable"},
                    Sample{"{% if n == 5.0 and list|length >= 3 %}a{% endif %}", "a"},
                    Sample{"{% firstof zero missing text 'x' %}", "a&lt;b"},
                    Sample{"{% for i in '1123' %}{% ifchanged %}{{ i }}{% else %}-{% endifchanged %}{% endfor %}",
                           "1-23"},
                    Sample{"{% if %}{% endif %}", "TemplateSyntaxError: Unexpected end of expression in if tag."}));

INSTANTIATE_TEST_SUITE_P(
    Loops, Tags,
    testing::Values(
        Sample{"{% for i in list reversed %}{{ forloop.counter0 }}{{ i }}{% if not forloop.last %},{% endif %}{% "
               "endfor %}",
               "03,12,21"},
        Sample{"{% for a, b in pairs %}{{ a }}{{ b }}{% endfor %}", "1a2b"},
        Sample{"{% for x in missing %}x{% empty %}none{% endfor %}", "none"},
        Sample{"{% for i in list %}{% for j in 'ab' %}{{ forloop.parentloop.counter }}{{ j }}{% endfor %}{% endfor %}",
               "1a1b2a2b3a3b"},
        Sample{"{% for i in list %}{{ forloop.revcounter }}{{ forloop.first }}{{ forloop.length }} {% endfor %}",
               "3True3 2False3 1False3 "},
        Sample{"{% for i in list %}{% cycle 'x' 'y' as c %}{{ c }} {% endfor %}", "xx yy xx "},
        Sample{"{% for i in list %}{% cycle 'x' 'y' %}{% if i == 2 %}{% resetcycle %}{% endif %}{% endfor %}", "xyx"},
        Sample{"{% regroup people by sex as groups %}{% for sex, group in groups %}{{ sex }}:{% for p in group %}{{ "
               "p.name }} "
               "{% endfor %}{% endfor %}",
               "f:Ada m:Bob Cid "},
        Sample{"{% for x in n %}{% endfor %}", "TypeError: 'int' object is not iterable"},
        Sample{"{% for x on list %}{% endfor %}",
               "TemplateSyntaxError: 'for' statements should use the format 'for x in y': for x on list"}));

INSTANTIATE_TEST_SUITE_P(
    Scopes, Tags,
    testing::Values(Sample{"{% with a=n b=text|upper %}{{ a }}{{ b }}{% endwith %}[{{ a }}]", "5A&lt;B[]"},
                    Sample{"{% with n as m %}{{ m }}{% endwith %}", "5"},
                    Sample{"{% filter upper %}x {{ text }}{% endfilter %}", "X A&LT;B"},
                    Sample{"{% spaceless %} <p> <b>x y</b> </p> {% endspaceless %}", "<p><b>x y</b></p>"},
                    Sample{"a{# {{ n }} #}b{% comment 'why' %}{{ bad|nofilter }}{% endcomment %}c", "abc"},
                    Sample{"{% verbatim %}{{ n }}{% if %}{% endverbatim %}", "{{ n }}{% if %}"},
                    Sample{
                        "{% filter safe %}{% endfilter %}",
                        "TemplateSyntaxError: \"filter safe\" is not permitted. Use the \"autoescape\" tag instead."}));

INSTANTIATE_TEST_SUITE_P(
    Output, Tags,
    testing::Values(Sample{"{% now 'Y-m-d H:i' %}{% now 'jS F' as d %}|{{ d }}", "2024-02-29 13:05|29th February"},
                    Sample{"{% templatetag openblock %}{% templatetag closevariable %}", "{%}}"},
                    Sample{"{% widthratio 175 200 100 %} {% widthratio n 2 1 %} {% widthratio n zero 9 %}", "88 2 0"},
                    Sample{"{% csrf_token %}", "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"tok\">"},
                    Sample{"{% querystring query b=None c='é&' %}", "?a=1&amp;c=%C3%A9%26"},
                    Sample{"{% querystring query a=2 %}", "?a=2&amp;b=x&amp;b=y+z"},
                    Sample{"{% lorem 3 w %}", "lorem ipsum dolor"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, Tags,
    testing::Values(Sample{"{{ }}", "TemplateSyntaxError: Empty variable tag on line 1"},
                    Sample{"\n{% %}", "TemplateSyntaxError: Empty block tag on line 2"},
                    Sample{"{{ a b }}", "TemplateSyntaxError: Could not parse the remainder: ' b' from 'a b'"},
                    Sample{"{{ a|nope }}", "TemplateSyntaxError: Invalid filter: 'nope'"},
                    Sample{"{{ _a }}",
                           "TemplateSyntaxError: Variables and attributes may not begin with underscores: '_a'"},
                    Sample{"{{ a|default }}", "TemplateSyntaxError: default requires 2 arguments, 1 provided"},
                    Sample{"{% if a %}",
                           "TemplateSyntaxError: Unclosed tag on line 1: 'if'. Looking for one of: elif, else, endif."},
                    Sample{"{{ multi\nline }}{% no\n%}{ {x} {%", "{{ multi\nline }}{% no\n%}{ {x} {%"},
                    Sample{"{{ 'it\\'s' }}{{ 1.50 }}{{ -3 }}{{ _('t') }}", "it's1.5-3t"}));

TEST(Tags, GivePrefixesOfStaticAndMediaAddresses) {
    const Engine engine({.static_prefix = "/s/", .media_prefix = "/m/"});
    Context context;
    EXPECT_EQ(engine.from_string("{% load static %}{% get_static_prefix %}|{% get_media_prefix %}|"
                                 "{% get_media_prefix as media %}{{ media }}")
                  ->render(context),
              "/s/|/m/|/m/");
}

}  // namespace
