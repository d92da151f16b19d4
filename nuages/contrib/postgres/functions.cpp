#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/contrib/postgres/functions.hpp>
#include <nuages/contrib/postgres/search.hpp>
#include <nuages/db/models/custom_lookups.hpp>

#include <mutex>

namespace nuages::postgres {

namespace {

using namespace detail;

/// left OPERATOR right as a condition.
struct OperatorNode final : Node<OperatorNode> {
    std::string_view operation;

    void write(SqlWriter& out) const override {
        parts[0]->write(out);
        out << operation << '(';
        parts[1]->write(out);
        out << ')';
    }
    OutputType output() const override { return type_of(FieldKind::boolean); }
};

Expr compared(std::string_view operation, Expr lhs, Expr rhs) {
    auto made = make_ref<OperatorNode>();
    made->parts = {std::move(lhs), std::move(rhs)};
    made->operation = operation;
    return made;
}

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
