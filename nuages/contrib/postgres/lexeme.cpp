#include <nuages/contrib/postgres/lexeme.hpp>
#include <nuages/db/models/errors.hpp>

namespace nuages::postgres {

Lexeme::Lexeme(std::string_view word, const LexemeOptions& options) {
    if (word.empty()) throw db::models::ValueError("Lexeme value cannot be empty.");
    if (options.weight && (options.weight < 'A' || options.weight > 'D'))
        throw db::models::ValueError("Weight must be one of 'A', 'B', 'C', and 'D'.");
    if (options.invert) text_ += '!';
    text_ += '\'';
    for (char c : word) {
        if (std::string_view("\0'[]()|&:*!@<>\\ ", 16).find(c) != std::string_view::npos) c = ' ';
        if (c != ' ' || text_.back() != ' ') text_ += c;
    }
    text_ += '\'';
    if (options.prefix || options.weight) text_ += ':';
    if (options.prefix) text_ += '*';
    if (options.weight) text_ += options.weight;
}

Lexeme Lexeme::joined(const Lexeme& a, std::string_view operation, const Lexeme& b) {
    Lexeme made;
    made.text_.append("(").append(a.text_).append(operation).append(b.text_).append(")");
    return made;
}

Lexeme operator!(const Lexeme& lexeme) {
    Lexeme made;
    made.text_ = lexeme.text_.starts_with('!') ? lexeme.text_.substr(1) : "!" + lexeme.text_;
    return made;
}

detail::Query SearchQuery(const Lexeme& lexeme, QueryOptions options) {
    options.search_type = SearchType::raw;
    return SearchQuery(std::string_view(lexeme.text()), options);
}

}  // namespace nuages::postgres
