// Composite primary keys in queries: several columns compared at once (django.db.models.fields.tuple_lookups).
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

namespace nuages::db::models {

namespace {

Expr part_lookup(LookupKind kind, const Expr& column, const Literal& value) {
    auto lookup = make_ref<Lookup>(kind, column);
    if (value.is_null()) {
        lookup->kind = LookupKind::isnull;
        lookup->owned = Literal(true);
    } else {
        Literal storage;
        lookup->owned = prepared(column->output(), value, storage);
    }
    lookup->literal = &lookup->owned;
    return lookup;
}

std::string of_key(LookupKind kind) { return "'" + std::string(lookup_name(kind)) + "' lookup of 'pk' must "; }

const std::vector<Literal>& parts_of(LookupKind kind, const Literal& value, std::size_t count, bool each) {
    if (value.kind() != Literal::Kind::list)
        throw ValueError(of_key(kind) + (each ? "be a collection of tuples or lists" : "be a tuple or a list"));
    if (value.list().size() != count)
        throw ValueError(of_key(kind) + "have " + std::to_string(count) + " elements" + (each ? " each" : ""));
    return value.list();
}

Expr all_equal(LookupKind kind, const std::vector<Expr>& columns, const Literal& value, bool each) {
    const std::vector<Literal>& parts = parts_of(kind, value, columns.size(), each);
    auto tree = make_ref<WhereNode>(QNode::Op::and_, false);
    for (std::size_t i = 0; i < columns.size(); ++i) tree->children.push_back(part_lookup(LookupKind::exact, columns[i], parts[i]));
    return tree;
}

/// (a, b) < (?, ?), (a, b) IN (SELECT ...): row values.
struct RowLookup final : Expression {
    LookupKind kind;
    std::vector<Expr> lhs;
    std::vector<Literal> values;
    Expr query;

    RowLookup(LookupKind lookup, std::vector<Expr> left) : kind(lookup), lhs(std::move(left)) {}
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override {
        out << '(';
        for (std::size_t i = 0; i < lhs.size(); ++i) {
            if (i) out << ", ";
            lhs[i]->write(out);
        }
        out << ") " << (kind == LookupKind::in ? "IN " : out.operations().lookup_operator(lookup_name(kind)).before);
        if (query) return query->write(out);
        out << '(';
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i) out << ", ";
            out.param(values[i]);
        }
        out << ')';
    }
    OutputType output() const override { return {FieldKind::boolean, nullptr, true}; }
    Outcome outcome() const override { return query ? query->outcome() : Outcome::varies; }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& column : lhs) child(column);
    }
};

}  // namespace

Expr TupleExpr::resolve(Resolver& resolver) const {
    std::vector<Expr> resolved;
    for (const Expr& item : items) resolved.push_back(resolver(item));
    return make_ref<TupleExpr>(std::move(resolved), field);
}

void TupleExpr::write(SqlWriter& out) const {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i) out << ", ";
        items[i]->write(out);
    }
}

Expr Select::composite_condition(LookupKind kind, const Expr& lhs, const Literal* literal, const Expr& rhs) {
    const std::vector<Expr>& columns = *lhs->as_tuple();
    if (kind == LookupKind::isnull) {
        auto tree = make_ref<WhereNode>(literal->integer() ? QNode::Op::or_ : QNode::Op::and_, false);
        for (const Expr& column : columns) {
            auto lookup = make_ref<Lookup>(LookupKind::isnull, column);
            lookup->owned = *literal;
            lookup->literal = &lookup->owned;
            tree->children.push_back(lookup);
        }
        return tree;
    }
    const bool ordered = kind >= LookupKind::gt && kind <= LookupKind::lte;
    if (rhs) {
        if (const std::vector<Expr>* parts = rhs->as_tuple()) {
            if (parts->size() != columns.size())
                throw ValueError(of_key(kind) + "have " + std::to_string(columns.size()) + " elements");
            auto tree = make_ref<WhereNode>(QNode::Op::and_, false);
            for (std::size_t i = 0; i < columns.size(); ++i) {
                auto lookup = make_ref<Lookup>(LookupKind::exact, columns[i]);
                lookup->rhs = (*parts)[i];
                tree->children.push_back(lookup);
            }
            return tree;
        }
        const auto* subquery = dynamic_cast<const SubqueryExpr*>(rhs.get());
        const bool open = checking && !subquery && !rhs->as_column();  // a reference to a query that is not there yet
        if (open) return {};
        if (!subquery || subquery->exists)
            throw ValueError("'" + std::string(lookup_name(kind)) + "' subquery lookup of 'pk' only supports OuterRef and QuerySet objects" +
                             (rhs->as_column() ? " (received 'Col')" : ""));
        if (kind != LookupKind::in && kind != LookupKind::exact) return {};
        prepare_key_query(kind, lhs, *subquery);
        auto lookup = make_ref<RowLookup>(kind, columns);
        lookup->query = rhs;
        return lookup;
    }
    if (kind == LookupKind::exact) return all_equal(kind, columns, *literal, false);
    if (kind == LookupKind::in) {
        if (literal->kind() != Literal::Kind::list) throw ValueError(of_key(kind) + "be a tuple or a list");
        auto tree = make_ref<WhereNode>(QNode::Op::or_, literal->list().empty());
        if (literal->list().empty()) tree->op = QNode::Op::and_;
        for (const Literal& value : literal->list()) tree->children.push_back(all_equal(kind, columns, value, true));
        return tree;
    }
    if (!ordered) return {};
    auto lookup = make_ref<RowLookup>(kind, columns);
    const std::vector<Literal>& parts = parts_of(kind, *literal, columns.size(), false);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        Literal storage;
        lookup->values.push_back(prepared(columns[i]->output(), parts[i], storage));
    }
    return lookup;
}

namespace expr {
Expr tuple(std::vector<Expr> items) { return make_ref<TupleExpr>(std::move(items), nullptr); }
Expr filtered_relation(Name relation, const QNode& condition) {
    if (relation.empty()) throw ValueError("relation_name cannot be empty.");
    return make_ref<FilteredRelationExpr>(std::move(relation), condition);
}
}  // namespace expr

}  // namespace nuages::db::models
