// Addresses of a stack as text with functions and lines, for logs.
#pragma once

#include <string>

namespace nuages::views {

/// Return addresses (of backtrace(3), innermost first) as Python's tracebacks look; functions that the compiler inlined
/// have their own lines. Reads the program's debug information: some milliseconds.
std::string stack_text(void* const* addresses, int count);

}  // namespace nuages::views
