// The state of one template's parsing.
#pragma once

#include <nuages/templates/detail/compiled.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::templates {

struct Parser::State {
    const Engine& engine;
    CompiledTemplate& target;
    std::vector<Token> tokens;
    std::size_t next = 0;
    int depth = 0;
    /// The list that the tag being compiled will stand in.
    const NodeList* current_list = nullptr;
    /// Libraries in the order they were loaded; later ones win.
    std::vector<const Library*> libraries;
    /// What {% load name from library %} brought.
    std::vector<Ref<const Library::Filter>> extra_filters;
    std::vector<Ref<const Library::NamedTag>> extra_tags;
    /// Open tags, for the message about one that is never closed.
    std::vector<Token> open_tags;
    /// {% cycle %} nodes by name, and the last one.
    std::vector<std::pair<std::string, Ref<const Node>>> named_cycles;
    Ref<const Node> last_cycle;

    State(const Engine& engine, CompiledTemplate& target) : engine(engine), target(target) {}

    Ref<const Library::Filter> find_filter(std::string_view name) const;
    const TagCompiler* find_tag(std::string_view name) const;
    Expression compile(std::string_view text) const;
    NodeList parse(Parser& parser, const std::string_view* until, std::size_t until_count);
    Ref<const Node> compile_tag(Parser& parser, const Token& token, const std::string_view* until, std::size_t count);
};

using ParserState = Parser::State;

/// "'a', 'b' or 'c'".
std::string quoted_choices(const std::string_view* names, std::size_t count);

[[noreturn]] void throw_invalid_block_tag(const Token& token, std::string_view command, const std::string_view* until,
                                          std::size_t count);

/// Fills in the place of an error in SOURCE: line, token, excerpt.
SourcePlace place_in(std::string_view name, std::string_view origin, std::string_view source, int line,
                     std::uint32_t begin, std::uint32_t end);

}  // namespace nuages::templates
