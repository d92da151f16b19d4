// Nodes, expressions and the renderer: what a tag written in C++ is made of.
//
// A template is a tree of nodes that never changes after parsing. All that changes while rendering (scopes, the output,
// a cycle's position) lives in the Renderer, so one tree serves all threads and fibers.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/templates/context.hpp>
#include <nuages/templates/fwd.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::formats {
struct LocaleFormats;
}

namespace nuages::templates {

struct CompiledExpression;
class NodeList;

/// A part of a template that appends its text to the renderer's output.
class Node : public RefCounted {
public:
    virtual void render(Renderer& renderer) const = 0;
    /// Calls VISIT for the lists of nodes inside (blocks and partials are found through it).
    virtual void each_list(FunctionRef<void(const NodeList&)> visit) const { (void)visit; }
    /// Says what can be known to be wrong without data (check.hpp).
    virtual void check(TemplateCheck& check) const { (void)check; }
    /// Plain text and comments: what may stand before {% extends %}.
    virtual bool is_text() const noexcept { return false; }

    int line = 0;             // in the source, from 1; 0 unknown
    std::uint32_t begin = 0;  // offsets of the token in the source
    std::uint32_t end = 0;
};

/// Nodes in order.
class NodeList {
public:
    void add(Ref<const Node> node) { nodes_.push_back(std::move(node)); }
    /// Renders all; gives a TemplateError from one of them its place.
    void render(Renderer& renderer) const;
    bool empty() const noexcept { return nodes_.empty(); }
    std::size_t size() const noexcept { return nodes_.size(); }
    auto begin() const noexcept { return nodes_.begin(); }
    auto end() const noexcept { return nodes_.end(); }

private:
    std::vector<Ref<const Node>> nodes_;
};

/// A compiled variable with its filters: `article.title|upper`. Cheap to copy.
class Expression {
public:
    Expression() = default;
    explicit Expression(Ref<const RefCounted> compiled) : compiled_(std::move(compiled)) {}

    /// The value; what does not exist becomes string_if_invalid.
    Value resolve(Renderer& renderer) const;
    /// The value; what does not exist becomes null (django: ignore_failures).
    Value resolve_quietly(Renderer& renderer) const;
    /// As resolve, written to the output with the escaping that the context asks for.
    void write(Renderer& renderer) const;

    /// As it stands in the template.
    std::string_view text() const noexcept;
    /// The literal, when it is one without filters, else missing.
    Value literal() const;
    explicit operator bool() const noexcept { return static_cast<bool>(compiled_); }
    const CompiledExpression* compiled() const noexcept;

private:
    Ref<const RefCounted> compiled_;
};

enum class TokenKind : std::uint8_t { text, variable, block, comment };

/// A piece of a template: text, or the inside of {{ }}, {% %} or {# #} without the white space around it.
struct Token {
    TokenKind kind = TokenKind::text;
    std::string_view contents;
    int line = 1;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    /// The words of a tag: quoted strings and _("…") stay whole.
    std::vector<std::string> split() const;
    /// The first word.
    std::string_view tag_name() const noexcept;
};

/// Reads a template's tokens into nodes (django.template.base.Parser).
class Parser {
public:
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    /// Nodes up to one of the tags UNTIL, which stays the next token. Throws TemplateSyntaxError for an unclosed tag.
    NodeList parse(std::initializer_list<std::string_view> until);
    NodeList parse(const std::vector<std::string>& until);
    /// Skips to the tag END without looking at what is between.
    void skip_past(std::string_view end);
    Token next_token();
    void delete_first_token();
    /// Compiles a variable with filters; the text is copied.
    Expression compile(std::string_view text) const;

    std::string_view template_name() const noexcept;
    const Engine& engine() const noexcept;

    struct State;
    State& state() noexcept { return *state_; }
    explicit Parser(State* state) : state_(state) {}

private:
    State* state_;
};

/// `name=value` pairs at the front of WORDS (from FIRST on) as {% with %} takes them; with LEGACY also `value as name`.
std::vector<std::pair<std::string, Expression>> token_kwargs(std::vector<std::string>& words, std::size_t first,
                                                             const Parser& parser, bool legacy = false);

/// One rendering in progress: the context, the output, and what nodes remember meanwhile.
class Renderer {
public:
    Renderer(const Engine& engine, Context& context, std::string& out);
    ~Renderer();
    Renderer(const Renderer&) = delete;
    Renderer& operator=(const Renderer&) = delete;

    Context& context() const noexcept { return *context_; }
    std::string& out() const noexcept { return *out_; }
    const Engine& engine() const noexcept { return engine_; }
    /// Of the language that is active; kept, because every number asks for them.
    const formats::LocaleFormats& formats() const noexcept { return *formats_; }
    /// True when numbers are digits and a dot, as in English without separators.
    bool has_plain_numbers() const noexcept { return plain_numbers_; }
    /// After a tag has activated another language.
    void language_changed();

    /// Writes VALUE as {{ }} does: localized, and escaped unless it is safe or autoescape is off.
    void write(const Value& value);
    /// The same into TEXT.
    void write_to(std::string& text, const Value& value);
    /// The text that NODES render to.
    std::string capture(const NodeList& nodes);

    /// What NODE remembers in this rendering (a cycle's position); missing at first.
    Value& memory(const Node* node);
    /// Forgets what NODE and the nodes of its kind remember inside a new round of a loop.
    void forget(const Node* node);

    /// An empty scratch string for filter results; reused when the variable was written.
    std::string& scratch();
    /// Scratch strings taken inside the guard's life are given back at its end.
    class ScratchGuard {
    public:
        explicit ScratchGuard(Renderer& renderer) : renderer_(renderer), used_(renderer.scratch_used_) {}
        ~ScratchGuard() { renderer_.scratch_used_ = used_; }
        ScratchGuard(const ScratchGuard&) = delete;
        ScratchGuard& operator=(const ScratchGuard&) = delete;

    private:
        Renderer& renderer_;
        std::size_t used_;
    };

    /// From now on what is written comes to WRITE in pieces of at least BYTES; not from inside capture().
    void stream_to(const FunctionRef<void(std::string_view)>& write, std::size_t bytes);
    /// Gives on what is large enough; called between nodes.
    void flush_when_full() {
        if (out_ == streamed_ && out_->size() >= stream_bytes_) flush();
    }
    void flush();

    /// What extends and include keep: blocks, partials, depth.
    struct State;
    State& state() const noexcept { return *state_; }

private:
    const Engine& engine_;
    Context* context_;
    std::string* out_;
    const formats::LocaleFormats* formats_;
    State* state_;
    std::string* streamed_ = nullptr;  // the output that is given on in pieces
    const FunctionRef<void(std::string_view)>* stream_ = nullptr;
    std::size_t stream_bytes_ = 0;
    std::size_t scratch_used_ = 0;
    bool plain_numbers_ = false;
    bool groups_numbers_ = false;
};

}  // namespace nuages::templates
