// Completion at the shell's prompt: names in scope, attributes, and fields and lookups as keywords of a query's methods.
#pragma once

#include <nuages/shell/interpreter.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::management::detail {

/// What may stand in the place of the last word of LINE, which begins at START. Looks at values, but runs no query:
/// what stands before a dot is evaluated only if it is made of names and of methods that build querysets.
std::vector<std::string> completions(shell::Interpreter& interpreter, std::string_view line, std::size_t start);

}  // namespace nuages::management::detail
