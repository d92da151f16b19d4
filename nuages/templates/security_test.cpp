// The security checklist's items about text on a page. What costs more than its length would not end within the suite's
// limit; filters_bench.cpp shows the growth from 10 kB to 1 MB.
#include <nuages/templates/engine.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

using namespace nuages;
using namespace nuages::templates;

namespace {

constexpr std::size_t kLong = 200'000;

std::string repeated(std::string_view piece, std::size_t bytes = kLong) {
    std::string text;
    while (text.size() < bytes) text += piece;
    return text;
}

// `{{ text|FILTER }}`, or the error's name.
std::string shown(const std::string& filter, std::string_view text) {
    static const Engine engine({});
    Context context{{"text", text}};
    try {
        return engine.from_string("{{ text|" + filter + " }}")->render(context);
    } catch (const Error& error) {
        return error.name();
    }
}

TEST(Security60, UrlizeTakesLongTextOfAnyKind) {
    for (const char* piece :
         {"(", ")", "[", "http://a.b/(((", "http://a.b/)))", "a@a.", "&lt;www.", "&;", "&", ".", ":", "a.",
          "www.a.b;:.,", "http:", "\xe2\x82\xac", "http://\xf0\x9f\x98\x80.com/", "<", "a.b\"", "((a.b))"}) {
        const std::string text = repeated(piece);
        for (const char* filter : {"urlize", "urlizetrunc:15"}) {
            const std::string page = shown(filter, text);
            EXPECT_FALSE(page.empty()) << piece;
            EXPECT_LT(page.size(), 40 * text.size()) << piece;
        }
    }
    EXPECT_EQ(shown("urlize", "www." + repeated("a", 3000) + ".com").find("<a "), std::string::npos)
        << "too long for a link";
}

TEST(Security61, StriptagsTakesLongTextOfAnyKind) {
    for (const char* piece : {"<", "<a", "<a ", "<!--", "&<!--", "</", "<!", "<?", "<a href='", "&lt;", "&#60;", "><",
                              "<<a>>", "<![CDATA[", "<script>", "<a/"}) {
        const std::string text = repeated(piece);
        EXPECT_LE(shown("striptags", text).size(), 6 * text.size()) << piece;
    }
    EXPECT_EQ(shown("striptags|safe", "a<b<c>d>e</c ><!-- x -->f"),
              shown("striptags|striptags|safe", "a<b<c>d>e</c ><!-- x -->f"));
}

TEST(Security62, TruncatedHtmlTakesLongTextOfAnyKind) {
    for (const char* piece : {"</p>", "<p>", "<b>a ", "<a>", "</", "<a href=\"", "<", "&", "&#", "<!--", "<br/>",
                              "</b></i>", "e\xcc\x81"}) {
        const std::string text = repeated(piece);
        for (const char* filter : {"truncatechars_html:500", "truncatewords_html:500", "truncatechars_html:100000",
                                   "truncatewords_html:100000"})
            EXPECT_LE(shown(filter, text).size(), 8 * text.size()) << piece << filter;
    }
}

TEST(Security63, TextAndNumberFiltersTakeLongTextOfAnyKind) {
    for (const char* piece :
         {"a", "aa ", "a\n", " ", "\xc3\xa4", "9", "-", "a'b ", "%", "\xe2\x80\xa8'", "1e9", "_-", "\xff"}) {
        const std::string text = repeated(piece);
        for (const char* filter : {"wordwrap:3",
                                   "wordwrap:80",
                                   "slugify",
                                   "linebreaks",
                                   "linebreaksbr",
                                   "title",
                                   "capfirst",
                                   "escapejs",
                                   "floatformat:2",
                                   "floatformat:'-3g'",
                                   "stringformat:'s'",
                                   "linenumbers",
                                   "cut:'a'",
                                   "phone2numeric",
                                   "truncatechars:100000",
                                   "truncatewords:100000",
                                   "wordcount",
                                   "upper",
                                   "lower",
                                   "addslashes",
                                   "iriencode",
                                   "urlencode",
                                   "filesizeformat",
                                   "add:'1'",
                                   "get_digit:3",
                                   "divisibleby:3",
                                   "pluralize",
                                   "center:9",
                                   "slice:':5'",
                                   "json_script:'x'",
                                   "make_list|length"})
            EXPECT_LE(shown(filter, text).size(), 12 * text.size() + 100) << piece << " " << filter;
    }
    EXPECT_EQ(shown("floatformat", "1e1000000"), "1e1000000");
    EXPECT_EQ(shown("floatformat:2", "-1e-1000000"), "-1e-1000000");
    EXPECT_EQ(shown("floatformat:'100000000'", "1.5"), "1.5");
    EXPECT_EQ(shown("floatformat", "1e99999999999999999999").size(), 22u);
}

TEST(Security68, TheDebugTagEscapesEverythingAndIsSilentWithoutDebug) {
    const std::string evil = "<script>alert('x')</script>";
    Context context{{"evil", evil}, {"safe", Value::safe(evil)}};
    const std::string page = Engine({.debug = true}).from_string("{% debug %}")->render(context);
    EXPECT_EQ(page.find_first_of("<>\"'"), page.npos) << page;
    EXPECT_NE(page.find("&lt;script&gt;"), page.npos);
    EXPECT_EQ(Engine({.debug = false}).from_string("{% debug %}")->render(context), "");
}

// Texts that break out of markup, of attributes, of scripts and of addresses where something forgets to escape.
constexpr const char* kHostile[] = {
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<ScRiPt src=//x.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "'><svg/onload=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "` onmouseover=`alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//http://a.example",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "http://a.example/\"onclick=\"alert(1)",
    "http://a.example/'><script>alert(1)</script>",
    "http://a.example?<b>=&lt;i&gt;",
    "www.a.example\"><b>",
    "ada@a.example\"><b>",
    "ada@a.example?subject=<b>&body='x'",
    "<http://a.example>",
    "a.example/<b>",
    "<!--",
    "--><b>",
    "<![CDATA[<b>]]>",
    "<?php <b> ?>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;b&#62; &#x3c;i&#x3e; &amp;lt;u&amp;gt;",
    "&",
    "&amp",
    "&;",
    "&#;",
    "&#99999999999;",
    "&#0;",
    "<",
    ">",
    "\"",
    "'",
    "<<",
    "</",
    "</>",
    "< b>",
    "<b",
    "<b\n>",
    "<b/",
    "<b>bold</b> <i title=\"'>\">x</i>",
    "{{ evil }}{% evil %}{# evil #}",
    "%s%d%n%(evil)s%%",
    "\\\"\\'<\\/b>\\u003cb\\u003e",
    "\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "\xe2\x80\xa8<b>\xe2\x80\xa9</b>",
    "\xe2\x80\xae<b>\xe2\x80\xac",
    "\xef\xbb\xbf<b>",
    "\xc0\xbc"
    "b\xc0\xbe",
    "\xff\xfe<b>",
    "<b>\xf0\x9f",
    "a\xcc\x81<b>\xcc\x81",
    "\xef\xbc\x9c"
    "b\xef\xbc\x9e",
    "\xca\xb9\xca\xba<b>",
    "1<2",
    "1e1000<b>",
    "-1'",
    "0x<b>",
    "NaN<b>",
    "12,345.6<b>7",
    "<1>|<2>",
    "a,<b>,'c'",
    "1970-01-01T00:00:00<b>",
    "\\<\\b\\>",
    "Y<b>m",
};

// What filters write of their own. Everything else must have been escaped.
std::string without_own_markup(std::string page) {
    const auto drop = [&](std::string_view begin, std::string_view end, std::string_view inside_not) {
        for (std::size_t at = 0; (at = page.find(begin, at)) != page.npos;) {
            const std::size_t stop = end.empty() ? at + begin.size() : page.find(end, at + begin.size());
            if (stop == page.npos) return;
            const std::string_view inside = std::string_view(page).substr(at + begin.size(), stop - at - begin.size());
            if (!end.empty() && inside.find_first_of(inside_not) != inside.npos) {
                ++at;
                continue;
            }
            page.erase(at, stop + end.size() - at);
        }
    };
    for (const char* scheme : {"http://", "https://", "mailto:"}) {
        drop(std::string("<a href=\"") + scheme, "\" rel=\"nofollow\">", "<>\"'");
        drop(std::string("<a href=\"") + scheme, "\">", "<>\"'");
    }
    for (const char* tag : {"</a>", "<p>", "</p>", "<br>", "<li>", "</li>", "<ul>", "</ul>", "</script>"}) {
        if (page.find("<script id=\"") == page.npos || std::string_view(tag) != "</script>") drop(tag, "", "");
    }
    return page;
}

const char* const kFilters[] = {
    "add:text",
    "add:'1'",
    "addslashes",
    "capfirst",
    "center:30",
    "cut:'b'",
    "cut:text",
    "date",
    "date:text",
    "time:text",
    "default:text",
    "default_if_none:text",
    "dictsort:text",
    "divisibleby:2",
    "escape",
    "escapejs",
    "filesizeformat",
    "first",
    "floatformat",
    "floatformat:text",
    "force_escape",
    "get_digit:1",
    "iriencode",
    "join:text",
    "last",
    "length",
    "linebreaks",
    "linebreaksbr",
    "linenumbers",
    "ljust:40",
    "lower",
    "make_list",
    "make_list|join:text",
    "phone2numeric",
    "pluralize:text",
    "pprint",
    "random",
    "rjust:40",
    "slice:':9'",
    "slice:text",
    "slugify",
    "stringformat:'s'",
    "stringformat:'r'",
    "stringformat:text",
    "striptags",
    "timesince",
    "timeuntil",
    "title",
    "truncatechars:9",
    "truncatechars_html:9",
    "truncatewords:1",
    "truncatewords_html:1",
    "unordered_list",
    "upper",
    "urlencode",
    "urlencode:text",
    "urlize",
    "urlizetrunc:9",
    "wordcount",
    "wordwrap:5",
    "yesno:text",
    "make_list|escapeseq|join:'-'",
    "make_list|unordered_list",
    "upper|lower|capfirst|title",
    "urlize|truncatechars_html:9|escape",
    "linebreaks|truncatewords_html:1",
    "slugify|urlize",
};

const char* const kTags[] = {
    "{% firstof none text %}",
    "{% cycle text text %}",
    "{% with a=text %}{{ a }}{% endwith %}",
    "{% filter upper %}{{ text }}{% endfilter %}",
    "{% for c in text %}{{ c }}{% endfor %}",
    "{% for k, v in map.items %}{{ k }}{{ v }}{% endfor %}",
    "{{ list }}",
    "{{ map }}",
    "{% if text == text %}{{ text }}{% endif %}",
    "{% ifchanged text %}{{ text }}{% endifchanged %}",
    "{% include 'part' %}",
    "{% include 'part' with text=text|lower only %}",
    "{% load i18n %}{% translate text %}",
    "{% load i18n %}{% blocktranslate %}x {{ text }}{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate with a=text|upper %}{{ a }}{% endblocktranslate %}",
    "{% load static %}{% static text %}",
    "{% load l10n %}{% localize on %}{{ text }}{% endlocalize %}",
    "{% querystring map %}",
    "{% querystring a=text %}",
    "{% regroup list by 0 as groups %}{% for g in groups %}{{ g.grouper }}{{ g.list }}{% endfor %}",
    "{% spaceless %}{{ text }}{% endspaceless %}",
    "{% widthratio text 1 1 %}",
    "{% debug %}",
    "{{ text.x|default:text }}",
    "{% autoescape on %}{{ text }}{% endautoescape %}",
    "{% partialdef p inline %}{{ text }}{% endpartialdef %}{% partial p %}",
    "{% load tz %}{% localtime on %}{{ text }}{% endlocaltime %}",
    "{% verbatim %}{% endverbatim %}{{ text }}",
    "{% now 'Y' as y %}{{ y }}{{ text }}",
};

TEST(Security69, NoHostileTextReachesAPageUnescaped) {
    const Engine engine({.in_memory = {{"part", "{{ text }}"}}, .debug = true, .string_if_invalid = "[%s]"});
    std::size_t pages = 0;
    for (const char* hostile : kHostile) {
        const std::string text = hostile;
        Context context{{"text", text}, {"none", nullptr}};
        context.set("list", Value::list({Value(text), Value::list({Value(text)})}));
        context.set("map", Value::map({{text, Value(text)}}));
        const auto check = [&](const std::string& source) {
            std::string page;
            try {
                page = engine.from_string(source)->render(context);
            } catch (const Error&) {
                return;  // refused: nothing was shown
            }
            ++pages;
            const std::string rest = without_own_markup(page);
            EXPECT_EQ(rest.find_first_of("<>\"'"), rest.npos) << source << " of " << text << ": " << page;
        };
        for (const char* filter : kFilters) check("{{ text|" + std::string(filter) + " }}");
        for (const char* filter :
             {"join:text", "unordered_list", "first", "last", "random", "slice:':1'", "pprint", "escapeseq|first",
              "dictsort:0", "length", "stringformat:'s'", "default:text", "yesno:text"})
            check("{{ list|" + std::string(filter) + " }}");
        for (const char* source : kTags) check(source);
    }
    EXPECT_GT(pages, 90 * std::size(kHostile));
    EXPECT_EQ(without_own_markup("<p><a href=\"http://a.b\">x</a><b></p>"), "x<b>");
    EXPECT_EQ(without_own_markup("<a href=\"http://a.b\"x\">"), "<a href=\"http://a.b\"x\">");
}

TEST(Security69, JsonScriptCannotBeLeft) {
    const Engine engine({});
    for (const char* hostile : kHostile) {
        const std::string text = hostile;
        Context context{{"text", text}};
        context.set("map", Value::map({{text, Value::list({Value(text)})}}));
        const std::string page = engine.from_string("{{ map|json_script:text }}")->render(context);
        const std::size_t inside = page.find("\" type=\"application/json\">");
        ASSERT_NE(inside, page.npos) << page;
        ASSERT_TRUE(page.starts_with("<script id=\"") && page.ends_with("</script>")) << page;
        const std::string id = page.substr(12, inside - 12), json = page.substr(inside + 26, page.size() - inside - 35);
        EXPECT_EQ(id.find_first_of("<>\"'"), id.npos) << page;
        EXPECT_EQ(json.find_first_of("<>&"), json.npos) << page;
    }
}

TEST(Security69, JavascriptNeverBecomesALink) {
    for (const char* hostile : kHostile) {
        for (const char* filter : {"urlize", "urlizetrunc:20"}) {
            std::string page = shown(filter, hostile);
            std::transform(page.begin(), page.end(), page.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
            for (std::size_t at = 0; (at = page.find("href=\"", at)) != page.npos; at += 6) {
                const std::string_view target = std::string_view(page).substr(at + 6, 8);
                EXPECT_TRUE(target.starts_with("http://") || target.starts_with("https://") ||
                            target.starts_with("mailto:"))
                    << page;
            }
        }
    }
}

}  // namespace
