#include <nuages/contrib/postgres/array_field.hpp>
#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/contrib/postgres/expressions.hpp>

namespace nuages::postgres {

namespace {

struct ArrayNode final : detail::Node<ArrayNode> {
    void write(models::SqlWriter& out) const override {
        out << "ARRAY";
        parts[0]->write(out);  // in its own brackets
    }
    models::OutputType output() const override {
        return detail::list_type(parts[0]->output());
    }
};

}  // namespace

namespace expr {

db::models::Expr array_subquery(db::models::Query query) {
    auto made = make_ref<ArrayNode>();
    made->parts = {db::models::expr::subquery(std::move(query))};
    return made;
}

}  // namespace expr

}  // namespace nuages::postgres
