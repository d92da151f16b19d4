#include <nuages/templates/library.hpp>

#include <nuages/templates/check.hpp>
#include <nuages/templates/detail/parsing.hpp>

#include <algorithm>

namespace nuages::templates {

namespace {

const std::string& name_of(const Library::Filter& filter) { return filter.definition.name; }
const std::string& name_of(const Library::NamedTag& tag) { return tag.name; }

template <class T> auto position(std::vector<Ref<const T>>& sorted, std::string_view name) {
    return std::lower_bound(sorted.begin(), sorted.end(), name, [](const Ref<const T>& entry, std::string_view wanted) {
        return name_of(*entry) < wanted;
    });
}

template <class T> const T* find_in(const std::vector<Ref<const T>>& sorted, std::string_view name) noexcept {
    auto at = position(const_cast<std::vector<Ref<const T>>&>(sorted), name);
    return at != sorted.end() && name_of(**at) == name ? at->get() : nullptr;
}

template <class T> void put(std::vector<Ref<const T>>& sorted, Ref<const T> entry) {
    auto at = position(sorted, name_of(*entry));
    if (at != sorted.end() && name_of(**at) == name_of(*entry)) {
        *at = std::move(entry);
    } else {
        sorted.insert(at, std::move(entry));
    }
}

const Value& missing() noexcept {
    static const Value value;
    return value;
}

// The arguments of a simple tag, bound to its signature while the template is parsed.
struct BoundArguments {
    std::vector<Expression> args;
    std::vector<std::pair<std::string, Expression>> kwargs;
    std::string target;  // of `as target`
};

std::string quoted_list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text += ", ";
        text.append("'").append(name).append("'");
    }
    return text;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// `key` of "key=value", empty for a positional argument.
std::string_view keyword_of(std::string_view word) {
    std::size_t end = 0;
    while (end < word.size() && ((word[end] >= '0' && word[end] <= '9') || (word[end] | 0x20) >= 'a') &&
           ((word[end] | 0x20) <= 'z' || word[end] == '_')) {
        ++end;
    }
    return end > 0 && end + 1 < word.size() && word[end] == '=' ? word.substr(0, end) : std::string_view();
}

BoundArguments bind_arguments(Parser& parser, std::vector<std::string> words, const TagSignature& signature,
                              const std::string& tag, bool takes_target) {
    BoundArguments bound;
    if (takes_target && words.size() >= 2 && words[words.size() - 2] == "as") {
        bound.target = words.back();
        words.resize(words.size() - 2);
    }
    const std::string who = "'" + tag + "'";
    std::vector<std::string> unfilled = signature.params;
    std::vector<std::string> unfilled_keywords = signature.keyword_only;
    for (const std::string& word : words) {
        const std::string keyword(keyword_of(word));
        if (!keyword.empty()) {
            const bool known = contains(signature.params, keyword) || contains(signature.keyword_only, keyword);
            const bool given = std::any_of(bound.kwargs.begin(), bound.kwargs.end(),
                                           [&](const auto& entry) { return entry.first == keyword; });
            if (!known && !signature.varkw) {
                throw TemplateSyntaxError(who + " received unexpected keyword argument '" + keyword + "'");
            }
            const bool filled = contains(signature.params, keyword) && !contains(unfilled, keyword);
            if (given || filled) {
                throw TemplateSyntaxError(who + " received multiple values for keyword argument '" + keyword + "'");
            }
            bound.kwargs.emplace_back(keyword, parser.compile(std::string_view(word).substr(keyword.size() + 1)));
            std::erase(unfilled, keyword);
            std::erase(unfilled_keywords, keyword);
        } else {
            if (!bound.kwargs.empty()) {
                throw TemplateSyntaxError(who + " received some positional argument(s) after some keyword argument(s)");
            }
            bound.args.push_back(parser.compile(word));
            if (!unfilled.empty()) {
                unfilled.erase(unfilled.begin());
            } else if (!signature.varargs) {
                throw TemplateSyntaxError(who + " received too many positional arguments");
            }
        }
    }
    for (std::size_t i = 0; i < signature.defaults.size() && i < signature.params.size(); ++i) {
        std::erase(unfilled, signature.params[signature.params.size() - 1 - i]);
    }
    for (const auto& entry : signature.keyword_defaults) std::erase(unfilled_keywords, entry.first);
    unfilled.insert(unfilled.end(), unfilled_keywords.begin(), unfilled_keywords.end());
    if (!unfilled.empty()) {
        throw TemplateSyntaxError(who + " did not receive value(s) for the argument(s): " + quoted_list(unfilled));
    }
    return bound;
}

// Common part of the nodes made from functions.
struct CallNode : Node {
    TagSignature signature;
    BoundArguments bound;

    TagCall call(Renderer& renderer) const {
        std::vector<Value> args;
        std::vector<std::pair<std::string_view, Value>> kwargs;
        for (const Expression& expression : bound.args) args.push_back(expression.resolve(renderer));
        const std::size_t first_default = signature.params.size() - signature.defaults.size();
        for (std::size_t i = args.size(); i < signature.params.size(); ++i) {
            auto given = std::find_if(bound.kwargs.begin(), bound.kwargs.end(),
                                      [&](const auto& entry) { return entry.first == signature.params[i]; });
            args.push_back(given != bound.kwargs.end() ? given->second.resolve(renderer)
                                                       : signature.defaults[i - first_default]);
        }
        for (const auto& [name, expression] : bound.kwargs) {
            if (!contains(signature.params, name)) kwargs.emplace_back(name, expression.resolve(renderer));
        }
        for (const auto& [name, value] : signature.keyword_defaults) {
            const bool given =
                std::any_of(kwargs.begin(), kwargs.end(), [&](const auto& e) { return e.first == name; });
            if (!given) kwargs.emplace_back(name, value);
        }
        return TagCall(renderer, std::move(args), std::move(kwargs));
    }
};

struct SimpleNode final : CallNode {
    SimpleTag function;
    bool is_block = false;
    NodeList content;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override {
        if (is_block) visit(content);
    }
    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        TagCall arguments = call(renderer);
        if (is_block) {
            Context::Scope scope(renderer.context());
            arguments.content = Value(SafeString(renderer.capture(content)));
        }
        Value result = function(arguments);
        if (!bound.target.empty()) {
            renderer.context().set(bound.target, std::move(result).persistent());
            return;
        }
        if (renderer.context().autoescape) {
            renderer.write(result.is_string() ? result : Value(result.str()));
        } else {
            result.append_str(renderer.out());
        }
    }
};

struct InclusionNode final : CallNode {
    InclusionTag function;
    std::string template_name;
    Ref<const Template> own;  // given instead of a name

    void check(TemplateCheck& check) const override {
        if (!own) check.needs_template(*this, template_name);
    }

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        TagCall arguments = call(renderer);
        ContextData data = function(arguments);
        Ref<const Template> page = own ? own : renderer.engine().get_template(template_name);
        Context::Isolation isolation(renderer.context());
        renderer.context().update(data);
        static_cast<const CompiledTemplate*>(page.get())->render_inside(renderer);
    }
};

TagCompiler inclusion(std::string name, TagSignature signature, InclusionTag function, std::string template_name,
                      Ref<const Template> own) {
    return [=](Parser& parser, const Token& token) -> Ref<const Node> {
        auto words = token.split();
        words.erase(words.begin());
        auto node = make_ref<InclusionNode>();
        node->bound = bind_arguments(parser, std::move(words), signature, name, false);
        node->signature = signature;
        node->function = function;
        node->template_name = template_name;
        node->own = own;
        return node;
    };
}

}  // namespace

const Value& TagCall::arg(std::size_t i) const noexcept { return i < args.size() ? args[i] : missing(); }

const Value& TagCall::kwarg(std::string_view name) const noexcept {
    for (const auto& [key, value] : kwargs) {
        if (key == name) return value;
    }
    return missing();
}

Context& TagCall::context() const noexcept { return renderer_.context(); }

const formats::LocaleFormats& FilterCall::formats() const noexcept { return renderer_.formats(); }
std::string& FilterCall::text() const { return renderer_.scratch(); }

Library& Library::filter(FilterDefinition definition) {
    auto filter = make_ref<Filter>();
    filter->definition = std::move(definition);
    put<Filter>(filters_, filter);
    return *this;
}

Library& Library::tag(std::string name, TagCompiler compiler) {
    auto tag = make_ref<NamedTag>();
    tag->name = std::move(name);
    tag->compiler = std::move(compiler);
    put<NamedTag>(tags_, tag);
    return *this;
}

Library& Library::simple_tag(std::string name, TagSignature signature, SimpleTag function) {
    return tag(name, [name, signature, function](Parser& parser, const Token& token) -> Ref<const Node> {
        auto words = token.split();
        words.erase(words.begin());
        auto node = make_ref<SimpleNode>();
        node->bound = bind_arguments(parser, std::move(words), signature, name, true);
        node->signature = signature;
        node->function = function;
        return node;
    });
}

Library& Library::simple_block_tag(std::string name, TagSignature signature, SimpleTag function, std::string end) {
    if (end.empty()) end = "end" + name;
    return tag(name, [name, signature, function, end](Parser& parser, const Token& token) -> Ref<const Node> {
        auto words = token.split();
        words.erase(words.begin());
        auto node = make_ref<SimpleNode>();
        node->bound = bind_arguments(parser, std::move(words), signature, name, true);
        node->content = parser.parse({end});
        parser.delete_first_token();
        node->signature = signature;
        node->function = function;
        node->is_block = true;
        return node;
    });
}

Library& Library::inclusion_tag(std::string template_name, std::string name, TagSignature signature,
                                InclusionTag function) {
    return tag(name, inclusion(name, std::move(signature), std::move(function), std::move(template_name), {}));
}

Library& Library::inclusion_tag(Ref<const Template> page, std::string name, TagSignature signature,
                                InclusionTag function) {
    return tag(name, inclusion(name, std::move(signature), std::move(function), {}, std::move(page)));
}

const Library::Filter* Library::find_filter(std::string_view name) const noexcept { return find_in(filters_, name); }
const Library::NamedTag* Library::find_tag(std::string_view name) const noexcept { return find_in(tags_, name); }

}  // namespace nuages::templates
