#include <nuages/templates/detail/lexer.hpp>

#include <algorithm>
#include <cstring>

namespace nuages::templates {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Finds the end of a tag on its line. Remembers per kind how far it is known that there is none, so that a line full of
// openers is not read again for each.
class TagEnds {
public:
    explicit TagEnds(std::string_view source) : source_(source) {}

    // The offset past the closer of the tag that opens at BEGIN, or kNone.
    std::size_t find(std::size_t begin, char kind) {
        const char closer[2] = {kind == '{' ? '}' : kind, '}'};
        std::size_t& barren_until = barren_until_[kind == '{' ? 0 : kind == '%' ? 1 : 2];
        if (begin < barren_until) return kNone;
        const std::size_t from = begin + 2;
        if (from >= line_end_ || begin < line_begin_) {
            line_begin_ = begin;
            line_end_ = std::min(source_.find('\n', from), source_.size());
        }
        std::size_t at = source_.substr(0, line_end_).find(std::string_view(closer, 2), from);
        if (at == kNone) {
            barren_until = line_end_;
            return kNone;
        }
        return at + 2;
    }

private:
    std::string_view source_;
    std::size_t line_begin_ = 0;
    std::size_t line_end_ = 0;
    std::size_t barren_until_[3] = {};
};

class Lexer {
public:
    explicit Lexer(std::string_view source) : source_(source), ends_(source) {}

    std::vector<Token> run() {
        std::size_t text_begin = 0, at = 0;
        while ((at = source_.find('{', at)) != kNone && at + 1 < source_.size()) {
            const char kind = source_[at + 1];
            const std::size_t end = kind == '{' || kind == '%' || kind == '#' ? ends_.find(at, kind) : kNone;
            if (end == kNone || !begins_token(at, end, kind)) {
                at = end == kNone ? at + 1 : end;
                continue;
            }
            add(TokenKind::text, text_begin, at, source_.substr(text_begin, at - text_begin));
            const std::string_view inside = trimmed(source_.substr(at + 2, end - at - 4));
            add(kind == '{'   ? TokenKind::variable
                : kind == '%' ? TokenKind::block
                              : TokenKind::comment,
                at, end, inside);
            text_begin = at = end;
        }
        add(TokenKind::text, text_begin, source_.size(), source_.substr(text_begin));
        return std::move(tokens_);
    }

private:
    // False inside {% verbatim %}: the whole tag is text there.
    bool begins_token(std::size_t begin, std::size_t end, char kind) {
        if (kind != '%') return verbatim_end_.empty();
        const std::string_view inside = trimmed(source_.substr(begin + 2, end - begin - 4));
        if (!verbatim_end_.empty()) {
            if (inside != verbatim_end_) return false;
            verbatim_end_.clear();
        } else if (inside.substr(0, 9) == "verbatim" || inside.substr(0, 9) == "verbatim ") {
            verbatim_end_.assign("end").append(inside);
        }
        return true;
    }

    void add(TokenKind kind, std::size_t begin, std::size_t end, std::string_view contents) {
        if (begin == end) return;
        tokens_.push_back({kind, contents, line_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
        if (kind == TokenKind::text) {
            line_ += static_cast<int>(std::count(contents.begin(), contents.end(), '\n'));
        }
    }

    std::string_view source_;
    TagEnds ends_;
    std::string verbatim_end_;
    std::vector<Token> tokens_;
    int line_ = 1;
};

// The end of the quoted string that opens at FROM, or kNone.
std::size_t quoted_end(std::string_view text, std::size_t from) {
    const char quote = text[from];
    for (std::size_t i = from + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            return i + 1;
        }
    }
    return kNone;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

std::vector<std::string> smart_split(std::string_view text) {
    std::vector<std::string> words;
    std::size_t i = 0;
    while (i < text.size()) {
        if (is_space(text[i])) {
            ++i;
            continue;
        }
        const std::size_t begin = i;
        while (i < text.size() && !is_space(text[i])) {
            const bool quote = text[i] == '"' || text[i] == '\'';
            const std::size_t end = quote ? quoted_end(text, i) : kNone;
            i = end == kNone ? i + 1 : end;
        }
        words.emplace_back(text.substr(begin, i - begin));
    }
    return words;
}

std::vector<std::string> Token::split() const {
    std::vector<std::string> words;
    std::vector<std::string> bits = smart_split(contents);
    for (std::size_t i = 0; i < bits.size(); ++i) {
        // A translated string may hold spaces only inside its quotes, which smart_split keeps; its end may stand apart.
        if (bits[i].rfind("_(\"", 0) == 0 || bits[i].rfind("_('", 0) == 0) {
            const std::string sentinel = std::string(1, bits[i][2]) + ")";
            std::string whole = bits[i];
            while (!(whole.size() >= 2 && whole.compare(whole.size() - 2, 2, sentinel) == 0) && i + 1 < bits.size()) {
                whole.append(" ").append(bits[++i]);
            }
            words.push_back(std::move(whole));
        } else {
            words.push_back(std::move(bits[i]));
        }
    }
    return words;
}

std::string_view Token::tag_name() const noexcept {
    std::size_t end = 0;
    while (end < contents.size() && !is_space(contents[end])) ++end;
    return contents.substr(0, end);
}

}  // namespace nuages::templates
