// {% blocktranslate %}: a message with variables, in the singular and the plural.
//
// What is looked up is made while the template is compiled: text with doubled percent signs, "%(name)s" for variables.

#include <nuages/templates/detail/builtins.hpp>
#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/translation.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace nuages::templates {

namespace {

std::string quoted(std::string_view text) {
    std::string out;
    Value::borrow(text).append_repr(out);
    return out;
}

struct Message {
    std::string id;
    std::vector<std::string> names;

    void add(const Token& token) {
        if (token.kind == TokenKind::text) {
            for (char c : token.contents) id.append(c == '%' ? 2 : 1, c);
        } else {
            id.append("%(").append(token.contents).append(")s");
            names.emplace_back(token.contents);
        }
    }

    // Line breaks with the white space around them become one space.
    void trim() {
        std::string out;
        const std::string_view text = trimmed(id);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            const std::string_view line = trimmed(text.substr(at, end - at));
            if (!line.empty()) out.append(out.empty() ? "" : " ").append(line);
            at = end + 1;
        }
        id = std::move(out);
    }
};

struct BlockTranslateNode final : Node {
    std::string tag;
    std::vector<std::pair<std::string, Expression>> values;
    Message singular, plural;
    std::string counter_name;
    Expression counter;
    Expression message_context;
    std::string target;

    void render(Renderer& renderer) const override {
        std::string text;
        if (!try_render(renderer, text)) {
            // The catalog's text names something else: the message itself is better than nothing.
            translation::override off(std::nullopt);
            text.clear();
            if (!try_render(renderer, text)) {
                throw TemplateSyntaxError(quoted(tag) + " is unable to format string returned by gettext: " +
                                          quoted(singular.id));
            }
        }
        if (target.empty()) {
            renderer.out() += text;
        } else {
            renderer.context().set(target, Value(SafeString(std::move(text))));
        }
    }

private:
    bool try_render(Renderer& renderer, std::string& text) const {
        Renderer::ScratchGuard guard(renderer);
        Context& context = renderer.context();
        const Value given = message_context ? message_context.resolve(renderer) : Value();
        std::vector<Value> resolved;
        for (const auto& value : values) resolved.push_back(value.second.resolve(renderer).persistent());
        Context::Scope scope(context);
        for (std::size_t i = 0; i < values.size(); ++i) context.set(values[i].first, std::move(resolved[i]));
        const std::string found = looked_up(renderer, given);
        return fill(renderer, found, text);
    }

    std::string looked_up(Renderer& renderer, const Value& given) const {
        const bool has_context = given.truthy();
        if (!counter) return has_context ? translation::pgettext(given.str(), singular.id) : translation::gettext(singular.id);
        const Value count = counter.resolve(renderer);
        if (!count.is_number()) {
            throw TemplateSyntaxError(quoted(counter_name) + " argument to " + quoted(tag) + " tag must be a number.");
        }
        renderer.context().set(counter_name, count);
        // A number between whole ones is none of them: the plural.
        const double number = count.kind() == ValueKind::real      ? count.as_real()
                              : count.kind() == ValueKind::decimal ? std::strtod(count.str().c_str(), nullptr)
                                                                   : static_cast<double>(count.as_integer());
        const bool whole = number == std::floor(number) && std::fabs(number) < 9e18;
        const std::int64_t n = whole ? static_cast<std::int64_t>(number) : 2;
        return has_context ? translation::npgettext(given.str(), singular.id, plural.id, n) : translation::ngettext(singular.id, plural.id, n);
    }

    // Puts values into the slots; false when MESSAGE has a slot that is none of this block's, or is malformed.
    bool fill(Renderer& renderer, std::string_view message, std::string& text) const {
        for (std::size_t i = 0; i < message.size(); ++i) {
            if (message[i] != '%') {
                text += message[i];
                continue;
            }
            if (++i == message.size()) return false;
            if (message[i] == '%') {
                text += '%';
                continue;
            }
            const std::size_t close = message.find(")s", i);
            if (message[i] != '(' || close == message.npos) return false;
            const std::string_view name = message.substr(i + 1, close - i - 1);
            if (!knows(singular, name) && !(counter && knows(plural, name))) return false;
            append_value(renderer, name, text);
            i = close + 1;
        }
        return true;
    }

    static bool knows(const Message& message, std::string_view name) {
        for (const std::string& known : message.names) {
            if (known == name) return true;
        }
        return false;
    }

    static void append_value(Renderer& renderer, std::string_view name, std::string& text) {
        if (const Value* value = renderer.context().find(name)) {
            renderer.write_to(text, value->kind() == ValueKind::callable ? value->call() : *value);
            return;
        }
        const std::string& invalid = renderer.engine().options().string_if_invalid;
        const std::size_t slot = invalid.find("%s");
        std::string shown = invalid;
        if (slot != invalid.npos) shown.replace(slot, 2, name);
        renderer.write_to(text, Value::borrow(shown));
    }
};

std::string take(std::vector<std::string>& words) {
    std::string word = std::move(words[1]);
    words.erase(words.begin() + 1);
    return word;
}

void read_options(BlockTranslateNode& node, bool& is_trimmed, std::vector<std::string>& words, const Parser& parser) {
    const std::string tag = quoted(node.tag);
    std::vector<std::string> seen;
    while (words.size() > 1) {
        const std::string option = take(words);
        for (const std::string& former : seen) {
            if (former == option) {
                throw TemplateSyntaxError("The " + quoted(option) + " option was specified more than once.");
            }
        }
        seen.push_back(option);
        if (option == "with") {
            node.values = token_kwargs(words, 1, parser, true);
            if (node.values.empty()) {
                throw TemplateSyntaxError("\"with\" in " + tag + " tag needs at least one keyword argument.");
            }
        } else if (option == "count") {
            auto counters = token_kwargs(words, 1, parser, true);
            if (counters.size() != 1) {
                throw TemplateSyntaxError("\"count\" in " + tag + " tag expected exactly one keyword argument.");
            }
            node.counter_name = counters[0].first;
            node.counter = counters[0].second;
        } else if (option == "context") {
            try {
                if (words.size() < 2) throw TemplateSyntaxError("");
                node.message_context = parser.compile(take(words));
            } catch (const TemplateSyntaxError&) {
                throw TemplateSyntaxError("\"context\" in " + tag + " tag expected exactly one argument.");
            }
        } else if (option == "trimmed") {
            is_trimmed = true;
        } else if (option == "asvar") {
            if (words.size() < 2) {
                throw TemplateSyntaxError("No argument provided to the '" + node.tag +
                                          "' tag for the asvar option.");
            }
            node.target = take(words);
        } else {
            throw TemplateSyntaxError("Unknown argument for " + tag + " tag: " + quoted(option) + ".");
        }
    }
}

// Reads text and variables up to the next block tag, which it answers.
Token read_message(Parser& parser, Message& message) {
    for (;;) {
        if (parser.state().next >= parser.state().tokens.size()) return {};
        const Token token = parser.next_token();
        if (token.kind != TokenKind::text && token.kind != TokenKind::variable) return token;
        message.add(token);
    }
}

Ref<const Node> compile_blocktranslate(Parser& parser, const Token& token) {
    auto words = token.split();
    auto node = make_ref<BlockTranslateNode>();
    node->tag = words[0];
    bool is_trimmed = false;
    read_options(*node, is_trimmed, words, parser);
    Token end = read_message(parser, node->singular);
    if (node->counter) {
        if (end.contents != "plural") {
            throw TemplateSyntaxError(quoted(node->tag) + " doesn't allow other block tags inside it");
        }
        end = read_message(parser, node->plural);
    }
    if (end.contents != "end" + node->tag) {
        throw TemplateSyntaxError(quoted(node->tag) + " doesn't allow other block tags (seen " +
                                  quoted(end.contents) + ") inside it");
    }
    if (is_trimmed) {
        node->singular.trim();
        node->plural.trim();
    }
    return node;
}

}  // namespace

void add_blocktranslate_tags(Library& library) {
    library.tag("blocktranslate", compile_blocktranslate);
    library.tag("blocktrans", compile_blocktranslate);
}

}  // namespace nuages::templates
