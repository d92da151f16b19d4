// django.utils.text: cutting, wrapping and reshaping UTF-8 text. Lengths are characters, not bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::utils {

/// "\r\n" and "\r" as "\n".
std::string normalize_newlines(std::string_view text);
/// Lower-case ASCII words joined by hyphens, for addresses; with ALLOW_UNICODE letters of all scripts stay.
std::string slugify(std::string_view text, bool allow_unicode = false);
/// Breaks lines at spaces so that none is longer than WIDTH, unless a word is.
std::string wrap(std::string_view text, int width);

/// At most LENGTH characters, the last of them an ellipsis where something was cut; combining marks do not count.
std::string truncate_chars(std::string_view text, std::int64_t length, std::string_view ending = "\xe2\x80\xa6");
/// At most LENGTH words, joined by single spaces, then ENDING where something was cut.
std::string truncate_words(std::string_view text, std::int64_t length, std::string_view ending = "\xe2\x80\xa6");

/// As truncate_chars and truncate_words, for HTML: tags do not count, those that stay open are closed. `ending` may
/// contain "%(truncated_text)s". (django.utils.text.Truncator with html=True)
std::string truncate_html_chars(std::string_view html, std::int64_t length, std::string_view ending = "\xe2\x80\xa6");
std::string truncate_html_words(std::string_view html, std::int64_t length, std::string_view ending = "\xe2\x80\xa6");
/// `text` with the ending of a truncation: appended, or put around it with "%(truncated_text)s".
std::string with_truncation_ending(std::string_view text, std::string_view ending);

/// The first letter in upper case.
std::string capfirst(std::string_view text);
/// "camel case" of "CamelCase".
std::string camel_case_to_spaces(std::string_view text);
/// "a, b or c".
std::string get_text_list(const std::vector<std::string>& items, std::string_view last_word = "or");
/// A file name of letters, digits, '_', '-' and '.'; spaces become '_'. Throws SuspiciousOperation when none is left.
std::string get_valid_filename(std::string_view name);
/// Letters as the digits of a telephone's keys.
std::string phone2numeric(std::string_view phone);
/// Splits at white space outside of quotes; the quotes stay.
std::vector<std::string> smart_split(std::string_view text);
/// The content of a quoted literal. Throws Error when it is not quoted alike at both ends.
std::string unescape_string_literal(std::string_view text);

}  // namespace nuages::utils
