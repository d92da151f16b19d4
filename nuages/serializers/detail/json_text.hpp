// JSON as Python's json.dumps prints it.
#pragma once

#include <nuages/utils/json_text.hpp>

#include <boost/json.hpp>

#include <string>

namespace nuages::serializers {

struct JsonStyle {
    int indent = -1;         ///< negative: one line, ", " and ": "
    utils::JsonCharacters characters = utils::JsonCharacters::utf8;
};

void append_json(std::string& out, const boost::json::value& value, const JsonStyle& style, int level = 0);

}  // namespace nuages::serializers
