// What the parser leaves behind and the renderer walks: expressions, templates, and the state of one rendering.
#pragma once

#include <nuages/templates/engine.hpp>
#include <nuages/templates/library.hpp>
#include <nuages/templates/node.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::templates {

/// Nested block tags in one template.
inline constexpr int kNestingMax = 100;
/// Lists of nodes inside each other in one rendering, over includes, parents and blocks.
inline constexpr int kRenderDepthMax = 200;

/// A variable: a literal, or a dotted path split once.
struct Variable {
    std::string text;
    Value literal;  // missing for a path
    std::vector<std::string> names;
    std::vector<Key> path;  // views into names
    std::uint32_t hash = 0;
    bool translate = false;  // stands in _( )

    Variable() = default;
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    /// Throws TemplateSyntaxError for names that templates may not use.
    void compile(std::string_view source);

    bool is_literal() const noexcept { return !literal.is_missing(); }
    /// Missing when a step of the path fails; exceptions of what is called pass, except those that are silent.
    Value resolve(Renderer& renderer) const;
    /// Not translated, whatever stands around it.
    Value resolve_untranslated(Renderer& renderer) const;
    /// VALUE in the active language, with doubled percent signs, as Django looks it up; CONTEXT may be missing.
    static Value translated(const Value& value, const Value& context);

private:
    Value follow(Renderer& renderer, const Value& first) const;
};

struct ArgumentVariable : RefCounted {
    Variable variable;
};

struct FilterUse {
    Ref<const Library::Filter> filter;
    Ref<const ArgumentVariable> argument;  // null without one
    FilterPointer direct = nullptr;        // the definition's
    FilterWriter write = nullptr;
};

struct CompiledExpression : RefCounted {
    std::string text;
    Variable variable;
    std::vector<FilterUse> filters;

    enum class Missing { invalid_text, null };
    Value resolve(Renderer& renderer, Missing when_missing) const;
    /// The variable's value translated (unless NOOP), then the filters: {% translate %}.
    Value resolve_translated(Renderer& renderer, bool noop, const Value& context) const;
    /// Puts the value on the page.
    void write(Renderer& renderer) const;

private:
    void write_value(Renderer& renderer, const Value& value) const;
    Value apply_filters(Renderer& renderer, Value value, std::size_t count) const;
    Value or_invalid(Renderer& renderer, Value value, Missing when_missing) const;
};

struct BlockNode;
struct ExtendsNode;
struct PartialDefinition;

/// A compiled template, or one of its partials.
class CompiledTemplate final : public Template {
public:
    CompiledTemplate(const Engine& engine, std::string name, std::string origin, std::string source)
        : engine_(engine), name_(std::move(name)), origin_(std::move(origin)), source_(std::move(source)) {}

    std::string_view name() const noexcept override { return name_; }
    std::string_view origin() const noexcept override { return origin_; }
    std::string_view source() const noexcept override { return part_source.empty() ? file_source() : part_source; }
    /// What the offsets and lines of nodes count in; of a partial, its template's.
    std::string_view file_source() const noexcept { return whole ? whole->file_source() : std::string_view(source_); }
    using Template::render;
    void render(Context& context, std::string& out) const override;
    void render_chunks(Context& context, FunctionRef<void(std::string_view)> write,
                       std::size_t chunk_bytes) const override;
    /// As a part of RENDERER's page: what tags remember starts anew.
    void render_inside(Renderer& renderer) const;
    /// As a parent: blocks stay.
    void render_as_parent(Renderer& renderer) const;

    /// Throws TemplateSyntaxError.
    void compile();
    Ref<const Template> partial(std::string_view name) const;
    const Engine& engine() const noexcept { return engine_; }

    NodeList nodes;
    std::vector<const BlockNode*> blocks;
    const ExtendsNode* parent = nullptr;
    std::vector<std::pair<std::string, const PartialDefinition*>> partials;
    Ref<const CompiledTemplate> whole;  // of a partial
    std::string_view part_source;       // of a partial: from {% partialdef %} to {% endpartialdef %}
    std::int64_t version = 0;  // of the source (Loader::version)

private:
    void parse();
    void render_whole(Renderer& renderer) const;

    const Engine& engine_;
    std::string name_;
    std::string origin_;
    std::string source_;
};

/// What nodes of one template remember while it is rendered, and where the rendering stands.
struct Renderer::State {
    struct BlockEntry {
        const BlockNode* node;
        bool in_use;
    };
    struct Memory {
        const Node* node;
        Value value;
    };
    const CompiledTemplate* current = nullptr;
    std::vector<BlockEntry> blocks;
    std::size_t blocks_floor = 0;
    bool has_blocks = false;
    std::vector<Memory> memory;
    std::size_t memory_floor = 0;
    std::vector<std::string_view> history;  // origins of the chain of parents
    std::vector<std::string*> scratch;
    int depth = 0;

    State() = default;
    ~State() {
        for (std::string* text : scratch) delete text;
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    /// As new, but for the memory that is kept.
    void reset() {
        current = nullptr;
        blocks.clear();
        memory.clear();
        history.clear();
        blocks_floor = memory_floor = 0;
        has_blocks = false;
    }
};

/// The name that {% extends %} gives, when it is a literal; else missing.
Value literal_parent(const ExtendsNode& node);
/// The name of a {% block %}; empty for other nodes.
std::string_view block_name(const Node& node);

/// Values that are templates.
extern const ObjectType kTemplateType;

/// The name of a value's Python class: "int", "str".
std::string_view type_name(const Value& value) noexcept;

/// NAME as seen from the template CURRENT: "./x" and "../x" are relative (django: construct_relative_path).
std::string relative_template_name(std::string_view current, std::string_view name, bool allow_recursion);

}  // namespace nuages::templates
