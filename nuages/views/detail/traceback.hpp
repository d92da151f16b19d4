// Where an exception was thrown: the return addresses are taken at the throw, names and lines are looked up only when
// a page or a log line asks for them.
//
// A C++ exception has no stack trace by the time it is caught. So __cxa_throw is interposed: this library defines it,
// notes the stack when capturing is on, and passes on to the runtime's own (or AddressSanitizer's).
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::views::detail {

/// Switches capturing on or off for all threads. Costs some microseconds per throw.
void capture_throws(bool on) noexcept;

/// One place in the program.
struct Frame {
    const void* address = nullptr;
    std::string function;  ///< Demangled; empty when unknown.
    std::string file;      ///< Absolute path; empty without debug information.
    int line = 0;
    std::string module;         ///< The binary or shared library.
    bool is_framework = false;  ///< Nuages, the standard library, or without source.
};

/// The return addresses noted when ERROR was thrown, innermost first; empty when capturing was off.
std::vector<void*> throw_addresses(const std::exception_ptr& error);

/// The frames of these addresses, with functions that the compiler inlined.
std::vector<Frame> resolve(const std::vector<void*>& addresses);

/// Lines around LINE of FILE.
struct Excerpt {
    int first_line = 0;
    std::vector<std::string> lines;
};
Excerpt read_excerpt(const std::string& file, int line, int around = 6);

/// The class of the exception that is being handled ("blog::OutOfStock"), and its message.
struct Described {
    std::string type;
    std::string message;
};
Described describe_current_exception();

std::string demangle(const char* symbol);

/// "  File "/site/blog/views.cpp", line 12, in blog::detail" per frame: for logs.
std::string traceback_text(const std::vector<Frame>& frames);

}  // namespace nuages::views::detail
