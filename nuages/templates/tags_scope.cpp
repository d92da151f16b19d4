// {% with %}, {% autoescape %}, {% filter %}, {% spaceless %}, {% comment %}, {% verbatim %}, {% load %}.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/engine_state.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/html.hpp>

#include <algorithm>

namespace nuages::templates {

namespace {

struct WithNode final : Node {
    std::vector<std::pair<std::string, Expression>> values;
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        Context& context = renderer.context();
        std::vector<Value> given;
        for (const auto& value : values) {
            Renderer::ScratchGuard guard(renderer);
            given.push_back(value.second.resolve(renderer).persistent());
        }
        Context::Scope scope(context);
        for (std::size_t i = 0; i < values.size(); ++i) context.set(values[i].first, std::move(given[i]));
        nodes.render(renderer);
    }
};

Ref<const Node> compile_with(Parser& parser, const Token& token) {
    auto words = token.split();
    auto node = make_ref<WithNode>();
    node->values = token_kwargs(words, 1, parser, true);
    if (node->values.empty()) throw TemplateSyntaxError("'with' expected at least one variable assignment");
    if (words.size() > 1) throw TemplateSyntaxError("'with' received an invalid token: '" + words[1] + "'");
    node->nodes = parser.parse({"endwith"});
    parser.delete_first_token();
    return node;
}

struct AutoescapeNode final : Node {
    bool on = true;
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        struct Setting {
            bool& slot;
            bool former;
            ~Setting() { slot = former; }
        } setting{renderer.context().autoescape, renderer.context().autoescape};
        renderer.context().autoescape = on;
        nodes.render(renderer);
    }
};

Ref<const Node> compile_autoescape(Parser& parser, const Token& token) {
    const auto words = smart_split(token.contents);
    if (words.size() != 2) throw TemplateSyntaxError("'autoescape' tag requires exactly one argument.");
    if (words[1] != "on" && words[1] != "off") {
        throw TemplateSyntaxError("'autoescape' argument should be 'on' or 'off'");
    }
    auto node = make_ref<AutoescapeNode>();
    node->on = words[1] == "on";
    node->nodes = parser.parse({"endautoescape"});
    parser.delete_first_token();
    return node;
}

struct FilterNode final : Node {
    Expression filters;  // of the variable `var`
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        Value text(SafeString(renderer.capture(nodes)));
        Context::Scope scope(renderer.context());
        renderer.context().set("var", std::move(text));
        filters.resolve(renderer).append_str(renderer.out());
    }
};

Ref<const Node> compile_filter(Parser& parser, const Token& token) {
    std::string_view rest = token.contents.substr(token.tag_name().size());
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    auto node = make_ref<FilterNode>();
    node->filters = parser.compile("var|" + std::string(rest));
    for (const FilterUse& use : node->filters.compiled()->filters) {
        const std::string& name = use.filter->definition.name;
        if (name != "escape" && name != "safe") continue;
        throw TemplateSyntaxError("\"filter " + name + "\" is not permitted. Use the \"autoescape\" tag instead.");
    }
    node->nodes = parser.parse({"endfilter"});
    parser.delete_first_token();
    return node;
}

struct SpacelessNode final : Node {
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        const std::string text = renderer.capture(nodes);
        renderer.out() += utils::strip_spaces_between_tags(trimmed(text));
    }
};

Ref<const Node> compile_spaceless(Parser& parser, const Token&) {
    auto node = make_ref<SpacelessNode>();
    node->nodes = parser.parse({"endspaceless"});
    parser.delete_first_token();
    return node;
}

struct EmptyNode final : Node {
    void render(Renderer&) const override {}
};

Ref<const Node> compile_comment(Parser& parser, const Token&) {
    parser.skip_past("endcomment");
    return make_ref<EmptyNode>();
}

struct GroupNode final : Node {
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override { nodes.render(renderer); }
};

Ref<const Node> compile_verbatim(Parser& parser, const Token&) {
    auto node = make_ref<GroupNode>();
    node->nodes = parser.parse({"endverbatim"});
    parser.delete_first_token();
    return node;
}

const Library& library_named(const Parser& parser, const std::string& name) {
    if (const Library* library = parser.engine().find_library(name)) return *library;
    std::vector<std::string> names;
    for (const auto& entry : parser.engine().options().libraries) names.push_back(entry.first);
    std::sort(names.begin(), names.end());
    std::string message = "'" + name + "' is not a registered tag library. Must be one of:";
    for (const std::string& known : names) message.append("\n").append(known);
    if (names.empty()) message += '\n';
    throw TemplateSyntaxError(std::move(message));
}

Ref<const Node> compile_load(Parser& parser, const Token& token) {
    ParserState& state = parser.state();
    const auto words = smart_split(token.contents);
    const std::size_t count = words.size();
    if (count >= 4 && words[count - 2] == "from") {
        const Library& library = library_named(parser, words.back());
        for (std::size_t i = 1; i + 2 < count; ++i) {
            const auto* filter = library.find_filter(words[i]);
            const auto* tag = library.find_tag(words[i]);
            if (!filter && !tag) {
                throw TemplateSyntaxError("'" + words[i] + "' is not a valid tag or filter in tag library '" +
                                          words.back() + "'");
            }
            if (filter) state.extra_filters.emplace_back(filter);
            if (tag) state.extra_tags.emplace_back(tag);
        }
    } else {
        for (std::size_t i = 1; i < count; ++i) state.libraries.push_back(&library_named(parser, words[i]));
    }
    return make_ref<EmptyNode>();
}

struct SwitchNode final : Node {
    std::optional<bool> Context::*slot = nullptr;
    bool on = true;
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        std::optional<bool>& value = renderer.context().*slot;
        struct Restore {
            std::optional<bool>& value;
            std::optional<bool> former;
            ~Restore() { value = former; }
        } restore{value, value};
        value = on;
        nodes.render(renderer);
    }
};

}  // namespace

TagCompiler switch_tag(std::optional<bool> Context::*slot) {
    return [slot](Parser& parser, const Token& token) -> Ref<const Node> {
        const auto words = token.split();
        if (words.size() > 2 || (words.size() == 2 && words[1] != "on" && words[1] != "off"))
            throw TemplateSyntaxError("'" + words[0] + "' argument should be 'on' or 'off'");
        auto node = make_ref<SwitchNode>();
        node->slot = slot;
        node->on = words.size() == 1 || words[1] == "on";
        node->nodes = parser.parse({"end" + words[0]});
        parser.delete_first_token();
        return node;
    };
}

void add_scope_tags(Library& library) {
    library.tag("with", compile_with);
    library.tag("autoescape", compile_autoescape);
    library.tag("filter", compile_filter);
    library.tag("spaceless", compile_spaceless);
    library.tag("comment", compile_comment);
    library.tag("verbatim", compile_verbatim);
    library.tag("load", compile_load);
}

}  // namespace nuages::templates
