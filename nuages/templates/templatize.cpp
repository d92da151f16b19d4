#include <nuages/templates/detail/lexer.hpp>
#include <nuages/templates/errors.hpp>
#include <nuages/templates/templatize.hpp>

#include <algorithm>
#include <optional>

namespace nuages::templates {

namespace {

void append_literal(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: out += c;
        }
    }
    out += '"';
}

// The text of the quoted constant at the front of WORD; nothing when there is none.
std::optional<std::string> constant(std::string_view word) {
    if (word.starts_with("_(")) word.remove_prefix(2);
    if (word.empty() || (word.front() != '"' && word.front() != '\'')) return std::nullopt;
    const char quote = word.front();
    std::string text;
    for (std::size_t i = 1; i < word.size(); ++i) {
        if (word[i] == quote) return text;
        if (word[i] == '\\' && i + 1 < word.size() && (word[i + 1] == quote || word[i + 1] == '\\')) ++i;
        text += word[i];
    }
    return std::nullopt;
}

std::string doubled_percent(std::string_view text) {
    std::string out;
    for (const char c : text) out.append(c == '%' ? 2 : 1, c);
    return out;
}

// Line breaks with the white space around them become one space.
std::string trimmed_lines(std::string_view text) {
    std::string out;
    text = trimmed(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = trimmed(text.substr(at, end - at));
        if (!line.empty()) out.append(out.empty() ? "" : " ").append(line);
        at = end + 1;
    }
    return out;
}

class Extractor {
public:
    explicit Extractor(std::string_view source) : tokens_(tokenize(source)) {}

    std::string run() {
        while (next_ < tokens_.size()) {
            const Token& token = tokens_[next_++];
            switch (token.kind) {
                case TokenKind::text: break;
                case TokenKind::comment: note(token.contents, token.line); break;
                case TokenKind::variable: constants(token); break;
                case TokenKind::block: tag(token); break;
            }
        }
        return std::move(out_);
    }

private:
    void tag(const Token& token) {
        const std::string_view name = token.tag_name();
        if (name == "comment") return comment();
        if (name == "verbatim") return skip_to("endverbatim");
        if (name == "trans" || name == "translate") return translate(token);
        if (name == "blocktrans" || name == "blocktranslate") return block(token);
        constants(token);
    }

    void skip_to(std::string_view end) {
        while (next_ < tokens_.size()) {
            const Token& token = tokens_[next_++];
            if (token.kind == TokenKind::block && token.tag_name() == end) return;
        }
    }

    void comment() {
        std::string text;
        const int line = next_ < tokens_.size() ? tokens_[next_].line : 1;
        while (next_ < tokens_.size()) {
            const Token& token = tokens_[next_++];
            if (token.kind == TokenKind::block && token.tag_name() == "endcomment") break;
            if (token.kind == TokenKind::text) text += token.contents;
        }
        note(text, line);
    }

    // What "Translators" are told.
    void note(std::string_view text, int line) {
        text = trimmed(text);
        if (!text.starts_with("Translators")) return;
        go_to(line);
        out_ += "/* ";
        for (std::size_t i = 0; i < text.size(); ++i) out_ += text.substr(i, 2) == "*/" ? ' ' : text[i];
        out_ += " */";
        for (const char c : text) at_ += c == '\n';
    }

    void translate(const Token& token) {
        const auto words = token.split();
        if (words.size() < 2) return;
        if (const auto message = constant(words[1])) call(token.line, doubled_percent(*message), {}, context_of(words));
        constants(token, 2);
    }

    static std::optional<std::string> context_of(const std::vector<std::string>& words) {
        for (std::size_t i = 1; i + 1 < words.size(); ++i) {
            if (words[i] == "context") return constant(words[i + 1]);
        }
        return std::nullopt;
    }

    void block(const Token& token) {
        const auto words = token.split();
        bool is_trimmed = false, has_count = false;
        for (const std::string& word : words) {
            is_trimmed = is_trimmed || word == "trimmed";
            has_count = has_count || word == "count";
        }
        constants(token, 1);
        std::string singular, plural;
        bool in_plural = false;
        const std::string end = "end" + words[0];
        for (;;) {
            if (next_ >= tokens_.size())
                throw TemplateSyntaxError("'" + words[0] + "' on line " + std::to_string(token.line) +
                                          " does not end.");
            const Token& inner = tokens_[next_++];
            std::string& part = in_plural ? plural : singular;
            if (inner.kind == TokenKind::text) part += doubled_percent(inner.contents);
            if (inner.kind == TokenKind::variable) part.append("%(").append(inner.contents).append(")s");
            if (inner.kind != TokenKind::block) continue;
            if (inner.tag_name() == end) break;
            if (inner.tag_name() == "plural") in_plural = true;
        }
        if (is_trimmed) {
            singular = trimmed_lines(singular);
            plural = trimmed_lines(plural);
        }
        const bool counts = has_count && in_plural;
        call(token.line, singular, counts ? std::optional(plural) : std::nullopt, context_of(words));
    }

    void call(int line, std::string_view message, const std::optional<std::string>& plural,
              const std::optional<std::string>& context) {
        if (message.empty()) return;
        go_to(line);
        out_ += context ? (plural ? "npgettext(" : "pgettext(") : plural ? "ngettext(" : "gettext(";
        if (context) {
            append_literal(out_, *context);
            out_ += ", ";
        }
        append_literal(out_, message);
        if (plural) {
            out_ += ", ";
            append_literal(out_, *plural);
            out_ += ", n";
        }
        out_ += "); ";
    }

    // The _("…") of a tag's words from FIRST on, or of a variable.
    void constants(const Token& token, std::size_t first = 0) {
        const auto words = token.split();
        for (std::size_t i = first; i < words.size(); ++i) {
            for (std::size_t at = 0; (at = words[i].find("_(", at)) != std::string::npos; at += 2) {
                if (const auto message = constant(std::string_view(words[i]).substr(at)))
                    call(token.line, doubled_percent(*message), {}, {});
            }
        }
    }

    void go_to(int line) {
        for (; at_ < line; ++at_) out_ += '\n';
    }

    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    std::string out_;
    int at_ = 1;
};

}  // namespace

std::string templatize(std::string_view source) { return Extractor(source).run(); }

}  // namespace nuages::templates
