#include <nuages/templates/engine.hpp>

#include <gtest/gtest.h>

using namespace nuages;
using namespace nuages::templates;

namespace {

struct Sample {
    const char* source;
    const char* page;
};

std::string outcome(const char* source) {
    const Engine engine({});
    Context context{{"when", DateTime::from_ymdhms(2008, 2, 3, 13, 5, 9)},
                    {"later", DateTime::from_ymdhms(2008, 4, 20, 13, 5, 9)},
                    {"day", Date::from_ymd(2024, 12, 25)},
                    {"list", Value::list({"b", "<a>", 3})},
                    {"rows", Value::list({Value::map({{"k", 2}}), Value::map({{"k", 1}})})},
                    {"html", "<p>one <b>two</b></p>"},
                    {"big", 1234567.891},
                    {"none", nullptr},
                    {"quoted", "it's \"q\" & <b>"}};
    try {
        return engine.from_string(source)->render(context);
    } catch (const Error& error) {
        return std::string(error.name()) + ": " + error.what();
    }
}

class Filters : public testing::TestWithParam<Sample> {};

TEST_P(Filters, GiveWhatDjangoGives) { EXPECT_EQ(outcome(GetParam().source), GetParam().page) << GetParam().source; }

INSTANTIATE_TEST_SUITE_P(
    Dates, Filters,
    testing::Values(Sample{"{{ when|date:'D d M Y H:i' }}", "Sun 03 Feb 2008 13:05"},
                    Sample{"{{ when }}|{{ day }}|{{ when|time }}", "Feb. 3, 2008, 1:05 p.m.|Dec. 25, 2024|1:05 p.m."},
                    Sample{"{{ when|date:'c' }}|{{ when|date:'r' }}|{{ when|date:'U' }}",
                           "2008-02-03T13:05:09+00:00|Sun, 03 Feb 2008 13:05:09 +0000|1202043909"},
                    Sample{"{{ day|date:'jS \\o\\f F' }}|{{ day|date:'H' }}|{{ 'x'|date }}", "25th of December||"},
                    Sample{"{{ when|timesince:later }}|{{ later|timeuntil:when }}",
                           "2\xc2\xa0months, 2\xc2\xa0weeks|2\xc2\xa0months, 2\xc2\xa0weeks"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, Filters,
    testing::Values(
        Sample{"{{ 34.23234|floatformat }}|{{ 34.00|floatformat }}|{{ 34.26|floatformat:3 }}", "34.2|34|34.260"},
        Sample{"{{ 2.675|floatformat:2 }}|{{ 0.5|floatformat:0 }}|{{ 39.5|floatformat:-3 }}|{{ 9.999|floatformat:2 }}",
               "2.68|1|39.500|10.00"},
        Sample{"{{ big|floatformat:'2g' }}|{{ 'x'|floatformat }}", "1,234,567.89|"},
        Sample{"{{ 4|add:'2' }}|{{ 'a'|add:'b' }}|{{ 'x'|add:2 }}", "6|ab|"},
        Sample{"{{ 123456789|filesizeformat }}|{{ 1|filesizeformat }}",
               "117.7\xc2\xa0MB|1\xc2\xa0"
               "byte"},
        Sample{"vote{{ 2|pluralize }} cherr{{ 1|pluralize:'y,ies' }}", "votes cherry"},
        Sample{"{{ 21|divisibleby:7 }}|{{ 1234|get_digit:2 }}", "True|3"},
        Sample{"{{ 1e20 }}|{{ 0.1 }}", "100000000000000000000|0.1"}));

INSTANTIATE_TEST_SUITE_P(
    Text, Filters,
    testing::Values(
        Sample{"{{ 'joel is a slug'|title }}|{{ \"they're\"|title }}", "Joel Is A Slug|They're"},
        Sample{"{{ 'Joel is a slug'|truncatewords:2 }}|{{ 'Joel is'|truncatewords:2 }}", "Joel is …|Joel is"},
        Sample{"{{ 'Joel is a slug'|truncatechars:7 }}", "Joel i…"},
        Sample{"{{ 'Jöel is a Slug!'|slugify }}|{{ 'été'|upper }}|{{ 'été'|capfirst }}", "joel-is-a-slug|ÉTÉ|Été"},
        Sample{"[{{ 'x'|center:4 }}{{ 'y'|ljust:3 }}{{ 'z'|rjust:3 }}]", "[ x  y    z]"},
        Sample{"{{ 10|stringformat:'05.1f' }}|{{ 255|stringformat:'#x' }}|{{ 'a'|stringformat:'3s' }}|",
               "010.0|0xff|  a|"},
        Sample{"{{ 'a b c d'|wordwrap:3 }}|{{ 'a  b'|wordcount }}|{{ 'a b a'|cut:' ' }}", "a b\nc d|2|aba"}));

INSTANTIATE_TEST_SUITE_P(
    Html, Filters,
    testing::Values(
        Sample{"{{ quoted|escapejs }}", "it\\u0027s \\u0022q\\u0022 \\u0026 \\u003Cb\\u003E"},
        Sample{"{{ html|striptags }}", "one two"},
        Sample{"{{ 'a\\n<b>'|linebreaksbr }}|{{ quoted|linebreaks }}",
               "a\\n<b>|<p>it&#x27;s &quot;q&quot; &amp; &lt;b&gt;</p>"},
        Sample{
            "{{ list|join:'<' }}|{{ list|join:quoted }}",
            "b<&lt;a&gt;<3|bit&#x27;s &quot;q&quot; &amp; &lt;b&gt;&lt;a&gt;it&#x27;s &quot;q&quot; &amp; &lt;b&gt;3"},
        Sample{"{{ list|json_script:'id' }}",
               "<script id=\"id\" type=\"application/json\">[\"b\", \"\\u003Ca\\u003E\", 3]</script>"},
        Sample{"{{ 'a b/ü?'|urlencode }}|{{ 'a/b'|urlencode:'' }}", "a%20b/%C3%BC%3F|a%2Fb"},
        Sample{"{{ list|unordered_list }}", "\t<li>b</li>\n\t<li>&lt;a&gt;</li>\n\t<li>3</li>"}));

INSTANTIATE_TEST_SUITE_P(
    Sequences, Filters,
    testing::Values(Sample{"{{ list|first }}{{ list|last }}{{ list|length }}{{ list|slice:':2' }}",
                           "b33[&#x27;b&#x27;, &#x27;&lt;a&gt;&#x27;]"},
                    Sample{"{% for r in rows|dictsort:'k' %}{{ r.k }}{% endfor %}", "12"},
                    Sample{"{{ 'abcd'|slice:'::-1' }}|{{ 'abcd'|slice:'1:-1' }}", "dcba|bc"},
                    Sample{"{{ none|default:'d' }}{{ none|default_if_none:'n' }}{{ ''|default_if_none:'x' }}", "dn"},
                    Sample{"{{ none|yesno }}{{ 1|yesno:'a,b' }}{{ 0|yesno:'a,b' }}", "maybeab"}));

TEST(Filters, SliceIllFormedTextWithinItsBounds) {
    const Engine engine({});
    Context context{{"text", "\xff\xff\xff\xff"}};
    EXPECT_EQ(engine.from_string("{{ text|slice:'1:3' }}")->render(context), "\xff\xff");
    EXPECT_EQ(engine.from_string("{{ text|slice:'::-1' }}")->render(context), "\xff\xff\xff\xff");
    EXPECT_EQ(engine.from_string("{{ 'abc'|slice:'1::9223372036854775807' }}")->render(context), "b");
    EXPECT_EQ(engine.from_string("{{ 'abc'|slice:'1::-9223372036854775807' }}")->render(context), "b");
}

TEST(Filters, RandomGivesOneOfTheItems) {
    bool seen[3] = {};
    for (int i = 0; i < 200; ++i) seen[std::stoi(outcome("{{ '012'|make_list|random }}"))] = true;
    EXPECT_TRUE(seen[0] && seen[1] && seen[2]);
    EXPECT_EQ(outcome("{{ ''|random }}"), "");
}

TEST(Filters, Security68DictsortCallsNothing) {
    int calls = 0;
    const auto row = [&] {
        const Value function = Value::callable([&calls] { return Value(++calls); });
        return Value::map({{"remove", function}, {"inner", Value::map({{"remove", function}})}});
    };
    const auto pair = [&] { return Value::list({Value::callable([&calls] { return Value(++calls); })}); };
    const Engine engine({});
    Context context{
        {"rows", Value::list({row(), row()})}, {"one", Value::list({row()})}, {"pairs", Value::list({pair(), pair()})}};
    for (const char* source :
         {"{{ rows|dictsort:'remove' }}", "{{ rows|dictsortreversed:'inner.remove' }}",
          "{{ rows|dictsort:'remove.real' }}", "{{ one|dictsort:'remove' }}", "{{ pairs|dictsort:0 }}"})
        EXPECT_EQ(engine.from_string(source)->render(context), "") << source;
    EXPECT_EQ(calls, 0);
}

}  // namespace
