// {% for %}, {% cycle %}, {% resetcycle %}, {% regroup %}.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>

#include <algorithm>

namespace nuages::templates {

namespace {

// `forloop`: lives on the stack of the for tag that makes it.
struct Loop {
    std::int64_t index = 0;
    std::int64_t length = 0;
    Value parent;
    std::vector<std::pair<const Node*, Value>> memory;
};

Value loop_attribute(const void* self, const Key& key, const Value&) {
    const Loop& loop = *static_cast<const Loop*>(self);
    const std::string_view name = key.name;
    switch (name.size()) {
        case 4:
            if (name == "last") return loop.index + 1 == loop.length;
            break;
        case 5:
            if (name == "first") return loop.index == 0;
            break;
        case 6:
            if (name == "length") return loop.length;
            break;
        case 7:
            if (name == "counter") return loop.index + 1;
            break;
        case 8:
            if (name == "counter0") return loop.index;
            break;
        case 10:
            if (name == "revcounter") return loop.length - loop.index;
            if (name == "parentloop") return loop.parent;
            break;
        case 11:
            if (name == "revcounter0") return loop.length - loop.index - 1;
            break;
    }
    return {};
}

void loop_pairs(const void* self, const Value& owner, FunctionRef<bool(Value, Value)> each) {
    for (std::string_view name :
         {"parentloop", "length", "counter0", "counter", "revcounter", "revcounter0", "first", "last"}) {
        if (!each(Value::borrow(name), loop_attribute(self, name, owner))) return;
    }
}

constexpr ObjectType kLoopType{.name = "forloop", .get = loop_attribute, .pairs = loop_pairs};

struct LoopName {
    std::string text;
    std::uint32_t hash;
};

struct ForNode final : Node {
    std::vector<LoopName> names;
    Expression sequence;
    bool reversed = false;
    NodeList body;
    NodeList empty;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override {
        visit(body);
        visit(empty);
    }

    void render(Renderer& renderer) const override {
        Context& context = renderer.context();
        const Value* parent = context.find("forloop");
        Loop loop;
        loop.parent = parent ? *parent : Value::map({});
        Context::Scope scope(context);
        Renderer::ScratchGuard guard(renderer);
        Value values = sequence.resolve_quietly(renderer);
        if (values.is_null()) {
            empty.render(renderer);
            return;
        }
        const bool random_access =
            values.kind() == ValueKind::list || (values.type() && values.type()->at && values.type()->size);
        if (!random_access) values = materialized(values);
        loop.length = values.size();
        if (loop.length == 0) {
            empty.render(renderer);
            return;
        }
        context.set("forloop", Value::object(&loop, kLoopType));
        for (; loop.index < loop.length; ++loop.index) {
            const std::int64_t at = reversed ? loop.length - loop.index - 1 : loop.index;
            round(renderer, values.at(static_cast<std::size_t>(at)));
        }
    }

private:
    static Value materialized(const Value& values) {
        std::vector<Value> items;
        const bool iterable = values.iterate([&](Value item) {
            items.push_back(std::move(item));
            return true;
        });
        if (!iterable) throw TypeError("'" + std::string(type_name(values)) + "' object is not iterable");
        return Value::list(std::move(items));
    }

    void round(Renderer& renderer, Value item) const {
        Context& context = renderer.context();
        if (names.size() == 1) {
            context.set(names[0].text, names[0].hash, std::move(item));
            body.render(renderer);
            return;
        }
        const std::int64_t size = item.size() < 0 ? 1 : item.size();
        if (size != static_cast<std::int64_t>(names.size())) {
            throw ValueError("Need " + std::to_string(names.size()) + " values to unpack in for loop; got " +
                             std::to_string(size) + ". ");
        }
        Context::Scope scope(context);
        std::size_t i = 0;
        item.iterate([&](Value part) {
            context.set(names[i].text, names[i].hash, std::move(part));
            return ++i < names.size();
        });
        body.render(renderer);
    }
};

// "a, b" or "a,b" or "a ,b" in words 1 to END.
std::vector<LoopName> loop_names(const std::vector<std::string>& words, std::size_t end, const Token& token) {
    std::string joined;
    for (std::size_t i = 1; i < end; ++i) joined.append(i > 1 ? " " : "").append(words[i]);
    std::vector<LoopName> names;
    for (std::size_t begin = 0; begin <= joined.size();) {
        const std::size_t stop = std::min(joined.find(',', begin), joined.size());
        const std::string name(trimmed(std::string_view(joined).substr(begin, stop - begin)));
        if (name.empty() || name.find_first_of(" \"'|") != name.npos) {
            throw TemplateSyntaxError("'for' tag received an invalid argument: " + std::string(token.contents));
        }
        names.push_back({name, hash_name(name)});
        begin = stop + 1;
    }
    return names;
}

Ref<const Node> compile_for(Parser& parser, const Token& token) {
    auto node = make_ref<ForNode>();
    const auto words = token.split();
    if (words.size() < 4) {
        throw TemplateSyntaxError("'for' statements should have at least four words: " + std::string(token.contents));
    }
    node->reversed = words.back() == "reversed";
    const std::size_t in = words.size() - (node->reversed ? 3 : 2);
    if (words[in] != "in") {
        throw TemplateSyntaxError("'for' statements should use the format 'for x in y': " +
                                  std::string(token.contents));
    }
    node->names = loop_names(words, in, token);
    node->sequence = parser.compile(words[in + 1]);
    node->body = parser.parse({"empty", "endfor"});
    if (parser.next_token().contents == "empty") {
        node->empty = parser.parse({"endfor"});
        parser.delete_first_token();
    }
    return node;
}

struct CycleNode final : Node {
    std::vector<Expression> values;
    std::string name;
    bool silent = false;

    void render(Renderer& renderer) const override {
        Value& position = renderer.memory(this);
        const auto at = static_cast<std::size_t>(position.is_missing() ? 0 : position.as_integer());
        position = Value((at + 1) % values.size());
        Renderer::ScratchGuard guard(renderer);
        Value value = values[at].resolve(renderer);
        if (!name.empty()) renderer.context().set_upward(name, value.persistent());
        if (!silent) renderer.write(value);
    }
};

struct ResetCycleNode final : Node {
    Ref<const Node> cycle;

    void render(Renderer& renderer) const override { renderer.memory(cycle.get()) = Value(); }
};

Ref<const Node> named_cycle(const ParserState& state, const std::string& name) {
    for (const auto& entry : state.named_cycles) {
        if (entry.first == name) return entry.second;
    }
    return {};
}

Ref<const Node> compile_cycle(Parser& parser, const Token& token) {
    ParserState& state = parser.state();
    auto words = token.split();
    if (words.size() < 2) throw TemplateSyntaxError("'cycle' tag requires at least two arguments");
    if (words.size() == 2) {
        if (state.named_cycles.empty()) {
            throw TemplateSyntaxError("No named cycles in template. '" + words[1] + "' is not defined");
        }
        auto known = named_cycle(state, words[1]);
        if (!known) throw TemplateSyntaxError("Named cycle '" + words[1] + "' does not exist");
        return known;
    }
    auto node = make_ref<CycleNode>();
    if (words.size() > 4 && words[words.size() - 3] == "as") {
        if (words.back() != "silent") {
            throw TemplateSyntaxError("Only 'silent' flag is allowed after cycle's name, not '" + words.back() + "'.");
        }
        node->silent = true;
        words.pop_back();
    }
    if (words.size() > 3 && words[words.size() - 2] == "as") {
        node->name = words.back();
        words.resize(words.size() - 2);
    }
    for (std::size_t i = 1; i < words.size(); ++i) node->values.push_back(parser.compile(words[i]));
    if (!node->name.empty()) state.named_cycles.insert(state.named_cycles.begin(), {node->name, node});
    state.last_cycle = node;
    return node;
}

Ref<const Node> compile_resetcycle(Parser& parser, const Token& token) {
    const auto words = token.split();
    if (words.size() > 2) throw TemplateSyntaxError("'resetcycle' tag accepts at most one argument.");
    auto node = make_ref<ResetCycleNode>();
    if (words.size() == 2) {
        node->cycle = named_cycle(parser.state(), words[1]);
        if (!node->cycle) throw TemplateSyntaxError("Named cycle '" + words[1] + "' does not exist.");
    } else {
        node->cycle = parser.state().last_cycle;
        if (!node->cycle) throw TemplateSyntaxError("No cycles in template.");
    }
    return node;
}

// One group of {% regroup %}: a pair that also answers to names.
struct Group final : RefCounted {
    Value grouper;
    Value items;
};

Value group_at(const void* self, std::size_t index, const Value&) {
    const Group& group = *static_cast<const Group*>(self);
    return index == 0 ? group.grouper : group.items;
}
Value group_attribute(const void* self, const Key& key, const Value& owner) {
    if (key.name == "grouper") return group_at(self, 0, owner);
    if (key.name == "list") return group_at(self, 1, owner);
    return {};
}
std::int64_t group_size(const void*) { return 2; }
void group_str(const void* self, std::string& out) {
    const Group& group = *static_cast<const Group*>(self);
    out += "GroupedResult(grouper=";
    group.grouper.append_repr(out);
    out += ", list=";
    group.items.append_repr(out);
    out += ')';
}

constexpr ObjectType kGroupType{
    .name = "GroupedResult", .get = group_attribute, .size = group_size, .at = group_at, .str = group_str};

struct RegroupNode final : Node {
    Expression target;
    Expression key;
    std::string name;

    void render(Renderer& renderer) const override {
        Context& context = renderer.context();
        Renderer::ScratchGuard guard(renderer);
        const Value list = target.resolve_quietly(renderer);
        std::vector<Value> groups;
        std::vector<Value> items;
        Value current;
        auto close = [&] {
            if (items.empty()) return;
            auto group = make_ref<Group>();
            group->grouper = current.persistent();
            group->items = Value::list(std::move(items));
            items.clear();
            groups.push_back(Value::object(group, group.get(), kGroupType));
        };
        const bool iterable = list.is_null() || list.iterate([&](Value item) {
            context.set(name, item);
            Value grouper = key.resolve_quietly(renderer).persistent();
            if (items.empty() || !grouper.equals(current)) {
                close();
                current = std::move(grouper);
            }
            items.push_back(std::move(item));
            return true;
        });
        if (!iterable) throw TypeError("'" + std::string(type_name(list)) + "' object is not iterable");
        close();
        context.set(name, Value::list(std::move(groups)));
    }
};

Ref<const Node> compile_regroup(Parser& parser, const Token& token) {
    const auto words = token.split();
    if (words.size() != 6) throw TemplateSyntaxError("'regroup' tag takes five arguments");
    if (words[2] != "by") throw TemplateSyntaxError("second argument to 'regroup' tag must be 'by'");
    if (words[4] != "as") throw TemplateSyntaxError("next-to-last argument to 'regroup' tag must be 'as'");
    auto node = make_ref<RegroupNode>();
    node->target = parser.compile(words[1]);
    node->name = words[5];
    node->key = parser.compile(words[5] + "." + words[3]);
    return node;
}

}  // namespace

Value& memory_of_round(Renderer& renderer, const Node* node) {
    const Value* forloop = renderer.context().find("forloop");
    const Loop* loop = forloop ? forloop->as<Loop>(kLoopType) : nullptr;
    if (!loop) return renderer.memory(node);
    auto& memory = const_cast<Loop*>(loop)->memory;  // the frame of a for tag that is being rendered
    for (auto& entry : memory) {
        if (entry.first == node) return entry.second;
    }
    memory.emplace_back(node, Value());
    return memory.back().second;
}

void add_loop_tags(Library& library) {
    library.tag("for", compile_for);
    library.tag("cycle", compile_cycle);
    library.tag("resetcycle", compile_resetcycle);
    library.tag("regroup", compile_regroup);
}

}  // namespace nuages::templates
