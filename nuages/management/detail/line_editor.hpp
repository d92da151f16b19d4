// LineEditor: one line after the other from a person at a terminal, with editing, history and completion (libedit).
#pragma once

#include <nuages/base/function.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::management::detail {

/// There is one terminal, so there is one editor at a time.
class LineEditor {
public:
    /// What may stand in the place of LINE's last word, which begins at START: whole replacements of that word.
    using Complete = Function<std::vector<std::string>(std::string_view line, std::size_t start)>;

    /// HISTORY: a file that keeps the lines of former sessions; empty: none.
    LineEditor(std::string history, Complete complete);
    /// Writes the history, readable for its owner only.
    ~LineEditor();
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    /// Ctrl-C while a line was read.
    struct Interrupted {};

    /// Shows PROMPT and reads a line; nothing at the end of input (Ctrl-D). Throws Interrupted.
    std::optional<std::string> read(const std::string& prompt);

private:
    std::string history_;
};

}  // namespace nuages::management::detail
