// Set operations: a query of queries, their columns and their order.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

void Select::add_compound(const steps::Compound& step) {
    Compound made{step.how, {}};
    for (const Query& query : step.parts) {
        auto part = make_ref<Select>(query.meta(), outer);
        part->build(query);
        made.parts.push_back(std::move(part));
    }
    if (made.parts.front()->selection == Selection::items) {
        selection = Selection::items;
        items = made.parts.front()->items;
    }
    for (const Annotation& annotation : made.parts.front()->annotations) {
        if (annotation.selected && selection == Selection::model) annotations.push_back(annotation);
    }
    deferral = made.parts.front()->deferral;
    compound = std::move(made);
    default_ordering = false;
}

// Parts that chose their own columns must have chosen equally many.
void Select::check_widths() const {
    std::size_t width = 0;
    for (const Ref<Select>& part : compound->parts) {
        if (part->compound || part->selection != Selection::items || part->is_empty()) continue;
        if (width && part->items.size() != width)
            throw DatabaseError("ORDER BY term does not match any column in the result set.");
        width = part->items.size();
    }
}

void Select::write_compound(SqlWriter& out) {
    using Kind = steps::CompoundKind;
    const Select* around = out.scope;
    check_widths();
    const bool wrapped = selection == Selection::one || selection == Selection::summary;
    if (wrapped) out << "SELECT 1 AS \"a\" FROM (";
    bool first = true;
    for (std::size_t i = 0; i < compound->parts.size(); ++i) {
        Select& part = *compound->parts[i];
        if (part.is_empty()) continue;
        // A part that says nothing of its own takes the columns that are asked of the whole.
        if (selection == Selection::items && part.selection == Selection::model && !compound_names.empty())
            part.select_values(compound_names);
        if (!out.features().supports_slicing_ordering_in_compound) {
            if (part.is_sliced())
                throw DatabaseError("LIMIT/OFFSET not allowed in subqueries of compound statements.");
            part.finish_ordering();
            if (!part.order.empty()) throw DatabaseError("ORDER BY not allowed in subqueries of compound statements.");
        }
        if (!first) {
            switch (compound->how) {
                case Kind::union_: out << " UNION "; break;
                case Kind::union_all: out << " UNION ALL "; break;
                case Kind::intersection: out << " INTERSECT "; break;
                case Kind::difference: out << " EXCEPT "; break;
            }
        }
        first = false;
        const bool nested = part.compound.has_value();
        const bool parentheses = out.features().supports_slicing_ordering_in_compound;
        out.scope = outer;
        if (nested && !parentheses) out << "SELECT * FROM (";
        if (parentheses) out << '(';
        part.write(out);
        if (parentheses || nested) out << ')';
    }
    out.scope = this;
    write_compound_order(out);
    if (is_sliced())
        out.operations().limit_offset(out.text(), low, high < 0 ? std::nullopt : std::optional<std::int64_t>(high));
    if (wrapped) out << ") subquery";
    out.scope = around;
}

bool Select::order_in_compound(const OrderBy& entry, Order& made) const {
    std::string_view path = entry.path.view();
    std::string described;
    made.descending = entry.descending;
    if (entry.expression) {
        described = entry.expression->default_alias();
        path = described;
    } else if (path.starts_with('-')) {
        made.descending ^= true;
        path.remove_prefix(1);
    }
    made.descending ^= reversed;
    made.nulls = entry.nulls;
    const Select* first = compound->parts.front().get();
    for (const Ref<Select>& part : compound->parts) {
        if (!part->is_empty()) {
            first = part.get();
            break;
        }
    }
    while (first->compound) first = first->compound->parts.front().get();
    if (path == "pk") path = model.pk().name;
    int position = 0;
    if (first->selection == Selection::items) {
        for (const Item& item : first->items) {
            ++position;
            const Col* column = item.expression->as_column();
            if (item.alias == path || (column && column->target->name == path && column->alias == 0)) return made.position = position, true;
        }
        return false;
    }
    for (const Field* field : first->loaded()) {
        ++position;
        if (field->name == path || field->attname == path) return made.position = position, true;
    }
    for (const Annotation& annotation : first->annotations) {
        position += annotation.selected;
        if (annotation.selected && annotation.alias == path) return made.position = position, true;
    }
    return false;
}

void Select::write_compound_order(SqlWriter& out) {
    if (!ordering) return;
    bool first = true;
    for (const OrderBy& entry : *ordering) {
        Order made;
        if (!order_in_compound(entry, made)) {
            std::string_view path = entry.path.view();
            if (path.starts_with('-')) path.remove_prefix(1);
            if (!entry.expression && path != "?") names_to_path(split_path(path), true, false);  // FieldError for a name that leads nowhere
            throw DatabaseError("ORDER BY term does not match any column in the result set.");
        }
        out << (first ? " ORDER BY " : ", ");
        first = false;
        out.number(made.position);
        out << (made.descending ? " DESC" : " ASC");
        if (made.nulls != OrderBy::Nulls::unset)
            out << (made.nulls == OrderBy::Nulls::last ? " NULLS LAST" : " NULLS FIRST");
    }
}

}  // namespace nuages::db::models
