#include <nuages/contrib/postgres/array_field.hpp>
#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/contrib/postgres/expressions.hpp>
#include <nuages/db/models/field_type.hpp>

#include <array>

namespace nuages::postgres {

namespace {

/// The field that stands for a list of values of this kind.
const models::Field& list_of(models::FieldKind kind) {
    constexpr auto kKinds = static_cast<std::size_t>(models::FieldKind::composite);
    static const std::array<models::Field, kKinds>* const fields = [] {
        auto* made = new std::array<models::Field, kKinds>;
        for (std::size_t i = 0; i < kKinds; ++i) {
            models::Field item;
            item.kind = static_cast<models::FieldKind>(i);
            item.null = true;
            (*made)[i] = array_field("list", item);
            (*made)[i].kind = array_type.kind;
        }
        return made;
    }();
    return (*fields)[static_cast<std::size_t>(kind)];
}

struct ArrayNode final : detail::Node<ArrayNode> {
    void write(models::SqlWriter& out) const override {
        out << "ARRAY";
        parts[0]->write(out);  // in its own brackets
    }
    models::OutputType output() const override {
        const models::OutputType item = parts[0]->output();
        if (!item.known || item.kind >= models::FieldKind::composite) return {};
        const models::Field& list = list_of(item.kind);
        return {list.kind, &list, true};
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
