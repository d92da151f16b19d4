#include <nuages/site/resources.hpp>

namespace nuages::site {

// Replaced by the definitions that nuages_add_site() generates; alone in their file, so that the compiler cannot see
// through them.
__attribute__((weak)) std::span<const conf::Resources> built_resources() { return {}; }
__attribute__((weak)) conf::BuildOrigin build_origin() { return {}; }

}  // namespace nuages::site
