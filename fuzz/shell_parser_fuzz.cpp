// Any text: it is read into a tree, or refused with a SyntaxError that points into it.
#include <nuages/shell/detail/parser.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        nuages::shell::parse(text);
    } catch (const nuages::shell::SyntaxError& error) {
        if (error.line() == 0 || error.column() == 0) std::abort();
    }
    return 0;
}
