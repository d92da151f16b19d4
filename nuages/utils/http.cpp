#include <nuages/utils/http.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>

namespace nuages::utils {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view strip(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return out;
}

std::string repr(std::string_view text) {
    std::string out;
    Value::borrow(text).append_repr(out);
    return out;
}

// Matches `pattern` against a whole date: 'a' a letter, 'd' a digit, 's' a digit or a space, others themselves.
bool has_shape(std::string_view text, std::string_view pattern) {
    if (text.size() != pattern.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        const bool fits = pattern[i] == 'a'   ? letter || digit || c == '_'
                          : pattern[i] == 'd' ? digit
                          : pattern[i] == 's' ? digit || c == ' '
                                              : c == pattern[i];
        if (!fits) return false;
    }
    return true;
}

int number(std::string_view text) {
    int n = 0;
    for (char c : text)
        if (c != ' ') n = n * 10 + (c - '0');
    return n;
}

struct DateParts {
    std::string_view day, month, year, time;
};

std::optional<DateParts> split_http_date(std::string_view text) {
    if (has_shape(text, "aaa, dd aaa dddd dd:dd:dd GMT"))
        return DateParts{text.substr(5, 2), text.substr(8, 3), text.substr(12, 4), text.substr(17, 8)};
    if (has_shape(text, "aaa aaa sd dd:dd:dd dddd"))
        return DateParts{text.substr(8, 2), text.substr(4, 3), text.substr(20, 4), text.substr(11, 8)};
    const std::size_t comma = text.find(',');
    if (comma != text.npos && comma >= 6 && comma <= 9) {
        const std::string weekday(comma, 'a');
        if (has_shape(text, weekday + ", dd-aaa-dd dd:dd:dd GMT")) {
            const std::string_view rest = text.substr(comma + 2);
            return DateParts{rest.substr(0, 2), rest.substr(3, 3), rest.substr(7, 2), rest.substr(10, 8)};
        }
    }
    return std::nullopt;
}

// Nothing for what has the shape of a date and is none: 31 February.
std::optional<DateTime> date_of(const DateParts& parts) {
    int year = number(parts.year);
    if (year < 100) {
        const int current_year = timezone::today().year();
        const int century = current_year - current_year % 100;
        year += year - current_year % 100 > 50 ? century - 100 : century;
    }
    constexpr std::string_view kMonths = "jan feb mar apr may jun jul aug sep oct nov dec ";
    const std::size_t month = kMonths.find(lower(parts.month) + " ");
    const auto day =
        month % 4 == 0 ? Date::checked(year, static_cast<int>(month / 4) + 1, number(parts.day)) : std::nullopt;
    const auto time = Time::parse(parts.time);
    if (!day || !time) return std::nullopt;
    return DateTime::combine(*day, *time);
}

std::string decode_parameter(std::string_view encoding, std::string_view value) {
    const std::string name = lower(encoding);
    if (name == "iso-8859-1" || name == "latin-1" || name == "latin1") return latin1_to_utf8(unquote_bytes(value));
    return unquote(value);
}

// Whether the name may be that of a character set: what is not UTF-8 or ISO 8859-1 is read as if it were UTF-8.
bool is_known_encoding(std::string_view encoding) {
    const std::string name = lower(encoding);
    for (std::string_view known : {"utf-8", "utf8", "u8", "us-ascii", "ascii", "646", "latin-1", "latin1", "l1", "big5", "gb2312",
                                   "gbk", "gb18030", "hz", "koi8-r", "koi8-u", "shift_jis", "sjis", "tis-620"})
        if (name == known) return true;
    for (std::string_view family : {"iso-8859-", "iso8859-", "iso_8859-", "windows-125", "cp125", "utf-16", "utf-32", "iso-2022-", "euc"})
        if (name.starts_with(family)) return true;
    return false;
}

// One "name=value" of a header.
void add_parameter(HeaderParameters& out, std::string_view part) {
    const std::size_t equals = part.find('=');
    if (equals == part.npos) return;
    std::string name = lower(strip(part.substr(0, equals)));
    std::string value(strip(part.substr(equals + 1)));
    const bool has_encoding = !name.empty() && name.back() == '*' && std::count(part.begin(), part.end(), '\'') == 2;
    if (!name.empty() && name.back() == '*') name.pop_back();
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        std::string unescaped;
        for (std::size_t i = 1; i + 1 < value.size(); ++i) {
            if (value[i] == '\\' && i + 2 < value.size() && (value[i + 1] == '\\' || value[i + 1] == '"')) ++i;
            unescaped += value[i];
        }
        value = std::move(unescaped);
    }
    if (has_encoding) {
        const std::size_t first = value.find('\''), second = value.find('\'', first + 1);
        if (second != value.npos) {
            const std::string encoding = value.substr(0, first);
            value.erase(0, second + 1);
            if (value.find('%') != value.npos && !is_known_encoding(encoding)) out.has_unknown_encoding = true;
            value = decode_parameter(encoding, value);
        }
    }
    for (auto& [known, known_value] : out.parameters) {
        if (known == name) {
            known_value = std::move(value);
            return;
        }
    }
    out.parameters.emplace_back(std::move(name), std::move(value));
}

bool is_allowed_target(std::string_view url, const std::vector<std::string_view>& allowed_hosts, bool require_https) {
    if (url.substr(0, 3) == "///" || utf8_length(url) > kUrlLengthMax) return false;
    const auto parts = urlsplit(url);
    if (!parts || (parts->netloc.empty() && !parts->scheme.empty())) return false;
    if (is_control_category(utf8_step(url, 0).code_point)) return false;
    std::string_view scheme = parts->scheme;
    if (scheme.empty() && !parts->netloc.empty()) scheme = "http";
    const bool host_allowed = parts->netloc.empty() || std::find(allowed_hosts.begin(), allowed_hosts.end(),
                                                                 parts->netloc) != allowed_hosts.end();
    const bool scheme_allowed = scheme.empty() || scheme == "https" || (scheme == "http" && !require_https);
    return host_allowed && scheme_allowed;
}

}  // namespace

std::string urlencode(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += '&';
        append_quoted_plus(out, name);
        out += '=';
        append_quoted_plus(out, value);
    }
    return out;
}

DateTime parse_http_date(std::string_view text) {
    const auto parts = split_http_date(text);
    if (!parts) throw Error(repr(text) + " is not in a valid HTTP date format");
    const auto date = date_of(*parts);
    if (!date) throw Error(repr(text) + " is not a valid date");
    return *date;
}

std::optional<DateTime> parse_http_date_safe(std::string_view text) {
    const auto parts = split_http_date(text);
    return parts ? date_of(*parts) : std::nullopt;
}

const std::string* HeaderParameters::find(std::string_view name) const {
    for (const auto& [known, value_of] : parameters)
        if (known == name) return &value_of;
    return nullptr;
}

HeaderParameters parse_header_parameters(std::string_view line, std::size_t length_max) {
    if (line.size() > length_max) throw Error("Unable to parse header parameters (value too long).");
    HeaderParameters out;
    bool first = true, in_quotes = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= line.size(); ++i) {
        if (i < line.size()) {
            if (line[i] == '"' && (i == start || line[i - 1] != '\\')) in_quotes = !in_quotes;
            if (line[i] != ';' || in_quotes) continue;
        }
        const std::string_view part = strip(line.substr(start, i - start));
        if (first) {
            out.value = lower(part);
        } else {
            add_parameter(out, part);
        }
        first = false;
        start = i + 1;
    }
    return out;
}

std::optional<std::string> content_disposition_header(bool as_attachment, std::string_view filename) {
    if (filename.empty()) return as_attachment ? std::optional<std::string>("attachment") : std::nullopt;
    std::string out = as_attachment ? "attachment; filename" : "inline; filename";
    const bool quotable =
        std::all_of(filename.begin(), filename.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
    if (!quotable) return out + "*=utf-8''" + quote(filename);
    out += "=\"";
    for (char c : filename) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::vector<std::string> parse_etags(std::string_view text) {
    if (strip(text) == "*") return {"*"};
    std::vector<std::string> etags;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        const std::string_view etag = strip(text.substr(start, comma - start));
        const std::string_view opaque = etag.substr(etag.substr(0, 2) == "W/" ? 2 : 0);
        const bool valid = opaque.size() >= 2 && opaque.front() == '"' && opaque.find('"', 1) == opaque.size() - 1;
        if (valid) etags.emplace_back(etag);
        start = comma + 1;
    }
    return etags;
}

std::string quote_etag(std::string_view etag) {
    const std::string_view opaque = etag.substr(etag.substr(0, 2) == "W/" ? 2 : 0);
    const bool quoted = opaque.size() >= 2 && opaque.front() == '"' && opaque.find('"', 1) == opaque.size() - 1;
    return quoted ? std::string(etag) : '"' + std::string(etag) + '"';
}

bool is_same_domain(std::string_view host, std::string_view pattern) {
    if (pattern.empty()) return false;
    const std::string wanted = lower(pattern);
    if (wanted == host) return true;
    if (wanted[0] != '.') return false;
    return host == std::string_view(wanted).substr(1) ||
           (host.size() >= wanted.size() && host.substr(host.size() - wanted.size()) == wanted);
}

bool url_has_allowed_host_and_scheme(std::string_view url, const std::vector<std::string_view>& allowed_hosts,
                                     bool require_https) {
    url = strip_unicode(url);
    if (url.empty()) return false;
    // Browsers take '\' for '/' in paths, but it could be part of credentials: both readings must be harmless.
    std::string slashed(url);
    std::replace(slashed.begin(), slashed.end(), '\\', '/');
    return is_allowed_target(url, allowed_hosts, require_https) &&
           is_allowed_target(slashed, allowed_hosts, require_https);
}

std::string escape_leading_slashes(std::string_view url) {
    if (url.substr(0, 2) != "//") return std::string(url);
    return "/%2F" + std::string(url.substr(2));
}

std::string int_to_base36(std::uint64_t number) {
    std::string out;
    do {
        out.insert(out.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
        number /= 36;
    } while (number != 0);
    return out;
}

std::int64_t base36_to_int(std::string_view text) {
    constexpr std::size_t kDigitsMax = 13;
    if (text.size() > kDigitsMax) throw Error("Base36 input too large");
    std::string_view digits = strip(text);
    const bool negative = !digits.empty() && digits[0] == '-';
    if (negative || (!digits.empty() && digits[0] == '+')) digits.remove_prefix(1);
    const auto fail = [&] { return Error("invalid literal for int() with base 36: " + repr(text)); };
    if (digits.empty()) throw fail();
    std::int64_t number = 0;
    for (char c : digits) {
        const char l = static_cast<char>(c | 0x20);
        const int digit = c >= '0' && c <= '9' ? c - '0' : l >= 'a' && l <= 'z' ? l - 'a' + 10 : -1;
        if (digit < 0) throw fail();
        if (__builtin_mul_overflow(number, 36, &number) || __builtin_add_overflow(number, digit, &number))
            throw Error("Base36 input too large");
    }
    return negative ? -number : number;
}

}  // namespace nuages::utils
