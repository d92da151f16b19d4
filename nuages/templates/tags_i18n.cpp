// {% load i18n %}: {% translate %}, {% blocktranslate %}, {% language %}, what is active and what is offered.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/translation.hpp>

#include <algorithm>

namespace nuages::templates {

namespace {

// "['a', 'b']": the words of a tag as Python prints a list of them.
std::string listed(const std::vector<std::string>& words, std::size_t first = 0) {
    std::vector<Value> items;
    for (std::size_t i = first; i < words.size(); ++i) items.emplace_back(words[i]);
    return Value::list(std::move(items)).str();
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (std::size_t at = 0;;) {
        const std::size_t found = text.find(from, at);
        out += text.substr(at, found == text.npos ? text.npos : found - at);
        if (found == text.npos) return out;
        out += to;
        at = found + from.size();
    }
}

Value info_value(std::string_view code) {
    const translation::LanguageInfo info = translation::get_language_info(code);
    return Value::map({{"bidi", info.bidi},
                       {"code", info.code},
                       {"name", info.name},
                       {"name_local", info.name_local},
                       {"name_translated", info.name_translated}});
}

// A tag that keeps one value under a name.
struct KeepNode final : Node {
    Value (*made)(Renderer& renderer, const Expression& argument) = nullptr;
    Expression argument;
    std::string target;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        renderer.context().set(target, made(renderer, argument).persistent());
    }
};

using Made = Value (*)(Renderer& renderer, const Expression& argument);

// "name as target"
TagCompiler keep_tag(Made made) {
    return [made](Parser&, const Token& token) -> Ref<const Node> {
        std::vector<std::string> words;
        for (std::string& word : smart_split(token.contents)) words.push_back(std::move(word));
        if (words.size() != 3 || words[1] != "as") {
            throw TemplateSyntaxError("'" + words[0] + "' requires 'as variable' (got " + listed(words) + ")");
        }
        auto node = make_ref<KeepNode>();
        node->made = made;
        node->target = words[2];
        return node;
    };
}

// "name for argument as target"
TagCompiler keep_for_tag(Made made, const char* what) {
    return [made, what](Parser& parser, const Token& token) -> Ref<const Node> {
        const auto words = token.split();
        if (words.size() != 5 || words[1] != "for" || words[3] != "as") {
            throw TemplateSyntaxError("'" + words[0] + "' requires 'for " + what + " as variable' (got " +
                                      listed(words, 1) + ")");
        }
        auto node = make_ref<KeepNode>();
        node->made = made;
        node->argument = parser.compile(words[2]);
        node->target = words[4];
        return node;
    };
}

Value current_language(Renderer&, const Expression&) {
    const auto code = translation::get_language();
    return code ? Value(*code) : Value(nullptr);
}
Value current_language_bidi(Renderer&, const Expression&) { return translation::get_language_bidi(); }
Value available_languages(Renderer&, const Expression&) {
    std::vector<Value> items;
    for (const auto& [code, name] : translation::languages()) items.push_back(Value::tuple({code, translation::gettext(name)}));
    return Value::list(std::move(items));
}
Value language_info(Renderer& renderer, const Expression& argument) {
    return info_value(argument.resolve(renderer).str());
}
Value language_info_list(Renderer& renderer, const Expression& argument) {
    std::vector<Value> items;
    const Value languages = argument.resolve(renderer);
    const bool iterable = languages.iterate([&](Value language) {
        // A code, or a pair that begins with one.
        const Value first = language.is_string() ? Value() : language.at(0);
        items.push_back(info_value((first.is_string() && first.size() > 1 ? first : language).str()));
        return true;
    });
    if (!iterable) throw TypeError("'" + std::string(type_name(languages)) + "' object is not iterable");
    return Value::list(std::move(items));
}

struct TranslateNode final : Node {
    Expression message;
    Expression context;
    bool noop = false;
    std::string target;

    void render(Renderer& renderer) const override {
        Renderer::ScratchGuard guard(renderer);
        const Value message_context = context ? context.resolve(renderer) : Value();
        const Value value = message.compiled()->resolve_translated(renderer, noop, message_context);
        std::string text;
        renderer.write_to(text, value);
        // Percent signs were doubled to find the message.
        if (text.find("%%") != text.npos) text = replaced(text, "%%", "%");
        if (target.empty()) {
            renderer.out() += text;
        } else {
            renderer.context().set(target, Value(SafeString(std::move(text))));
        }
    }
};

Ref<const Node> compile_translate(Parser& parser, const Token& token) {
    const auto words = token.split();
    const std::string& tag = words[0];
    if (words.size() < 2) throw TemplateSyntaxError("'" + tag + "' takes at least one argument");
    auto node = make_ref<TranslateNode>();
    node->message = parser.compile(words[1]);
    std::vector<std::string> seen;
    for (std::size_t i = 2; i < words.size(); ++i) {
        const std::string& option = words[i];
        if (std::find(seen.begin(), seen.end(), option) != seen.end()) {
            throw TemplateSyntaxError("The '" + option + "' option was specified more than once.");
        }
        seen.push_back(option);
        if (option == "noop") {
            node->noop = true;
        } else if (option == "context" || option == "as") {
            if (++i == words.size()) {
                throw TemplateSyntaxError("No argument provided to the '" + tag + "' tag for the " + option +
                                          " option.");
            }
            if (option == "as") {
                node->target = words[i];
            } else if (words[i] == "as" || words[i] == "noop") {
                throw TemplateSyntaxError("Invalid argument '" + words[i] + "' provided to the '" + tag +
                                          "' tag for the context option");
            } else {
                node->context = parser.compile(words[i]);
            }
        } else {
            throw TemplateSyntaxError("Unknown argument for '" + tag + "' tag: '" + option +
                                      "'. The only options available are 'noop', 'context' \"xxx\", and 'as VAR'.");
        }
    }
    return node;
}

struct LanguageNode final : Node {
    Expression language;
    NodeList nodes;

    void each_list(FunctionRef<void(const NodeList&)> visit) const override { visit(nodes); }
    void render(Renderer& renderer) const override {
        struct Formats {
            Renderer& renderer;
            ~Formats() { renderer.language_changed(); }
        } formats{renderer};
        const Value code = language.resolve(renderer).persistent();
        translation::override scope(code.is_null() ? std::nullopt : std::optional<std::string_view>(code.as_text()));
        renderer.language_changed();
        nodes.render(renderer);
    }
};

Ref<const Node> compile_language(Parser& parser, const Token& token) {
    const auto words = token.split();
    if (words.size() != 2) throw TemplateSyntaxError("'" + words[0] + "' takes one argument (language)");
    auto node = make_ref<LanguageNode>();
    node->language = parser.compile(words[1]);
    node->nodes = parser.parse({"endlanguage"});
    parser.delete_first_token();
    return node;
}

}  // namespace

Ref<const Library> i18n_library() {
    auto library = make_ref<Library>();
    library->tag("get_available_languages", keep_tag(available_languages));
    library->tag("get_current_language", keep_tag(current_language));
    library->tag("get_current_language_bidi", keep_tag(current_language_bidi));
    library->tag("get_language_info", keep_for_tag(language_info, "string"));
    library->tag("get_language_info_list", keep_for_tag(language_info_list, "sequence"));
    library->tag("translate", compile_translate);
    library->tag("trans", compile_translate);
    library->tag("language", compile_language);
    add_blocktranslate_tags(*library);
    library->filter("language_name", [](const Value& code) { return translation::get_language_info(code.str()).name; });
    library->filter("language_name_translated",
                    [](const Value& code) { return translation::get_language_info(code.str()).name_translated; });
    library->filter("language_name_local",
                    [](const Value& code) { return translation::get_language_info(code.str()).name_local; });
    library->filter("language_bidi", [](const Value& code) { return translation::get_language_info(code.str()).bidi; });
    return library;
}

}  // namespace nuages::templates
