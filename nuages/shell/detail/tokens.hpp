// The words of a text in Django's query syntax, with Python's rules for lines and indentation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::shell {

enum class TokenKind : unsigned char { name, integer, real, string, bytes, formatted, symbol, newline, indent, dedent, end };

struct Token {
    TokenKind kind;
    std::string text;  ///< a string's content (of an f-string with its braces), else what was written
    std::size_t line, column;
};

/// Throws SyntaxError.
std::vector<Token> tokenize(std::string_view source);

}  // namespace nuages::shell
