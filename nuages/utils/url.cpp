#include <nuages/utils/url.hpp>

#include <nuages/utils/ip.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <vector>

namespace nuages::utils {
namespace {

// RFC 3986 reserved and unreserved characters, with '%': what iri_to_uri leaves alone.
constexpr std::string_view kIriSafe = "/#%[]=:;$&()+,!?*@'~";

constexpr bool is_always_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-' || c == '~';
}

void append_percent(std::string& out, char c) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The byte that "%XX" at `at` stands for, or -1.
int percent_byte(std::string_view text, std::size_t at) {
    if (at + 2 >= text.size()) return -1;
    const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text, std::string_view safe) {
    for (char c : text) {
        if (is_always_safe(c) || (safe.find(c) != safe.npos && static_cast<unsigned char>(c) < 0x80)) {
            out += c;
        } else {
            append_percent(out, c);
        }
    }
}

std::string quote(std::string_view text, std::string_view safe) {
    std::string out;
    out.reserve(text.size());
    append_quoted(out, text, safe);
    return out;
}

void append_quoted_plus(std::string& out, std::string_view text, std::string_view safe) {
    for (std::size_t start = 0;;) {
        const std::size_t space = text.find(' ', start);
        append_quoted(out, text.substr(start, space - start), safe);
        if (space == text.npos) return;
        out += '+';
        start = space + 1;
    }
}

std::string quote_plus(std::string_view text, std::string_view safe) {
    std::string out;
    append_quoted_plus(out, text, safe);
    return out;
}

std::string unquote_bytes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int byte = text[i] == '%' ? percent_byte(text, i) : -1;
        out += byte < 0 ? text[i] : static_cast<char>(byte);
        if (byte >= 0) i += 2;
    }
    return out;
}

std::string unquote(std::string_view text) {
    if (text.find('%') == text.npos) return to_utf8_replacing(text);
    // As Python does: encoded bytes never join with raw ones beside them to make a character.
    std::string out, run;
    for (std::size_t i = 0; i < text.size();) {
        const bool ascii = static_cast<unsigned char>(text[i]) < 0x80;
        const std::size_t start = i;
        while (i < text.size() && (static_cast<unsigned char>(text[i]) < 0x80) == ascii) ++i;
        const std::string_view part = text.substr(start, i - start);
        out += to_utf8_replacing(ascii ? unquote_bytes(part) : std::string(part));
    }
    return out;
}

std::string unquote_plus(std::string_view text) {
    if (text.find('+') == text.npos) return unquote(text);
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return unquote(spaced);
}

std::string iri_to_uri(std::string_view iri) { return quote(iri, kIriSafe); }

std::string uri_to_iri(std::string_view uri) {
    std::string out;
    out.reserve(uri.size());
    for (std::size_t i = 0; i < uri.size(); ++i) {
        const int byte = uri[i] == '%' ? percent_byte(uri, i) : -1;
        const char c = static_cast<char>(byte);
        const bool decodes = byte >= 0x80 || (byte >= 0 && is_always_safe(c) && !(c >= '0' && c <= '9'));
        out += decodes ? c : uri[i];
        if (decodes) i += 2;
    }
    return repercent_broken_unicode(out);
}

std::string escape_uri_path(std::string_view path) { return quote(path, "/:@&+$,-_.!~*'()"); }

std::string filepath_to_uri(std::string_view path) {
    std::string slashed(path);
    std::replace(slashed.begin(), slashed.end(), '\\', '/');
    return quote(slashed, "/~!*()'");
}

std::string repercent_broken_unicode(std::string_view path) {
    std::string out;
    out.reserve(path.size());
    for (std::size_t i = 0; i < path.size();) {
        const Utf8Step step = utf8_step(path, i);
        if (step.well_formed) {
            out.append(path.substr(i, step.size));
        } else {
            append_quoted(out, path.substr(i, step.size), kIriSafe);
        }
        i += step.size;
    }
    return out;
}

std::optional<SplitUrl> urlsplit(std::string_view url) {
    std::size_t start = 0;
    while (start < url.size() && static_cast<unsigned char>(url[start]) <= ' ') ++start;
    std::string clean;
    for (char c : url.substr(start))
        if (c != '\t' && c != '\r' && c != '\n') clean += c;
    std::string_view rest = clean;

    SplitUrl parts;
    const std::size_t colon = rest.find(':');
    if (colon != rest.npos && colon > 0 && ((rest[0] | 0x20) >= 'a' && (rest[0] | 0x20) <= 'z')) {
        const std::string_view scheme = rest.substr(0, colon);
        const bool valid = std::all_of(scheme.begin(), scheme.end(),
                                       [](char c) { return (c != '_' && c != '~' && is_always_safe(c)) || c == '+'; });
        if (valid) {
            parts.scheme = lower(scheme);
            rest.remove_prefix(colon + 1);
        }
    }
    if (starts_with(rest, "//")) {
        rest.remove_prefix(2);
        const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
        const std::string_view netloc = rest.substr(0, end);
        const std::size_t open = netloc.find('['), close = netloc.find(']');
        if ((open == netloc.npos) != (close == netloc.npos)) return std::nullopt;
        if (open != netloc.npos) {
            const std::size_t at = netloc.rfind('@');
            const std::string_view host = netloc.substr(at == netloc.npos ? 0 : at + 1);
            const std::size_t end_bracket = host.find(']');
            if (host.empty() || host[0] != '[' || end_bracket == host.npos) return std::nullopt;
            const std::string_view after = host.substr(end_bracket + 1);
            if (!after.empty() && after[0] != ':') return std::nullopt;
            const std::string_view inside = host.substr(1, end_bracket - 1);
            const bool future = !inside.empty() && (inside[0] | 0x20) == 'v';
            if (!future && !is_valid_ipv6_address(inside.substr(0, inside.find('%')))) return std::nullopt;
        }
        parts.netloc = netloc;
        rest.remove_prefix(end);
    }
    if (const std::size_t hash = rest.find('#'); hash != rest.npos) {
        parts.fragment = rest.substr(hash + 1);
        rest = rest.substr(0, hash);
    }
    if (const std::size_t mark = rest.find('?'); mark != rest.npos) {
        parts.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    parts.path = rest;
    return parts;
}

std::string SplitUrl::hostname() const {
    std::string_view host = netloc;
    if (const std::size_t at = host.rfind('@'); at != host.npos) host.remove_prefix(at + 1);
    if (const std::size_t open = host.find('['); open != host.npos) {
        host.remove_prefix(open + 1);
        host = host.substr(0, host.find(']'));
    } else {
        host = host.substr(0, host.find(':'));
    }
    return lower(host);
}

std::string SplitUrl::unsplit() const {
    std::string url = path;
    if (!netloc.empty() || starts_with(url, "//")) {
        if (!url.empty() && url[0] != '/') url.insert(0, "/");
        url.insert(0, "//" + netloc);
    }
    if (!scheme.empty()) url.insert(0, scheme + ":");
    if (!query.empty()) url += "?" + query;
    if (!fragment.empty()) url += "#" + fragment;
    return url;
}

std::string urljoin(std::string_view base, std::string_view url) {
    if (base.empty()) return std::string(url);
    if (url.empty()) return std::string(base);
    const auto from = urlsplit(base);
    auto to = urlsplit(url);
    if (!from || !to) return std::string(url);
    if (to->scheme.empty()) to->scheme = from->scheme;
    const std::string_view scheme = to->scheme;
    const bool is_relative =
        scheme.empty() || scheme == "http" || scheme == "https" || scheme == "ftp" || scheme == "file";
    if (scheme != from->scheme || !is_relative) return std::string(url);
    if (!to->netloc.empty()) return to->unsplit();
    to->netloc = from->netloc;
    if (to->path.empty()) {
        to->path = from->path;
        if (to->query.empty()) to->query = from->query;
        return to->unsplit();
    }
    const auto split = [](std::string_view path) {
        std::vector<std::string_view> parts;
        for (std::size_t start = 0;;) {
            const std::size_t slash = path.find('/', start);
            parts.push_back(path.substr(start, slash - start));
            if (slash == path.npos) return parts;
            start = slash + 1;
        }
    };
    std::vector<std::string_view> segments;
    if (to->path[0] == '/') {
        segments = split(to->path);
    } else {
        segments = split(from->path);
        if (!segments.back().empty()) segments.pop_back();
        for (std::string_view part : split(to->path)) segments.push_back(part);
        if (segments.size() > 2) {
            const auto last = std::remove_if(segments.begin() + 1, segments.end() - 1,
                                             [](std::string_view part) { return part.empty(); });
            segments.erase(last, segments.end() - 1);
        }
    }
    std::vector<std::string_view> resolved;
    for (std::string_view segment : segments) {
        if (segment == "..") {
            if (!resolved.empty()) resolved.pop_back();
        } else if (segment != ".") {
            resolved.push_back(segment);
        }
    }
    if (segments.back() == "." || segments.back() == "..") resolved.push_back({});
    std::string path;
    for (std::size_t i = 0; i < resolved.size(); ++i) path.append(i ? "/" : "").append(resolved[i]);
    to->path = path.empty() ? "/" : path;
    return to->unsplit();
}

}  // namespace nuages::utils
