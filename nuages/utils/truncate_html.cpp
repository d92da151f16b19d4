// Cutting HTML after a number of characters or words of its text (django.utils.text.Truncator with html=True).
#include <nuages/utils/text.hpp>

#include <nuages/utils/detail/markup.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <cstdint>

namespace nuages::utils {
namespace {

constexpr std::string_view kTextPlaceholder = "%(truncated_text)s";
// A character reference is not longer than this: one that the end may have cut is not read.
constexpr std::size_t kReferenceMax = 34;

bool is_void_element(std::string_view name) {
    constexpr std::string_view kNames[] = {"area", "base", "br",    "col",    "embed", "hr",  "img",   "input",
                                           "link", "meta", "param", "source", "track", "wbr", "frame", "spacer"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What the ending leaves of the allowed length.
std::int64_t length_before_ending(std::int64_t length, std::string_view ending) {
    for (char32_t c : to_utf32(with_truncation_ending({}, ending))) {
        if (is_combining(c)) continue;
        if (--length == 0) break;
    }
    return length;
}

class Cutter {
public:
    Cutter(std::string_view html, std::int64_t length, std::string_view ending, bool counts_words)
        : html_(html),
          length_(length),
          ending_(ending),
          counts_words_(counts_words),
          remaining_(counts_words ? length : length_before_ending(length, ending)) {}

    std::string run() {
        for (std::size_t at = 0; at < html_.size() && !complete_;) {
            const std::size_t open = html_.find('<', at);
            if (open == html_.npos) {
                last_data(at);
                break;
            }
            if (open > at) data(html_.substr(at, open - at));
            if (complete_) break;
            at = markup(open);
        }
        if (complete_) {
            for (auto name = open_.rbegin(); name != open_.rend(); ++name) out_ += "</" + *name + ">";
        }
        return std::move(out_);
    }

private:
    // The text after the last tag. A reference that may go on is kept back by the parser, and lost at its reset.
    void last_data(std::size_t at) {
        const std::size_t n = html_.size();
        const std::size_t from = std::max(at, n > kReferenceMax ? n - kReferenceMax : 0);
        const std::size_t ampersand = html_.rfind('&');
        if (ampersand != html_.npos && ampersand >= from &&
            html_.find_first_of(" \t\n\r\f\v;", ampersand) == html_.npos)
            return;
        data(html_.substr(at));
    }

    // Handles what begins with '<' and returns the place behind it.
    std::size_t markup(std::size_t at) {
        const std::size_t end = markup_end(html_, at);
        if (end == html_.npos) return html_.size();
        if (end == at) {
            data("<");
            return at + 1;
        }
        const std::string_view tag = html_.substr(at, end - at);
        if (tag[1] == '/') {
            end_tag(name_of(tag.substr(2)));
        } else if (tag[1] != '!' && tag[1] != '?') {
            const std::string name = name_of(tag.substr(1));
            out_ += tag;
            if (!is_void_element(name)) open_.push_back(name);
            const bool closes_itself = tag.size() > 2 && tag[tag.size() - 2] == '/';
            if (closes_itself) end_tag(name);
        }
        return end;
    }

    static std::string name_of(std::string_view tag) {
        std::size_t size = 0;
        while (size < tag.size() && !is_blank(tag[size]) && tag[size] != '/' && tag[size] != '>') ++size;
        return to_lower(tag.substr(0, size));
    }

    void end_tag(const std::string& name) {
        if (name.empty() || is_void_element(name)) return;
        out_ += "</" + name + ">";
        if (!open_.empty() && open_.back() == name) open_.pop_back();
    }

    void data(std::string_view raw) {
        const std::string text = unescape(raw);
        if (counts_words_) {
            words(text);
        } else {
            characters(text);
        }
    }

    void characters(const std::string& text) {
        const auto size = static_cast<std::int64_t>(utf8_length(text));
        processed_ += size;
        if (processed_ == length_ && utf8_length(out_) + static_cast<std::size_t>(size) == utf8_length(html_)) {
            out_ += text;
            complete_ = true;
            return;
        }
        if (size > remaining_) {
            std::size_t end = 0;
            for (std::int64_t i = 0; i < remaining_; ++i) end += utf8_step(text, end).size;
            return cut(escape(std::string_view(text).substr(0, end)));
        }
        remaining_ -= size;
        append_escaped(out_, text);
    }

    // Words are split where white space has something on both sides; that at the ends stays part of a word.
    void words(const std::string& text) {
        const std::u32string letters = to_utf32(text);
        std::vector<std::u32string> parts(1);
        for (std::size_t i = 0; i < letters.size();) {
            std::size_t end = i;
            while (end < letters.size() && is_space(letters[end])) ++end;
            if (end > i && i > 0 && end < letters.size()) {
                parts.emplace_back();
                i = end;
                continue;
            }
            if (end == i) ++end;
            parts.back().append(letters, i, end - i);
            i = end;
        }
        std::string kept;
        for (std::size_t i = 0; i < parts.size() && static_cast<std::int64_t>(i) < remaining_; ++i) {
            if (i > 0) kept += ' ';
            kept += to_utf8(parts[i]);
        }
        if (static_cast<std::int64_t>(parts.size()) > remaining_) return cut(escape(kept));
        remaining_ -= static_cast<std::int64_t>(parts.size());
        append_escaped(out_, kept);
    }

    void cut(const std::string& kept) {
        out_ += with_truncation_ending(kept, ending_);
        complete_ = true;
    }

    std::string_view html_;
    std::int64_t length_;
    std::string_view ending_;
    bool counts_words_;
    std::int64_t remaining_;
    std::int64_t processed_ = 0;
    bool complete_ = false;
    std::string out_;
    std::vector<std::string> open_;
};

}  // namespace

std::string with_truncation_ending(std::string_view text, std::string_view ending) {
    const std::size_t placeholder = ending.find(kTextPlaceholder);
    if (placeholder == ending.npos) {
        const bool has_it = text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
        return std::string(text).append(has_it ? std::string_view{} : ending);
    }
    std::string out(ending.substr(0, placeholder));
    return out.append(text).append(ending.substr(placeholder + kTextPlaceholder.size()));
}

std::string truncate_html_chars(std::string_view html, std::int64_t length, std::string_view ending) {
    if (length <= 0) return {};
    const std::string normal = normalize_nfc(html);
    return Cutter(normal, length, ending, false).run();
}

std::string truncate_html_words(std::string_view html, std::int64_t length, std::string_view ending) {
    if (length <= 0) return {};
    return Cutter(html, length, ending, true).run();
}

}  // namespace nuages::utils
