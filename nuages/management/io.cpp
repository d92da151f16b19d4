#include <nuages/management/io.hpp>

#include <cstdlib>
#include <iostream>

#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

namespace nuages::management {
namespace {

const char* color_code(Style style) {
    switch (style) {
        case Style::plain: return "";
        case Style::success: return "32;1";
        case Style::warning: return "33;1";
        case Style::error: return "31;1";
        case Style::notice: return "31";
        case Style::heading: return "36;1";
        case Style::label: return "1";
        case Style::faint: return "2";
        case Style::redirect: return "32";
    }
    return "";
}

bool colors_wanted(Colors colors, bool is_terminal) {
    if (colors != Colors::automatic) return colors == Colors::always;
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    bool dumb = term && std::string_view(term) == "dumb";
    return is_terminal && !(no_color && *no_color) && !dumb;
}

std::string painted(std::string_view text, Style style) {
    const char* code = color_code(style);
    if (!*code) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::int64_t monotonic_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::size_t terminal_width() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
    return size.ws_col;
}

constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr std::int64_t kBarIntervalMs = 100;

}  // namespace

Io::Io(IoOptions options) : options_(options) {
    terminal_ = !options_.captured_output && isatty(STDOUT_FILENO);
    colors_ = colors_wanted(options_.colors, terminal_);
    error_colors_ = colors_wanted(options_.colors, !options_.captured_errors && isatty(STDERR_FILENO));
}

Io::~Io() { end_progress(); }

void Io::send(int descriptor, std::string* captured, std::string_view text) {
    if (captured) {
        captured->append(text);
        return;
    }
    while (!text.empty()) {
        ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) return;  // a closed pipe: nobody reads on
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Io::write(std::string_view text, Style style) {
    end_progress();
    bool has_newline = text.ends_with('\n');
    std::string line = styled(has_newline ? text.substr(0, text.size() - 1) : text, style);
    line += '\n';
    send(STDOUT_FILENO, options_.captured_output, line);
}

void Io::error(std::string_view text) {
    end_progress();
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::string line = error_colors_ ? painted(text, Style::error) : std::string(text);
    line += '\n';
    send(STDERR_FILENO, options_.captured_errors, line);
}

void Io::print(std::string_view text) {
    end_progress();
    send(STDOUT_FILENO, options_.captured_output, text);
}

std::string Io::styled(std::string_view text, Style style) const {
    return colors_ ? painted(text, style) : std::string(text);
}

void Io::progress(std::uint64_t done, std::uint64_t total, std::string_view label) {
    if (!terminal_ || options_.verbosity == 0) return;
    std::int64_t now = monotonic_ms();
    if (bar_shown_ && now - bar_drawn_ms_ < kBarIntervalMs && done < total) return;
    bar_drawn_ms_ = now;
    bar_shown_ = true;
    double part = total == 0 ? 1.0 : static_cast<double>(done < total ? done : total) / static_cast<double>(total);
    std::size_t width = terminal_width() - 1;
    std::size_t bar = width > 60 ? 30 : width / 2;
    auto full = static_cast<std::size_t>(part * static_cast<double>(bar));
    std::string line(kEraseLine);
    for (std::size_t i = 0; i < bar; ++i) line += i < full ? "█" : "░";
    std::string percent = std::to_string(static_cast<int>(part * 100));
    line += std::string(5 - percent.size(), ' ') + percent + "%  ";
    line += label.substr(0, width > bar + 8 ? width - bar - 8 : 0);
    send(STDOUT_FILENO, nullptr, line);
}

void Io::end_progress() {
    if (!bar_shown_) return;
    bar_shown_ = false;
    send(STDOUT_FILENO, nullptr, kEraseLine);
}

std::string Io::ask(std::string_view prompt) {
    if (!options_.interactive) return {};
    print(prompt);
    std::string line;
    std::getline(std::cin, line);
    return line;
}

}  // namespace nuages::management
