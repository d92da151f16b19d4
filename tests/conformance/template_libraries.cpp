// The tag libraries of Django's own template tests (template_tests.templatetags), written with our Library.
#include "template_values.hpp"

#include <nuages/contrib/humanize/humanize.hpp>
#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/utils/html.hpp>

#include <algorithm>

namespace nuages::conformance {
namespace {

using namespace templates;

struct RuntimeError : Error {
    using Error::Error;
    const char* name() const noexcept override { return "RuntimeError"; }
};

std::string joined(const std::vector<Value>& values, std::size_t first = 0) {
    std::string out;
    for (std::size_t i = first; i < values.size(); ++i) out.append(i > first ? ", " : "").append(values[i].str());
    return out;
}

std::string sorted_keywords(const TagCall& call) {
    auto kwargs = call.kwargs;
    std::sort(kwargs.begin(), kwargs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string out;
    for (const auto& [name, value] : kwargs)
        out.append(out.empty() ? "" : ", ").append(name).append("=").append(value.str());
    return out;
}

Value seen(const TagCall& call, std::string_view name) {
    const Value* value = call.context().find(name);
    return value ? *value : Value();
}

// One signature of the tests, and what its tags answer after their name.
struct Sample {
    std::string name;
    TagSignature signature;
    bool takes_context;
    std::string (*result)(const TagCall& call);
};

const std::vector<Sample>& samples() {
    static const std::vector<Sample> all = {
        {"no_params", {}, false, [](const TagCall&) { return std::string(); }},
        {"one_param", {.params = {"arg"}}, false, [](const TagCall& call) { return ": " + call.arg(0).str(); }},
        {"explicit_no_context", {.params = {"arg"}}, false, [](const TagCall& call) { return ": " + call.arg(0).str(); }},
        {"no_params_with_context", {}, true, [](const TagCall&) { return std::string(); }},
        {"params_and_context", {.params = {"arg"}}, true, [](const TagCall& call) { return ": " + call.arg(0).str(); }},
        {"two_params", {.params = {"one", "two"}}, false, [](const TagCall& call) { return ": " + joined(call.args); }},
        {"keyword_only_param", {.keyword_only = {"kwarg"}}, false,
         [](const TagCall& call) { return ": " + call.kwarg("kwarg").str(); }},
        {"keyword_only_default", {.keyword_only = {"kwarg"}, .keyword_defaults = {{"kwarg", 42}}}, false,
         [](const TagCall& call) { return ": " + call.kwarg("kwarg").str(); }},
        {"one_default", {.params = {"one", "two"}, .defaults = {"hi"}}, false,
         [](const TagCall& call) { return ": " + joined(call.args); }},
        {"unlimited_args", {.params = {"one", "two"}, .defaults = {"hi"}, .varargs = true}, false,
         [](const TagCall& call) { return ": " + joined(call.args); }},
        {"only_unlimited_args", {.varargs = true}, false, [](const TagCall& call) { return ": " + joined(call.args); }},
        {"unlimited_args_kwargs", {.params = {"one", "two"}, .defaults = {"hi"}, .varargs = true, .varkw = true}, false,
         [](const TagCall& call) { return ": " + joined(call.args) + " / " + sorted_keywords(call); }},
    };
    return all;
}

// Names of the custom library say "simple" in front of the later ones.
std::string simple_name(const std::string& name) {
    const bool plain = name.find("param") == 0 || name.starts_with("no_") || name == "one_param" || name.starts_with("explicit");
    return plain ? name : "simple_" + name;
}

std::string expected_text(const std::string& name, const Sample& sample, const TagCall& call) {
    std::string text = name + " - Expected result";
    if (sample.takes_context) text += " (context value: " + seen(call, "value").str() + ")";
    return text + sample.result(call);
}

void add_simple_tags(Library& library) {
    for (const Sample& sample : samples()) {
        const std::string name = simple_name(sample.name);
        library.simple_tag(name, sample.signature, [name, &sample](TagCall& call) -> Value {
            return expected_text(name, sample, call);
        });
        const std::string block = name + "_block";
        library.simple_block_tag(block, sample.signature, [block, &sample](TagCall& call) -> Value {
            if (sample.name == "one_param" || sample.name == "explicit_no_context")
                return block + " - Expected result" + sample.result(call) + " with content " + call.content.str();
            std::string text = block + " - Expected result";
            if (sample.takes_context) text += " (context value: " + seen(call, "value").str() + ")";
            return text + " (content value: " + call.content.str() + ")" + sample.result(call);
        });
    }
}

std::string hello(const TagCall& call) {
    const std::string name = seen(call, "name").str();
    return call.content.is_missing() ? "Hello " + name + "!" : "Hello " + name + ": " + call.content.str() + "!";
}
std::string hello_html(const TagCall& call) {
    const std::string name = utils::escape(seen(call, "name").str());
    return call.content.is_missing() ? "Hello " + name + "!" : "Hello " + name + ": " + call.content.str() + "!";
}

void add_escaping_tags(Library& library) {
    const auto naive = [](TagCall& call) -> Value { return hello(call); };
    const auto escaped = [](TagCall& call) -> Value { return SafeString(utils::escape(hello(call))); };
    const auto formatted = [](TagCall& call) -> Value { return SafeString(hello_html(call)); };
    library.simple_tag("escape_naive", {}, naive);
    library.simple_tag("escape_explicit", {}, escaped);
    library.simple_tag("escape_format_html", {}, formatted);
    library.simple_block_tag("escape_naive_block", {}, naive);
    library.simple_block_tag("escape_explicit_block", {}, escaped);
    library.simple_block_tag("escape_format_html_block", {}, formatted);
    const auto div = [](TagCall& call) -> Value {
        return SafeString("<div id='" + utils::escape(call.arg(0).str()) + "'>" + call.content.str() + "</div>");
    };
    library.simple_block_tag("div", {.params = {"id"}, .defaults = {"test"}}, div);
    library.simple_block_tag("div_custom_end", {}, [](TagCall& call) -> Value {
        return SafeString("<div>" + call.content.str() + "</div>");
    }, "divend");
}

struct CounterNode final : Node {
    mutable int count = 0;
    void render(Renderer& renderer) const override { renderer.out() += std::to_string(count++); }
};

std::string use_l10n(const TagCall& call) {
    const auto& flag = call.context().use_l10n;
    return !flag ? "None" : *flag ? "True" : "False";
}

Ref<const Library> custom_library() {
    auto library = make_ref<Library>();
    add_simple_tags(*library);
    add_escaping_tags(*library);
    library->filter("trim", [](const Value& value, const Value& length) {
        const std::string text = value.str();
        return text.substr(0, static_cast<std::size_t>(length.as_integer()));
    }, {.takes_text = true});
    library->filter("make_data_div", [](const Value& value) {
        return SafeString("<div data-name=\"" + value.str() + "\"></div>");
    });
    library->filter({"noop", [](const Value& value, const Value*, FilterCall&) { return value; }, 0, 1, {}});
    library->simple_tag("context_stack_length", {}, [](TagCall& call) -> Value {
        return static_cast<std::int64_t>(call.context().depth()) + 1;
    });
    library->simple_tag("current_app", {}, [](TagCall& call) -> Value { return call.context().current_app; });
    library->simple_tag("use_l10n", {}, [](TagCall& call) -> Value { return use_l10n(call); });
    library->simple_tag("minusone", {.params = {"arg"}}, [](TagCall& call) -> Value { return call.arg(0).as_integer() - 1; });
    library->simple_tag("minustwo", {.params = {"arg"}}, [](TagCall& call) -> Value { return call.arg(0).as_integer() - 2; });
    library->tag("counter", [](Parser&, const Token&) -> Ref<const Node> { return make_ref<CounterNode>(); });
    return library;
}

Ref<const Library> inclusion_library() {
    auto library = make_ref<Library>();
    for (const Sample& sample : samples()) {
        const std::string name = "inclusion_" + sample.name;
        const auto entries = [&sample](const std::string& shown) {
            return [shown, &sample](TagCall& call) { return ContextData{{"result", expected_text(shown, sample, call)}}; };
        };
        library->inclusion_tag("inclusion.html", name, sample.signature, entries(name));
        const std::string from_template = name + "_from_template";
        // Django hands over a template instead of its name; its text is the same.
        library->tag(from_template, [from_template, &sample](Parser& parser, const Token& token) {
            Library one;
            one.inclusion_tag(parser.engine().from_string("{{ result }}\n"), from_template, sample.signature,
                              [from_template, &sample](TagCall& call) {
                                  return ContextData{{"result", expected_text(from_template, sample, call)}};
                              });
            return one.find_tag(from_template)->compiler(parser, token);
        });
    }
    library->inclusion_tag("test_incl_tag_use_l10n.html", "inclusion_tag_use_l10n", {},
                           [](TagCall&) { return ContextData{}; });
    library->inclusion_tag("inclusion_extends1.html", "inclusion_extends1", {}, [](TagCall&) { return ContextData{}; });
    library->inclusion_tag("inclusion_extends2.html", "inclusion_extends2", {}, [](TagCall&) { return ContextData{}; });
    return library;
}

struct BadNode final : Node {
    void render(Renderer&) const override { throw RuntimeError("I am a bad tag"); }
};
struct BadSyntaxNode final : Node {
    NodeList nodes;
    void render(Renderer&) const override { throw TemplateSyntaxError("error"); }
};

Ref<const Library> bad_library() {
    auto library = make_ref<Library>();
    library->tag("badtag", [](Parser&, const Token&) -> Ref<const Node> { return make_ref<BadNode>(); });
    library->simple_tag("badsimpletag", {}, [](TagCall&) -> Value { throw RuntimeError("I am a bad simpletag"); });
    return library;
}

Ref<const Library> bad_syntax_library() {
    auto library = make_ref<Library>();
    library->tag("badtag", [](Parser& parser, const Token&) -> Ref<const Node> {
        auto node = make_ref<BadSyntaxNode>();
        node->nodes = parser.parse({"endbadtag"});
        parser.delete_first_token();
        return node;
    });
    return library;
}

struct EchoNode final : Node {
    std::string text;
    void render(Renderer& renderer) const override { renderer.out() += text; }
};

Ref<const Node> compile_echo(Parser&, const Token& token) {
    auto node = make_ref<EchoNode>();
    const auto words = token.split();
    for (std::size_t i = 1; i < words.size(); ++i) node->text.append(i > 1 ? " " : "").append(words[i]);
    return node;
}

Ref<const Library> test_tags() {
    auto library = make_ref<Library>();
    library->tag("echo", compile_echo);
    library->tag("other_echo", compile_echo);
    library->filter("upper", [](const Value& value) {
        std::string text = value.str();
        for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
        return text;
    }, {.takes_text = true});
    return library;
}

Ref<const Library> echo_library() {
    auto library = make_ref<Library>();
    library->simple_tag("echo2", {.params = {"arg"}}, [](TagCall& call) { return call.arg(0); });
    return library;
}

}  // namespace

Ref<const templates::Library> template_library(std::string_view module) {
    const std::pair<std::string_view, Ref<const Library> (*)()> known[] = {
        {"django.templatetags.static", static_library},
        {"django.templatetags.l10n", l10n_library},
        {"django.templatetags.i18n", i18n_library},
        {"django.templatetags.tz", tz_library},
        {"django.templatetags.cache", cache_library},
        {"django.contrib.humanize.templatetags.humanize", humanize::library},
        {"template_tests.templatetags.custom", custom_library},
        {"template_tests.templatetags.inclusion", inclusion_library},
        {"template_tests.templatetags.bad_tag", bad_library},
        {"template_tests.templatetags.tag_27584", bad_syntax_library},
        {"template_tests.templatetags.testtags", test_tags},
        {"template_tests.templatetags.subpackage.echo", echo_library},
    };
    for (const auto& [name, made] : known) {
        if (name == module) return made();
    }
    throw Skip("a library of Django's tests: " + std::string(module));
}

}  // namespace nuages::conformance
