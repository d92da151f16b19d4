// JSON as Python's json.dumps prints it.
#pragma once

#include <boost/json.hpp>

#include <string>

namespace nuages::serializers {

struct JsonStyle {
    int indent = -1;         ///< negative: one line, ", " and ": "
    bool ascii_only = false; ///< other characters as \uXXXX
};

void append_json_text(std::string& out, std::string_view text, bool ascii_only);
void append_json(std::string& out, const boost::json::value& value, const JsonStyle& style, int level = 0);

}  // namespace nuages::serializers
