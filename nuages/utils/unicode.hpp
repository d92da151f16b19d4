// Properties of Unicode characters that text functions ask for.
#pragma once

#include <string>
#include <string_view>

namespace nuages::utils {

/// Python's str.isspace() of one character.
bool is_space(char32_t c);
/// General category C: controls, format characters, private use, unassigned.
bool is_control_category(char32_t c);
/// Letters, digits and '_': what \w matches.
bool is_word(char32_t c);
/// General category M: combining marks.
bool is_combining(char32_t c);

/// Without white space at both ends (Python's str.strip()).
std::string_view strip_unicode(std::string_view text);
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
/// Python's str.title(): words begin with a capital letter and go on with small ones.
std::string to_title(std::string_view text);
/// Decimal digits of all scripts as 0 to 9; all else stays.
std::string ascii_digits(std::string_view text);
/// Compatibility decomposition (NFKD).
std::string normalize_nfkd(std::string_view text);
/// Compatibility composition (NFKC) and canonical composition (NFC).
std::string normalize_nfkc(std::string_view text);
std::string normalize_nfc(std::string_view text);

}  // namespace nuages::utils
