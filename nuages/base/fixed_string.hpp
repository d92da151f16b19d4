// A string that can be a template argument: how field names reach the compiler.
#pragma once

#include <cstddef>
#include <string_view>

namespace nuages {

/// A literal of N - 1 characters as a structural type.
template <std::size_t N>
struct fixed_string {
    char text[N]{};

    constexpr fixed_string() = default;
    constexpr fixed_string(const char (&literal)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
    constexpr std::size_t size() const { return N - 1; }
};

}  // namespace nuages
