// Full-text and trigram search (django.contrib.postgres.search).
//
//     using namespace nuages::postgres;
//     auto vector = SearchVector({.weight = 'A'}, "title"_f) + SearchVector({.weight = 'B'}, "body"_f);
//     auto query  = SearchQuery("cheese -blue", {.search_type = SearchType::websearch});
//     Article::objects.annotate("search"_f = vector).annotate("rank"_f = SearchRank(vector, query))
//                     .filter("search"_f = query).order_by("-rank");
//
// Trigrams need the extension pg_trgm, `unaccent` needs unaccent: CREATE EXTENSION, once per database.
#pragma once

#include <nuages/db/models/functions.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nuages::postgres {

using db::models::Expr;

struct VectorOptions {
    std::string config = {};  ///< a text search configuration: "english"; empty: the database's default
    char weight = '\0';       ///< 'A' to 'D'; none
};

enum class SearchType : std::uint8_t {
    plain,     ///< all words
    phrase,    ///< the words in this order
    raw,       ///< to_tsquery's own syntax: "'meat' & ('red' | 'green')"; what is malformed is a ProgrammingError
    websearch  ///< as search engines read it; never an error
};
struct QueryOptions {
    std::string config = {};
    SearchType search_type = SearchType::plain;
    bool invert = false;
};
struct RankOptions {
    std::vector<double> weights = {};  ///< of D, C, B, A: four, or none
    int normalization = -1;            ///< PostgreSQL's bits; -1: not given
    bool cover_density = false;        ///< ts_rank_cd
};
struct HeadlineOptions {
    std::string config = {};
    std::string start_sel = {}, stop_sel = {};  ///< empty: <b> and </b>
    int max_words = 0, min_words = 0, short_word = -1, max_fragments = -1;
    int highlight_all = -1;  ///< 0 or 1; -1: not given
    std::string fragment_delimiter = {};
};

/// The run-time factories; ValueError for a weight, or a number of weights, that does not exist.
namespace expr {
Expr search_vector(std::vector<Expr> texts, const VectorOptions& options = {});
Expr search_query(Expr text, const QueryOptions& options = {});
/// a || b of vectors; a && b, a || b of queries.
Expr join(Expr left, std::string_view operation, Expr right, bool query);
Expr not_(Expr query);
Expr search_rank(Expr vector, Expr query, const RankOptions& options = {});
Expr search_headline(Expr text, Expr query, const HeadlineOptions& options = {});
/// "similarity", "word_similarity", "strict_word_similarity", and "distance" instead.
Expr trigram(std::string_view what, Expr text, Expr other);
}  // namespace expr

namespace detail {
/// A tsvector and a tsquery are texts to the typed layer; rules of their own let &, |, ! and + find their operators here.
struct VectorRule : db::models::detail::Always<std::string> {};
struct QueryRule : db::models::detail::Always<std::string> {};
using Query = db::models::Function<QueryRule>;
template <class A> Expr part(const A& operand) { return db::models::detail::as_expression(operand).expr(); }
template <class A> using part_t = db::models::detail::expression_t<A>;
template <class... A> using Number = db::models::Function<db::models::detail::Gives<double>, part_t<A>...>;
template <class... A> using VectorOf = db::models::Function<VectorRule, part_t<A>...>;

template <class... A, class... B>
auto operator+(const db::models::Function<VectorRule, A...>& a, const db::models::Function<VectorRule, B...>& b) {
    return db::models::Function<VectorRule, A..., B...>(expr::join(a.expr(), " || ", b.expr(), false));
}
inline Query operator&(const Query& a, const Query& b) { return Query(expr::join(a.expr(), " && ", b.expr(), true)); }
inline Query operator|(const Query& a, const Query& b) { return Query(expr::join(a.expr(), " || ", b.expr(), true)); }
inline Query operator!(const Query& query) { return Query(expr::not_(query.expr())); }
}  // namespace detail

/// The texts as one document: SearchVector("title"_f, "author__name"_f).
template <class... A> detail::VectorOf<A...> SearchVector(const A&... texts) {
    return detail::VectorOf<A...>(expr::search_vector({detail::part(texts)...}));
}
template <class... A> detail::VectorOf<A...> SearchVector(const VectorOptions& options, const A&... texts) {
    return detail::VectorOf<A...>(expr::search_vector({detail::part(texts)...}, options));
}
/// What is searched for; &, | and ! combine several.
inline detail::Query SearchQuery(std::string_view text, const QueryOptions& options = {}) {
    return detail::Query(expr::search_query(db::models::expr::value(db::models::Literal(text)), options));
}
/// How well a document fits: ORDER BY it, descending.
template <class V> detail::Number<V> SearchRank(const V& vector, const detail::Query& query, const RankOptions& options = {}) {
    return detail::Number<V>(expr::search_rank(detail::part(vector), query.expr(), options));
}
/// The part of a text that was found, with the words marked. The text is not escaped.
template <class A>
auto SearchHeadline(const A& text, const detail::Query& query, const HeadlineOptions& options = {}) {
    return db::models::Function<db::models::detail::Gives<std::string>, detail::part_t<A>>(
        expr::search_headline(detail::part(text), query.expr(), options));
}

#define NUAGES_TRIGRAM(NAME, WHAT)                                                                          \
    template <class A, class B> detail::Number<A, B> NAME(const A& text, const B& other) {                  \
        return detail::Number<A, B>(expr::trigram(WHAT, detail::part(text), detail::part(other)));          \
    }
NUAGES_TRIGRAM(TrigramSimilarity, "similarity")
NUAGES_TRIGRAM(TrigramDistance, "distance")
#undef NUAGES_TRIGRAM
// As in Django, the text that is looked for comes first in these.
#define NUAGES_TRIGRAM(NAME, WHAT)                                                                          \
    template <class A, class B> detail::Number<A, B> NAME(const A& wanted, const B& text) {                 \
        return detail::Number<A, B>(expr::trigram(WHAT, detail::part(wanted), detail::part(text)));         \
    }
NUAGES_TRIGRAM(TrigramWordSimilarity, "word_similarity")
NUAGES_TRIGRAM(TrigramStrictWordSimilarity, "strict_word_similarity")
NUAGES_TRIGRAM(TrigramWordDistance, "word_distance")
NUAGES_TRIGRAM(TrigramStrictWordDistance, "strict_word_distance")
#undef NUAGES_TRIGRAM

}  // namespace nuages::postgres
