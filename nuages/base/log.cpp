#include <nuages/base/log.hpp>

#include <atomic>
#include <mutex>
#include <string>

#include <time.h>
#include <unistd.h>

namespace nuages::log {
namespace {

std::atomic<Level> g_level{Level::info};
std::mutex g_sink_mutex;
Sink g_sink;

const char* level_name(Level level) {
    switch (level) {
        case Level::debug: return "DEBUG";
        case Level::info: return "INFO";
        case Level::warning: return "WARNING";
        case Level::error: return "ERROR";
        case Level::critical: return "CRITICAL";
    }
    return "?";
}

/// Appends TEXT; control characters other than newline-with-indent become \xNN (CVE-2025-48432 class).
void append_escaped(std::string& out, std::string_view text) {
    static const char hex[] = "0123456789abcdef";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte == '\n') {
            out += "\n    ";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
}

}  // namespace

std::string line(Level level, std::string_view logger, std::string_view message) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm parts{};
    localtime_r(&now.tv_sec, &parts);
    char stamp[40];
    std::size_t size = strftime(stamp, sizeof stamp, "[%d/%b/%Y %H:%M:%S] ", &parts);
    std::string line(stamp, size);
    line += level_name(level);
    line += ' ';
    append_escaped(line, logger);
    line += ": ";
    append_escaped(line, message);
    line += '\n';
    return line;
}

bool enabled(Level level) { return level >= g_level.load(std::memory_order_relaxed); }
void set_level(Level level) { g_level.store(level, std::memory_order_relaxed); }

Sink set_sink(Sink sink) {
    std::lock_guard lock(g_sink_mutex);
    std::swap(g_sink, sink);
    return sink;
}

void write(Level level, std::string_view logger, std::string_view message) {
    if (!enabled(level)) return;
    Sink sink;
    {
        std::lock_guard lock(g_sink_mutex);
        sink = g_sink;
    }
    if (sink) return sink(level, logger, message);
    const std::string text = line(level, logger, message);
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace nuages::log
