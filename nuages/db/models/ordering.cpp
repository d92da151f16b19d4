// ORDER BY: names, expressions and the orders of related models, and the slices that hold for each owner.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

void Select::clear_ordering() {
    ordering = nullptr;
    default_ordering = false;
    order.clear();
    hidden.clear();
}

void Select::limit_per_owner(const steps::PerOwner& step) {
    if (!is_sliced()) return;
    std::vector<OrderedExpr> by;
    const std::size_t before = order.size();
    if (ordering) {
        for (const OrderBy& entry : *ordering) add_order(entry, model, 0, reversed, 0);
    } else if (default_ordering) {
        for (const std::string& name : model.ordering) add_order(OrderBy(Name::borrow(name)), model, 0, reversed, 0);
    }
    for (std::size_t i = before; i < order.size(); ++i) by.push_back({order[i].expression, order[i].descending, order[i].nulls});
    order.resize(before);
    Resolver resolver(*this);
    const Expr number = row_number_over(step.path.empty() ? through_columns.back() : resolver.column(step.path), by);
    const auto limit = [&](LookupKind kind, std::int64_t at) {
        auto lookup = make_ref<Lookup>(kind, number);
        lookup->owned = Literal(at);
        lookup->literal = &lookup->owned;
        where.push_back(lookup);
    };
    limit(LookupKind::gt, low);
    if (high >= 0) limit(LookupKind::lte, high);
    low = 0;
    high = -1;
}

void Select::add_order(const OrderBy& entry, const ModelMeta& meta, int table, bool flip, int depth) {
    Order made;
    made.descending = entry.descending;
    made.nulls = entry.nulls;
    std::string_view path = entry.path.view();
    if (entry.expression) {
        Resolver resolver(*this);
        made.expression = resolver(entry.expression);
        made.descending ^= flip;
        order.push_back(std::move(made));
        return;
    }
    if (path == "?") {
        made.expression = expr::random();
        order.push_back(std::move(made));
        return;
    }
    if (!path.empty() && path.front() == '-') {
        made.descending ^= path.front() == '-';
        path.remove_prefix(1);
    }
    made.descending ^= flip;
    if (table == 0) {
        if (const Annotation* annotation = find_annotation(path)) {
            made.expression = annotation->expression;
            if (const std::vector<Expr>* parts = annotation->expression->as_tuple()) {
                for (const Expr& part : *parts) {
                    made.expression = part;
                    order.push_back(made);
                }
                return;
            }
            order.push_back(std::move(made));
            return;
        }
        if (annotations.empty() == false && split_path(path).size() > 1 && find_annotation(split_path(path)[0])) {
            Resolver resolver(*this);
            made.expression = resolver.column(path);
            order.push_back(std::move(made));
            return;
        }
    }
    const NameParts names = split_path(path);
    JoinedPath joined = setup_joins(names, nullptr, true, false, &meta, table);
    const Field* final_field = joined.path.final_field;
    const bool relation = final_field->is_relation() && joined.path.names_used == names.size();
    if (relation && names.back() != "pk" && names.back() != final_field->attname) {
        const ModelMeta& target = *joined.path.steps.back().to;
        if (!target.ordering.empty()) {
            if (depth > 16) throw FieldError("Infinite loop caused by ordering.");
            for (const std::string& next : target.ordering)
                add_order(OrderBy(Name::borrow(next)), target, joined.joins.back(), made.descending, depth + 1);
            return;
        }
    }
    const Field* target = trim_joins(joined);
    made.expression = column(joined.joins.back(), *target, *final_field);
    for (std::size_t i = joined.path.names_used; i < names.size(); ++i) {
        Expr next = apply_transform(names[i], made.expression);
        if (!next) {
            if (final_field->is_relation()) unknown_name(names[i], *joined.path.steps.back().to);
            throw FieldError("Cannot resolve keyword " + repr(Literal(names[i])) + " into field. Join on '" +
                             std::string(names[i - 1]) + "' not permitted.");
        }
        made.expression = next;
    }
    if (const std::vector<Expr>* parts = made.expression->as_tuple()) {
        for (const Expr& part : std::vector<Expr>(*parts)) {
            made.expression = part;
            order.push_back(made);
        }
        return;
    }
    order.push_back(std::move(made));
}

namespace {

// "-author__name" names what is selected as "author__name".
std::string_view without_sign(std::string_view path) {
    if (!path.empty() && path.front() == '-') path.remove_prefix(1);
    return path;
}

}  // namespace

void Select::finish_ordering() {
    if (ordering_done) return;
    ordering_done = true;
    const auto add = [&](const OrderBy& entry) {
        const std::size_t before = order.size();
        add_order(entry, model, 0, reversed, 0);
        if (order.size() != before + 1) return;
        const std::string_view name = without_sign(entry.path);
        // F("name") stands for what is selected by that name, too: said twice, its parameters would be others.
        const auto is_meant = [&](std::string_view alias, const Expr& selected) {
            return entry.expression ? selected == order.back().expression : alias == name;
        };
        if (selection == Selection::items) {
            int position = 0;
            for (const Item& item : items) {
                const std::vector<Expr>* parts = item.expression->as_tuple();
                position += parts ? static_cast<int>(parts->size()) : 1;
                if (is_meant(item.alias, item.expression) && !parts) order.back().position = position;
            }
        } else if (selection == Selection::model) {
            int position = static_cast<int>(loaded().size());
            for (const Related& entry_related : related)
                position += static_cast<int>(entry_related.columns.size());
            for (const Annotation& annotation : annotations) {
                position += annotation.selected;
                if (annotation.selected && is_meant(annotation.alias, annotation.expression)) order.back().position = position;
            }
        }
    };
    if (ordering) {
        for (const OrderBy& entry : *ordering) add(entry);
    } else if (default_ordering && grouping == Grouping::none) {
        meta_ordering = true;
        for (const std::string& name : model.ordering) add(OrderBy(Name::borrow(name)));
    }
    if (!distinct) return;
    for (const Order& entry : order) {
        if (entry.position) continue;
        const Col* column = entry.expression->as_column();
        bool selected = false;
        if (selection == Selection::model) {
            selected = column &&
                       (column->alias == 0 || std::any_of(related.begin(), related.end(),
                                                          [&](const Related& r) { return r.table == column->alias; }));
        } else {
            for (const Item& item : items) {
                const Col* other = item.expression->as_column();
                selected |= item.expression == entry.expression ||
                            (column && other && column->alias == other->alias && column->target == other->target);
            }
        }
        if (!selected) hidden.push_back(entry.expression);
    }
}

}  // namespace nuages::db::models
