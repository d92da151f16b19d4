// {% block %}, {% extends %}, {% include %}, {% partialdef %}, {% partial %}.
//
// A rendering keeps one list of the blocks of a chain of templates, the outermost child's first. A block tag renders
// the first entry of its name that is not being rendered already; {{ block.super }} renders the next one.

#include <nuages/templates/check.hpp>
#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/engine_state.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>

namespace nuages::templates {

struct BlockNode final : Node {
    std::string name;
    NodeList nodes;
    const CompiledTemplate* owner = nullptr;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override;
};

struct ExtendsNode final : Node {
    Expression parent_name;
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override;
    void check(TemplateCheck& check) const override {
        const Value name = parent_name.literal();
        if (name.is_string()) check.needs_template(*this, name.as_text());
    }

private:
    Ref<const CompiledTemplate> parent(Renderer& renderer) const;
};

Value literal_parent(const ExtendsNode& node) { return node.parent_name.literal(); }

std::string_view block_name(const Node& node) {
    const auto* block = dynamic_cast<const BlockNode*>(&node);
    return block ? std::string_view(block->name) : std::string_view();
}

struct PartialDefinition final : Node {
    std::string name;
    NodeList nodes;
    bool is_inline = false;
    std::uint32_t source_end = 0;  // behind {% endpartialdef %}

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        if (is_inline) nodes.render(renderer);
    }
};

namespace {

constexpr std::uint32_t kBlockHash = hash_name("block");

// `block` in a template: lives on the stack of the block tag that makes it.
struct BlockFrame {
    Renderer& renderer;
    const BlockNode& node;
    bool in_chain;
};

Renderer::State::BlockEntry* next_block(Renderer::State& state, std::string_view name) {
    for (std::size_t i = state.blocks_floor; i < state.blocks.size(); ++i) {
        if (!state.blocks[i].in_use && state.blocks[i].node->name == name) return &state.blocks[i];
    }
    return nullptr;
}

Value block_attribute(const void* self, const Key& key, const Value&) {
    const BlockFrame& frame = *static_cast<const BlockFrame*>(self);
    if (key.name == "name") return Value::borrow(frame.node.name);
    if (key.name != "super") return {};
    if (!frame.in_chain) {
        throw TemplateSyntaxError(
            "'BlockNode' object has no attribute 'context'. Did you use {{ block.super }} in a base template?");
    }
    auto* entry = next_block(frame.renderer.state(), frame.node.name);
    if (!entry) return Value::borrow("", true);
    NodeList above;
    above.add(Ref<const Node>(entry->node));
    return Value(SafeString(frame.renderer.capture(above)));
}

void block_str(const void* self, std::string& out) {
    out.append("<Block Node: ").append(static_cast<const BlockFrame*>(self)->node.name).append(">");
}

constexpr ObjectType kBlockType{.name = "BlockNode", .get = block_attribute, .str = block_str};

// Puts a slot back to its former content.
template <class T> struct Restore {
    T& slot;
    T former;
    Restore(T& target, T now) : slot(target), former(target) { slot = now; }
    ~Restore() { slot = former; }
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;
};

}  // namespace

void BlockNode::render(Renderer& renderer) const {
    Renderer::State& state = renderer.state();
    Context::Scope scope(renderer.context());
    const BlockNode* shown = this;
    std::size_t entry = state.blocks.size();
    if (state.has_blocks) {
        if (auto* found = next_block(state, name)) {
            entry = static_cast<std::size_t>(found - state.blocks.data());
            shown = found->node;
            found->in_use = true;
        }
    }
    struct Release {
        Renderer::State& state;
        std::size_t entry;
        ~Release() {
            if (entry < state.blocks.size()) state.blocks[entry].in_use = false;
        }
    } release{state, entry};
    BlockFrame frame{renderer, *shown, state.has_blocks};
    renderer.context().set("block", kBlockHash, Value::object(&frame, kBlockType));
    Restore<const CompiledTemplate*> current(state.current, shown->owner);
    shown->nodes.render(renderer);
}

Ref<const CompiledTemplate> ExtendsNode::parent(Renderer& renderer) const {
    Renderer::ScratchGuard guard(renderer);
    Renderer::State& state = renderer.state();
    const Value value = parent_name.resolve(renderer);
    if (value.type() == &kTemplateType) {
        return Ref<const CompiledTemplate>(static_cast<const CompiledTemplate*>(value.self()));
    }
    if (!value.truthy()) {
        std::string message = "Invalid template name in 'extends' tag: ";
        value.append_repr(message);
        message += '.';
        if (parent_name.literal().is_missing()) {
            message.append(" Got this from the '").append(parent_name.text()).append("' variable.");
        }
        throw TemplateSyntaxError(std::move(message));
    }
    if (state.history.empty()) state.history.push_back(state.current->origin());
    auto found = renderer.engine().state().find(value.str(), state.history);
    state.history.push_back(found->origin());
    return found;
}

void ExtendsNode::render(Renderer& renderer) const {
    Renderer::State& state = renderer.state();
    const Ref<const CompiledTemplate> above = parent(renderer);
    state.has_blocks = true;
    for (const BlockNode* block : state.current->blocks) state.blocks.push_back({block, false});
    if (!above->parent) {
        for (const BlockNode* block : above->blocks) state.blocks.push_back({block, false});
    }
    above->render_as_parent(renderer);
}

Ref<const Template> CompiledTemplate::partial(std::string_view wanted) const {
    for (const auto& [partial_name, definition] : partials) {
        if (partial_name != wanted) continue;
        auto part = make_ref<CompiledTemplate>(engine_, std::string(wanted), origin_, std::string());
        part->nodes = definition->nodes;
        part->whole = Ref<const CompiledTemplate>(this);
        part->part_source = file_source().substr(definition->begin, definition->source_end - definition->begin);
        part->partials = partials;
        return part;
    }
    return {};
}

namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

Ref<const Node> compile_block(Parser& parser, const Token& token) {
    const auto words = smart_split(token.contents);
    if (words.size() != 2) throw TemplateSyntaxError("'block' tag takes only one argument");
    CompiledTemplate& target = parser.state().target;
    for (const BlockNode* block : target.blocks) {
        if (block->name == words[1]) {
            throw TemplateSyntaxError("'block' tag with name " + quoted(words[1]) + " appears more than once");
        }
    }
    auto node = make_ref<BlockNode>();
    node->name = words[1];
    node->owner = &target;
    target.blocks.push_back(node.get());
    node->nodes = parser.parse({"endblock"});
    const Token end = parser.next_token();
    const std::string named = "endblock " + words[1];
    if (end.contents != "endblock" && end.contents != named) {
        const std::string_view choices[] = {"endblock", named};
        throw_invalid_block_tag(end, "endblock", choices, 2);
    }
    return node;
}

Ref<const Node> compile_extends(Parser& parser, const Token& token) {
    ParserState& state = parser.state();
    for (const Ref<const Node>& node : *state.current_list) {
        if (node->is_text()) continue;
        const std::string_view name = parser.template_name();
        throw TemplateSyntaxError("{% " + std::string(token.contents) + " %} must be the first tag in " +
                                  (name.empty() ? "the template" : quoted(name)) + ".");
    }
    const auto words = token.split();
    if (words.size() != 2) throw TemplateSyntaxError("'extends' takes one argument");
    auto node = make_ref<ExtendsNode>();
    node->parent_name = parser.compile(relative_template_name(parser.template_name(), words[1], false));
    node->nodes = parser.parse(std::vector<std::string>{});
    if (state.target.parent) throw TemplateSyntaxError("'extends' cannot appear more than once in the same template");
    state.target.parent = node.get();
    return node;
}

struct IncludeNode final : Node {
    Expression name;
    std::vector<std::pair<std::string, Expression>> values;
    bool isolated = false;
    std::string from;  // the template this stands in

    void check(TemplateCheck& check) const override {
        const Value literal = name.literal();
        if (!literal.is_string() || literal.as_text().empty()) return;
        const std::string_view wanted = literal.as_text();
        const bool relative = wanted.front() == '#' || wanted.front() == '.';
        check.needs_template(*this, relative ? relative_template_name(from, wanted, true) : std::string(wanted));
    }
    void render(Renderer& renderer) const override {
        const Ref<const CompiledTemplate> page = resolve(renderer);
        Renderer::ScratchGuard guard(renderer);
        Context& context = renderer.context();
        if (isolated) {
            std::vector<Value> given;
            for (const auto& value : values) given.push_back(value.second.resolve(renderer).persistent());
            Context::Isolation isolation(context);
            for (std::size_t i = 0; i < values.size(); ++i) context.set(values[i].first, std::move(given[i]));
            page->render_inside(renderer);
        } else if (values.empty()) {
            Context::Scope scope(context);
            page->render_inside(renderer);
        } else {
            std::vector<Value> given;
            for (const auto& value : values) given.push_back(value.second.resolve(renderer).persistent());
            Context::Scope scope(context);
            for (std::size_t i = 0; i < values.size(); ++i) context.set(values[i].first, std::move(given[i]));
            page->render_inside(renderer);
        }
    }

private:
    Ref<const CompiledTemplate> resolve(Renderer& renderer) const {
        Renderer::ScratchGuard guard(renderer);
        const Value value = name.resolve(renderer);
        const Engine& engine = renderer.engine();
        Ref<const Template> found;
        if (value.type() == &kTemplateType) {
            found = Ref<const Template>(static_cast<const CompiledTemplate*>(value.self()));
        } else if (value.is_string() && value.truthy()) {
            std::string_view wanted = value.as_text();
            if (wanted.front() == '#' || wanted.front() == '.') {
                found = engine.get_template(relative_template_name(from, wanted, true));
            } else {
                found = engine.get_template(wanted);
            }
        } else {
            std::vector<std::string> names;
            if (value.truthy()) {
                value.iterate([&](Value item) {
                    names.push_back(item.str());
                    return true;
                });
            }
            found = engine.select_template(names);
        }
        return Ref<const CompiledTemplate>(static_cast<const CompiledTemplate*>(found.get()));
    }
};

Ref<const Node> compile_include(Parser& parser, const Token& token) {
    auto words = token.split();
    if (words.size() < 2) {
        throw TemplateSyntaxError(
            "'include' tag takes at least one argument: the name of the template to be included.");
    }
    auto node = make_ref<IncludeNode>();
    bool has_with = false;
    while (words.size() > 2) {
        const std::string option = words[2];
        words.erase(words.begin() + 2);
        if ((option == "with" && has_with) || (option == "only" && node->isolated)) {
            throw TemplateSyntaxError("The '" + option + "' option was specified more than once.");
        }
        if (option == "with") {
            has_with = true;
            node->values = token_kwargs(words, 2, parser);
            if (node->values.empty()) {
                throw TemplateSyntaxError("\"with\" in 'include' tag needs at least one keyword argument.");
            }
        } else if (option == "only") {
            node->isolated = true;
        } else {
            throw TemplateSyntaxError("Unknown argument for 'include' tag: " + quoted(option) + ".");
        }
    }
    node->from = parser.template_name();
    node->name = parser.compile(relative_template_name(parser.template_name(), words[1], true));
    return node;
}

Ref<const Node> compile_partialdef(Parser& parser, const Token& token) {
    const auto words = token.split();
    if (words.size() == 1) throw TemplateSyntaxError("'partialdef' tag requires a name");
    if (words.size() > 3) throw TemplateSyntaxError("'partialdef' tag takes at most 2 arguments");
    if (words.size() == 3 && words[2] != "inline") {
        throw TemplateSyntaxError(
            "The 'inline' argument does not have any parameters; either use 'inline' or remove it completely.");
    }
    auto node = make_ref<PartialDefinition>();
    node->name = words[1];
    node->is_inline = words.size() == 3;
    node->nodes = parser.parse({"endpartialdef"});
    const Token end = parser.next_token();
    const std::string named = "endpartialdef " + words[1];
    if (end.contents != "endpartialdef" && end.contents != named) {
        const std::string_view choices[] = {"endpartialdef", named};
        throw_invalid_block_tag(end, "endpartialdef", choices, 2);
    }
    node->source_end = end.end;
    CompiledTemplate& target = parser.state().target;
    for (const auto& entry : target.partials) {
        if (entry.first != words[1]) continue;
        throw TemplateSyntaxError("Partial " + quoted(words[1]) + " is already defined in the '" +
                                  std::string(target.name()) + "' template.");
    }
    target.partials.emplace_back(words[1], node.get());
    return node;
}

struct PartialNode final : Node {
    std::string name;
    const CompiledTemplate* owner = nullptr;

    void check(TemplateCheck& check) const override {
        for (const auto& entry : owner->partials) {
            if (entry.first == name) return;
        }
        check.error(*this, "Partial " + quoted(name) + " is not defined in the current template.");
    }

    void render(Renderer& renderer) const override {
        for (const auto& [partial_name, definition] : owner->partials) {
            if (partial_name != name) continue;
            // As a template of its own: what tags remember starts anew.
            Renderer::State& state = renderer.state();
            Restore<std::size_t> memory(state.memory_floor, state.memory.size());
            Restore<bool> blocks(state.has_blocks, false);
            definition->nodes.render(renderer);
            return;
        }
        throw TemplateSyntaxError("Partial " + quoted(name) + " is not defined in the current template.");
    }
};

Ref<const Node> compile_partial(Parser& parser, const Token& token) {
    const auto words = token.split();
    if (words.size() != 2) throw TemplateSyntaxError("'partial' tag requires a single argument");
    auto node = make_ref<PartialNode>();
    node->name = words[1];
    node->owner = &parser.state().target;
    return node;
}

}  // namespace

void add_inheritance_tags(Library& library) {
    library.tag("block", compile_block);
    library.tag("extends", compile_extends);
    library.tag("include", compile_include);
    library.tag("partialdef", compile_partialdef);
    library.tag("partial", compile_partial);
}

}  // namespace nuages::templates
