// Strings of JSON (RFC 8259): what every writer of JSON in the house shares.
#pragma once

#include <nuages/utils/fwd.hpp>

#include <string>
#include <string_view>

namespace nuages::utils {

/// Which characters of a string stand for themselves.
enum class JsonCharacters {
    utf8,   ///< all but quotes, backslashes and control characters: `text` is copied as it is
    ascii,  ///< printable ASCII only; others become \uXXXX, ill-formed bytes \ufffd (json.dumps' `ensure_ascii`)
};

/// Appends `text` in quotes; < > & stay as they are (html.hpp's json_script escapes them).
void append_json_string(std::string& out, std::string_view text, JsonCharacters characters = JsonCharacters::utf8);
/// Appends \uXXXX, a surrogate pair for characters past U+FFFF.
void append_json_escape(std::string& out, char32_t c);

}  // namespace nuages::utils
