// Percent-encoding and the splitting and joining of URLs, as Python's urllib.parse and django.utils.encoding do it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nuages::utils {

/// Percent-encodes all but letters, digits, "_.-~" and the characters of `safe`.
std::string quote(std::string_view text, std::string_view safe = "/");
void append_quoted(std::string& out, std::string_view text, std::string_view safe = "/");
/// As quote() without safe characters, but a space becomes '+'.
std::string quote_plus(std::string_view text, std::string_view safe = {});
void append_quoted_plus(std::string& out, std::string_view text, std::string_view safe = {});
/// Decodes %XX; a '%' without two hexadecimal digits stays. The bytes may be no valid UTF-8.
std::string unquote_bytes(std::string_view text);
/// Decodes %XX; ill-formed UTF-8 becomes U+FFFD.
std::string unquote(std::string_view text);
/// As unquote(), and '+' is a space: names and values of forms.
std::string unquote_plus(std::string_view text);

/// Encodes what may not stand in a URI and leaves the rest (django.utils.encoding.iri_to_uri).
std::string iri_to_uri(std::string_view iri);
/// Decodes what is readable in an IRI (django.utils.encoding.uri_to_iri).
std::string uri_to_iri(std::string_view uri);
/// Encodes the path of a URL, without '/' and sub-delimiters (django.utils.encoding.escape_uri_path).
std::string escape_uri_path(std::string_view path);
/// A file's path as part of a URL (django.utils.encoding.filepath_to_uri).
std::string filepath_to_uri(std::string_view path);
/// Percent-encodes bytes that are no valid UTF-8 (django.utils.encoding.repercent_broken_unicode).
std::string repercent_broken_unicode(std::string_view path);

/// The five parts of a URL; views into it, but for the scheme.
struct SplitUrl {
    std::string scheme;  // lower case
    std::string netloc;
    std::string path;
    std::string query;
    std::string fragment;

    /// Host without brackets, port and user, in lower case.
    std::string hostname() const;
    /// The URL made of the parts.
    std::string unsplit() const;
};
/// urllib.parse.urlsplit. Nothing for a host with unbalanced or wrong brackets (Python: ValueError).
std::optional<SplitUrl> urlsplit(std::string_view url);
/// `url` relative to `base` (RFC 3986, 5.2, as urllib.parse.urljoin).
std::string urljoin(std::string_view base, std::string_view url);

}  // namespace nuages::utils
