// A recursive descent over the tokens, one function per level of Python's grammar.
#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/detail/tokens.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <utility>

namespace nuages::shell {

namespace json = boost::json;

SyntaxError::SyntaxError(const std::string& message, std::size_t line, std::size_t column, bool incomplete)
    : Error(message + " (line " + std::to_string(line) + ", column " + std::to_string(column) + ")"),
      line_(line),
      column_(column),
      incomplete_(incomplete) {}

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

std::string base64(std::string_view bytes) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned block = 0;
        for (std::size_t j = 0; j < 3; ++j)
            block = block << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j) out += i + j <= bytes.size() ? kDigits[block >> (18 - 6 * j) & 63] : '=';
    }
    return out;
}

json::value node(std::string_view key, json::value value) {
    json::object made;
    made[key] = std::move(value);
    return made;
}

json::value operation(std::string_view name, std::initializer_list<json::value> operands) {
    json::object made;
    made["op"] = name;
    json::array& list = made["args"].emplace_array();
    for (const json::value& operand : operands) list.push_back(operand);
    return made;
}

class Parser {
public:
    explicit Parser(std::string_view text) : tokens_(tokenize(text)) {}

    json::value run() {
        json::array statements;
        while (current().kind != TokenKind::end) {
            if (current().kind == TokenKind::indent) fail("unexpected indent");
            statement(statements);
        }
        if (statements.size() == 1) return std::move(statements[0]);
        return node("seq", std::move(statements));
    }

private:
    /// Counts how deep the grammar is in itself, so that no text can exhaust the stack of a fiber.
    class Deeper {
    public:
        explicit Deeper(Parser& parser) : parser_(parser) {
            if (++parser.depth_ > kDepthMax) parser.fail("too many nested parentheses");
        }
        ~Deeper() { --parser_.depth_; }

    private:
        Parser& parser_;
    };

    const Token& current() const { return tokens_[at_]; }
    bool is_symbol(std::string_view text) const {
        return current().kind == TokenKind::symbol && current().text == text;
    }
    bool is_word(std::string_view text) const { return current().kind == TokenKind::name && current().text == text; }
    bool take_symbol(std::string_view text) { return is_symbol(text) && (++at_, true); }
    bool take_word(std::string_view text) { return is_word(text) && (++at_, true); }
    void expect(std::string_view text) {
        if (!take_symbol(text)) fail("expected '" + std::string(text) + "'");
    }
    std::string identifier() {
        if (current().kind != TokenKind::name || is_keyword(current().text)) fail("invalid syntax");
        return tokens_[at_++].text;
    }
    [[noreturn]] void fail(const std::string& message) const {
        bool at_end = true;
        for (std::size_t i = at_; i < tokens_.size(); ++i) at_end = at_end && tokens_[i].kind >= TokenKind::newline;
        throw SyntaxError(message, current().line, current().column, at_end && after_colon_);
    }

    // ---- statements ----------------------------------------------------------------------------------------

    void statement(json::array& out) {
        const Deeper deeper(*this);
        if (is_word("with")) return out.push_back(with_statement());
        if (is_word("try")) return out.push_back(try_statement());
        if (is_word("for")) return out.push_back(for_statement());
        if (is_word("while")) return out.push_back(while_statement());
        if (is_word("if")) return out.push_back(if_statement());
        if (is_word("class")) fail("the shell makes no classes: a model belongs into the program, where the compiler sees it");
        if (is_word("def") || is_symbol("@")) return out.push_back(def_statement());
        simple_line(out);
    }

    void simple_line(json::array& out) {
        for (;;) {
            out.push_back(simple_statement());
            if (!take_symbol(";")) break;
            if (current().kind == TokenKind::newline) break;
        }
        if (current().kind != TokenKind::newline) fail("invalid syntax");
        ++at_;
    }

    json::value simple_statement() {
        if (take_word("pass")) return node("pass", true);
        for (const std::string_view jump : {"break", "continue"}) {
            if (!is_word(jump)) continue;
            if (loops_ == 0) fail("'" + std::string(jump) + "' outside loop");
            ++at_;
            return node(jump, true);
        }
        if (take_word("del")) return deletion();
        if (take_word("assert")) {
            json::object made;
            made["assert"] = expression();
            if (take_symbol(",")) made["message"] = expression();
            return made;
        }
        if (take_word("raise")) {
            if (current().kind == TokenKind::newline) return node("raise", nullptr);
            return node("raise", expression());
        }
        if (take_word("return")) {
            if (current().kind == TokenKind::newline) return node("return", node("const", nullptr));
            return node("return", expression_list());
        }
        if (is_word("import") || is_word("from")) return import_line();
        json::value left = expression_list();
        if (take_symbol("=")) return assignment(std::move(left));
        for (const std::string_view sign : {"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**=", "//="}) {
            if (!take_symbol(sign)) continue;
            json::object made;
            made["assign"] = left;
            made["value"] = operation(sign.substr(0, sign.size() - 1), {left, expression_list()});
            return made;
        }
        return left;
    }

    json::value deletion() {
        json::value targets = expression_list();
        check_target(targets);
        return node("del", std::move(targets));
    }

    json::value assignment(json::value target) {
        check_target(target);
        json::value value = expression_list();
        if (take_symbol("=")) value = assignment(std::move(value));
        json::object made;
        made["assign"] = std::move(target);
        made["value"] = std::move(value);
        return made;
    }

    void check_target(const json::value& target) const {
        const json::object& object = target.as_object();
        if (object.contains("name") || object.contains("attr") || object.contains("index")) return;
        if (const json::value* items = object.if_contains("tuple")) {
            for (const json::value& item : items->as_array()) check_target(item);
            return;
        }
        fail("cannot assign to this expression");
    }

    // Every name is there already.
    json::value import_line() {
        while (current().kind != TokenKind::newline && !is_symbol(";")) {
            if (current().kind == TokenKind::end) fail("invalid syntax");
            ++at_;
        }
        return node("pass", true);
    }

    json::array block() {
        expect(":");
        json::array body;
        if (current().kind != TokenKind::newline) {
            simple_line(body);
            return body;
        }
        ++at_;
        after_colon_ = true;
        if (current().kind != TokenKind::indent) fail("expected an indented block");
        after_colon_ = false;
        ++at_;
        while (current().kind != TokenKind::dedent && current().kind != TokenKind::end) statement(body);
        if (current().kind == TokenKind::dedent) ++at_;
        return body;
    }

    json::value with_statement() {
        ++at_;
        return with_items();
    }

    json::value with_items() {
        const Deeper deeper(*this);
        json::object made;
        made["with"] = expression();
        if (take_word("as")) made["as"] = node("name", json::value(identifier()));
        if (take_symbol(","))
            made["body"] = json::array{with_items()};
        else
            made["body"] = block();
        return made;
    }

    json::value try_statement() {
        ++at_;
        json::object made;
        made["try"] = block();
        after_colon_ = true;
        if (!is_word("except") && !is_word("finally")) fail("expected 'except' or 'finally' block");
        after_colon_ = false;
        if (take_word("except")) handler(made);
        json::object* last = &made;
        while (take_word("except")) {  // further ones stand in "more", each in the one before
            json::object next;
            handler(next);
            last = &((*last)["more"] = std::move(next)).as_object();
        }
        if (made.contains("handler") && take_word("else")) made["else"] = block();
        if (take_word("finally")) made["finally"] = block();
        return made;
    }

    void handler(json::object& made) {
        if (is_symbol(":")) {
            made["except"] = nullptr;
        } else if (take_symbol("(")) {
            json::array names;
            while (!is_symbol(")")) {
                names.push_back(json::value(dotted()));
                if (!take_symbol(",")) break;
            }
            expect(")");
            made["except"] = std::move(names);
        } else {
            made["except"] = dotted();
        }
        if (take_word("as")) made["as"] = node("name", json::value(identifier()));
        made["handler"] = block();
    }

    /// "Book.DoesNotExist"; of a module's name the last part counts.
    std::string dotted() {
        std::string name = identifier();
        while (take_symbol(".")) {
            std::string last = identifier();
            const bool of_model = last == "DoesNotExist" || last == "MultipleObjectsReturned";
            name = of_model ? name + "." + last : last;
        }
        return name;
    }

    json::value for_statement() {
        ++at_;
        json::object made;
        made["for"] = target_list();
        if (!take_word("in")) fail("expected 'in'");
        made["in"] = expression_list();
        made["body"] = loop_body();
        return made;
    }

    json::value while_statement() {
        ++at_;
        json::object made;
        made["while"] = expression();
        made["body"] = loop_body();
        return made;
    }

    json::array loop_body() {
        ++loops_;
        json::array body = block();
        --loops_;
        return body;
    }

    json::value if_statement() {
        ++at_;
        json::object made;
        made["if"] = expression();
        made["body"] = block();
        if (is_word("elif")) {
            made["else"] = json::array{if_statement()};
        } else if (take_word("else")) {
            made["else"] = block();
        }
        return made;
    }

    json::value def_statement() {
        json::array decorators;
        while (take_symbol("@")) {
            decorators.push_back(expression());
            if (current().kind != TokenKind::newline) fail("invalid syntax");
            ++at_;
        }
        if (!take_word("def")) fail("expected 'def'");
        json::object made;
        made["def"] = identifier();
        if (!decorators.empty()) made["decorators"] = std::move(decorators);
        expect("(");
        json::array parameters;
        while (!is_symbol(")")) {
            parameters.emplace_back(identifier());
            if (!take_symbol(",")) break;
        }
        expect(")");
        if (!parameters.empty()) made["params"] = std::move(parameters);
        const std::size_t around = std::exchange(loops_, 0);
        made["body"] = block();
        loops_ = around;
        return made;
    }

    // ---- expressions ---------------------------------------------------------------------------------------

    /// One expression, or several as a tuple.
    json::value expression_list() {
        json::value first = starred();
        if (!is_symbol(",")) return first;
        json::array items{std::move(first)};
        while (take_symbol(",")) {
            if (ends_list()) break;
            items.push_back(starred());
        }
        return node("tuple", std::move(items));
    }

    bool ends_list() const {
        return current().kind >= TokenKind::newline || is_symbol(")") || is_symbol("]") || is_symbol("}") ||
               is_symbol("=") || is_symbol(":") || is_symbol(";");
    }

    json::value starred() {
        if (take_symbol("*")) return node("star", or_level(0));
        return expression();
    }

    json::value expression() {
        const Deeper deeper(*this);
        if (take_word("lambda")) return lambda();
        json::value value = or_test();
        if (!take_word("if")) return value;
        json::value test = or_test();
        if (!take_word("else")) fail("expected 'else' after 'if' expression");
        return operation("if", {std::move(test), std::move(value), expression()});
    }

    json::value lambda() {
        json::array parameters;
        while (!is_symbol(":")) {
            parameters.emplace_back(identifier());
            if (!take_symbol(",")) break;
        }
        expect(":");
        json::object made;
        made["lambda"] = std::move(parameters);
        made["body"] = expression();
        return made;
    }

    json::value chain(std::string_view word, json::value (Parser::*operand)()) {
        json::value first = (this->*operand)();
        if (!is_word(word)) return first;
        json::array operands{std::move(first)};
        while (take_word(word)) operands.push_back((this->*operand)());
        json::object made;
        made["op"] = word;
        made["args"] = std::move(operands);
        return made;
    }
    json::value or_test() { return chain("or", &Parser::and_test); }
    json::value and_test() { return chain("and", &Parser::not_test); }
    json::value not_test() {
        const Deeper deeper(*this);
        if (take_word("not")) return operation("not", {not_test()});
        return comparison();
    }

    std::string comparison_sign() {
        for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
            if (take_symbol(sign)) return std::string(sign);
        }
        if (take_word("in")) return "in";
        if (is_word("not") && tokens_[at_ + 1].kind == TokenKind::name && tokens_[at_ + 1].text == "in") {
            at_ += 2;
            return "not in";
        }
        if (take_word("is")) return take_word("not") ? "is not" : "is";
        return {};
    }

    json::value comparison() {
        json::value left = or_level(0);
        json::array all;
        for (std::string sign = comparison_sign(); !sign.empty(); sign = comparison_sign()) {
            json::value right = or_level(0);
            all.push_back(operation(sign, {std::move(left), right}));
            left = std::move(right);
        }
        if (all.empty()) return left;
        if (all.size() == 1) return std::move(all[0]);
        json::object made;  // a < b < c
        made["op"] = "and";
        made["args"] = std::move(all);
        return made;
    }

    /// Binary operators by how strongly they bind, the weakest first.
    json::value or_level(std::size_t level) {
        static constexpr std::string_view kLevels[][5] = {{"|"},        {"^"},      {"&"},
                                                          {"<<", ">>"}, {"+", "-"}, {"*", "/", "//", "%", "@"}};
        if (level == std::size(kLevels)) return unary();
        json::value left = or_level(level + 1);
        for (bool found = true; found;) {
            found = false;
            for (const std::string_view sign : kLevels[level]) {
                if (sign.empty() || !take_symbol(sign)) continue;
                left = operation(sign, {std::move(left), or_level(level + 1)});
                if (++operations_ > kOperationsMax) fail("the expression is too long");
                found = true;
                break;
            }
        }
        return left;
    }

    json::value unary() {
        const Deeper deeper(*this);
        for (const std::string_view sign : {"-", "+", "~"}) {
            if (take_symbol(sign)) return operation("unary" + std::string(sign), {unary()});
        }
        json::value base = primary();
        if (take_symbol("**")) return operation("**", {std::move(base), unary()});
        return base;
    }

    json::value primary() {
        json::value value = atom();
        for (std::size_t steps = 0;; ++steps) {
            if (steps > kOperationsMax) fail("the expression is too long");
            json::object made;
            if (take_symbol(".")) {
                made["attr"] = identifier_of_any_kind();
                made["of"] = std::move(value);
            } else if (take_symbol("(")) {
                made["call"] = std::move(value);
                arguments(made);
            } else if (take_symbol("[")) {
                made["index"] = subscript();
                made["of"] = std::move(value);
                expect("]");
            } else {
                return value;
            }
            value = std::move(made);
        }
    }

    std::string identifier_of_any_kind() {
        if (current().kind != TokenKind::name) fail("invalid syntax");
        return tokens_[at_++].text;
    }

    void arguments(json::object& call) {
        json::array positional, keywords;
        while (!is_symbol(")")) {
            if (take_symbol("**")) {
                keywords.push_back(json::array{nullptr, expression()});
            } else if (current().kind == TokenKind::name && tokens_[at_ + 1].kind == TokenKind::symbol &&
                       tokens_[at_ + 1].text == "=") {
                std::string name = identifier();
                ++at_;
                for (const json::value& known : keywords) {
                    if (known.at(0).is_string() && known.at(0).as_string() == name)
                        fail("keyword argument repeated: " + name);
                }
                keywords.push_back(json::array{json::value(std::move(name)), expression()});
            } else {
                if (!keywords.empty() && !is_symbol("*")) fail("positional argument follows keyword argument");
                json::value value = starred();
                if (is_word("for")) value = comprehension(std::move(value));
                positional.push_back(std::move(value));
            }
            if (!take_symbol(",")) break;
        }
        expect(")");
        call["args"] = std::move(positional);
        if (!keywords.empty()) call["kwargs"] = std::move(keywords);
    }

    json::value subscript() {
        json::array parts;
        const auto part = [&]() -> json::value {
            if (is_symbol(":") || is_symbol("]")) return nullptr;
            return expression();
        };
        json::value first = is_symbol(":") ? json::value(nullptr) : expression_list();
        if (!is_symbol(":")) return first;
        parts.push_back(std::move(first));
        ++at_;
        parts.push_back(part());
        parts.push_back(take_symbol(":") ? part() : json::value(nullptr));
        return node("slice", std::move(parts));
    }

    json::value target_list() {
        json::value first = node("name", json::value(identifier()));
        if (!is_symbol(",")) return first;
        json::array names{std::move(first)};
        while (take_symbol(",")) names.push_back(node("name", json::value(identifier())));
        return node("tuple", std::move(names));
    }

    json::value comprehension(json::value yield) {
        const Deeper deeper(*this);
        ++at_;  // for
        json::object made;
        made["for"] = target_list();
        if (!take_word("in")) fail("expected 'in'");
        made["in"] = or_test();
        made["yield"] = std::move(yield);
        if (take_word("if")) made["if"] = or_test();
        while (take_word("if")) made["if"] = operation("and", {made["if"], or_test()});
        if (is_word("for")) {  // the yield of this one is another comprehension, whose items follow each other
            made["yield"] = comprehension(std::move(made["yield"]));
            made["flat"] = true;
        }
        return made;
    }

    json::value atom() {
        const Token& token = current();
        switch (token.kind) {
            case TokenKind::integer: return integer();
            case TokenKind::real: ++at_; return node("const", std::strtod(token.text.c_str(), nullptr));
            case TokenKind::string:
            case TokenKind::formatted: return text();
            case TokenKind::bytes: {
                std::string bytes;
                while (current().kind == TokenKind::bytes) bytes += tokens_[at_++].text;
                return node("const", json::object{{"$type", "bytes"}, {"value", base64(bytes)}});
            }
            case TokenKind::name: return name();
            default: break;
        }
        if (take_symbol("(")) return parenthesis();
        if (take_symbol("[")) return list();
        if (take_symbol("{")) return braces();
        fail("invalid syntax");
    }

    /// Strings that stand side by side are one; an f-string among them makes {"fstring": [parts]}.
    json::value text() {
        json::array parts;
        std::string plain;
        bool formatted = false;
        while (current().kind == TokenKind::string || current().kind == TokenKind::formatted) {
            if (current().kind == TokenKind::string) {
                plain += current().text;
            } else {
                formatted = true;
                formatted_parts(current().text, parts, plain);
            }
            ++at_;
        }
        if (!formatted) return node("const", json::value(std::move(plain)));
        if (!plain.empty()) parts.push_back(node("const", json::value(std::move(plain))));
        return node("fstring", std::move(parts));
    }

    void formatted_parts(std::string_view text, json::array& parts, std::string& plain) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
                plain += c;
                ++i;
            } else if (c == '}') {
                fail("f-string: single '}' is not allowed");
            } else if (c == '{') {
                if (!plain.empty()) parts.push_back(node("const", json::value(std::exchange(plain, {}))));
                i = replacement(text, i + 1, parts);
            } else {
                plain += c;
            }
        }
    }

    /// "value!r:>10}" from `from` on; returns the place of the brace that ends it.
    std::size_t replacement(std::string_view text, std::size_t from, json::array& parts) {
        int depth = 0;
        char quote = 0;
        std::size_t end = from;
        for (; end < text.size(); ++end) {
            const char c = text[end];
            if (quote) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '(' || c == '[' || c == '{') {
                ++depth;
            } else if (depth > 0 && (c == ')' || c == ']' || c == '}')) {
                --depth;
            } else if (depth == 0 && (c == '}' || c == ':' || (c == '!' && end + 1 < text.size() && text[end + 1] != '='))) {
                break;
            }
        }
        if (end == text.size()) fail("f-string: expecting '}'");
        Parser inner(text.substr(from, end - from));
        inner.depth_ = depth_ + 3;
        json::object made;
        made["value"] = inner.whole_expression();
        if (text[end] == '!') {
            if (++end + 1 >= text.size()) fail("f-string: expecting '}'");
            made["conversion"] = std::string(1, text[end++]);
        }
        if (text[end] == ':') {
            const std::size_t close = text.find('}', end);
            if (close == text.npos) fail("f-string: expecting '}'");
            made["format"] = text.substr(end + 1, close - end - 1);
            end = close;
        }
        if (text[end] != '}') fail("f-string: expecting '}'");
        parts.push_back(std::move(made));
        return end;
    }

    json::value whole_expression() {
        if (current().kind >= TokenKind::newline) fail("f-string: empty expression not allowed");
        json::value value = expression_list();
        if (current().kind < TokenKind::newline) fail("f-string: invalid syntax");
        return value;
    }

    json::value integer() {
        std::string_view digits = current().text;
        int base = 10;
        if (digits.size() > 2 && digits[0] == '0' && (digits[1] | 0x20) >= 'a') {
            base = (digits[1] | 0x20) == 'x' ? 16 : digits[1] == 'o' ? 8 : 2;
            digits.remove_prefix(2);
        }
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
        if (error == std::errc::result_out_of_range) fail("an integer past 64 bits");
        if (error != std::errc() || end != digits.data() + digits.size()) fail("invalid integer literal");
        ++at_;
        return node("const", value);
    }

    json::value name() {
        if (take_word("None")) return node("const", nullptr);
        if (take_word("True")) return node("const", true);
        if (take_word("False")) return node("const", false);
        return node("name", json::value(identifier()));
    }

    json::value parenthesis() {
        if (take_symbol(")")) return node("tuple", json::array());
        json::value first = starred();
        if (is_word("for")) first = comprehension(std::move(first));
        if (is_symbol(",")) {
            json::array items{std::move(first)};
            while (take_symbol(",")) {
                if (is_symbol(")")) break;
                items.push_back(starred());
            }
            first = node("tuple", std::move(items));
        }
        expect(")");
        return first;
    }

    json::value list() {
        json::array items;
        while (!is_symbol("]")) {
            json::value item = starred();
            if (items.empty() && is_word("for")) {
                json::value made = comprehension(std::move(item));
                expect("]");
                return made;
            }
            items.push_back(std::move(item));
            if (!take_symbol(",")) break;
        }
        expect("]");
        return node("list", std::move(items));
    }

    /// {key: value for ...} and {item for ...}.
    json::value braces_of(json::value key, json::value value, bool is_dict) {
        json::value yield = is_dict ? node("tuple", json::array{std::move(key), std::move(value)}) : std::move(key);
        json::value made = comprehension(std::move(yield));
        made.as_object()["into"] = is_dict ? "dict" : "set";
        expect("}");
        return made;
    }

    json::value braces() {
        json::array items;
        if (take_symbol("}")) return node("dict", std::move(items));
        bool is_dict = false;
        while (!is_symbol("}")) {
            if (take_symbol("**")) {
                is_dict = true;
                items.push_back(json::array{nullptr, expression()});
            } else {
                json::value key = starred();
                if (items.empty()) is_dict = is_symbol(":");
                json::value value = is_dict ? (expect(":"), expression()) : json::value();
                if (items.empty() && is_word("for")) return braces_of(std::move(key), std::move(value), is_dict);
                if (is_dict) {
                    items.push_back(json::array{std::move(key), std::move(value)});
                } else {
                    items.push_back(std::move(key));
                }
            }
            if (!take_symbol(",")) break;
        }
        expect("}");
        return node(is_dict ? "dict" : "set", std::move(items));
    }

    static constexpr int kDepthMax = 75;  // a bracket takes three: 160 of the 256 KiB that a fiber has
    static constexpr std::size_t kOperationsMax = 2000;  // of one chain: a tree is as deep as its longest chain
    std::vector<Token> tokens_;
    std::size_t at_ = 0, operations_ = 0;
    int depth_ = 0;
    std::size_t loops_ = 0;  // around the statement, in this function
    bool after_colon_ = false;
};

}  // namespace

json::value parse(std::string_view text) { return Parser(text).run(); }

}  // namespace nuages::shell
