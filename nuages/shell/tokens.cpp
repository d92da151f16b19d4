#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/detail/tokens.hpp>

#include <algorithm>

namespace nuages::shell {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

void append_utf8(std::string& out, unsigned long code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
}

class Tokenizer {
public:
    explicit Tokenizer(std::string_view source) : source_(source) {}

    std::vector<Token> run() {
        while (at_ < source_.size()) {
            if (line_begins_ && brackets_ == 0) {
                if (!begin_line()) continue;
            }
            next();
        }
        if (brackets_ > 0) fail("'" + std::string(1, open_[brackets_ - 1]) + "' was never closed", true);
        if (!line_begins_) add(TokenKind::newline, "");
        for (; indents_.size() > 1; indents_.pop_back()) add(TokenKind::dedent, "");
        add(TokenKind::end, "");
        return std::move(tokens_);
    }

private:
    [[noreturn]] void fail(const std::string& message, bool incomplete = false) const {
        throw SyntaxError(message, line_, at_ - line_start_ + 1, incomplete);
    }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
    void add(TokenKind kind, std::string text) {
        tokens_.push_back({kind, std::move(text), line_, at_ - line_start_ + 1});
    }
    void end_line() {
        ++at_;
        ++line_;
        line_start_ = at_;
    }

    // Measures the indentation of a line. False for a line without words.
    bool begin_line() {
        std::size_t width = 0;
        while (peek() == ' ' || peek() == '\t') {
            width = peek() == '\t' ? width / 8 * 8 + 8 : width + 1;
            ++at_;
        }
        if (peek() == '#') skip_comment();
        if (peek() == '\r') ++at_;
        if (at_ >= source_.size()) return false;
        if (peek() == '\n') {
            end_line();
            return false;
        }
        line_begins_ = false;
        if (width > indents_.back()) {
            if (indents_.size() >= static_cast<std::size_t>(kNestingMax)) fail("too many levels of indentation");
            indents_.push_back(width);
            add(TokenKind::indent, "");
        }
        while (width < indents_.back()) {
            indents_.pop_back();
            add(TokenKind::dedent, "");
        }
        if (width != indents_.back()) fail("unindent does not match any outer indentation level");
        return true;
    }

    void skip_comment() {
        while (at_ < source_.size() && peek() != '\n') ++at_;
    }

    void next() {
        const char c = peek();
        if (c == ' ' || c == '\t' || c == '\r') {
            ++at_;
        } else if (c == '#') {
            skip_comment();
        } else if (c == '\n') {
            if (brackets_ == 0) {
                add(TokenKind::newline, "");
                line_begins_ = true;
            }
            end_line();
        } else if (c == '\\' && (peek(1) == '\n' || source_.substr(at_).starts_with("\\\r\n"))) {
            at_ += peek(1) == '\r' ? 2 : 1;
            end_line();
        } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            number();
        } else if (is_string_start()) {
            string();
        } else if (is_name_start(c)) {
            const std::size_t from = at_;
            while (is_name(peek())) ++at_;
            add_from(TokenKind::name, from);
        } else {
            symbol();
        }
    }

    void add_from(TokenKind kind, std::size_t from) {
        tokens_.push_back({kind, std::string(source_.substr(from, at_ - from)), line_, from - line_start_ + 1});
    }

    void number() {
        const std::size_t from = at_;
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X' || peek(1) == 'o' || peek(1) == 'b')) {
            at_ += 2;
            while (is_name(peek())) ++at_;
            return add_from(TokenKind::integer, from);
        }
        bool real = false;
        while (is_digit(peek()) || peek() == '_') ++at_;
        if (peek() == '.') {
            real = true;
            ++at_;
            while (is_digit(peek()) || peek() == '_') ++at_;
        }
        if (peek() == 'e' || peek() == 'E') {
            const std::size_t sign = peek(1) == '+' || peek(1) == '-';
            if (is_digit(peek(1 + sign))) {
                real = true;
                at_ += 1 + sign;
                while (is_digit(peek()) || peek() == '_') ++at_;
            }
        }
        if (is_name_start(peek())) fail("invalid decimal literal");
        add_from(real ? TokenKind::real : TokenKind::integer, from);
        std::erase(tokens_.back().text, '_');
    }

    std::size_t prefix_length() const {
        std::size_t length = 0;
        while (length < 2 && std::string_view("rRbBuUfF").find(peek(length)) != std::string_view::npos &&
               peek(length) != '\0')
            ++length;
        return length;
    }
    bool is_string_start() const {
        const char quote = peek(prefix_length());
        return quote == '"' || quote == '\'';
    }

    void string() {
        bool raw = false, bytes = false, formatted = false;
        for (std::size_t left = prefix_length(); left > 0; --left, ++at_) {
            const char letter = static_cast<char>(peek() | 0x20);
            raw = raw || letter == 'r';
            bytes = bytes || letter == 'b';
            formatted = formatted || letter == 'f';
        }
        const char quote = peek();
        const bool triple = peek(1) == quote && peek(2) == quote;
        const std::size_t line = line_, column = at_ - line_start_ + 1;
        at_ += triple ? 3 : 1;
        std::string text;
        for (;;) {
            if (at_ >= source_.size()) fail("unterminated string literal", triple);
            const char c = peek();
            if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) break;
            if (c == '\n') {
                if (!triple) fail("unterminated string literal");
                text += c;
                end_line();
            } else if (c == '\\' && at_ + 1 < source_.size()) {
                escape(text, raw, bytes);
            } else {
                text += c;
                ++at_;
            }
        }
        at_ += triple ? 3 : 1;
        const TokenKind kind = bytes ? TokenKind::bytes : formatted ? TokenKind::formatted : TokenKind::string;
        tokens_.push_back({kind, std::move(text), line, column});
    }

    void escape(std::string& text, bool raw, bool bytes) {
        const char c = peek(1);
        if (raw) {
            text += '\\';
            text += c;
            at_ += 2;
            if (c == '\n') {
                ++line_;
                line_start_ = at_;
            }
            return;
        }
        at_ += 2;
        constexpr std::string_view kFrom = "\\'\"abfnrtv", kTo = "\\'\"\a\b\f\n\r\t\v";
        if (const std::size_t known = kFrom.find(c); known != kFrom.npos) {
            text += kTo[known];
        } else if (c == '\n') {
            ++line_;
            line_start_ = at_;
        } else if (c == 'x') {
            code_point(text, 2, bytes);
        } else if (c == 'u' && !bytes) {
            code_point(text, 4, false);
        } else if (c == 'U' && !bytes) {
            code_point(text, 8, false);
        } else if (c >= '0' && c <= '7') {
            --at_;
            unsigned long code = 0;
            for (int i = 0; i < 3 && peek() >= '0' && peek() <= '7'; ++i, ++at_)
                code = code * 8 + static_cast<unsigned long>(peek() - '0');
            bytes ? text += static_cast<char>(code) : (append_utf8(text, code), text);
        } else {
            text += '\\';
            text += c;
        }
    }

    void code_point(std::string& text, int digits, bool byte) {
        unsigned long code = 0;
        for (int i = 0; i < digits; ++i, ++at_) {
            const char c = peek(), low = static_cast<char>(c | 0x20);
            if (is_digit(c))
                code = code * 16 + static_cast<unsigned long>(c - '0');
            else if (low >= 'a' && low <= 'f')
                code = code * 16 + static_cast<unsigned long>(low - 'a' + 10);
            else
                fail("truncated escape in a string literal");
        }
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) fail("an escape that is no character");
        if (byte)
            text += static_cast<char>(code);
        else
            append_utf8(text, code);
    }

    void symbol() {
        constexpr std::string_view kLong[] = {"**=", "//=", "<<=", ">>=", "**", "//", "<<", ">>", "<=", ">=", "==", "!=",
                                              "+=",  "-=",  "*=",  "/=",  "%=", "&=", "|=", "^=", ":=", "->"};
        const std::size_t from = at_;
        for (const std::string_view known : kLong) {
            if (source_.substr(at_).starts_with(known)) {
                at_ += known.size();
                return add_from(TokenKind::symbol, from);
            }
        }
        const char c = peek();
        if (std::string_view("()[]{}.,:;=+-*/%@&|^~<>").find(c) == std::string_view::npos) {
            const bool visible = c > ' ' && c < 0x7f;
            fail(visible ? "invalid syntax" : "invalid non-printable character");
        }
        if (c == '(' || c == '[' || c == '{') {
            if (brackets_ >= kNestingMax) fail("too many nested parentheses");
            open_[brackets_++] = c;
        } else if (c == ')' || c == ']' || c == '}') {
            const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
            if (brackets_ == 0) fail("unmatched '" + std::string(1, c) + "'");
            if (open_[--brackets_] != wanted)
                fail("closing parenthesis '" + std::string(1, c) + "' does not match opening parenthesis '" +
                     std::string(1, open_[brackets_]) + "'");
        }
        ++at_;
        add_from(TokenKind::symbol, from);
    }

    std::string_view source_;
    std::vector<Token> tokens_;
    std::vector<std::size_t> indents_{0};
    std::size_t at_ = 0, line_ = 1, line_start_ = 0;
    char open_[kNestingMax] = {};
    int brackets_ = 0;
    bool line_begins_ = true;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
    if (source.size() > kSourceMax) throw SyntaxError("the text is too long", 1, 1, false);
    return Tokenizer(source).run();
}

}  // namespace nuages::shell
