// Text to markup and back. Escaping itself, which is hot, stands in html_escape.cpp.

#include <nuages/utils/html.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/detail/markup.hpp>
#include <nuages/utils/text.hpp>

#include <algorithm>

namespace nuages::utils {

namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr int kStripTagsDepthMax = 50;
constexpr std::size_t kLongTagLength = 1000;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The place behind the start tag at AT, with quoted attribute values; kNone when it is never closed.
std::size_t start_tag_end(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == '>') return i + 1;
        if (text[i] != '=') continue;
        std::size_t value = i + 1;
        while (value < text.size() && is_blank(text[value])) ++value;
        if (value < text.size() && (text[value] == '"' || text[value] == '\'')) {
            const std::size_t close = text.find(text[value], value + 1);
            if (close == kNone) return kNone;
            i = close;
        }
    }
    return kNone;
}

// The parser drops the ampersand of a reference that the end cuts after its first letter.
void append_last_text(std::string& out, std::string_view text) {
    const std::size_t size = text.size();
    if (size >= 2 && text[size - 2] == '&' && (is_letter(text[size - 1]) || text[size - 1] == '#')) {
        out.append(text.substr(0, size - 2)).append(text.substr(size - 1));
    } else {
        out += text;
    }
}

// One pass: the text between the markup.
std::string strip_once(std::string_view text) {
    std::string out;
    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t open = text.find('<', i);
        if (open == kNone) {
            append_last_text(out, text.substr(i));
            break;
        }
        out += text.substr(i, open - i);
        const std::size_t end = markup_end(text, open);
        if (end == kNone) {
            out += text.substr(open);
            break;
        }
        if (end == open) out += '<';
        i = std::max(end, open + 1);
    }
    return out;
}

// A tag of a thousand characters that is never closed and is full of openers would be read again for each of them.
void refuse_open_tags(std::string_view text) {
    for (std::size_t i = text.find('<'); i != kNone; i = text.find('<', i)) {
        if (i + 1 >= text.size() || !is_letter(text[i + 1])) {
            ++i;
            continue;
        }
        const std::size_t end = std::min(text.find('>', i), text.size());
        const auto run = text.substr(i, end - i);
        if (run.size() >= kLongTagLength + 2 && std::count(run.begin(), run.end(), '<') >= kStripTagsDepthMax) {
            throw SuspiciousOperation("strip_tags: too many nested incomplete tags");
        }
        i = end;
    }
}

void append_json_safe(std::string& out, std::string_view json) {
    for (char c : json) {
        switch (c) {
            case '<': out += "\\u003C"; break;
            case '>': out += "\\u003E"; break;
            case '&': out += "\\u0026"; break;
            default: out += c;
        }
    }
}

}  // namespace

std::size_t markup_end(std::string_view text, std::size_t at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (is_letter(next)) return start_tag_end(text, at);
    auto past = [&](std::string_view closer, std::size_t from) {
        const std::size_t found = text.find(closer, from);
        return found == kNone ? kNone : found + closer.size();
    };
    if (next == '/') {
        if (at + 2 < text.size() && text[at + 2] == '>') return at + 3;
        return past(">", at + 2);
    }
    if (text.compare(at, 4, "<!--") == 0) {
        if (text.compare(at + 4, 1, ">") == 0) return at + 5;
        if (text.compare(at + 4, 2, "->") == 0) return at + 6;
        const std::size_t plain = past("-->", at + 4), bang = past("--!>", at + 4);
        return std::min(plain, bang);
    }
    if (next == '!' || next == '?') return past(">", at + 2);
    return at;
}

std::string escapejs(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    constexpr std::string_view special = "\\'\"><&=-;`";
    std::string out;
    out.reserve(text.size() + text.size() / 4);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || special.find(text[i]) != kNone) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else if (byte == 0x7f || (byte == 0xc2 && i + 1 < text.size() && (text[i + 1] & 0xe0) == 0x80)) {
            const auto control = byte == 0x7f ? byte : static_cast<unsigned char>(text[++i]);
            out.append({'\\', 'u', '0', '0', digits[control >> 4], digits[control & 15]});
        } else if (text.compare(i, 3, "\xe2\x80\xa8") == 0 || text.compare(i, 3, "\xe2\x80\xa9") == 0) {
            out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string json_script(std::string_view json, std::string_view element_id) {
    std::string out = "<script";
    if (!element_id.empty()) {
        out += " id=\"";
        append_escaped(out, element_id);
        out += '"';
    }
    out += " type=\"application/json\">";
    append_json_safe(out, json);
    out += "</script>";
    return out;
}

std::string strip_tags(std::string_view text) {
    refuse_open_tags(text);
    std::string value(text);
    for (int depth = 0; value.find('<') != kNone && value.find('>') != kNone; ++depth) {
        if (depth >= kStripTagsDepthMax) throw SuspiciousOperation("strip_tags: nested more than fifty deep");
        std::string stripped = strip_once(value);
        if (std::count(value.begin(), value.end(), '<') == std::count(stripped.begin(), stripped.end(), '<')) break;
        value = std::move(stripped);
    }
    return value;
}

std::string strip_spaces_between_tags(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        out += text[i];
        if (text[i++] != '>') continue;
        std::size_t end = i;
        while (end < text.size() && is_blank(text[end])) ++end;
        if (end < text.size() && text[end] == '<') i = end;
    }
    return out;
}

std::string linebreaks(std::string_view text, bool autoescape) {
    const std::string normal = normalize_newlines(text);
    std::string out;
    for (std::size_t begin = 0;;) {
        const std::size_t end = std::min(normal.find("\n\n", begin), normal.size());
        out += "<p>";
        for (std::size_t line = begin;;) {
            const std::size_t stop = std::min(normal.find('\n', line), end);
            const auto part = std::string_view(normal).substr(line, stop - line);
            if (autoescape) {
                append_escaped(out, part);
            } else {
                out += part;
            }
            if (stop >= end) break;
            out += "<br>";
            line = stop + 1;
        }
        out += "</p>";
        if (end == normal.size()) break;
        begin = std::min(normal.find_first_not_of('\n', end), normal.size());
        out += "\n\n";
    }
    return out;
}

std::string avoid_wrapping(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == ' ') {
            out += "\xc2\xa0";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace nuages::utils
