// BuildOrigin: where a program was built, so that runserver can build it again.
#pragma once

#include <string_view>

namespace nuages::conf {

/// Written into the program by nuages_add_site(); a release knows nothing of the machine that built it.
struct BuildOrigin {
    std::string_view build_folder;   ///< What `cmake --build` takes; empty: not known.
    std::string_view target;         ///< The program's name in that build.
    std::string_view source_folder;  ///< Of the CMakeLists.txt that calls nuages_add_site().
};

}  // namespace nuages::conf
