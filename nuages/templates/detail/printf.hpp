// Python's % formatting of one value: what the stringformat filter takes.
#pragma once

#include <nuages/utils/value.hpp>

#include <string>
#include <string_view>

namespace nuages::templates {

/// Appends ("%" + FORMAT) % VALUE. False where Python raises TypeError or ValueError; OUT is then unchanged.
bool append_printf(std::string& out, std::string_view format, const Value& value);

}  // namespace nuages::templates
