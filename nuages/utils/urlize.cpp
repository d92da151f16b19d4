// Addresses in plain text become links (django.utils.html.Urlizer). Every step is linear in the word it looks at.
#include <nuages/utils/html.hpp>

#include <nuages/utils/detail/markup.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/regex.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>

namespace nuages::utils {
namespace {

constexpr std::string_view kReserved = ":/?#[]@!$&'()*+,;=~";
constexpr std::string_view kOpenings = "([";
constexpr std::string_view kTrailing = ".,:;!";
constexpr std::string_view kTrailingButSemicolon = ".,:!";
constexpr std::size_t kMailDomainMax = 63;

const Regex& address_with_scheme() {
    static const Regex form("^https?://\\[?\\w", Regex::kIgnoreCase);
    return form;
}

// "www." and anything, or a domain name under one of the oldest top-level domains.
const Regex& address_without_scheme() {
    static const Regex form(
        "^www\\.|^(?!http)(?:[a-z\\x{a1}-\\x{ffff}0-9](?:[a-z\\x{a1}-\\x{ffff}0-9-]{0,61}[a-z\\x{a1}-\\x{ffff}0-9])?)"
        "(?:\\.(?!-)[a-z\\x{a1}-\\x{ffff}0-9-]{1,63}(?<!-))*"
        "\\.(com|edu|gov|int|mil|net|org)($|/.*)$",
        Regex::kIgnoreCase);
    return form;
}

std::string requoted(std::string_view segment) { return quote(unquote(segment), kReserved); }

std::string requoted_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t start = 0; start <= query.size();) {
        const std::size_t end = std::min(query.find('&', start), query.size());
        const std::string_view pair = query.substr(start, end - start);
        start = end + 1;
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
        pairs.emplace_back(unquote(unquote_plus(pair.substr(0, equals))), unquote(unquote_plus(value)));
    }
    return urlencode(pairs);
}

bool looks_like_mail(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == text.npos || at == 0 || at + 1 == text.size() || text.find('@', at + 1) != text.npos) return false;
    const std::string_view domain = text.substr(at + 1);
    const bool is_name = std::all_of(domain.begin(), domain.end(), [](char c) {
        const char lower = static_cast<char>(c | 0x20);
        return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || (c & 0x80) != 0;
    });
    return is_name && utf8_length(domain) <= kMailDomainMax && domain.find('.') != domain.npos && domain[0] != '.';
}

bool is_separator(char32_t c) { return c == '<' || c == '>' || c == '"' || c == '\'' || is_space(c); }

std::string_view rstrip(std::string_view text, std::string_view characters) {
    const std::size_t last = text.find_last_not_of(characters);
    return text.substr(0, last == text.npos ? 0 : last + 1);
}

struct Trimmed {
    std::string_view lead, middle, trail;
};

// Punctuation around an address is no part of it: brackets that were opened before it, and what ends a sentence.
Trimmed trim_punctuation(std::string_view word) {
    const std::size_t first = std::min(word.find_first_not_of(kOpenings), word.size());
    std::string_view middle = word.substr(first);
    std::ptrdiff_t surplus[2];  // closing brackets without an opening one
    constexpr std::string_view kPairs[2] = {"()", "[]"};
    for (int i = 0; i < 2; ++i)
        surplus[i] = std::count(middle.begin(), middle.end(), kPairs[i][1]) -
                     std::count(middle.begin(), middle.end(), kPairs[i][0]);
    for (bool trimmed = true; trimmed && !middle.empty();) {
        trimmed = false;
        for (int i = 0; i < 2; ++i) {
            if (surplus[i] <= 0 || middle.empty() || middle.back() != kPairs[i][1]) continue;
            middle.remove_suffix(std::min(static_cast<std::size_t>(surplus[i]), middle.size()));
            surplus[i] = 0;
            trimmed = true;
        }
        const std::size_t ampersand = middle.rfind('&');
        const bool has_ampersand = ampersand != middle.npos;
        const std::string_view stripped = rstrip(middle, has_ampersand ? kTrailingButSemicolon : kTrailing);
        trimmed = trimmed || stripped.size() != middle.size();
        middle = stripped;
        if (middle.empty() || middle.back() != ';') continue;
        // A semicolon may end a character reference.
        const std::string_view reference = has_ampersand ? middle.substr(ampersand) : middle.substr(middle.size() - 1);
        const std::string resolved = unescape(reference);
        if (resolved != reference && resolved.back() != ';') continue;
        const std::string_view without = rstrip(middle, ";");
        const bool leave_one = has_ampersand && middle.size() - without.size() > 1;
        middle = middle.substr(0, without.size() + leave_one);
        trimmed = true;
    }
    return {word.substr(0, first), middle, word.substr(first + middle.size())};
}

std::string address_of(std::string_view text, const UrlizeOptions& options, bool& is_mail) {
    const bool short_enough = utf8_length(text) <= kUrlLengthMax;
    if (short_enough && address_with_scheme().search(text)) return smart_urlquote(unescape(text));
    if (short_enough && address_without_scheme().search(text))
        return smart_urlquote(std::string(options.assumed_scheme) + "://" + unescape(text));
    if (text.find(':') != text.npos || !looks_like_mail(text)) return {};
    is_mail = true;
    const std::size_t at = text.find('@');
    return "mailto:" + quote(text.substr(0, at), "") + "@" + quote(text.substr(at + 1), "");
}

void append_limited(std::string& out, std::string_view text, std::size_t limit) {
    if (utf8_length(text) <= limit) {
        out += text;
        return;
    }
    std::size_t end = 0;
    for (std::size_t i = 1; i < limit; ++i) end += utf8_step(text, end).size;
    out.append(text.substr(0, end)).append("\xe2\x80\xa6");
}

void append_word(std::string& out, std::string_view word, const UrlizeOptions& options) {
    const bool escapes = options.autoescape && !options.safe_input;
    const auto append = [&](std::string_view text) {
        if (escapes) {
            append_escaped(out, text);
        } else {
            out += text;
        }
    };
    if (word.find_first_of(".@:") == word.npos) return append(word);
    const Trimmed parts = trim_punctuation(word);
    bool is_mail = false;
    const std::string address = address_of(parts.middle, options, is_mail);
    if (address.empty()) return append(word);
    std::string shown;
    append_limited(shown, parts.middle, options.trim_url_limit);
    append(parts.lead);
    out += "<a href=\"";
    append_escaped(out, address);
    out += options.nofollow && !is_mail ? "\" rel=\"nofollow\">" : "\">";
    append(shown);
    out += "</a>";
    append(parts.trail);
}

}  // namespace

std::string smart_urlquote(std::string_view url) {
    auto parts = urlsplit(url);
    if (!parts) return requoted(url);
    parts->netloc = requoted(parts->netloc);
    if (!parts->query.empty()) parts->query = requoted_query(parts->query);
    parts->path = requoted(parts->path);
    parts->fragment = requoted(parts->fragment);
    return parts->unsplit();
}

// Not by a regular expression: PCRE2 reads the whole rest before each search, to see that it is UTF-8.
std::string urlize(std::string_view text, const UrlizeOptions& options) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const bool separates = is_separator(utf8_step(text, at).code_point);
        while (at < text.size()) {
            const auto step = utf8_step(text, at);
            if (is_separator(step.code_point) != separates) break;
            at += step.size;
        }
        append_word(out, text.substr(begin, at - begin), options);
    }
    return out;
}

}  // namespace nuages::utils
