#include <nuages/templates/detail/builtins.hpp>

#include <nuages/templates/detail/compiled.hpp>

namespace nuages::templates {

Ref<const Library> builtin_library() {
    static const Ref<const Library> built = [] {
        auto library = make_ref<Library>();
        add_condition_tags(*library);
        add_loop_tags(*library);
        add_inheritance_tags(*library);
        add_scope_tags(*library);
        add_output_tags(*library);
        add_lorem_tag(*library);
        add_text_filters(*library);
        add_html_filters(*library);
        add_sequence_filters(*library);
        add_number_filters(*library);
        add_date_filters(*library);
        return Ref<const Library>(library);
    }();
    return built;
}

}  // namespace nuages::templates
