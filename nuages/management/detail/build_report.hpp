// What a build printed that failed, read for a person: the errors first, the tool's own noise left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nuages::management::detail {

/// One error as g++ and clang print it; the linker's and CMake's may have no line, or no file.
struct BuildError {
    std::string file;
    int line = 0;  ///< from 1; 0: none
    std::string message;
};

struct BuildReport {
    std::vector<BuildError> errors;
    std::string text;  ///< the output without progress lines and command lines
};

/// OUTPUT: what `cmake --build` printed, on both streams; escape sequences are taken out.
BuildReport read_build_output(std::string_view output);

/// The page that stands where the site cannot run, under TITLE; it asks for itself once a second and gives way to the
/// site as soon as that answers again. REVISION tells one trouble from the next.
std::string trouble_page(std::string_view title, const BuildReport& report, int revision);

/// The header that marks such a page; its value is the revision.
inline constexpr std::string_view kTroubleHeader = "X-Nuages-Trouble";

}  // namespace nuages::management::detail
