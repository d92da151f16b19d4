// The parts that the built-in library is put together from.
#pragma once

#include <nuages/templates/library.hpp>

namespace nuages::templates {

void add_condition_tags(Library& library);    // if, ifchanged, firstof
void add_loop_tags(Library& library);         // for, cycle, resetcycle, regroup
void add_inheritance_tags(Library& library);  // block, extends, include, partialdef, partial
void add_scope_tags(Library& library);        // with, autoescape, filter, load, comment, verbatim, spaceless
void add_output_tags(Library& library);       // now, templatetag, widthratio, csrf_token, url, querystring, debug
void add_lorem_tag(Library& library);
void add_blocktranslate_tags(Library& library);  // of i18n

void add_text_filters(Library& library);
void add_html_filters(Library& library);
void add_sequence_filters(Library& library);
void add_number_filters(Library& library);
void add_date_filters(Library& library);

/// {% load static %}: static, get_static_prefix, get_media_prefix.
Ref<const Library> static_library();
/// {% load l10n %}: localize, unlocalize.
Ref<const Library> l10n_library();

/// {% load i18n %}: translate, blocktranslate, language, get_current_language ...
Ref<const Library> i18n_library();
/// {% load tz %}: localtime, timezone, get_current_timezone, and the filters localtime, utc, timezone.
Ref<const Library> tz_library();
/// {% load cache %}: cache.
Ref<const Library> cache_library();

/// {% localize off %}...{% endlocalize %}: a switch of the context, set for the part between the tags.
TagCompiler switch_tag(std::optional<bool> Context::*slot);

/// Where {% ifchanged %} and the like keep their state: the innermost loop's round, else the rendering.
Value& memory_of_round(Renderer& renderer, const Node* node);

}  // namespace nuages::templates
