// Where a parser stands in the words of a text.
#pragma once

#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/detail/tokens.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::shell {

class TokenCursor {
protected:
    explicit TokenCursor(std::string_view text) : tokens_(tokenize(text)) {}

    /// Counts how deep the grammar is in itself, so that no text can exhaust the stack of a fiber.
    class Deeper {
    public:
        explicit Deeper(TokenCursor& cursor) : cursor_(cursor) {
            if (++cursor_.depth_ > kDepthMax) cursor_.fail("too many nested parentheses");
        }
        ~Deeper() { --cursor_.depth_; }

    private:
        TokenCursor& cursor_;
    };

    const Token& current() const { return tokens_[at_]; }
    const Token& next() const { return tokens_[at_ + 1]; }  // the last one is TokenKind::end
    bool is_symbol(std::string_view text) const { return current().kind == TokenKind::symbol && current().text == text; }
    bool is_word(std::string_view text) const { return current().kind == TokenKind::name && current().text == text; }
    bool take_symbol(std::string_view text) { return is_symbol(text) && (++at_, true); }
    bool take_word(std::string_view text) { return is_word(text) && (++at_, true); }
    void expect(std::string_view text);
    /// A name that is no keyword.
    std::string identifier();
    [[noreturn]] void fail(const std::string& message) const;

    static constexpr int kDepthMax = 75;  // a bracket takes three: 160 of the 256 KiB that a fiber has
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool after_colon_ = false;  // further lines could make it right
};

}  // namespace nuages::shell
