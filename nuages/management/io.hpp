// Io: what a command talks to the user with. Colours only where a person reads them: on a terminal, without NO_COLOR.
#pragma once

#include <nuages/management/fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::management {

/// How a text is meant; the colour follows (Django's dark palette).
enum class Style { plain, success, warning, error, notice, heading, label, faint, redirect };

/// Whether to colour: only on a terminal without NO_COLOR, never, or always.
enum class Colors { automatic, never, always };

struct IoOptions {
    Colors colors = Colors::automatic;
    int verbosity = 1;                       ///< 0 quiet to 3 very talkative
    bool interactive = true;                 ///< false: never ask (--noinput)
    std::string* captured_output = nullptr;  ///< write here instead of standard output
    std::string* captured_errors = nullptr;  ///< write here instead of standard error
};

/// Output, errors and questions of one command.
class Io {
public:
    explicit Io(IoOptions options = {});
    ~Io();
    Io(const Io&) = delete;
    Io& operator=(const Io&) = delete;

    /// Writes one line (a newline is added unless TEXT ends with one).
    void write(std::string_view text, Style style = Style::plain);
    void success(std::string_view text) { write(text, Style::success); }
    void warning(std::string_view text) { write(text, Style::warning); }
    /// Writes one line to standard error.
    void error(std::string_view text);
    /// Writes TEXT as it is, without a newline.
    void print(std::string_view text);

    /// TEXT in the colour of STYLE, or as it is when colours are off.
    std::string styled(std::string_view text, Style style) const;
    bool has_colors() const { return colors_; }
    /// Standard output is a terminal that can redraw a line.
    bool is_terminal() const { return terminal_; }
    int verbosity() const { return options_.verbosity; }
    bool interactive() const { return options_.interactive; }

    /// Shows how far a long work is: a bar that redraws itself on a terminal, at most ten times a second, and nothing
    /// elsewhere. DONE and TOTAL in any unit (bytes read of a file); LABEL says what is going on.
    void progress(std::uint64_t done, std::uint64_t total, std::string_view label = {});
    /// Removes the bar; the next write does it too.
    void end_progress();

    /// Asks PROMPT and reads one line; empty at the end of input or when not interactive.
    std::string ask(std::string_view prompt);

private:
    void send(int descriptor, std::string* captured, std::string_view text);

    IoOptions options_;
    bool colors_ = false;
    bool error_colors_ = false;
    bool terminal_ = false;
    bool bar_shown_ = false;
    std::int64_t bar_drawn_ms_ = 0;
};

}  // namespace nuages::management
