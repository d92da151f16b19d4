// {% now %}, {% templatetag %}, {% widthratio %}, {% csrf_token %}, {% url %}, {% querystring %}, {% debug %}, {%
// static %}.

#include <nuages/templates/check.hpp>
#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/display.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/timezone.hpp>
#include <nuages/utils/url.hpp>

#include <cmath>
#include <cstdlib>

namespace nuages::templates {

namespace {

// Takes `as name` off the end of WORDS.
std::string take_target(std::vector<std::string>& words, std::size_t at_least) {
    if (words.size() < at_least + 2 || words[words.size() - 2] != "as") return {};
    std::string target = words.back();
    words.resize(words.size() - 2);
    return target;
}

struct NowNode final : Node {
    std::string format;
    std::string target;

    void render(Renderer& renderer) const override {
        const DateTime now = timezone::now();
        utils::WallClock clock = timezone::localtime(
            now, timezone::use_tz() ? timezone::get_current_timezone() : timezone::get_default_timezone());
        clock.naive = !timezone::use_tz();
        std::string text = utils::date_format(clock, renderer.formats().named(format));
        if (target.empty()) {
            renderer.out() += text;
        } else {
            renderer.context().set(target, Value(std::move(text)));
        }
    }
};

Ref<const Node> compile_now(Parser&, const Token& token) {
    auto words = token.split();
    auto node = make_ref<NowNode>();
    if (words.size() == 4) node->target = take_target(words, 2);
    if (words.size() != 2) throw TemplateSyntaxError("'now' statement takes one argument");
    if (words[1].size() >= 2) node->format = words[1].substr(1, words[1].size() - 2);
    return node;
}

struct LiteralNode final : Node {
    std::string_view text;
    void render(Renderer& renderer) const override { renderer.out() += text; }
};

constexpr std::pair<std::string_view, std::string_view> kTemplateTags[] = {
    {"openblock", "{%"}, {"closeblock", "%}"}, {"openvariable", "{{"}, {"closevariable", "}}"},
    {"openbrace", "{"},  {"closebrace", "}"},  {"opencomment", "{#"},  {"closecomment", "#}"},
};

Ref<const Node> compile_templatetag(Parser&, const Token& token) {
    const auto words = smart_split(token.contents);
    if (words.size() != 2) throw TemplateSyntaxError("'templatetag' statement takes one argument");
    std::string choices;
    for (const auto& [name, text] : kTemplateTags) {
        if (name == words[1]) {
            auto node = make_ref<LiteralNode>();
            node->text = text;
            return node;
        }
        choices.append(choices.empty() ? "'" : ", '").append(name).append("'");
    }
    throw TemplateSyntaxError("Invalid templatetag argument: '" + words[1] + "'. Must be one of: [" + choices + "]");
}

// Python's float(): false where it raises.
bool to_real(const Value& value, double& number) {
    switch (value.kind()) {
        case ValueKind::boolean:
        case ValueKind::integer: number = static_cast<double>(value.as_integer()); return true;
        case ValueKind::real: number = value.as_real(); return true;
        case ValueKind::decimal:
        case ValueKind::string: {
            const std::string text(trimmed(value.as_text()));
            if (text.empty() || text.find_first_of("xX") != text.npos) return false;
            char* end = nullptr;
            number = std::strtod(text.c_str(), &end);
            return end == text.c_str() + text.size();
        }
        default: return false;
    }
}

struct WidthRatioNode final : Node {
    Expression value, maximum, width;
    std::string target;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        std::string text = ratio(renderer);
        if (target.empty()) {
            renderer.out() += text;
        } else {
            renderer.context().set(target, Value(std::move(text)));
        }
    }

private:
    std::string ratio(Renderer& renderer) const {
        double part = 0, whole = 0, scale = 0;
        const Value width_value = width.resolve(renderer);
        const bool whole_number =
            width_value.is_string() ? width_value.as_text().find_first_of(".eE") == std::string_view::npos : true;
        if (!whole_number || !to_real(width_value, scale) || !std::isfinite(scale)) {
            throw TemplateSyntaxError("widthratio final argument must be a number");
        }
        if (!to_real(value.resolve(renderer), part) || !to_real(maximum.resolve(renderer), whole)) return "";
        if (whole == 0) return "0";
        const double result = std::nearbyint(part / whole * std::trunc(scale));
        if (!std::isfinite(result)) return "";
        return Value::decimal(plain_digits(Value(result))).str().substr(0, plain_digits(Value(result)).find('.'));
    }
};

Ref<const Node> compile_widthratio(Parser& parser, const Token& token) {
    auto words = token.split();
    if (words.size() != 4 && words.size() != 6) throw TemplateSyntaxError("widthratio takes at least three arguments");
    auto node = make_ref<WidthRatioNode>();
    if (words.size() == 6) {
        if (words[4] != "as") throw TemplateSyntaxError("Invalid syntax in widthratio tag. Expecting 'as' keyword");
        node->target = words[5];
    }
    node->value = parser.compile(words[1]);
    node->maximum = parser.compile(words[2]);
    node->width = parser.compile(words[3]);
    return node;
}

struct CsrfTokenNode final : Node {
    void render(Renderer& renderer) const override {
        Context& context = renderer.context();
        std::string token;
        if (const Value* value = context.find("csrf_token")) {
            token = value->kind() == ValueKind::callable ? value->call().str() : value->str();
        } else if (context.csrf_token) {
            token = context.csrf_token();
        }
        if (token.empty() || token == "NOTPROVIDED") return;
        renderer.out() += "<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"";
        utils::append_escaped(renderer.out(), token);
        renderer.out() += "\">";
    }
};

Ref<const Node> compile_csrf_token(Parser&, const Token&) { return make_ref<CsrfTokenNode>(); }

struct UrlNode final : Node {
    Expression view;
    std::vector<Expression> args;
    std::vector<std::pair<std::string, Expression>> kwargs;
    std::string target;

    void check(TemplateCheck& check) const override {
        const Value name = view.literal();
        if (!name.is_string() || !target.empty()) return;
        UrlUse use{name.as_text(), {}, {}};
        for (const Expression& argument : args) use.args.push_back(argument.literal());
        for (const auto& [key, expression] : kwargs) use.kwargs.emplace_back(key, expression.literal());
        check.needs_url(*this, use);
    }
    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        std::string url = reversed(renderer);
        if (!target.empty()) {
            renderer.context().set(target, Value(std::move(url)));
        } else if (renderer.context().autoescape) {
            utils::append_escaped(renderer.out(), url);
        } else {
            renderer.out() += url;
        }
    }

private:
    std::string reversed(Renderer& renderer) const {
        const EngineOptions& options = renderer.engine().options();
        if (!options.reverse_url) throw ImproperlyConfigured("The url tag needs EngineOptions::reverse_url.");
        const std::string name = view.resolve(renderer).str();
        std::vector<Value> arguments;
        for (const Expression& argument : args) arguments.push_back(argument.resolve(renderer));
        std::vector<std::pair<std::string_view, Value>> named;
        for (const auto& [key, expression] : kwargs) named.emplace_back(key, expression.resolve(renderer));
        try {
            return options.reverse_url({name, arguments, named, renderer.context().current_app});
        } catch (const Error& error) {
            if (target.empty() || std::string_view(error.name()) != "NoReverseMatch") throw;
            return {};
        }
    }
};

Ref<const Node> compile_url(Parser& parser, const Token& token) {
    auto words = token.split();
    if (words.size() < 2) throw TemplateSyntaxError("'url' takes at least one argument, a URL pattern name.");
    auto node = make_ref<UrlNode>();
    node->view = parser.compile(words[1]);
    node->target = take_target(words, 2);
    for (std::size_t i = 2; i < words.size(); ++i) {
        const std::string_view word = words[i];
        std::size_t end = 0;
        while (end < word.size() && is_word(word[end])) ++end;
        if (end > 0 && end + 1 < word.size() && word[end] == '=') {
            node->kwargs.emplace_back(word.substr(0, end), parser.compile(word.substr(end + 1)));
        } else {
            node->args.push_back(parser.compile(word));
        }
    }
    return node;
}

// The parameters of a query in order, as {% querystring %} builds them.
class QueryParameters {
public:
    void update(const Value& mapping) {
        if (!mapping.is_mapping()) {
            std::string shown;
            mapping.append_repr(shown);
            throw TemplateSyntaxError("querystring requires mappings for positional arguments (got " + shown +
                                      " instead).");
        }
        const Value lists = mapping.type() ? mapping.get("lists") : Value();
        if (lists.is_missing()) {
            mapping.each_pair([&](Value key, Value value) {
                put(key, value);
                return true;
            });
        } else {
            lists.iterate([&](Value pair) {
                put(pair.at(0), pair.at(1));
                return true;
            });
        }
    }

    void put(const Value& key, const Value& value) {
        if (!key.is_string()) {
            std::string shown;
            key.append_repr(shown);
            throw TemplateSyntaxError("querystring requires strings for mapping keys (got " + shown + " instead).");
        }
        auto at = entries_.begin();
        while (at != entries_.end() && at->first != key.as_text()) ++at;
        if (value.is_null()) {
            if (at != entries_.end()) entries_.erase(at);
            return;
        }
        if (at == entries_.end()) at = entries_.insert(at, {std::string(key.as_text()), {}});
        at->second.clear();
        if (value.is_iterable() && !value.is_string()) {
            value.iterate([&](Value item) {
                if (!item.is_null()) at->second.push_back(item.str());
                return true;
            });
        } else {
            at->second.push_back(value.str());
        }
    }

    std::string str() const {
        std::string text = "?";
        for (const auto& [key, values] : entries_) {
            for (const std::string& value : values) {
                if (text.size() > 1) text += '&';
                text.append(utils::quote_plus(key)).append("=").append(utils::quote_plus(value));
            }
        }
        return text;
    }

private:
    std::vector<std::pair<std::string, std::vector<std::string>>> entries_;
};

Value querystring(TagCall& call) {
    QueryParameters parameters;
    if (call.args.empty()) {
        Value query = call.context().query;
        if (query.is_missing()) {
            if (const Value* request = call.context().find("request")) query = request->get("GET");
        }
        if (query.is_missing()) {
            throw ImproperlyConfigured("The querystring tag needs the request in the context, or a mapping.");
        }
        parameters.update(query);
    }
    for (const Value& argument : call.args) parameters.update(argument);
    for (const auto& [name, value] : call.kwargs) parameters.put(Value::borrow(name), value);
    return parameters.str();
}

struct DebugNode final : Node {
    void render(Renderer& renderer) const override {
        if (!renderer.engine().options().debug) return;
        std::string text;
        renderer.context().each([&](std::string_view name, const Value& value, std::size_t) {
            text.append(name).append(": ");
            value.append_repr(text);
            text += '\n';
        });
        utils::append_escaped(renderer.out(), text);
    }
};

Ref<const Node> compile_debug(Parser&, const Token&) { return make_ref<DebugNode>(); }

struct StaticNode final : Node {
    Expression path;
    std::string target;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        const EngineOptions& options = renderer.engine().options();
        const std::string name = path.resolve(renderer).str();
        std::string url = options.static_url ? options.static_url(name) : options.static_prefix + utils::quote(name);
        if (!target.empty()) {
            renderer.context().set(target, Value(std::move(url)));
        } else if (renderer.context().autoescape) {
            utils::append_escaped(renderer.out(), url);
        } else {
            renderer.out() += url;
        }
    }
};

Ref<const Node> compile_static(Parser& parser, const Token& token) {
    auto words = token.split();
    if (words.size() < 2) throw TemplateSyntaxError("'static' takes at least one argument (path to file)");
    auto node = make_ref<StaticNode>();
    node->target = take_target(words, 2);
    node->path = parser.compile(words[1]);
    return node;
}

struct PrefixNode final : Node {
    bool media = false;
    std::string target;

    void render(Renderer& renderer) const override {
        const EngineOptions& options = renderer.engine().options();
        const std::string& prefix = media ? options.media_prefix : options.static_prefix;
        if (target.empty()) {
            renderer.out() += prefix;
        } else {
            renderer.context().set(target, Value(prefix));
        }
    }
};

TagCompiler prefix_tag(bool media) {
    return [media](Parser&, const Token& token) -> Ref<const Node> {
        const auto words = token.split();
        if (words.size() > 1 && words[1] != "as") {
            throw TemplateSyntaxError("First argument in '" + words[0] + "' must be 'as'");
        }
        auto node = make_ref<PrefixNode>();
        node->media = media;
        if (words.size() > 2) node->target = words[2];
        return node;
    };
}

}  // namespace

void add_output_tags(Library& library) {
    library.tag("now", compile_now);
    library.tag("templatetag", compile_templatetag);
    library.tag("widthratio", compile_widthratio);
    library.tag("csrf_token", compile_csrf_token);
    library.tag("url", compile_url);
    library.tag("debug", compile_debug);
    library.simple_tag("querystring", {.varargs = true, .varkw = true}, querystring);
}

Ref<const Library> static_library() {
    auto library = make_ref<Library>();
    library->tag("static", compile_static);
    library->tag("get_static_prefix", prefix_tag(false));
    library->tag("get_media_prefix", prefix_tag(true));
    return library;
}

Ref<const Library> l10n_library() {
    auto library = make_ref<Library>();
    library->tag("localize", switch_tag(&Context::use_l10n));
    library->filter({"localize",
                     [](const Value& value, const Value*, FilterCall& call) {
                         std::string& text = call.text();
                         const auto former = call.renderer().context().use_l10n;
                         call.renderer().context().use_l10n = true;
                         const bool escape = call.renderer().context().autoescape;
                         call.renderer().context().autoescape = false;
                         call.renderer().write_to(text, value);
                         call.renderer().context().use_l10n = former;
                         call.renderer().context().autoescape = escape;
                         return FilterCall::result(text);
                     },
                     0,
                     0,
                     {}});
    library->filter("unlocalize", [](const Value& value) { return value.str(); });
    return library;
}

}  // namespace nuages::templates
