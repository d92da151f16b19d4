// {% load cache %}: {% cache seconds name vary... using="alias" %} keeps a part of a page.

#include <nuages/core/cache/cache.hpp>
#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/filtering.hpp>
#include <nuages/templates/detail/parsing.hpp>

namespace nuages::templates {

namespace {

std::string shown(const Value& value) {
    std::string text;
    value.append_repr(text);
    return text;
}

struct CacheNode final : Node {
    NodeList nodes;
    Expression timeout;
    std::string name;
    std::vector<Expression> vary_on;
    Expression alias;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        const std::optional<Duration> lifetime = lifetime_in(renderer);
        Ref<cache::Cache> store = store_in(renderer);
        std::vector<std::string> varying;
        for (const Expression& expression : vary_on) {
            Renderer::ScratchGuard guard(renderer);
            varying.push_back(expression.resolve(renderer).str());
        }
        const std::string key = cache::make_template_fragment_key(name, varying);
        if (const auto known = store->get(key)) {
            renderer.out() += *known;
            return;
        }
        const std::string text = renderer.capture(nodes);
        store->set(key, text, lifetime);
        renderer.out() += text;
    }

private:
    // Nothing: for ever.
    std::optional<Duration> lifetime_in(Renderer& renderer) const {
        Renderer::ScratchGuard guard(renderer);
        Value value;
        try {
            value = timeout.resolve(renderer);
        } catch (const VariableDoesNotExist&) {
            throw TemplateSyntaxError("\"cache\" tag got an unknown variable: '" + std::string(timeout.text()) + "'");
        }
        if (value.is_null()) return std::nullopt;
        const auto count = to_integer(value);
        if (!count) throw TemplateSyntaxError("\"cache\" tag got a non-integer timeout value: " + shown(value));
        return seconds(*count);
    }

    Ref<cache::Cache> store_in(Renderer& renderer) const {
        if (!alias) {
            Ref<cache::Cache> own = cache::find_cache("template_fragments");
            return own ? own : cache::caches("default");
        }
        Renderer::ScratchGuard guard(renderer);
        Value value;
        try {
            value = alias.resolve(renderer);
        } catch (const VariableDoesNotExist&) {
            throw TemplateSyntaxError("\"cache\" tag got an unknown variable: '" + std::string(alias.text()) + "'");
        }
        if (Ref<cache::Cache> found = cache::find_cache(value.str())) return found;
        throw TemplateSyntaxError("Invalid cache name specified for cache tag: " + shown(value));
    }
};

Ref<const Node> compile_cache(Parser& parser, const Token& token) {
    auto node = make_ref<CacheNode>();
    node->nodes = parser.parse({"endcache"});
    parser.delete_first_token();
    auto words = token.split();
    if (words.size() < 3) throw TemplateSyntaxError("''" + words[0] + "'' tag requires at least 2 arguments.");
    if (words.size() > 3 && words.back().starts_with("using=")) {
        node->alias = parser.compile(std::string_view(words.back()).substr(6));
        words.pop_back();
    }
    node->timeout = parser.compile(words[1]);
    node->name = words[2];
    for (std::size_t i = 3; i < words.size(); ++i) node->vary_on.push_back(parser.compile(words[i]));
    return node;
}

}  // namespace

Ref<const Library> cache_library() {
    auto library = make_ref<Library>();
    library->tag("cache", compile_cache);
    return library;
}

}  // namespace nuages::templates
