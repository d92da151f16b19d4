#include <nuages/shell/detail/expression_parser.hpp>

#include <nuages/utils/base64.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace nuages::shell {

namespace json = boost::json;

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

json::value ExpressionParser::expression_list() {
    json::value first = starred();
    if (!is_symbol(",")) return first;
    json::array items{std::move(first)};
    while (take_symbol(",")) {
        if (ends_list()) break;
        items.push_back(starred());
    }
    return node("tuple", std::move(items));
}

bool ExpressionParser::ends_list() const {
    return current().kind >= TokenKind::newline || is_symbol(")") || is_symbol("]") || is_symbol("}") ||
           is_symbol("=") || is_symbol(":") || is_symbol(";");
}

json::value ExpressionParser::starred() {
    if (take_symbol("*")) return node("star", or_level(0));
    return expression();
}

json::value ExpressionParser::expression() {
    const Deeper deeper(*this);
    if (take_word("lambda")) return lambda();
    json::value value = or_test();
    if (!take_word("if")) return value;
    json::value test = or_test();
    if (!take_word("else")) fail("expected 'else' after 'if' expression");
    return operation("if", {std::move(test), std::move(value), expression()});
}

json::value ExpressionParser::lambda() {
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

json::value ExpressionParser::chain(std::string_view word, json::value (ExpressionParser::*operand)()) {
    json::value first = (this->*operand)();
    if (!is_word(word)) return first;
    json::array operands{std::move(first)};
    while (take_word(word)) operands.push_back((this->*operand)());
    json::object made;
    made["op"] = word;
    made["args"] = std::move(operands);
    return made;
}

json::value ExpressionParser::or_test() { return chain("or", &ExpressionParser::and_test); }

json::value ExpressionParser::and_test() { return chain("and", &ExpressionParser::not_test); }

json::value ExpressionParser::not_test() {
    const Deeper deeper(*this);
    if (take_word("not")) return operation("not", {not_test()});
    return comparison();
}

std::string ExpressionParser::comparison_sign() {
    for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
        if (take_symbol(sign)) return std::string(sign);
    }
    if (take_word("in")) return "in";
    if (is_word("not") && next().kind == TokenKind::name && next().text == "in") {
        at_ += 2;
        return "not in";
    }
    if (take_word("is")) return take_word("not") ? "is not" : "is";
    return {};
}

json::value ExpressionParser::comparison() {
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

json::value ExpressionParser::or_level(std::size_t level) {
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

json::value ExpressionParser::unary() {
    const Deeper deeper(*this);
    for (const std::string_view sign : {"-", "+", "~"}) {
        if (take_symbol(sign)) return operation("unary" + std::string(sign), {unary()});
    }
    json::value base = primary();
    if (take_symbol("**")) return operation("**", {std::move(base), unary()});
    return base;
}

json::value ExpressionParser::primary() {
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

std::string ExpressionParser::identifier_of_any_kind() {
    if (current().kind != TokenKind::name) fail("invalid syntax");
    return tokens_[at_++].text;
}

void ExpressionParser::arguments(json::object& call) {
    json::array positional, keywords;
    while (!is_symbol(")")) {
        if (take_symbol("**")) {
            keywords.push_back(json::array{nullptr, expression()});
        } else if (current().kind == TokenKind::name && next().kind == TokenKind::symbol &&
                   next().text == "=") {
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

json::value ExpressionParser::subscript() {
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

json::value ExpressionParser::target_list() {
    json::value first = node("name", json::value(identifier()));
    if (!is_symbol(",")) return first;
    json::array names{std::move(first)};
    while (take_symbol(",")) names.push_back(node("name", json::value(identifier())));
    return node("tuple", std::move(names));
}

json::value ExpressionParser::comprehension(json::value yield) {
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

json::value ExpressionParser::atom() {
    const Token& token = current();
    switch (token.kind) {
        case TokenKind::integer: return integer();
        case TokenKind::real: ++at_; return node("const", std::strtod(token.text.c_str(), nullptr));
        case TokenKind::string:
        case TokenKind::formatted: return text();
        case TokenKind::bytes: {
            std::string bytes;
            while (current().kind == TokenKind::bytes) bytes += tokens_[at_++].text;
            return node("const", json::object{{"$type", "bytes"}, {"value", utils::base64_encode(bytes)}});
        }
        case TokenKind::name: return name();
        default: break;
    }
    if (take_symbol("(")) return parenthesis();
    if (take_symbol("[")) return list();
    if (take_symbol("{")) return braces();
    fail("invalid syntax");
}

json::value ExpressionParser::text() {
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

void ExpressionParser::formatted_parts(std::string_view text, json::array& parts, std::string& plain) {
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

std::size_t ExpressionParser::replacement(std::string_view text, std::size_t from, json::array& parts) {
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
    ExpressionParser inner(text.substr(from, end - from));
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

json::value ExpressionParser::whole_expression() {
    if (current().kind >= TokenKind::newline) fail("f-string: empty expression not allowed");
    json::value value = expression_list();
    if (current().kind < TokenKind::newline) fail("f-string: invalid syntax");
    return value;
}

json::value ExpressionParser::integer() {
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

json::value ExpressionParser::name() {
    if (take_word("None")) return node("const", nullptr);
    if (take_word("True")) return node("const", true);
    if (take_word("False")) return node("const", false);
    return node("name", json::value(identifier()));
}

json::value ExpressionParser::parenthesis() {
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

json::value ExpressionParser::list() {
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

json::value ExpressionParser::braces_of(json::value key, json::value value, bool is_dict) {
    json::value yield = is_dict ? node("tuple", json::array{std::move(key), std::move(value)}) : std::move(key);
    json::value made = comprehension(std::move(yield));
    made.as_object()["into"] = is_dict ? "dict" : "set";
    expect("}");
    return made;
}

json::value ExpressionParser::braces() {
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

}  // namespace nuages::shell
