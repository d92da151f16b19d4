#include <nuages/management/version.hpp>

namespace nuages {

std::string_view get_version() { return NUAGES_VERSION; }

}  // namespace nuages
