// What a query selects, and in what order: its steps taken in one after the other.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/swapping.hpp>

#include <algorithm>

namespace nuages::db::models {

void Select::build(const Query& query, bool with_parents) {
    if (!model.swappable.empty()) refuse_swapped(model);
    detail::InlineVector<const Query::Step*, 16> steps;
    for (const Query::Step* step = query.last(); step; step = step->before()) steps.push_back(step);
    base();
    std::size_t first = steps.size();
    for (std::size_t i = 0; i < steps.size(); ++i) {  // what comes before a set operation is its first part
        if (steps[i]->kind == steps::Kind::compound) {
            first = i + 1;
            break;
        }
    }
    for (std::size_t i = first; i-- > 0;) apply(*steps[i]);
    if (with_parents && !compound) add_parents(model, -1, base());
    finish_columns();
}

void Select::apply(const Query::Step& step) {
    switch (step.kind) {
        case steps::Kind::filter:
        case steps::Kind::exclude: add_q(static_cast<const steps::Filter&>(step).node); break;
        case steps::Kind::annotate:
        case steps::Kind::alias: {
            const auto& annotate = static_cast<const steps::Annotate&>(step);
            add_annotation(annotate.alias, annotate.expression, step.kind == steps::Kind::annotate);
            break;
        }
        case steps::Kind::order_by:
            ordering = &static_cast<const steps::Order&>(step).ordering;
            default_ordering = false;
            break;
        case steps::Kind::reverse: reversed = !reversed; break;
        case steps::Kind::distinct:
            distinct = true;
            distinct_names = static_cast<const steps::Names&>(step).names;
            break;
        case steps::Kind::slice: {
            const auto& slice = static_cast<const steps::Slice&>(step);
            set_limits(slice.offset, slice.limit);
            break;
        }
        case steps::Kind::select_related: {
            const auto& names = static_cast<const steps::Names&>(step).names;
            if (names.size() == 1 && names[0] == "*")
                select_all_related(model, -1, base(), 0);
            else
                add_select_related(names);
            break;
        }
        case steps::Kind::prefetch: {
            const auto& lookups = static_cast<const steps::Prefetches&>(step).lookups;
            if (lookups.empty()) prefetches.clear();
            for (const Prefetch& lookup : lookups) prefetches.push_back(&lookup);
            break;
        }
        case steps::Kind::lock: lock = &static_cast<const steps::Lock&>(step).options; break;
        case steps::Kind::compound: add_compound(static_cast<const steps::Compound&>(step)); break;
        case steps::Kind::combined: add_combined(static_cast<const steps::Combined&>(step)); break;
        case steps::Kind::values: select_values(static_cast<const steps::Names&>(step).names); break;
        case steps::Kind::only:
        case steps::Kind::defer: choose_columns(static_cast<const steps::Names&>(step)); break;
        case steps::Kind::none: nothing = true; break;
        case steps::Kind::using_: database = static_cast<const steps::Using&>(step).database; break;
        case steps::Kind::through: add_through(static_cast<const steps::Through&>(step)); break;
        case steps::Kind::per_owner: limit_per_owner(static_cast<const steps::PerOwner&>(step)); break;
        case steps::Kind::fetch_mode: mode = static_cast<const steps::Mode&>(step).mode; break;
    }
}

void Select::add_through(const steps::Through& step) {
    const ModelMeta& table = *step.own.model;
    const int index = join({&step.other.target_field(), &step.other, &table, false, true, false}, base(), nullptr);
    Expr column = make_ref<Col>(index, step.own, step.own);
    auto lookup = make_ref<Lookup>(step.keys.size() == 1 ? LookupKind::exact : LookupKind::in, column);
    lookup->owned = step.keys.size() == 1 ? step.keys.front() : Literal(step.keys);
    lookup->literal = &lookup->owned;
    where.push_back(lookup);
    if (step.select_key) through_columns.push_back(column);
}

void Select::set_limits(std::int64_t offset, std::int64_t limit) {
    const std::int64_t from = low + offset;
    std::int64_t to = limit < 0 ? -1 : from + limit;
    if (high >= 0) to = to < 0 ? high : std::min(to, high);
    low = high >= 0 ? std::min(from, high) : from;
    high = to;
    if (high >= 0 && low >= high) nothing = true;
}

void Select::check_alias(std::string_view alias) const {
    bool bad = alias.empty();
    for (std::size_t i = 0; i < alias.size(); ++i) {
        const auto c = static_cast<unsigned char>(alias[i]);
        const std::string_view two = alias.substr(i, 2);
        if (c <= 0x20 || c == 0x7f || std::string_view("'`\"[];#%.").find(alias[i]) != std::string_view::npos ||
            two == "--" || two == "/*" || two == "*/")
            bad = true;
    }
    if (bad)
        throw ValueError(
            "Column aliases cannot contain whitespace characters, hashes, control characters, quotation marks, "
            "semicolons, or SQL comments.");
}

namespace {

std::string operator_name(char operation) {
    switch (operation) {
        case '^': return "^";
        case '<': return "<<";
        case '>': return ">>";
        case '%': return "%%";
        default: return std::string(1, operation);
    }
}

}  // namespace

// A path of the condition stays on the relation: Django looks at the names before the last one, or before the last two
// where no lookup follows.
void Select::check_filtered_path(std::string_view relation, const NameParts& names, std::size_t own, std::string_view path) const {
    const NameParts parts = split_path(path);
    if (find_annotation(parts[0])) return;
    for (const FilteredRelation& other : filtered) {
        if (other.alias == parts[0]) return;
    }
    const std::size_t fields = names_to_path(parts, true, false).names_used;
    const std::size_t shift = fields == parts.size() ? 2 : 1;
    for (std::size_t i = 0; i + shift < fields; ++i) {
        if (i < own) {
            if (parts[i] != names[i])
                throw ValueError("FilteredRelation's condition doesn't support relations outside the " + repr(Literal(relation)) +
                                 " (got " + repr(Literal(path)) + ").");
        } else if (fields > own + 1) {
            throw ValueError("FilteredRelation's condition doesn't support nested relations deeper than the relation_name (got " +
                             repr(Literal(path)) + " for " + repr(Literal(relation)) + ").");
        }
    }
}

void Select::add_filtered_relation(const Name& alias, const FilteredRelationExpr& relation) {
    for (const std::string_view name : split_path(relation.relation)) {
        if (find_lookup(name) != LookupKind::none)
            throw ValueError("FilteredRelation's relation_name cannot contain lookups (got " +
                             repr(Literal(relation.relation.view())) + ").");
    }
    NameParts names = split_path(relation.relation);
    Path path = names_to_path(names, true, true);
    if (path.steps.empty())
        throw ValueError("FilteredRelation's relation_name " + repr(Literal(relation.relation.view())) + " is no relation.");
    const std::size_t own = path.names_used;
    const auto check = [&](const auto& self, const QNode& node) -> void {
        for (const QNode& child : node.children) self(self, child);
        if (node.op == QNode::Op::leaf) check_filtered_path(relation.relation, names, own, node.path);
    };
    check(check, relation.condition);
    filtered.push_back({alias, relation.relation, &relation.condition, {}, -1, false});
}

void Select::add_annotation(const Name& alias, const Expr& expression, bool selected) {
    check_alias(alias);
    bool conflict = false;
    if (selection == Selection::items) {
        for (const Item& item : items) conflict |= item.alias == alias.view() && !find_annotation(alias);
    } else {
        conflict = model.find(alias) && alias != "pk";
        if (!conflict && model.registry) {
            for (const ReverseRelation& relation : model.registry->relations_to(model))
                conflict |= relation.query_name == alias.view() && !relation.query_name.empty();
        }
    }
    if (conflict)
        throw ValueError("The annotation '" + std::string(alias.view()) + "' conflicts with a field on the model.");
    if (const auto* relation = dynamic_cast<const FilteredRelationExpr*>(expression.get()))
        return add_filtered_relation(alias, *relation);
    Resolver resolver(*this);
    Annotation annotation{alias, resolver(expression), selected, false};
    if (!annotation.expression) throw TypeError("QuerySet.annotate() received a non-expression.");
    if (const auto* combined = dynamic_cast<const CombinedExpr*>(annotation.expression.get());
        combined && !combined->output().known && combined->left->output().known && combined->right->output().known)
        throw FieldError("Cannot infer type of '" + operator_name(combined->operation) +
                         "' expression involving these types: " + std::string(output_name(combined->left->output())) +
                         ", " + std::string(output_name(combined->right->output())) + ". You must set output_field.");
    annotation.aggregate = annotation.expression->contains_aggregate();
    if (annotation.aggregate && selection == Selection::items) {
        grouping = Grouping::by_items;
        groups.clear();
        for (const Item& item : items) group_selected(item.expression, groups);
    } else if (annotation.aggregate && grouping == Grouping::none) {
        grouping = Grouping::by_model;
    }
    const auto known = std::find_if(annotations.begin(), annotations.end(),
                                    [&](const Annotation& entry) { return entry.alias == alias.view(); });
    if (selection == Selection::items && selected) {
        const std::string_view name = known != annotations.end() ? known->alias.view() : annotation.alias.view();
        std::erase_if(items, [&](const Item& item) { return item.alias == name; });
        if (grouping == Grouping::by_items && !annotation.aggregate) group_selected(annotation.expression, groups);
        items.push_back({annotation.expression, annotation.alias.view()});
    }
    if (known != annotations.end())
        *known = std::move(annotation);
    else
        annotations.push_back(std::move(annotation));
}

bool Select::has_aggregates() const {
    return std::any_of(annotations.begin(), annotations.end(), [](const Annotation& entry) { return entry.aggregate; });
}

void Select::select_values(const std::vector<Name>& names) {
    if (compound) {
        compound_names = names;
        if (compound->parts.front()->selection == Selection::items) return;
        for (const Ref<Select>& part : compound->parts) part->select_values(names);
        selection = Selection::items;
        items = compound->parts.front()->items;
        return;
    }
    selection = Selection::items;
    items.clear();
    related.clear();
    if (names.empty()) {
        for (const Field* field : model.columns()) items.push_back({column(0, *field, *field), field->attname});
        for (const Annotation& annotation : annotations) {
            if (annotation.selected) items.push_back({annotation.expression, annotation.alias.view()});
        }
        return;
    }
    // Only those that are named stay selected.
    for (Annotation& annotation : annotations)
        annotation.selected = annotation.selected && std::any_of(names.begin(), names.end(), [&](const Name& name) { return annotation.alias == name.view(); });
    for (const Name& name : names) {
        if (const Annotation* annotation = find_annotation(name)) {
            if (!annotation->selected)
                throw FieldError("Cannot select the '" + std::string(name.view()) + "' alias. Use annotate() to promote it.");
            items.push_back({annotation->expression, annotation->alias.view()});
            continue;
        }
        check_alias(name);
        Resolver resolver(*this);
        items.push_back({resolver.column(name), name.view()});
    }
}

void Select::clear_to_one() {
    if (compound) {
        clear_ordering();
        const std::int64_t only_one = low + 1;
        if (high < 0 || high > only_one) high = only_one;
        return;
    }
    if (!(distinct && is_sliced())) {
        selection = Selection::one;
        distinct = false;
        related.clear();
        if (grouping != Grouping::none && std::none_of(where.begin(), where.end(), [](const Expr& condition) {
                return condition->contains_aggregate();
            })) {
            // Groups exist where rows do.
            grouping = Grouping::none;
            for (Annotation& annotation : annotations) annotation.aggregate = false;
        }
    }
    clear_ordering();
    const std::int64_t one = low + 1;
    if (high < 0 || high > one) high = one;
}

}  // namespace nuages::db::models
