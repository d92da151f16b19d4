#include <nuages/management/detail/line_editor.hpp>

#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <cwchar>

#include <editline/readline.h>
#include <sys/stat.h>

namespace nuages::management::detail {

namespace {

constexpr int kHistoryMax = 2000;  // lines

LineEditor::Complete& completer() {
    static LineEditor::Complete current;
    return current;
}

std::vector<std::string>& candidates() {
    static std::vector<std::string> found;
    return found;
}

char* next_candidate(const char*, int state) {
    static std::size_t at = 0;
    if (state == 0) at = 0;
    return at < candidates().size() ? ::strdup(candidates()[at++].c_str()) : nullptr;
}

char** complete(const char* word, int start, int) {
    rl_attempted_completion_over = 1;  // never file names
    rl_completion_append_character = 0;
    if (!completer()) return nullptr;
    candidates() = completer()(rl_line_buffer, static_cast<std::size_t>(start));
    return rl_completion_matches(word, next_candidate);
}

volatile std::sig_atomic_t interrupted = 0;

/// A character of the terminal; -1, which ends the line, at its end and at Ctrl-C.
int read_character(FILE* from) {
    for (;;) {
        errno = 0;
        const std::wint_t read = std::getwc(from);
        if (read != WEOF) return static_cast<int>(read);
        const bool again = errno == EINTR && !interrupted;  // the window was resized, say
        std::clearerr(from);
        if (!again) return -1;
    }
}

/// While a line is read, Ctrl-C gives up the line and not the process.
class CatchInterrupts {
public:
    CatchInterrupts() {
        interrupted = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { interrupted = 1; };
        ::sigaction(SIGINT, &action, &former_);
    }
    ~CatchInterrupts() { ::sigaction(SIGINT, &former_, nullptr); }
    CatchInterrupts(const CatchInterrupts&) = delete;
    CatchInterrupts& operator=(const CatchInterrupts&) = delete;

private:
    struct sigaction former_ {};
};

}  // namespace

LineEditor::LineEditor(std::string history, Complete complete_words) : history_(std::move(history)) {
    std::setlocale(LC_CTYPE, "");
    completer() = std::move(complete_words);
    rl_catch_signals = 0;
    rl_getc_function = read_character;
    rl_initialize();
    rl_attempted_completion_function = complete;
    static char breaks[] = " \t\n\"'(,=[]{}+-*/<>&|~:;%^";
    rl_completer_word_break_characters = breaks;
    using_history();
    stifle_history(kHistoryMax);
    if (!history_.empty()) read_history(history_.c_str());
}

LineEditor::~LineEditor() {
    completer() = {};
    if (history_.empty()) return;
    const mode_t former = ::umask(077);
    write_history(history_.c_str());
    ::umask(former);
}

std::optional<std::string> LineEditor::read(const std::string& prompt) {
    const CatchInterrupts catching;
    char* line = readline(prompt.c_str());
    if (interrupted) {
        std::free(line);
        throw Interrupted();
    }
    if (!line) return std::nullopt;
    std::string text(line);
    std::free(line);
    if (text.find_first_not_of(" \t") != text.npos) add_history(text.c_str());
    return text;
}

}  // namespace nuages::management::detail
