#include <nuages/site/resources.hpp>

namespace nuages::site {

// Replaced by the definition that nuages_add_site() generates; alone in its file, so that the compiler cannot see
// through it.
__attribute__((weak)) std::span<const conf::Resources> built_resources() { return {}; }

}  // namespace nuages::site
