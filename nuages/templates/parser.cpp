#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/detail/parsing.hpp>

#include <algorithm>

namespace nuages::templates {

namespace {

struct TextNode final : Node {
    std::string_view text;  // of the template's source

    void render(Renderer& renderer) const override { renderer.out() += text; }
    bool is_text() const noexcept override { return true; }
};

struct VariableNode final : Node {
    Expression expression;

    void render(Renderer& renderer) const override { expression.write(renderer); }
};

template <class T> Ref<T> placed(Ref<T> node, const Token& token) {
    node->line = token.line;
    node->begin = token.begin;
    node->end = token.end;
    return node;
}

Ref<const Node> compile_text(const Token& token) {
    auto node = placed(make_ref<TextNode>(), token);
    node->text = token.contents;
    return node;
}

Ref<const Node> compile_variable(const ParserState& parser, const Token& token) {
    if (token.contents.empty()) {
        throw TemplateSyntaxError("Empty variable tag on line " + std::to_string(token.line));
    }
    auto node = placed(make_ref<VariableNode>(), token);
    node->expression = parser.compile(token.contents);
    return node;
}

// Counts the block tags that are open around a place.
class Depth {
public:
    explicit Depth(int& depth) : depth_(depth) {
        if (++depth_ > kNestingMax) {
            --depth_;
            throw TemplateSyntaxError("Block tags are nested more than " + std::to_string(kNestingMax) + " deep.");
        }
    }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

private:
    int& depth_;
};

constexpr int kExcerptLines = 10;

}  // namespace

std::string quoted_choices(const std::string_view* names, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += i + 1 == count ? " or " : ", ";
        text.append("'").append(names[i]).append("'");
    }
    return text;
}

void throw_invalid_block_tag(const Token& token, std::string_view command, const std::string_view* until,
                             std::size_t count) {
    std::string message =
        "Invalid block tag on line " + std::to_string(token.line) + ": '" + std::string(command) + "'";
    if (count > 0) message += ", expected " + quoted_choices(until, count);
    throw TemplateSyntaxError(message + ". Did you forget to register or load this tag?");
}

SourcePlace place_in(std::string_view name, std::string_view origin, std::string_view source, int line,
                     std::uint32_t begin, std::uint32_t end) {
    SourcePlace place;
    place.template_name = name;
    place.origin = origin;
    place.line = line;
    if (end <= source.size() && begin < end) {
        place.token = source.substr(begin, end - begin);
        const std::size_t line_end = begin == 0 ? source.npos : source.rfind('\n', begin - 1);
        place.column = static_cast<int>(begin - (line_end == source.npos ? 0 : line_end + 1));
    }
    place.first_line = std::max(1, line - kExcerptLines);
    int number = 1;
    for (std::size_t at = 0; at <= source.size() && number <= line + kExcerptLines; ++number) {
        const std::size_t stop = std::min(source.find('\n', at), source.size());
        if (number >= place.first_line) place.excerpt.emplace_back(source.substr(at, stop - at));
        at = stop + 1;
    }
    return place;
}

Ref<const Library::Filter> ParserState::find_filter(std::string_view name) const {
    for (std::size_t i = extra_filters.size(); i > 0; --i) {
        if (extra_filters[i - 1]->definition.name == name) return extra_filters[i - 1];
    }
    for (std::size_t i = libraries.size(); i > 0; --i) {
        if (const auto* filter = libraries[i - 1]->find_filter(name)) return Ref<const Library::Filter>(filter);
    }
    return {};
}

const TagCompiler* ParserState::find_tag(std::string_view name) const {
    for (std::size_t i = extra_tags.size(); i > 0; --i) {
        if (extra_tags[i - 1]->name == name) return &extra_tags[i - 1]->compiler;
    }
    for (std::size_t i = libraries.size(); i > 0; --i) {
        if (const auto* tag = libraries[i - 1]->find_tag(name)) return &tag->compiler;
    }
    return nullptr;
}

Ref<const Node> ParserState::compile_tag(Parser& parser, const Token& token, const std::string_view* until,
                                         std::size_t count) {
    const std::string_view command = token.tag_name();
    const TagCompiler* compiler = find_tag(command);
    if (!compiler) throw_invalid_block_tag(token, command, until, count);
    open_tags.push_back(token);
    Ref<const Node> node = (*compiler)(parser, token);
    open_tags.pop_back();
    auto* made = const_cast<Node*>(node.get());  // ours until the template is done
    made->line = token.line;
    made->begin = token.begin;
    made->end = token.end;
    return node;
}

NodeList ParserState::parse(Parser& parser, const std::string_view* until, std::size_t until_count) {
    Depth guard(depth);
    NodeList nodes;
    while (next < tokens.size()) {
        const Token& token = tokens[next++];
        try {
            switch (token.kind) {
                case TokenKind::text: nodes.add(compile_text(token)); break;
                case TokenKind::comment: break;
                case TokenKind::variable: nodes.add(compile_variable(*this, token)); break;
                case TokenKind::block: {
                    if (token.contents.empty()) {
                        throw TemplateSyntaxError("Empty block tag on line " + std::to_string(token.line));
                    }
                    if (std::find(until, until + until_count, token.tag_name()) != until + until_count) {
                        --next;
                        return nodes;
                    }
                    current_list = &nodes;
                    nodes.add(compile_tag(parser, token, until, until_count));
                }
            }
        } catch (TemplateError& error) {
            if (!error.has_place()) {
                error.set_place(
                    place_in(target.name(), target.origin(), target.file_source(), token.line, token.begin, token.end));
            }
            throw;
        }
    }
    if (until_count > 0) {
        const Token open = open_tags.empty() ? Token{} : open_tags.back();
        std::string names;
        for (std::size_t i = 0; i < until_count; ++i) names.append(i ? ", " : "").append(until[i]);
        throw TemplateSyntaxError("Unclosed tag on line " + std::to_string(open.line) + ": '" +
                                  std::string(open.tag_name()) + "'. Looking for one of: " + names + ".");
    }
    return nodes;
}

NodeList Parser::parse(std::initializer_list<std::string_view> until) {
    return state_->parse(*this, until.begin(), until.size());
}

NodeList Parser::parse(const std::vector<std::string>& until) {
    const std::vector<std::string_view> views(until.begin(), until.end());
    return state_->parse(*this, views.data(), views.size());
}

void Parser::skip_past(std::string_view end) {
    while (state_->next < state_->tokens.size()) {
        const Token& token = state_->tokens[state_->next++];
        if (token.kind == TokenKind::block && token.contents == end) return;
    }
    const Token open = state_->open_tags.empty() ? Token{} : state_->open_tags.back();
    throw TemplateSyntaxError("Unclosed tag on line " + std::to_string(open.line) + ": '" +
                              std::string(open.tag_name()) + "'. Looking for one of: " + std::string(end) + ".");
}

Token Parser::next_token() {
    if (state_->next >= state_->tokens.size()) throw TemplateSyntaxError("Unexpected end of the template");
    return state_->tokens[state_->next++];
}

void Parser::delete_first_token() {
    if (state_->next < state_->tokens.size()) ++state_->next;
}

Expression Parser::compile(std::string_view text) const { return state_->compile(text); }
std::string_view Parser::template_name() const noexcept { return state_->target.name(); }
const Engine& Parser::engine() const noexcept { return state_->engine; }

std::vector<std::pair<std::string, Expression>> token_kwargs(std::vector<std::string>& words, std::size_t first,
                                                             const Parser& parser, bool legacy) {
    std::vector<std::pair<std::string, Expression>> pairs;
    auto keyword_length = [](const std::string& word) -> std::size_t {
        std::size_t end = 0;
        while (end < word.size() && is_word(word[end])) ++end;
        return end > 0 && end + 1 < word.size() && word[end] == '=' ? end : 0;
    };
    std::size_t at = first;
    const bool keyword_format = at < words.size() && keyword_length(words[at]) > 0;
    while (at < words.size()) {
        if (keyword_format) {
            const std::size_t length = keyword_length(words[at]);
            if (length == 0) break;
            pairs.emplace_back(words[at].substr(0, length),
                               parser.compile(std::string_view(words[at]).substr(length + 1)));
            ++at;
        } else {
            if (!legacy || at + 2 >= words.size() || words[at + 1] != "as") break;
            pairs.emplace_back(words[at + 2], parser.compile(words[at]));
            at += 3;
            if (at < words.size() && words[at] != "and") break;
            if (at < words.size()) ++at;
        }
    }
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(first), words.begin() + static_cast<std::ptrdiff_t>(at));
    return pairs;
}

}  // namespace nuages::templates
