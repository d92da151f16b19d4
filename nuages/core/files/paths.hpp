// Files of a folder that may be chosen: what FilePathField offers (django.forms.FilePathField).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::files {

struct FolderOptions {
    std::string_view match = {};  ///< a regular expression that must be found in a name; empty: every name
    bool recursive = false;
    bool allow_files = true, allow_folders = false;
};

/// A walk ends here, with an error: a folder is no list to choose from any more.
inline constexpr std::size_t kEntriesMax = 100'000;

/// Paths and what people see of them: the name, or with `recursive` the path below PATH, in Django's order. Links to
/// folders are not followed. Throws Error for a folder that cannot be read, a bad expression, too many entries.
std::vector<std::pair<std::string, std::string>> path_choices(const std::string& path, const FolderOptions& options = {});

}  // namespace nuages::files
