// Tagged values of the recorded cases as template values, and the surroundings a template case asks for.
#pragma once

#include "runner.hpp"

#include <nuages/templates/engine.hpp>
#include <nuages/utils/value.hpp>

namespace nuages::conformance {

/// Skips what only Python has.
Value template_value(const json::value& value);
/// The kind of fixture objects of the syntax cases ("template_tests.utils.SomeClass"); skips unknown ones.
Value template_fixture(std::string_view name);

/// Formats and clock from base settings, the case's settings, language and time zone. Skips other languages than
/// English.
templates::Formats template_formats(const Case& one);

/// Python's repr with a mark for safe text: what outputs are compared by.
std::string described(const Value& value);

}  // namespace nuages::conformance
