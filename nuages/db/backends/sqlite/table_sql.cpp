#include <nuages/db/backends/sqlite/detail/table_sql.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace nuages::db::sqlite::detail {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// A piece of SQL: `text` is without quotes for a quoted name, `raw` as it stands.
struct Token {
    enum class Kind : char { word, name, string, sign } kind = Kind::sign;
    std::string text;
    std::size_t begin = 0, end = 0;

    bool is(std::string_view keyword) const { return kind == Kind::word && same(text, keyword); }
    bool is_sign(char c) const { return kind == Kind::sign && text[0] == c; }
    bool is_name() const { return kind == Kind::word || kind == Kind::name; }
};

class Reader {
public:
    explicit Reader(std::string_view sql) : sql_(sql) {}

    std::vector<Token> read() {
        while (at_ < sql_.size()) {
            const char c = sql_[at_];
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
                ++at_;
            } else if (sql_.substr(at_, 2) == "--") {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (sql_.substr(at_, 2) == "/*") {
                const std::size_t close = sql_.find("*/", at_ + 2);
                at_ = close == sql_.npos ? sql_.size() : close + 2;
            } else if (c == '"' || c == '`' || c == '[' || c == '\'') {
                quoted(c == '[' ? ']' : c);
            } else if (is_word(c)) {
                const std::size_t begin = at_;
                while (at_ < sql_.size() && is_word(sql_[at_])) ++at_;
                add(Token::Kind::word, std::string(sql_.substr(begin, at_ - begin)), begin);
            } else {
                ++at_;
                add(Token::Kind::sign, std::string(1, c), at_ - 1);
            }
        }
        return std::move(tokens_);
    }

private:
    void quoted(char close) {
        const std::size_t begin = at_++;
        std::string text;
        while (at_ < sql_.size()) {
            const char c = sql_[at_++];
            if (c == close) {
                if (close == ']' || at_ == sql_.size() || sql_[at_] != close) break;
                ++at_;
            }
            text += c;
        }
        add(close == '\'' ? Token::Kind::string : Token::Kind::name, std::move(text), begin);
    }
    void add(Token::Kind kind, std::string text, std::size_t begin) {
        tokens_.push_back({kind, std::move(text), begin, at_});
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
};

using Tokens = std::vector<Token>;

class TableReader {
public:
    explicit TableReader(std::string_view sql) : sql_(sql), tokens_(Reader(sql).read()) {}

    TableText read() {
        std::size_t at = 0;
        if (tokens_.empty() || !tokens_[0].is("CREATE")) return {};
        while (at < tokens_.size() && !tokens_[at].is_sign('(')) {
            if (tokens_[at].is("VIRTUAL") || tokens_[at].is("VIEW") || tokens_[at].is("AS")) return {};
            ++at;
        }
        // The definitions between the commas of the outermost parentheses.
        std::vector<std::pair<std::size_t, std::size_t>> definitions;
        std::size_t begin = ++at;
        int depth = 1;
        for (; at < tokens_.size() && depth > 0; ++at) {
            if (tokens_[at].is_sign('(')) ++depth;
            if (tokens_[at].is_sign(')')) --depth;
            if (depth == 0 || (depth == 1 && tokens_[at].is_sign(','))) {
                definitions.emplace_back(begin, at);
                begin = at + 1;
            }
        }
        for (const auto& [from, to] : definitions) {
            if (from < to && !is_table_rule(tokens_[from])) out_.columns.push_back({tokens_[from].text, {}});
        }
        std::size_t column = 0;
        for (const auto& [from, to] : definitions) {
            if (from == to) continue;
            if (is_table_rule(tokens_[from]))
                read_rules(from, to, nullptr);
            else
                read_rules(from + 1, to, &out_.columns[column++]);
        }
        return std::move(out_);
    }

private:
    static bool is_table_rule(const Token& token) {
        return token.is("CONSTRAINT") || token.is("UNIQUE") || token.is("CHECK") || token.is("PRIMARY") ||
               token.is("FOREIGN");
    }

    /// The index behind the parenthesis that closes the one at AT.
    std::size_t behind_group(std::size_t at, std::size_t end) const {
        int depth = 0;
        for (; at < end; ++at) {
            if (tokens_[at].is_sign('(')) ++depth;
            if (tokens_[at].is_sign(')') && --depth == 0) return at + 1;
        }
        return end;
    }

    void read_rules(std::size_t at, std::size_t end, ColumnText* column) {
        std::string name;
        while (at < end) {
            const Token& token = tokens_[at];
            const bool opens = at + 1 < end && tokens_[at + 1].is_sign('(');
            if (token.is("CONSTRAINT") && at + 1 < end) {
                name = tokens_[at + 1].text;
                at += 2;
            } else if (token.is("COLLATE") && column && at + 1 < end) {
                column->collation = tokens_[at + 1].text;
                at += 2;
            } else if (token.is("CHECK") && opens) {
                const std::size_t close = behind_group(at + 1, end);
                add_check(std::exchange(name, {}), at + 1, close);
                at = close;
            } else if (token.is("UNIQUE")) {
                TableRule rule{std::exchange(name, {}), true, false, {}, {}};
                if (column) rule.columns.push_back(column->name);
                if (!column && opens) {
                    const std::size_t close = behind_group(at + 1, end);
                    for (std::size_t i = at + 2; i + 1 < close; ++i) {
                        const bool first = tokens_[i - 1].is_sign('(') || tokens_[i - 1].is_sign(',');
                        if (first && tokens_[i].kind != Token::Kind::sign) rule.columns.push_back(tokens_[i].text);
                    }
                    at = close;
                } else {
                    ++at;
                }
                out_.rules.push_back(std::move(rule));
            } else if (token.is_sign('(')) {
                at = behind_group(at, end);
            } else {
                if (token.is("AUTOINCREMENT") && column) column->autoincrement = true;
                if (token.is("PRIMARY") || token.is("FOREIGN") || token.is("REFERENCES")) name.clear();
                ++at;
            }
        }
    }

    void add_check(std::string name, std::size_t open, std::size_t behind) {
        TableRule rule{std::move(name), false, true, {}, {}};
        if (behind > open + 2)
            rule.sql = sql_.substr(tokens_[open + 1].begin, tokens_[behind - 2].end - tokens_[open + 1].begin);
        for (const ColumnText& column : out_.columns) {
            for (std::size_t i = open; i < behind; ++i) {
                if (!tokens_[i].is_name() || !same(tokens_[i].text, column.name)) continue;
                rule.columns.push_back(column.name);
                break;
            }
        }
        out_.rules.push_back(std::move(rule));
    }

    std::string_view sql_;
    Tokens tokens_;
    TableText out_;
};

}  // namespace

const ColumnText* TableText::find(std::string_view name) const {
    for (const ColumnText& column : columns) {
        if (same(column.name, name)) return &column;
    }
    return nullptr;
}

TableText read_table_sql(std::string_view sql) { return TableReader(sql).read(); }

}  // namespace nuages::db::sqlite::detail
