// SQLite's result codes as exceptions, classed as Python's sqlite3 module does.
#pragma once

#include <sqlite3.h>

#include <string_view>

namespace nuages::db::sqlite::detail {

/// Throws the exception for CODE with the handle's message. SQL is kept in the exception.
[[noreturn]] void throw_error(sqlite3* handle, int code, std::string_view sql);

}  // namespace nuages::db::sqlite::detail
