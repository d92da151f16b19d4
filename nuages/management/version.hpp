// The framework's version.
#pragma once

#include <string_view>

namespace nuages {

/// "0.1.0"
std::string_view get_version();

}  // namespace nuages
