#include <nuages/utils/text.hpp>

#include <nuages/base/error.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>

#include <string_view>
#include <vector>

namespace nuages::utils {

namespace {

constexpr bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The characters Python's str.splitlines() breaks at.
bool breaks_line(char32_t c) {
    return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        if (!breaks_line(step.code_point)) {
            i += step.size;
            continue;
        }
        lines.push_back(text.substr(begin, i - begin));
        i += text.compare(i, 2, "\r\n") == 0 ? 2 : step.size;
        begin = i;
    }
    if (begin < text.size()) lines.push_back(text.substr(begin));
    return lines;
}

// Tabs as spaces up to the next multiple of eight characters.
std::string expand_tabs(std::string_view line) {
    std::string text;
    std::size_t column = 0;
    for (char c : line) {
        if (c == '\t') {
            const std::size_t spaces = 8 - column % 8;
            text.append(spaces, ' ');
            column += spaces;
        } else {
            text += c;
            column += (c & 0xc0) != 0x80;
        }
    }
    return text;
}

// Alternating words and runs of white space.
std::vector<std::string_view> chunks_of(std::string_view line) {
    std::vector<std::string_view> chunks;
    for (std::size_t i = 0; i < line.size();) {
        const std::size_t begin = i;
        const bool space = is_ascii_space(line[i]);
        while (i < line.size() && is_ascii_space(line[i]) == space) ++i;
        chunks.push_back(line.substr(begin, i - begin));
    }
    return chunks;
}

void wrap_line(std::string_view line, std::size_t width, std::vector<std::string>& lines) {
    const std::string expanded = expand_tabs(line);
    const auto chunks = chunks_of(expanded);
    const std::size_t first = lines.size();
    for (std::size_t i = 0; i < chunks.size();) {
        if (is_ascii_space(chunks[i][0]) && lines.size() > first) ++i;
        std::size_t length = 0;
        const std::size_t begin = i;
        while (i < chunks.size() && length + utf8_length(chunks[i]) <= width) length += utf8_length(chunks[i++]);
        if (i < chunks.size() && i == begin) ++i;  // a word that no line can hold
        std::size_t end = i;
        if (end > begin && is_ascii_space(chunks[end - 1][0])) --end;
        if (end > begin) {
            lines.emplace_back(chunks[begin].data(), chunks[end - 1].data() + chunks[end - 1].size());
        }
    }
    if (lines.size() == first) lines.emplace_back(line);
}

// Characters of ENDING that are not combining marks.
std::int64_t visible_length(std::string_view text) {
    std::int64_t length = 0;
    for (std::size_t i = 0; i < text.size();) {
        const Utf8Step step = utf8_step(text, i);
        length += !is_combining(step.code_point);
        i += step.size;
    }
    return length;
}

}  // namespace

std::string normalize_newlines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            out += text[i];
        } else if (i + 1 >= text.size() || text[i + 1] != '\n') {
            out += '\n';
        }
    }
    return out;
}

std::string slugify(std::string_view text, bool allow_unicode) {
    const std::string normal = allow_unicode ? to_lower(normalize_nfkc(text)) : normalize_nfkd(text);
    std::string slug;
    bool gap = false;
    for (std::size_t i = 0; i < normal.size();) {
        const Utf8Step step = utf8_step(normal, i);
        const char32_t c = step.code_point;
        if (c >= 0x80 && !allow_unicode) {
            i += step.size;
            continue;
        }
        if (c == '-' || is_space(c)) {
            gap = true;
        } else if (is_word(c)) {
            if (gap) slug += '-';
            gap = false;
            for (std::size_t k = 0; k < step.size; ++k) {
                const char byte = normal[i + k];
                slug += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
            }
        }
        i += step.size;
    }
    const std::size_t begin = slug.find_first_not_of("-_");
    if (begin == slug.npos) return {};
    return slug.substr(begin, slug.find_last_not_of("-_") + 1 - begin);
}

std::string wrap(std::string_view text, int width) {
    if (width <= 0 && !text.empty()) throw Error("invalid width " + std::to_string(width) + " (must be > 0)");
    std::vector<std::string> lines;
    for (std::string_view line : split_lines(text)) wrap_line(line, static_cast<std::size_t>(width), lines);
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) out += '\n';
        out += lines[i];
    }
    if (text.ends_with('\n')) out += '\n';
    return out;
}

std::string truncate_chars(std::string_view text, std::int64_t length, std::string_view ending) {
    if (length <= 0) return {};
    if (static_cast<std::uint64_t>(length) >= text.size()) {
        bool ascii = true;
        for (char c : text) ascii = ascii && !(c & 0x80);
        if (ascii) return std::string(text);
    }
    const std::string normal = normalize_nfc(text);
    const std::int64_t kept = std::max<std::int64_t>(0, length - visible_length(with_truncation_ending({}, ending)));
    std::int64_t count = 0;
    std::size_t cut = normal.size();
    for (std::size_t i = 0; i < normal.size();) {
        const Utf8Step step = utf8_step(normal, i);
        if (!is_combining(step.code_point)) {
            ++count;
            if (count > kept && cut == normal.size()) cut = i;
            if (count > length) {
                std::string out = normal.substr(0, cut);
                return with_truncation_ending(out, ending);
            }
        }
        i += step.size;
    }
    return normal;
}

std::string truncate_words(std::string_view text, std::int64_t length, std::string_view ending) {
    std::string out;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < text.size() && length > 0;) {
        const std::size_t begin = i;
        while (i < text.size() && !is_space(utf8_step(text, i).code_point)) i += utf8_step(text, i).size;
        if (i > begin) {
            if (count == length) {
                return with_truncation_ending(out, ending);
            }
            if (count++ > 0) out += ' ';
            out += text.substr(begin, i - begin);
        }
        if (i < text.size()) i += utf8_step(text, i).size;
    }
    return out;
}

}  // namespace nuages::utils
