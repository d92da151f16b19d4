// HTML escaping and the text-to-HTML helpers of django.utils.html.
// All functions take and give UTF-8; those that give markup say so. `append_*` write into a growing string: the
// template engine renders into one buffer, so escaping must not allocate.
#pragma once

#include <nuages/utils/safe_string.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace nuages::utils {

/// Appends `text` with & < > " ' replaced by &amp; &lt; &gt; &quot; &#x27;. Scans sixteen bytes at a time.
void append_escaped(std::string& out, std::string_view text);
/// django.utils.html.escape: the escaped copy.
std::string escape(std::string_view text);

/// As escape(), but what is marked as safe stays as it is.
inline SafeString conditional_escape(const SafeString& text) { return text; }
inline SafeString conditional_escape(std::string_view text) { return SafeString(escape(text)); }

/// Text with its character references resolved (Python's html.unescape).
std::string unescape(std::string_view text);

/// Escapes for use inside a JavaScript string literal: \u0027 and so on (django.utils.html.escapejs).
std::string escapejs(std::string_view text);
/// A <script type="application/json"> element around JSON text, safe inside HTML; no id attribute when empty.
std::string json_script(std::string_view json, std::string_view element_id = {});
/// Removes tags as an HTML parser sees them; the result is not safe markup. Throws SuspiciousOperation on input that
/// nests incomplete tags or entities more than fifty deep.
std::string strip_tags(std::string_view text);
/// Removes white space between tags.
std::string strip_spaces_between_tags(std::string_view text);
/// Paragraphs and line breaks as <p> and <br>; escapes the text when `autoescape`.
std::string linebreaks(std::string_view text, bool autoescape = false);
/// Spaces as no-break spaces.
std::string avoid_wrapping(std::string_view text);
/// Quotes a URL if it is not quoted already; names of other scripts than ASCII become percent-encoded UTF-8.
std::string smart_urlquote(std::string_view url);

struct UrlizeOptions {
    std::size_t trim_url_limit = std::string::npos;  // characters of a link's text
    bool nofollow = false;
    bool autoescape = false;
    bool safe_input = false;                   // the text is HTML already: nothing of it is escaped
    std::string_view assumed_scheme = "http";  // of addresses without one
};
/// Turns URLs and mail addresses in plain text into links.
std::string urlize(std::string_view text, const UrlizeOptions& options = {});

}  // namespace nuages::utils
