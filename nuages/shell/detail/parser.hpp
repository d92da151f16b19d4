// The reader of Django's query syntax: a text as one types it into Django's shell becomes a tree, in JSON.
//
// What is read is the part of Python that queries are written in: expressions with calls, attributes, slices, operators,
// lists, dicts, comprehensions and lambdas; statements with assignments, `with`, `try`, `for`, `if`, `def`, `raise`. Import
// lines are read and mean nothing, as every name is there already. Nothing is run here.
#pragma once

#include <nuages/base/error.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace nuages::shell {

/// The text is no query. `what()` has Python's form: "invalid syntax (line 1, column 5)".
class SyntaxError : public Error {
public:
    SyntaxError(const std::string& message, std::size_t line, std::size_t column, bool incomplete);
    const char* name() const noexcept override { return "SyntaxError"; }
    std::size_t line() const { return line_; }      ///< from 1
    std::size_t column() const { return column_; }  ///< from 1, in bytes
    /// More lines could make it right: a prompt asks for them.
    bool incomplete() const { return incomplete_; }

private:
    std::size_t line_, column_;
    bool incomplete_;
};

inline constexpr std::size_t kSourceMax = 1 << 20;  ///< Bytes of text.
inline constexpr int kNestingMax = 100;             ///< Open brackets, levels of blocks; the grammar has a limit of its own.

/// The tree of a text: that of its only statement, or {"seq": [...]} of several. Nodes are objects:
/// {"name"}, {"const"}, {"attr", "of"}, {"call", "args", "kwargs"}, {"index", "of"}, {"slice"}, {"op", "args"}, {"list"},
/// {"tuple"}, {"dict"}, {"set"}, {"star"}, {"lambda", "body"}, {"for", "in", "yield"}, {"assign", "value"}, {"with", "body"},
/// {"try", "except", "handler"}, {"raise"}, {"def", "body"}, {"return"}, {"pass"}. Throws SyntaxError.
boost::json::value parse(std::string_view text);

}  // namespace nuages::shell
