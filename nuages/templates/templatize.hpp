// templatize: the messages of a template as C++ that xgettext reads (django.utils.translation.templatize).
#pragma once

#include <string>
#include <string_view>

namespace nuages::templates {

/// The messages of {% translate %}, {% blocktranslate %} and _("…") of SOURCE as calls of gettext, ngettext, pgettext
/// and npgettext, on the lines where they stand; "Translators:" comments come before what they speak of. Nothing is
/// compiled: unknown tags are passed over. Throws TemplateSyntaxError for a {% blocktranslate %} that does not end.
std::string templatize(std::string_view source);

}  // namespace nuages::templates
