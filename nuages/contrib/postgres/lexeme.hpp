// Lexemes (django.contrib.postgres.search.Lexeme): words for SearchQuery that are combined one by one.
//
//     SearchQuery(Lexeme("fruit") & Lexeme("dessert"));
//     SearchQuery(Lexeme("fruit", {.prefix = true}) | !Lexeme("nut", {.weight = 'A'}));
#pragma once

#include <nuages/contrib/postgres/search.hpp>

#include <string>
#include <string_view>

namespace nuages::postgres {

struct LexemeOptions {
    bool prefix = false;  ///< words that begin so
    char weight = '\0';   ///< only in parts of that weight: 'A' to 'D'
    bool invert = false;
};

/// A word that is searched for, or several with &, | and !. What a search query gives a meaning to is no part of a word.
class Lexeme {
public:
    /// Throws ValueError for an empty word, and for a weight that does not exist.
    explicit Lexeme(std::string_view word, const LexemeOptions& options = {});

    friend Lexeme operator&(const Lexeme& a, const Lexeme& b) { return joined(a, " & ", b); }
    friend Lexeme operator|(const Lexeme& a, const Lexeme& b) { return joined(a, " | ", b); }
    friend Lexeme operator!(const Lexeme& lexeme);
    /// As to_tsquery() reads it.
    const std::string& text() const { return text_; }

private:
    Lexeme() = default;
    static Lexeme joined(const Lexeme& a, std::string_view operation, const Lexeme& b);
    std::string text_;
};

/// What is searched for; the type of search is raw.
detail::Query SearchQuery(const Lexeme& lexeme, QueryOptions options = {});

}  // namespace nuages::postgres
