// A value as JSON text, as Python's json.dumps with Django's encoder writes it.
#pragma once

#include <nuages/utils/value.hpp>

#include <string>

namespace nuages::templates {

/// Appends VALUE as ASCII JSON with ", " and ": " between parts; throws TypeError for what has no JSON form.
void append_json(std::string& out, const Value& value);

}  // namespace nuages::templates
