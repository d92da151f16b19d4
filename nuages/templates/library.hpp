// Library: filters and tags of one {% load %} name, registered from C++.
//
//   Library blog_tags() {
//       Library library;
//       library.filter("shout", [](const Value& value) { return value.str() + "!"; });
//       library.simple_tag("greet", {.params = {"name"}}, [](TagCall& call) { return "Hello " + call.arg(0).str(); });
//       library.inclusion_tag("blog/latest.html", "latest", {.params = {"count"}}, [](TagCall& call) {
//           return ContextData{{"articles", Article::objects.all().slice(0, call.arg(0).as_integer())}};
//       });
//       return library;
//   }
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/templates/context.hpp>
#include <nuages/templates/node.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::templates {

/// How a filter treats HTML (django: is_safe, needs_autoescape, expects_localtime).
struct FilterFlags {
    bool is_safe = false;            ///< safe input gives safe output
    bool expects_localtime = false;  ///< instants arrive as readings of the current zone
    bool takes_text = false;         ///< the value arrives as text (django: @stringfilter)
};

/// What a filter can ask while it runs.
class FilterCall {
public:
    FilterCall(Renderer& renderer, bool autoescape) : renderer_(renderer), autoescape_(autoescape) {}

    bool autoescape() const noexcept { return autoescape_; }
    Renderer& renderer() const noexcept { return renderer_; }
    /// Of the language that is active here.
    const formats::LocaleFormats& formats() const noexcept;
    /// An empty scratch string, reused after the output of this variable: results made in it cost no allocation.
    std::string& text() const;
    /// A result whose text is in a scratch string.
    static Value result(const std::string& scratch, bool safe = false) noexcept {
        return Value::transient(scratch, safe);
    }

private:
    Renderer& renderer_;
    bool autoescape_;
};

/// ARGUMENT is nullptr when the template gives none.
using FilterFunction = Function<Value(const Value& value, const Value* argument, FilterCall& call)>;

/// A filter without captures, which is called without a detour.
using FilterPointer = Value (*)(const Value& value, const Value* argument, FilterCall& call);

/// What the last filter of a variable can do faster: put its result on the page at once, escaped when ESCAPE is true.
/// False, with nothing written: the filter itself is called instead. The value is not yet in local time.
using FilterWriter = bool (*)(const Value& value, const Value* argument, FilterCall& call, bool escape);

struct FilterDefinition {
    std::string name;
    FilterFunction function;
    int arguments_min = 0;
    int arguments_max = 0;
    FilterFlags flags;
    FilterPointer direct = nullptr;  ///< set: called instead of `function`
    FilterWriter write = nullptr;
};

/// The parameters of a simple tag, as Python's signature would have them.
struct TagSignature {
    std::vector<std::string> params{};  ///< positional, by name
    std::vector<Value> defaults{};      ///< of the last params
    std::vector<std::string> keyword_only{};
    std::vector<std::pair<std::string, Value>> keyword_defaults{};
    bool varargs = false;  ///< *args
    bool varkw = false;    ///< **kwargs
};

/// The arguments of one call of a simple tag.
class TagCall {
public:
    TagCall(Renderer& renderer, std::vector<Value> args, std::vector<std::pair<std::string_view, Value>> kwargs)
        : args(std::move(args)), kwargs(std::move(kwargs)), renderer_(renderer) {}

    /// Positional argument I with defaults filled in; missing past the end.
    const Value& arg(std::size_t i) const noexcept;
    const Value& kwarg(std::string_view name) const noexcept;
    Context& context() const noexcept;
    Renderer& renderer() const noexcept { return renderer_; }

    std::vector<Value> args;
    std::vector<std::pair<std::string_view, Value>> kwargs;
    /// The rendered inside of a simple block tag.
    Value content;

private:
    Renderer& renderer_;
};

using SimpleTag = Function<Value(TagCall& call)>;
using InclusionTag = Function<ContextData(TagCall& call)>;
/// Makes the node of a tag; reads on with PARSER up to its end tag.
using TagCompiler = Function<Ref<const Node>(Parser& parser, const Token& token)>;

/// A set of filters and tags (django.template.Library).
class Library : public RefCounted {
public:
    /// A filter without an argument: FUNCTION(const Value&) gives what a Value can be made from.
    template <class F>
    requires std::is_invocable_v<F&, const Value&> Library& filter(std::string name, F function,
                                                                   FilterFlags flags = {}) {
        return filter({std::move(name),
                       [function](const Value& value, const Value*, FilterCall&) { return Value(function(value)); }, 0,
                       0, flags});
    }
    /// A filter with one argument: FUNCTION(const Value&, const Value&).
    template <class F>
    requires std::is_invocable_v<F&, const Value&, const Value&> Library& filter(std::string name, F function,
                                                                                 FilterFlags flags = {}) {
        return filter({std::move(name),
                       [function](const Value& value, const Value* argument, FilterCall&) {
                           return Value(function(value, *argument));
                       },
                       1, 1, flags});
    }
    Library& filter(FilterDefinition definition);
    /// A tag that prints a value, or keeps it with `as name`; the text is escaped unless it is a SafeString.
    Library& simple_tag(std::string name, TagSignature signature, SimpleTag function);
    /// A simple tag around content, which it gets as call.content; ends with END or "end" + NAME.
    Library& simple_block_tag(std::string name, TagSignature signature, SimpleTag function, std::string end = {});
    /// A tag that renders TEMPLATE_NAME with the entries that FUNCTION gives.
    Library& inclusion_tag(std::string template_name, std::string name, TagSignature signature, InclusionTag function);
    /// The same with a template that is there already.
    Library& inclusion_tag(Ref<const Template> page, std::string name, TagSignature signature, InclusionTag function);
    /// A tag with a node of its own.
    Library& tag(std::string name, TagCompiler compiler);

    struct Filter : RefCounted {
        FilterDefinition definition;
    };
    struct NamedTag : RefCounted {
        std::string name;
        TagCompiler compiler;
    };

    /// Null when there is none; a later registration replaces an earlier one.
    const Filter* find_filter(std::string_view name) const noexcept;
    const NamedTag* find_tag(std::string_view name) const noexcept;

private:
    std::vector<Ref<const Filter>> filters_;  // sorted by name
    std::vector<Ref<const NamedTag>> tags_;   // sorted by name
};

/// All built-in tags and filters, for code that calls one of them.
Ref<const Library> builtin_library();

}  // namespace nuages::templates
