#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/contrib/postgres/functions.hpp>
#include <nuages/contrib/postgres/search.hpp>
#include <nuages/db/models/custom_lookups.hpp>

#include <mutex>

namespace nuages::postgres {

namespace {

using namespace detail;

Expr searched(Expr lhs, Expr rhs) {
    return compared(" @@ ", expr::search_vector({std::move(lhs)}), expr::search_query(std::move(rhs)));
}
Expr trigram_similar(Expr lhs, Expr rhs) { return compared(" % ", std::move(lhs), std::move(rhs)); }
Expr trigram_word_similar(Expr lhs, Expr rhs) { return compared(" %> ", std::move(lhs), std::move(rhs)); }
Expr trigram_strict_word_similar(Expr lhs, Expr rhs) { return compared(" %>> ", std::move(lhs), std::move(rhs)); }
Expr unaccent(Expr operand) { return db::models::expr::function("UNACCENT", {std::move(operand)}, FieldKind::text); }

}  // namespace

void register_lookups() {
    static std::once_flag once;
    std::call_once(once, [] {
        for (const char* text : {"CharField", "TextField"}) {
            db::models::register_lookup(text, "search", searched);
            db::models::register_lookup(text, "trigram_similar", trigram_similar);
            db::models::register_lookup(text, "trigram_word_similar", trigram_word_similar);
            db::models::register_lookup(text, "trigram_strict_word_similar", trigram_strict_word_similar);
            db::models::register_transform(text, "unaccent", unaccent);
        }
    });
}

const App app{
    .name         = "nuages.contrib.postgres",
    .verbose_name = "PostgreSQL extensions",
    .ready        = [](Registry&) { register_lookups(); },
};

}  // namespace nuages::postgres
