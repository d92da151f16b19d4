// What can be found wrong with templates before anybody asks for a page.
//
//     for (const Finding& finding : check_templates(engine)) std::cout << finding.str() << '\n';
//
// Every template that the loaders see is compiled, which finds unknown tags, filters and libraries and wrong numbers of
// arguments. Then each node says what it knows: templates and URLs it needs by literal names. Blocks that no parent
// has are found here.
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/templates/engine.hpp>
#include <nuages/templates/node.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::templates {

/// Something wrong, or something that does nothing.
struct Finding {
    bool is_error = true;
    std::string message;
    SourcePlace place;

    /// "shop/cart.html:12: Invalid filter: 'uper'"
    std::string str() const;
};

/// What {% url %} asks for; a value that only data tells is missing.
struct UrlUse {
    std::string_view name;
    std::vector<Value> args;
    std::vector<std::pair<std::string_view, Value>> kwargs;
};

struct CheckTemplatesOptions {
    /// Says why no URL pattern answers; empty when one does. Without it {% url %} is not looked at.
    Function<std::string(const UrlUse& use)> url_problem;
};

/// Checks every template that ENGINE can find, sorted by name.
std::vector<Finding> check_templates(const Engine& engine, const CheckTemplatesOptions& options = {});

/// What a node's check() reports to.
class TemplateCheck {
public:
    struct State;
    explicit TemplateCheck(State& state) : state_(state) {}

    void error(const Node& node, std::string message) { add(node, true, std::move(message)); }
    void warning(const Node& node, std::string message) { add(node, false, std::move(message)); }
    /// NODE cannot be rendered without the template NAME.
    void needs_template(const Node& node, std::string_view name);
    /// NODE cannot be rendered without a URL pattern that answers.
    void needs_url(const Node& node, const UrlUse& use);

private:
    void add(const Node& node, bool is_error, std::string message);

    State& state_;
};

}  // namespace nuages::templates
