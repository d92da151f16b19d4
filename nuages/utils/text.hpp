// django.utils.text: cutting, wrapping and reshaping UTF-8 text. Lengths are characters, not bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

}  // namespace nuages::utils
