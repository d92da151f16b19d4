#include <nuages/templates/check.hpp>

#include <nuages/templates/detail/engine_state.hpp>
#include <nuages/templates/detail/parsing.hpp>

namespace nuages::templates {

struct TemplateCheck::State {
    const Engine& engine;
    const CheckTemplatesOptions& options;
    const CompiledTemplate* current = nullptr;
    std::vector<Finding> found;
};

namespace {

constexpr int kParentsMax = 100;

// Calls VISIT for every node below NODES; OUTERMOST is true for blocks that stand in no other block.
void each_node(const NodeList& nodes, bool inside_block, FunctionRef<void(const Node&, bool outermost)> visit) {
    for (const Ref<const Node>& node : nodes) {
        const bool is_block = !block_name(*node).empty();
        visit(*node, is_block && !inside_block);
        node->each_list([&](const NodeList& inner) { each_node(inner, inside_block || is_block, visit); });
    }
}

// The templates that PAGE extends, the nearest first. False when one of them has a name that only data tells, or is
// missing or malformed (which is reported where it stands).
bool parents_of(const Engine& engine, const CompiledTemplate& page, std::vector<Ref<const CompiledTemplate>>& parents) {
    const CompiledTemplate* at = &page;
    std::vector<std::string_view> seen{at->origin()};
    for (int depth = 0; at->parent && depth < kParentsMax; ++depth) {
        const Value name = literal_parent(*at->parent);
        if (!name.is_string()) return false;
        try {
            parents.push_back(engine.state().find(name.as_text(), seen));
        } catch (const TemplateError&) {
            return false;
        }
        at = parents.back().get();
        seen.push_back(at->origin());
    }
    return true;
}

bool has_block(const CompiledTemplate& page, std::string_view name) {
    bool found = false;
    each_node(page.nodes, false, [&](const Node& node, bool) { found = found || block_name(node) == name; });
    return found;
}

void check_blocks(TemplateCheck& check, const Engine& engine, const CompiledTemplate& page) {
    std::vector<Ref<const CompiledTemplate>> parents;
    if (!page.parent || !parents_of(engine, page, parents)) return;
    each_node(page.nodes, false, [&](const Node& node, bool outermost) {
        const std::string_view name = block_name(node);
        if (!outermost) return;
        for (const auto& parent : parents) {
            if (has_block(*parent, name)) return;
        }
        check.warning(node, "No template that this one extends has a block named '" + std::string(name) +
                                "': it is never shown.");
    });
}

}  // namespace

std::string Finding::str() const {
    std::string text = place.template_name.empty() ? place.origin : place.template_name;
    if (place.line > 0) text += ":" + std::to_string(place.line);
    return text + ": " + message;
}

void TemplateCheck::add(const Node& node, bool is_error, std::string message) {
    const CompiledTemplate& page = *state_.current;
    state_.found.push_back({is_error, std::move(message),
                            place_in(page.name(), page.origin(), page.file_source(), node.line, node.begin, node.end)});
}

void TemplateCheck::needs_template(const Node& node, std::string_view name) {
    try {
        state_.engine.get_template(name);
    } catch (const TemplateDoesNotExist&) {
        error(node, "There is no template '" + std::string(name) + "'.");
    } catch (const TemplateError&) {
        // Malformed: reported for the template itself.
    }
}

void TemplateCheck::needs_url(const Node& node, const UrlUse& use) {
    if (!state_.options.url_problem) return;
    std::string problem = state_.options.url_problem(use);
    if (!problem.empty()) error(node, std::move(problem));
}

std::vector<Finding> check_templates(const Engine& engine, const CheckTemplatesOptions& options) {
    TemplateCheck::State state{engine, options, nullptr, {}};
    TemplateCheck check(state);
    for (const std::string& name : engine.template_names()) {
        try {
            const Ref<const CompiledTemplate> page = engine.state().find(name, {});
            state.current = page.get();
            each_node(page->nodes, false, [&](const Node& node, bool) { node.check(check); });
            check_blocks(check, engine, *page);
        } catch (const TemplateSyntaxError& error) {
            SourcePlace place = error.place();
            if (place.template_name.empty()) place.template_name = name;
            state.found.push_back({true, error.raw_message(), std::move(place)});
        } catch (const TemplateError& error) {
            SourcePlace place;
            place.template_name = name;
            state.found.push_back({true, error.message(), std::move(place)});
        }
    }
    return std::move(state.found);
}

}  // namespace nuages::templates
