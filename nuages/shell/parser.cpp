// The statements: a recursive descent over the tokens.
#include <nuages/shell/detail/expression_parser.hpp>
#include <nuages/shell/detail/parser.hpp>

#include <utility>

namespace nuages::shell {

namespace json = boost::json;

SyntaxError::SyntaxError(const std::string& message, std::size_t line, std::size_t column, bool incomplete)
    : Error(message + " (line " + std::to_string(line) + ", column " + std::to_string(column) + ")"),
      line_(line),
      column_(column),
      incomplete_(incomplete) {}

namespace {

class Parser : ExpressionParser {
public:
    explicit Parser(std::string_view text) : ExpressionParser(text) {}

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
            for (const json::value& item : items->as_array()) {
                const json::value* star = item.as_object().if_contains("star");
                check_target(star ? *star : item);
            }
            return;
        }
        fail("cannot assign to this expression");
    }

    std::string module_path() {
        std::string text;
        while (take_symbol(".")) text += '.';
        if (!text.empty() && is_word("import")) return text;
        for (;;) {
            if (current().kind != TokenKind::name) fail("invalid syntax");
            text += current().text;
            ++at_;
            if (!take_symbol(".")) return text;
            text += '.';
        }
    }

    // import a.b as c, d; from a.b import c as d, e; from a import (b, c); from a import *
    json::value import_line() {
        json::object made;
        const bool from = take_word("from");
        if (from) made["from"] = module_path();
        if (!take_word("import")) fail("invalid syntax");
        json::array names;
        const bool bracket = from && take_symbol("(");
        do {
            if (bracket && is_symbol(")")) break;
            std::string name = from && take_symbol("*") ? "*" : module_path();
            std::string as = take_word("as") ? identifier() : std::string();
            names.push_back(json::array{json::value(name), json::value(as)});
        } while (take_symbol(","));
        if (bracket) expect(")");
        made["import"] = std::move(names);
        return made;
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

    std::size_t loops_ = 0;  // around the statement, in this function
};

}  // namespace

json::value parse(std::string_view text) { return Parser(text).run(); }

}  // namespace nuages::shell
