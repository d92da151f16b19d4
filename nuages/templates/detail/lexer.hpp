// The lexer: a template's text cut into tokens.
#pragma once

#include <nuages/templates/node.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::templates {

/// Cuts SOURCE into tokens that point into it. A tag never spans lines; what is not closed on its line is text.
std::vector<Token> tokenize(std::string_view source);

/// Words at white space; quoted parts stay whole (django.utils.text.smart_split).
std::vector<std::string> smart_split(std::string_view text);

inline bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }
/// Letters, digits, underscore, and anything beyond ASCII.
inline bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}
std::string_view trimmed(std::string_view text) noexcept;

}  // namespace nuages::templates
