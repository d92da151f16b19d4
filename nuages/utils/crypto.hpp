// Digests and comparison (django.utils.crypto), by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace nuages::utils {

/// Whether two texts are equal; the time depends on their lengths only.
bool constant_time_compare(std::string_view a, std::string_view b);
/// A random text of letters and digits from the operating system's generator.
std::string get_random_string(
    std::size_t length, std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

/// Digests as bytes. `algorithm` is "md5", "sha1", "sha256" ...; throws Error on one that OpenSSL does not know.
std::string digest(std::string_view algorithm, std::string_view content);
std::string hmac(std::string_view algorithm, std::string_view key, std::string_view content);
/// The HMAC under a key made of salt and secret (django.utils.crypto.salted_hmac).
std::string salted_hmac(std::string_view key_salt, std::string_view value, std::string_view secret,
                        std::string_view algorithm = "sha1");
/// PBKDF2 (RFC 8018); `length` 0 means the digest's.
std::string pbkdf2(std::string_view password, std::string_view salt, int iterations, std::size_t length = 0,
                   std::string_view algorithm = "sha256");

std::string hex(std::string_view bytes);
/// The MD5 of a content for ETags and cache keys: no protection.
std::string md5_hex(std::string_view content);

}  // namespace nuages::utils
