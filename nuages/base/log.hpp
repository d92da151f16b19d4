// Logging: named loggers, levels, one line per record. Control characters in a message are escaped,
// so that nothing a client sends can forge a line.
#pragma once

#include <nuages/base/function.hpp>

#include <string>
#include <string_view>

namespace nuages::log {

enum class Level { debug, info, warning, error, critical };

/// Writes MESSAGE under LOGGER ("nuages.request") when LEVEL is enabled. Thread-safe; one write per record.
void write(Level level, std::string_view logger, std::string_view message);

inline void debug(std::string_view logger, std::string_view message) { write(Level::debug, logger, message); }
inline void info(std::string_view logger, std::string_view message) { write(Level::info, logger, message); }
inline void warning(std::string_view logger, std::string_view message) { write(Level::warning, logger, message); }
inline void error(std::string_view logger, std::string_view message) { write(Level::error, logger, message); }

/// Records below LEVEL are dropped (default: info).
void set_level(Level level);
bool enabled(Level level);

/// The line that the default sink writes: time, level, logger, message, escaped, with its end.
std::string line(Level level, std::string_view logger, std::string_view message);

using Sink = Function<void(Level level, std::string_view logger, std::string_view message)>;
/// Replaces where records go (default: standard error) and returns the former sink; an empty one means the default.
Sink set_sink(Sink sink);

}  // namespace nuages::log
