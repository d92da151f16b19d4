#include <nuages/templates/engine.hpp>
#include <nuages/templates/library.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nuages::embedded {
extern const conf::EmbeddedFiles testdata_pages;
}

using namespace nuages;
using namespace nuages::templates;

namespace {

struct Author {
    std::string name;
    std::optional<std::string> email;
};
struct Article {
    std::string title;
    Author author;
    std::int64_t views = 0;
    double price = 0;
    DateTime created{};
    std::vector<std::string> tags;
};

std::string rendered(const std::string& source, Context& context, EngineOptions options = {}) {
    return Engine(std::move(options)).from_string(source)->render(context);
}
std::string rendered(const std::string& source, Context&& context = Context{}) { return rendered(source, context); }

template <class F> std::string message_of(F&& action) {
    try {
        action();
    } catch (const Error& error) {
        return std::string(error.name()) + ": " + error.what();
    }
    return "no error";
}

// A folder that is gone at the end of the test.
class Folder {
public:
    Folder() {
        char name[] = "/tmp/nuages_templates_XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~Folder() {
        for (const std::string& file : files_) std::remove(file.c_str());
        ::rmdir(path_.c_str());
    }
    void write(const std::string& name, const std::string& text) {
        files_.push_back(path_ + "/" + name);
        std::ofstream(files_.back()) << text;
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    std::vector<std::string> files_;
};

TEST(Lookup, ReachesAggregatesMapsListsOptionalsAndFunctions) {
    const Article article{"Loom",    {"Ada <ada>", std::nullopt}, 7, 2.5, DateTime::from_ymdhms(2024, 5, 6, 7, 8),
                          {"a", "b"}};
    const std::map<std::string, int> counts{{"x", 1}, {"y", 2}};
    const std::pair<int, std::string> pair{4, "four"};
    Context context{{"article", article},
                    {"counts", counts},
                    {"pair", pair},
                    {"now",
                     [] {
                         return Author{"fn", "e@x"};
                     }},
                    {"owned", std::vector<Article>{article}}};
    EXPECT_EQ(rendered("{{ article.author.name }}|{{ article.author.email }}|{{ article.tags.1 }}|{{ counts.y }}|"
                       "{{ pair.0 }}{{ pair.second }}|{{ now.email }}|{{ owned.0.title }}|{{ article.nope.x }}|",
                       context),
              "Ada &lt;ada&gt;|None|b|2|4four|e@x|Loom||");
}

TEST(Lookup, PrefersAMapsKeyToItsMethods) {
    Context context{{"d", Value::map({{"items", "mine"}, {"k", 1}})}, {"e", Value::map({{"k", 1}})}};
    EXPECT_EQ(rendered("{{ d.items }} {% for k, v in e.items %}{{ k }}={{ v }}{% endfor %}", context), "mine k=1");
}

TEST(Lookup, RefusesWhatAltersData) {
    int calls = 0;
    Context context{{"delete", Value::callable([&]() -> Value { return ++calls; }, true)}};
    EXPECT_EQ(rendered("[{{ delete }}]", context), "[]");
    EXPECT_EQ(calls, 0);
}

TEST(Lookup, ShowsStringIfInvalidWithTheName) {
    Context context;
    EXPECT_EQ(rendered("{{ a.b }}{{ a|upper }}{% if a %}x{% endif %}", context, {.string_if_invalid = "(%s)"}),
              "(a.b)(a)");
}

TEST(Lookup, LetsMissingObjectsOfALookupBeSilent) {
    Context context{{"gone", Value::callable([]() -> Value { throw ObjectDoesNotExist("no such row"); })}};
    EXPECT_EQ(rendered("[{{ gone.name }}]", context), "[]");
}

TEST(Escaping, IsOnUnlessSafeOrSwitchedOff) {
    Context context{{"t", "<b>"}, {"safe", mark_safe("<i>")}};
    EXPECT_EQ(rendered("{{ t }}{{ safe }}{{ t|safe }}{{ safe|upper }}{{ safe|lower }}"
                       "{% autoescape off %}{{ t }}{% endautoescape %}{{ '<literal>' }}",
                       context),
              "&lt;b&gt;<i><b>&lt;I&gt;<i><b><literal>");
}

TEST(Escaping, EscapesTheTextOfObjectsButNotOfHtmlOnes) {
    static constexpr ObjectType plain{.name = "Plain", .str = [](const void*, std::string& out) { out += "<p>"; }};
    static constexpr ObjectType html{
        .name = "Html", .str = [](const void*, std::string& out) { out += "<p>"; }, .html_safe = true};
    Context context{{"plain", Value::object(&plain, plain)}, {"html", Value::object(&html, html)}};
    EXPECT_EQ(rendered("{{ plain }}{{ html }}", context), "&lt;p&gt;<p>");
}

TEST(Inheritance, FillsBlocksThroughThreeLevels) {
    const Engine engine(
        {.in_memory = {{"base", "<{% block a %}base{% endblock %}|{% block b %}b{% endblock %}>"},
                       {"middle", "{% extends 'base' %}{% block a %}mid+{{ block.super }}{% endblock %}"},
                       {"leaf",
                        "{% extends 'middle' %}dropped{% block a %}leaf+{{ block.super }}{% endblock %}"
                        "{% block b %}{% include 'part' with x=1 only %}{% endblock %}"},
                       {"part", "part{{ x }}{{ y }}"}}});
    Context context{{"y", "hidden"}};
    EXPECT_EQ(engine.render_to_string("leaf", context), "<leaf+mid+base|part1>");
    EXPECT_EQ(engine.render_to_string("base", context), "<base|b>");
}

TEST(Inheritance, ExtendsATemplateOfItsOwnNameFromALaterFolder) {
    Folder site, app;
    site.write("page.html", "{% extends 'page.html' %}{% block a %}site{% endblock %}");
    app.write("page.html", "app:{% block a %}{% endblock %}");
    const Engine engine({.dirs = {site.path()}, .app_dirs = {app.path()}});
    Context context;
    EXPECT_EQ(engine.render_to_string("page.html", context), "app:site");
}

TEST(Inheritance, RefusesACircleOfParents) {
    const Engine engine({.in_memory = {{"a", "{% extends 'b' %}"}, {"b", "{% extends 'a' %}"}}});
    Context context;
    EXPECT_EQ(message_of([&] { engine.render_to_string("a", context); }), "TemplateDoesNotExist: a");
}

TEST(Include, StopsATemplateThatIncludesItself) {
    const Engine engine({.in_memory = {{"loop", "x{% include 'loop' %}"}}});
    Context context;
    EXPECT_EQ(message_of([&] { engine.render_to_string("loop", context); }).substr(0, 35),
              "TemplateError: Templates are nested");
}

TEST(Include, MayCallItselfForATree) {
    struct Node {
        int id;
        std::vector<Node> children;
    };
    const Node tree{1, {{2, {{3, {}}}}, {4, {}}}};
    const Engine engine({.in_memory = {{"tree",
                                        "{{ node.id }}{% if node.children %}({% for child in node.children %}"
                                        "{% include 'tree' with node=child %}{% endfor %}){% endif %}"}}});
    Context context{{"node", tree}};
    EXPECT_EQ(engine.render_to_string("tree", context), "1(2(3)4)");
}

TEST(Include, TakesATemplateFromTheContext) {
    const Engine engine({.in_memory = {{"part", "part {{ x }}"}, {"frame", "<{% block a %}{% endblock %}>"}}});
    const Ref<const Template> part = engine.get_template("part");
    Context context{{"page", part}, {"x", 1}, {"parent", engine.get_template("frame")}};
    EXPECT_EQ(engine.from_string("{% extends parent %}{% block a %}{% include page %}{% endblock %}")->render(context),
              "<part 1>");
}

TEST(Partials, AreRenderedInPlaceAndByName) {
    const Engine engine(
        {.in_memory = {{"page", "A{% partialdef row inline %}[{{ n }}]{% endpartialdef %}B{% partial row %}"}}});
    Context context{{"n", 5}};
    EXPECT_EQ(engine.render_to_string("page", context), "A[5]B[5]");
    EXPECT_EQ(engine.render_to_string("page#row", context), "[5]");
    EXPECT_EQ(message_of([&] { engine.get_template("page#no"); }), "TemplateDoesNotExist: no");
}

TEST(Partials, KnowTheirOriginTheirSourceAndTheLinesOfTheirFile) {
    const Engine engine({.in_memory = {{"page", "one\n{% partialdef row %}\n{{ n|divisibleby:0 }}{% endpartialdef row %}\nfour"}}});
    const auto row = engine.get_template("page#row");
    EXPECT_EQ(row->name(), "row");
    EXPECT_EQ(row->origin(), "memory:0:page");
    EXPECT_EQ(row->source(), "{% partialdef row %}\n{{ n|divisibleby:0 }}{% endpartialdef row %}");
    Context context{{"n", 5}};
    try {
        row->render(context);
        FAIL();
    } catch (const TemplateError& error) {
        EXPECT_EQ(error.place().line, 3);
        EXPECT_EQ(error.place().column, 0);
        EXPECT_EQ(error.place().token, "{{ n|divisibleby:0 }}");
        EXPECT_EQ(error.place().origin, "memory:0:page");
        EXPECT_EQ(error.place().excerpt[3], "four");
    }
}

TEST(Context, GivesNamesWithADefaultAndAllOfThem) {
    Context context{{"a", 1}};
    context.push();
    context.set("a", 2);
    EXPECT_EQ(context.get("a").as_integer(), 2);
    EXPECT_EQ(context.get("b", "none").str(), "none");
    EXPECT_TRUE(context.get("b").is_null());
    EXPECT_EQ(context.setdefault("c", 3).as_integer(), 3);
    EXPECT_EQ(context.setdefault("a", 3).as_integer(), 2);
    EXPECT_EQ(context.flatten().str(), "{'a': 2, 'c': 3}");
    context.pop();
    EXPECT_EQ(context.flatten().str(), "{'a': 1}");
}

TEST(Errors, NameTheLineTheTokenAndTheLinesAround) {
    const Engine engine({.in_memory = {{"broken.html", "one\ntwo\n{% if x %}{% bogus 1 %}\nfour"}}});
    try {
        engine.get_template("broken.html");
        FAIL();
    } catch (const TemplateSyntaxError& error) {
        EXPECT_STREQ(error.what(),
                     "Template: broken.html, Invalid block tag on line 3: 'bogus', expected 'elif', 'else' or 'endif'. "
                     "Did you forget to register or load this tag?");
        EXPECT_EQ(error.place().line, 3);
        EXPECT_EQ(error.place().token, "{% bogus 1 %}");
        EXPECT_EQ(error.place().first_line, 1);
        ASSERT_EQ(error.place().excerpt.size(), 4u);
        EXPECT_EQ(error.place().excerpt[3], "four");
    }
}

TEST(Errors, OfRenderingPointIntoTheIncludedTemplate) {
    const Engine engine(
        {.in_memory = {{"page", "{% include 'part' %}"}, {"part", "\n{% for a, b in rows %}{% endfor %}"}}});
    const std::vector<std::vector<int>> rows{{1, 2, 3}};
    Context context{{"rows", rows}};
    try {
        engine.render_to_string("page", context);
        FAIL();
    } catch (const ValueError& error) {
        EXPECT_STREQ(error.what(), "Need 2 values to unpack in for loop; got 3. ");
        EXPECT_EQ(error.place().template_name, "part");
        EXPECT_EQ(error.place().line, 2);
    }
}

TEST(Errors, ListThePlacesTriedForAMissingTemplate) {
    Folder folder;
    const Engine engine({.dirs = {folder.path(), "/nowhere"}});
    try {
        engine.get_template("no/such.html");
        FAIL();
    } catch (const TemplateDoesNotExist& error) {
        EXPECT_STREQ(error.what(), "no/such.html");
        ASSERT_EQ(error.tried().size(), 2u);
        EXPECT_EQ(error.tried()[0].origin, folder.path() + "/no/such.html");
        EXPECT_EQ(error.tried()[1].reason, "Source does not exist");
    }
}

TEST(Errors, OfTenThousandNestedTagsInsteadOfACrash) {
    std::string source;
    for (int i = 0; i < 10000; ++i) source += "{% if a %}";
    EXPECT_EQ(message_of([&] { rendered(source); }), "TemplateSyntaxError: Block tags are nested more than 100 deep.");
    std::string condition = "{% if ";
    for (int i = 0; i < 10000; ++i) condition += "not ";
    EXPECT_EQ(message_of([&] { rendered(condition + "a %}{% endif %}"); }),
              "TemplateSyntaxError: The condition of an if tag is nested too deep.");
}

TEST(Loaders, DoNotLeaveTheirFolder) {
    Folder folder;
    folder.write("secret.html", "secret");
    ::mkdir((folder.path() + "/inner").c_str(), 0700);
    const Engine engine({.dirs = {folder.path() + "/inner"}});
    EXPECT_EQ(message_of([&] { engine.get_template("../secret.html"); }), "TemplateDoesNotExist: ../secret.html");
    EXPECT_EQ(message_of([&] { engine.get_template(folder.path() + "/secret.html"); }).substr(0, 20),
              "TemplateDoesNotExist");
    ::rmdir((folder.path() + "/inner").c_str());
}

TEST(Loaders, ReadAgainWhatChangedWhileReloading) {
    Folder folder;
    folder.write("page.html", "one");
    const Engine reloading({.dirs = {folder.path()}, .auto_reload = true});
    const Engine caching({.dirs = {folder.path()}});
    Context context;
    EXPECT_EQ(reloading.render_to_string("page.html", context), "one");
    EXPECT_EQ(caching.render_to_string("page.html", context), "one");
    folder.write("page.html", "two");
    const timespec times[2] = {{4102444800, 0}, {4102444800, 0}};
    ::utimensat(AT_FDCWD, (folder.path() + "/page.html").c_str(), times, 0);
    EXPECT_EQ(reloading.render_to_string("page.html", context), "two");
    EXPECT_EQ(caching.render_to_string("page.html", context), "one");
    caching.reset();
    EXPECT_EQ(caching.render_to_string("page.html", context), "two");
}

TEST(Loaders, FindEmbeddedFilesLast) {
    static constexpr std::string_view text = "embedded {{ x }}";
    static constexpr conf::EmbeddedFile files[] = {{.path = "a.html", .data = text.data(), .size = text.size()}};
    Folder folder;
    folder.write("b.html", "disk");
    const Engine engine({.dirs = {folder.path()}, .embedded = {{files, 1}}});
    Context context{{"x", 1}};
    EXPECT_EQ(engine.render_to_string("a.html", context), "embedded 1");
    EXPECT_EQ(engine.select_template({"none.html", "b.html", "a.html"})->name(), "b.html");
    EXPECT_EQ(engine.template_names(), (std::vector<std::string>{"a.html", "b.html"}));
}

// testdata/pages, which the build put into this program (nuages_embed_folder).
TEST(Loaders, FindFilesThatTheBuildPutIntoTheProgram) {
    const Engine engine({.embedded = {embedded::testdata_pages}});
    Context context{{"items", Value::list({"<tea>", "milk"})}};
    EXPECT_EQ(engine.render_to_string("shop/cart.html", context), "<title>Cart</title>\n<li>&lt;tea&gt;</li><li>milk</li>\n");
    EXPECT_EQ(engine.template_names(), (std::vector<std::string>{"base.html", "shop/cart.html", "shop/item.html"}));
    EXPECT_EQ(engine.get_template("shop/item.html")->origin(), "embedded:0:shop/item.html");
}

void touch(const std::string& file, long seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
}

TEST(Loaders, AreAskedInTheOrderOfTheList) {
    static constexpr std::string_view text = "embedded";
    static constexpr conf::EmbeddedFile files[] = {{.path = "a.html", .data = text.data(), .size = text.size()}};
    Folder folder;
    folder.write("a.html", "disk");
    const auto shown = [&](std::vector<Ref<const Loader>> list) {
        const Engine engine({.app_dirs = {folder.path()}, .embedded = {{files, 1}}, .loaders = std::move(list)});
        Context context;
        return engine.render_to_string("a.html", context);
    };
    EXPECT_EQ(shown({}), "disk");
    EXPECT_EQ(shown({loaders::embedded(), loaders::app_directories()}), "embedded");
    EXPECT_EQ(shown({loaders::filesystem(), loaders::app_directories()}), "disk");
    EXPECT_EQ(shown({loaders::locmem({{"a.html", "memory"}}), loaders::embedded()}), "memory");
    EXPECT_EQ(shown({loaders::cached({loaders::filesystem({folder.path()})}), loaders::embedded()}), "disk");
    EXPECT_EQ(message_of([&] { shown({loaders::filesystem({"/nowhere"})}); }), "TemplateDoesNotExist: a.html");
}

TEST(Loaders, LookAgainUnlessTheyAreCached) {
    Folder folder;
    folder.write("page.html", "one");
    touch(folder.path() + "/page.html", 1'700'000'000);
    const Engine looking({.loaders = {loaders::filesystem({folder.path()})}});
    const Engine caching({.loaders = {loaders::cached({loaders::filesystem({folder.path()})})}});
    Context context;
    EXPECT_EQ(looking.render_to_string("page.html", context), "one");
    EXPECT_EQ(caching.render_to_string("page.html", context), "one");
    folder.write("page.html", "two");
    touch(folder.path() + "/page.html", 1'700'000'001);
    EXPECT_EQ(looking.render_to_string("page.html", context), "two");
    EXPECT_EQ(caching.render_to_string("page.html", context), "one");
}

// Templates that stand in a table of a database, say.
struct TableLoader final : Loader {
    std::vector<std::string> template_sources(const EngineOptions&, std::string_view name) const override {
        return {"table:" + std::string(name)};
    }
    std::optional<std::string> contents(const EngineOptions&, const std::string& origin) const override {
        return "from " + origin;
    }
    std::int64_t version(const EngineOptions&, const std::string& origin) const override {
        return origin == "table:a.html" ? 1 : 0;
    }
    std::vector<std::string> names(const EngineOptions&) const override { return {"a.html"}; }
};

TEST(Loaders, OfOnesOwnFindTemplatesAnywhere) {
    const Engine engine({.loaders = {make_ref<TableLoader>()}});
    Context context;
    EXPECT_EQ(engine.render_to_string("a.html", context), "from table:a.html");
    EXPECT_EQ(engine.template_names(), std::vector<std::string>{"a.html"});
    try {
        engine.get_template("b.html");
        FAIL();
    } catch (const TemplateDoesNotExist& error) {
        ASSERT_EQ(error.tried().size(), 1u);
        EXPECT_EQ(error.tried()[0].origin, "table:b.html");
    }
}

// "Dear $name$,": names between dollar signs.
struct Placeholders final : Language {
    struct Page final : Node {
        std::vector<std::string> pieces;  // text and names in turn

        void render(Renderer& renderer) const override {
            for (std::size_t i = 0; i < pieces.size(); ++i) {
                if (i % 2 == 0)
                    renderer.out() += pieces[i];
                else
                    renderer.write(renderer.context().get(pieces[i]));
            }
        }
    };

    Ref<const Node> compile(std::string_view source, std::string_view) const override {
        auto page = make_ref<Page>();
        for (std::size_t start = 0; start <= source.size();) {
            const std::size_t end = std::min(source.find('$', start), source.size());
            page->pieces.emplace_back(source.substr(start, end - start));
            start = end + 1;
        }
        if (page->pieces.size() % 2 == 0) throw TemplateSyntaxError("a $ without its other");
        return page;
    }
};

TEST(Engine, MaySpeakAnotherLanguage) {
    const Engine engine({.in_memory = {{"hello", "Dear $name$, {{ name }}"}, {"broken", "$name"}},
                         .language = make_ref<Placeholders>()});
    Context context{{"name", "<Ada>"}};
    EXPECT_EQ(engine.render_to_string("hello", context), "Dear &lt;Ada&gt;, {{ name }}");
    EXPECT_EQ(engine.get_template("hello").get(), engine.get_template("hello").get());  // compiled once
    EXPECT_THROW(engine.get_template("none"), TemplateDoesNotExist);
    try {
        engine.get_template("broken");
        FAIL();
    } catch (const TemplateSyntaxError& error) {
        EXPECT_EQ(error.message(), "Template: broken, a $ without its other");
    }
}

TEST(Engine, SharesOneTemplateBetweenThreads) {
    const Engine engine(
        {.in_memory = {{"row", "{% cycle 'a' 'b' %}{{ i }}"},
                       {"page", "{% for i in rows %}{% cycle 'x' 'y' %}{% include 'row' %}{% endfor %}"}}});
    const std::vector<int> rows{1, 2, 3};
    std::array<std::string, 4> pages;
    std::vector<std::thread> threads;
    for (std::string& page : pages) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                Context context{{"rows", rows}};
                page = engine.render_to_string("page", context);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& page : pages) EXPECT_EQ(page, "xa1ya2xa3");
}

TEST(Library, BringsFiltersAndTagsByLoad) {
    auto library = make_ref<Library>();
    library->filter("shout", [](const Value& value) { return value.str() + "!"; });
    library->filter("repeat", [](const Value& value, const Value& times) {
        std::string text;
        for (std::int64_t i = 0; i < times.as_integer(); ++i) text += value.str();
        return text;
    });
    library->simple_tag("greet", {.params = {"name", "greeting"}, .defaults = {Value("Hello")}},
                        [](TagCall& call) { return call.arg(1).str() + " " + call.arg(0).str(); });
    library->simple_block_tag("box", {},
                              [](TagCall& call) { return Value(SafeString("[" + call.content.str() + "]")); });
    library->inclusion_tag("latest.html", "latest", {.params = {"count"}}, [](TagCall& call) {
        return ContextData{{"count", call.arg(0)}};
    });
    const Engine engine(
        {.in_memory = {{"latest.html", "{{ count }} latest{{ outside }}"}}, .libraries = {{"blog", library}}});
    Context context{{"name", "<Ada>"}, {"outside", "leak"}};
    EXPECT_EQ(
        engine
            .from_string("{% load blog %}{{ name|shout }}{{ 'x'|repeat:3 }} {% greet name %} "
                         "{% greet name greeting='Hi' as g %}({{ g }}) {% box %}{{ name }}{% endbox %} {% latest 5 %}")
            ->render(context),
        "&lt;Ada&gt;!xxx Hello &lt;Ada&gt; (Hi &lt;Ada&gt;) [&lt;Ada&gt;] 5 latest");
    EXPECT_EQ(message_of([&] { engine.from_string("{% load blog %}{% greet %}"); }),
              "TemplateSyntaxError: 'greet' did not receive value(s) for the argument(s): 'name'");
    EXPECT_EQ(message_of([&] { engine.from_string("{% load nothing %}"); }),
              "TemplateSyntaxError: 'nothing' is not a registered tag library. Must be one of:\nblog\ncache\ni18n\nl10n\nstatic\ntz");
}

TEST(Url, AsksTheSiteAndKeepsSilentWithAs) {
    NUAGES_DEFINE_ERROR(NoReverseMatch, Error);
    EngineOptions options{.reverse_url = [](const UrlCall& call) -> std::string {
        if (call.name == "none") throw NoReverseMatch("Reverse for 'none' not found.");
        std::string url = "/" + std::string(call.name);
        for (const Value& argument : call.args) url += "/" + argument.str();
        for (const auto& [key, value] : call.kwargs) url += "/" + std::string(key) + "=" + value.str();
        return url + "?a&b";
    }};
    Context context{{"slug", "s"}};
    EXPECT_EQ(rendered("{% url 'detail' 1 slug %} {% url 'x' id=2 as u %}{% autoescape off %}{{ u }}{% endautoescape %}"
                       "{% url 'none' as n %}[{{ n }}]",
                       context, options),
              "/detail/1/s?a&amp;b /x/id=2?a&b[]");
    EXPECT_EQ(message_of([&] { rendered("{% url 'none' %}", context, options); }),
              "NoReverseMatch: Reverse for 'none' not found.");
}

TEST(Context, DropsScopesAndKeepsOwnedNames) {
    Context context{{"a", 1}};
    context.push();
    context.set_owned(std::string("na") + "me", 2);
    EXPECT_EQ(context.find("name")->as_integer(), 2);
    context.pop();
    EXPECT_EQ(context.find("name"), nullptr);
    EXPECT_EQ(message_of([&] { context.pop(); }), "Error: pop() has been called more times than push()");
}

TEST(Engines, AreFoundByAlias) {
    const Engine pages({.in_memory = {{"a", "page"}}}), mails({.in_memory = {{"a", "mail"}}, .autoescape = false});
    set_default_engine(&pages);
    set_engines({{"mail", &mails}});
    Context context;
    EXPECT_EQ(engines("").get_template("a")->render(context), "page");
    EXPECT_EQ(engines("default").get_template("a")->render(context), "page");
    EXPECT_EQ(engines("mail").get_template("a")->render(context), "mail");
    EXPECT_THROW(engines("sms"), InvalidTemplateEngine);
    set_engines({});
    set_default_engine(nullptr);
}

}  // namespace
