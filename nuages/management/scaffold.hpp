// Making files from templates: what startproject and startapp share.
#pragma once

#include <nuages/conf/embedded.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::management {

/// "{{ name }}" in a file that ends in -tpl, and a path's part of that name, become the text.
using Replacements = std::vector<std::pair<std::string, std::string>>;

/// Writes TEMPLATES below FOLDER: "-tpl" is cut off a name's end, "dot-" at its begin becomes ".". Throws CommandError
/// when a file exists already or can't be written; what was written before stays.
void write_files(const conf::EmbeddedFiles& templates, const std::string& folder, const Replacements& replacements);

/// Throws CommandError unless NAME may be a namespace of C++ and a folder: an identifier, no keyword, not taken by the
/// language, the framework or the build. KIND is "project" or "app".
void require_valid_name(std::string_view name, std::string_view kind);

/// COUNT characters from the system's random source, out of Django's alphabet for keys.
std::string random_key(std::size_t count);

}  // namespace nuages::management
