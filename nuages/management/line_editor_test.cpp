#include <nuages/management/detail/line_editor.hpp>

#include <gtest/gtest.h>

#include <string>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace nuages::management::detail {
namespace {

/// A person at a terminal, in front of a program that says which lines it read. It forks, so these tests come before those
/// that leave threads behind: a child has none of them.
class Terminal {
public:
    Terminal() {
        child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
        if (child_ == 0) {
            ::setenv("LC_ALL", "C.UTF-8", 1);
            ::setenv("TERM", "xterm", 1);
            echo_lines();
            ::_exit(0);
        }
    }
    ~Terminal() {
        ::close(terminal_);
        ::waitpid(child_, nullptr, 0);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void type(std::string_view text) { ASSERT_EQ(::write(terminal_, text.data(), text.size()), ssize_t(text.size())); }

    /// Waits until the terminal shows TEXT behind what was waited for before; false when it does not within 5 s.
    bool shows(std::string_view text) {
        for (;;) {
            if (const std::size_t at = screen_.find(text, seen_); at != screen_.npos) {
                seen_ = at + text.size();
                return true;
            }
            pollfd waiting{terminal_, POLLIN, 0};
            char buffer[512];
            if (::poll(&waiting, 1, 5000) <= 0) return false;
            const ssize_t got = ::read(terminal_, buffer, sizeof buffer);
            if (got <= 0) return false;
            screen_.append(buffer, static_cast<std::size_t>(got));
        }
    }

    /// Waits for the prompt and until keys are read one by one: the editor prompts before it takes the terminal over, and a
    /// Ctrl-D between the two would go to the terminal's own line discipline.
    bool prompts() {
        if (!shows("> ")) return false;
        for (int tries = 0; tries < 5000; ++tries) {
            termios settings{};
            if (::tcgetattr(terminal_, &settings) == 0 && !(settings.c_lflag & ICANON)) return true;
            ::usleep(1000);
        }
        return false;
    }

private:
    static void say(const std::string& text) {
        if (::write(1, text.data(), text.size()) < 0) ::_exit(1);
    }
    static void echo_lines() {
        LineEditor editor("", [](std::string_view, std::size_t) { return std::vector<std::string>{"filter("}; });
        for (;;) {
            try {
                const auto line = editor.read("> ");
                if (!line) return say("[end]\n");
                say("[" + *line + "]\n");
            } catch (const LineEditor::Interrupted&) {
                say("[interrupted]\n");
            }
        }
    }

    int terminal_ = -1;
    pid_t child_ = -1;
    std::string screen_;
    std::size_t seen_ = 0;
};

TEST(LineEditor, ReadsLinesInTheTerminalsEncoding) {
    Terminal terminal;
    ASSERT_TRUE(terminal.prompts());
    terminal.type("name = 'é'\n");
    EXPECT_TRUE(terminal.shows("[name = 'é']"));
    ASSERT_TRUE(terminal.prompts());
    terminal.type("\x04");
    EXPECT_TRUE(terminal.shows("[end]"));
}

TEST(LineEditor, TabCompletesTheWord) {
    Terminal terminal;
    ASSERT_TRUE(terminal.prompts());
    terminal.type("fil\t)\n");
    EXPECT_TRUE(terminal.shows("[filter()]"));
}

TEST(LineEditor, CtrlCGivesUpTheLineAndNotTheProcess) {
    Terminal terminal;
    ASSERT_TRUE(terminal.prompts());
    terminal.type("half a li");
    ASSERT_TRUE(terminal.shows("half a li"));
    terminal.type("\x03");
    ASSERT_TRUE(terminal.shows("[interrupted]"));
    ASSERT_TRUE(terminal.prompts());
    terminal.type("whole\n");
    EXPECT_TRUE(terminal.shows("[whole]"));
}

}  // namespace
}  // namespace nuages::management::detail
