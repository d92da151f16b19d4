// Small parts of HTTP (django.utils.http, django.utils.cache's ETags): dates, header parameters, safe redirect targets.
#pragma once

#include <nuages/utils/datetime.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::utils {

inline constexpr std::size_t kHeaderLengthMax = 10'000;
inline constexpr std::size_t kUrlLengthMax = 2048;

/// "a=1&b=x+y" of pairs.
std::string urlencode(const std::vector<std::pair<std::string, std::string>>& pairs);

/// Reads a date of any of the three forms of RFC 9110, 5.6.7; a year of two digits is at most 50 years ahead.
/// Throws Error in Django's words when it is not one.
DateTime parse_http_date(std::string_view text);
std::optional<DateTime> parse_http_date_safe(std::string_view text);

struct HeaderParameters {
    std::string value;  // lower case
    std::vector<std::pair<std::string, std::string>> parameters;
    bool has_unknown_encoding = false;  // a parameter was percent-encoded in a character set that nobody knows

    /// The last parameter of that name (names are in lower case).
    const std::string* find(std::string_view name) const;
};
/// Reads "form-data; name=\"a\"; filename*=UTF-8''b" in linear time. Throws Error past `length_max` bytes.
HeaderParameters parse_header_parameters(std::string_view line, std::size_t length_max = kHeaderLengthMax);

/// "attachment; filename=\"a.txt\"" (RFC 6266); nothing for an inline one without a name.
std::optional<std::string> content_disposition_header(bool as_attachment, std::string_view filename);

/// The entity tags of If-Match or If-None-Match; malformed ones are left out. {"*"} for "*".
std::vector<std::string> parse_etags(std::string_view text);
/// Puts an entity tag in quotes if it is not.
std::string quote_etag(std::string_view etag);

/// Whether a host is `pattern`, or for ".example.com" that domain or below it.
bool is_same_domain(std::string_view host, std::string_view pattern);
/// Whether a redirect may go to `url`: on one of the hosts, or without a host; http or https only.
bool url_has_allowed_host_and_scheme(std::string_view url, const std::vector<std::string_view>& allowed_hosts,
                                     bool require_https = false);
/// "//evil.com" becomes "/%2Fevil.com", which is no other host.
std::string escape_leading_slashes(std::string_view url);

/// Digits 0-9a-z. The parser throws Error on another character or past thirteen digits; the number must be >= 0.
std::string int_to_base36(std::uint64_t number);
std::int64_t base36_to_int(std::string_view text);

}  // namespace nuages::utils
