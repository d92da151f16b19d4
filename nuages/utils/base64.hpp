// Bytes as text of 64 characters (RFC 4648): Python's base64, and Django's URL-safe form of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nuages::utils {

/// With '+', '/' and padding.
std::string base64_encode(std::string_view bytes);
/// Reads as Python's binascii does: other characters are skipped, and the first complete padding ends the text. Nothing where
/// the last four digits are not whole.
std::optional<std::string> base64_decode(std::string_view text);

/// With '-' and '_' and without padding (django.utils.http.urlsafe_base64_encode).
std::string urlsafe_base64_encode(std::string_view bytes);
/// Reads both alphabets, with or without padding.
std::optional<std::string> urlsafe_base64_decode(std::string_view text);

}  // namespace nuages::utils
