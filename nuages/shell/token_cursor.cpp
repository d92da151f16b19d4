#include <nuages/shell/detail/token_cursor.hpp>

namespace nuages::shell {

namespace {

constexpr std::string_view kKeywords[] = {"and",  "as",   "def",    "elif",   "else", "except", "finally", "for",   "from",
                                          "if",   "import", "in",   "is",     "lambda", "not",  "or",      "pass",  "raise",
                                          "return", "try", "while", "with",   "del",  "class",  "global",  "yield", "None",
                                          "True", "False", "assert", "break", "continue"};

bool is_keyword(std::string_view text) {
    for (const std::string_view known : kKeywords) {
        if (known == text) return true;
    }
    return false;
}

}  // namespace

void TokenCursor::expect(std::string_view text) {
    if (!take_symbol(text)) fail("expected '" + std::string(text) + "'");
}

std::string TokenCursor::identifier() {
    if (current().kind != TokenKind::name || is_keyword(current().text)) fail("invalid syntax");
    return tokens_[at_++].text;
}

void TokenCursor::fail(const std::string& message) const {
    bool at_end = true;
    for (std::size_t i = at_; i < tokens_.size(); ++i) at_end = at_end && tokens_[i].kind >= TokenKind::newline;
    throw SyntaxError(message, current().line, current().column, at_end && after_colon_);
}

}  // namespace nuages::shell
