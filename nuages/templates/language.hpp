// Language: another template language behind the same engine (django: a backend that derives from BaseEngine).
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/templates/fwd.hpp>

#include <string_view>

namespace nuages::templates {

/// What makes a page of a text, instead of Django's tags and filters. The engine still finds the texts by its loaders, keeps
/// what was compiled, lists the places tried, and gives the page its context. Its members may be called from any thread.
///
///     .template_engines = {{"mail", {.language = make_ref<Placeholders>()}}}
class Language : public RefCounted {
public:
    /// SOURCE as a node; it lives as long as the node does. NAME is empty for text given directly. Throws
    /// TemplateSyntaxError.
    virtual Ref<const Node> compile(std::string_view source, std::string_view name) const = 0;
};

}  // namespace nuages::templates
