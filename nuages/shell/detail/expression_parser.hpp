// The expressions of Django's query syntax: one function per level of Python's grammar.
#pragma once

#include <nuages/shell/detail/token_cursor.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace nuages::shell {

/// {key: value}
boost::json::value node(std::string_view key, boost::json::value value);
/// {"op": name, "args": operands}
boost::json::value operation(std::string_view name, std::initializer_list<boost::json::value> operands);

class ExpressionParser : protected TokenCursor {
protected:
    using TokenCursor::TokenCursor;

    /// One expression, or several as a tuple.
    boost::json::value expression_list();
    boost::json::value expression();
    /// The names that a loop sets.
    boost::json::value target_list();

private:
    bool ends_list() const;
    boost::json::value starred();
    boost::json::value lambda();
    boost::json::value chain(std::string_view word, boost::json::value (ExpressionParser::*operand)());
    boost::json::value or_test();
    boost::json::value and_test();
    boost::json::value not_test();
    std::string comparison_sign();
    boost::json::value comparison();
    /// Binary operators by how strongly they bind, the weakest first.
    boost::json::value or_level(std::size_t level);
    boost::json::value unary();
    boost::json::value primary();
    std::string identifier_of_any_kind();
    void arguments(boost::json::object& call);
    boost::json::value subscript();
    boost::json::value comprehension(boost::json::value yield);
    boost::json::value atom();
    /// Strings that stand side by side are one; an f-string among them makes {"fstring": [parts]}.
    boost::json::value text();
    void formatted_parts(std::string_view text, boost::json::array& parts, std::string& plain);
    /// "value!r:>10}" from `from` on; returns the place of the brace that ends it.
    std::size_t replacement(std::string_view text, std::size_t from, boost::json::array& parts);
    boost::json::value whole_expression();
    boost::json::value integer();
    boost::json::value name();
    boost::json::value parenthesis();
    boost::json::value list();
    /// {key: value for ...} and {item for ...}.
    boost::json::value braces_of(boost::json::value key, boost::json::value value, bool is_dict);
    boost::json::value braces();

    static constexpr std::size_t kOperationsMax = 2000;  // of one chain: a tree is as deep as its longest chain
    std::size_t operations_ = 0;
};

}  // namespace nuages::shell
