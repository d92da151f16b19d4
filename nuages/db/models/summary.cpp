// Aggregates over a query, and queries as expressions.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

void Select::write_summary(SqlWriter& out, const std::vector<std::pair<std::string_view, Expr>>& aggregates) {
    std::vector<Expr> conditions, having, windows;
    split_having(conditions, having, windows);
    const bool grouped = grouping == Grouping::by_items || has_aggregates() || !having.empty();
    bool window_used = !windows.empty();
    for (const auto& aggregate : aggregates) {
        const Expr& expression = aggregate.second;
        expression->visit([&](const Expr& child) {
            const auto* reference = dynamic_cast<const AnnotationRef*>(child.get());
            window_used |= reference && reference->expression->contains_over();
        });
    }
    const bool wrap = grouped || distinct || is_sliced() || compound || window_used;
    if (!is_sliced()) clear_ordering();
    const auto write_aggregates = [&] {
        out << "SELECT ";
        for (std::size_t i = 0; i < aggregates.size(); ++i) {
            if (i) out << ", ";
            aggregates[i].second->write(out);
            if (wrap) continue;
            out << " AS ";
            out.name(aggregates[i].first);
        }
    };
    if (!wrap) {
        out.scope = this;
        write_aggregates();
        write_from_where(out, conditions);
        return;
    }
    Summary asked;
    asked.inner = this;
    Select around(model, nullptr);
    around.summary = &asked;
    out.scope = &around;
    write_aggregates();
    out << " FROM (";
    if (compound) {
        out.scope = nullptr;
        write_compound(out);
        out << ") subquery";
        out.scope = nullptr;
        return;
    }
    finish_ordering();
    if (grouped && grouping == Grouping::by_model && selection == Selection::model && !distinct) {
        grouping = Grouping::by_items;
        for (const Field* key : model.pk_columns()) groups.push_back(make_ref<Col>(0, *key, *key));
    }
    if (selection == Selection::model && !distinct) {
        for (std::size_t i = 0; i < annotations.size(); ++i)
            annotations[i].selected = std::find(asked.used_annotations.begin(), asked.used_annotations.end(), i) !=
                                      asked.used_annotations.end();
        for (const Related& entry : related) --joins[static_cast<std::size_t>(entry.table)].references;
    }
    related.clear();
    for (Order& entry : order) entry.position = 0;
    out.scope = this;
    if (!windows.empty()) {
        if (selection == Selection::model && !distinct) chosen = model.pk_columns();
        write_qualified(out, conditions, having, windows);
        out << ") subquery";
        out.scope = nullptr;
        return;
    }
    out << (distinct ? "SELECT DISTINCT " : "SELECT ");
    write_items(out, &asked);
    write_tail(out);
    out << ") subquery";
    out.scope = nullptr;
}

Expr SubqueryExpr::resolve(Resolver& resolver) const {
    auto resolved = make_ref<SubqueryExpr>(query, exists);
    resolved->bare = bare;
    resolved->declared = declared;
    resolved->select = make_ref<Select>(query.meta(), &resolver.select);
    resolved->select->build(query);
    if (exists) resolved->select->clear_to_one();
    return resolved;
}

void SubqueryExpr::write(SqlWriter& out) const {
    if (select->is_empty()) {
        if (exists)
            out.boolean(false);
        else
            out << "NULL";
        return;
    }
    out << (exists ? "EXISTS(" : "(");
    select->write(out);
    out << ')';
}

OutputType SubqueryExpr::output() const {
    if (exists) return {FieldKind::boolean, nullptr, true};
    if (declared.known) return declared;
    if (!select) return {};
    if (select->compound && !select->compound->parts.front()->items.empty())
        return select->compound->parts.front()->items.front().expression->output();
    if (select->selection == Select::Selection::items && !select->items.empty())
        return select->items.front().expression->output();
    return {};
}

// EXISTS of nothing is sent as 0, as Django does; a comparison with no rows never holds.
Outcome SubqueryExpr::outcome() const {
    return !exists && select && select->is_empty() ? Outcome::never : Outcome::varies;
}

void SubqueryExpr::group_by(std::vector<Expr>& out) const { out.push_back(Expr(this)); }

}  // namespace nuages::db::models
