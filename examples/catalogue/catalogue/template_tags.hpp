// {% load catalogue_tags %}: what the catalogue's templates need beyond the built-in filters and tags.
#pragma once

#include <nuages/templates/library.hpp>

namespace catalogue {

/// The filter `thousands`: 63666 is 63,666.
nuages::Ref<const nuages::templates::Library> template_tags();

}  // namespace catalogue
