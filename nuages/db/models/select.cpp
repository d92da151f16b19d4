// What a query selects, and in what order: its steps taken in one after the other.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

void Select::build(const Query& query) {
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
        for (const Item& item : items) item.expression->group_by(groups);
    } else if (annotation.aggregate && grouping == Grouping::none) {
        grouping = Grouping::by_model;
    }
    const auto known = std::find_if(annotations.begin(), annotations.end(),
                                    [&](const Annotation& entry) { return entry.alias == alias.view(); });
    if (selection == Selection::items && selected) {
        const std::string_view name = known != annotations.end() ? known->alias.view() : annotation.alias.view();
        std::erase_if(items, [&](const Item& item) { return item.alias == name; });
        if (grouping == Grouping::by_items && !annotation.aggregate) annotation.expression->group_by(groups);
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
    for (const Name& name : names) {
        if (const Annotation* annotation = find_annotation(name)) {
            items.push_back({annotation->expression, annotation->alias.view()});
            continue;
        }
        check_alias(name);
        Resolver resolver(*this);
        items.push_back({resolver.column(name), name.view()});
    }
}

void Select::clear_select_related() {
    for (const Related& entry : related) --joins[static_cast<std::size_t>(entry.table)].references;
    related.clear();
}

namespace {

/// A relation to one by the name that select_related() takes.
struct ToOne {
    const Field* field = nullptr;
    bool backward = false;
};

ToOne find_to_one(const ModelMeta& meta, std::string_view name) {
    const Field* field = meta.find(name);
    if (field && field->is_foreign_key() && name == field->name) return {field, false};
    if (field && field->kind == FieldKind::reverse) {
        const Field& forward = reversed_field(*field);
        if (forward.unique && forward.is_foreign_key()) return {&forward, true};
    }
    if (meta.registry) {
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (relation.query_name == name && relation.field->is_foreign_key() && relation.field->unique)
                return {relation.field, true};
        }
    }
    return {};
}

[[noreturn]] void refuse_related(const ModelMeta& meta, std::string_view name, bool nested) {
    std::string choices;
    for (const Field* column : meta.columns()) {
        if (column->is_foreign_key()) choices += (choices.empty() ? "" : ", ") + column->name;
    }
    if (meta.registry) {
        for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
            if (relation.field->is_foreign_key() && relation.field->unique && !relation.query_name.empty())
                choices += (choices.empty() ? "" : ", ") + relation.query_name;
        }
    }
    if (choices.empty()) choices = "(none)";
    const Field* field = meta.find(name);
    const bool plain = field && !field->is_relation() && (nested || name == field->name);
    throw FieldError((plain ? "Non-relational field given in select_related: '" : "Invalid field name(s) given in select_related: '") +
                     std::string(name) + "'. Choices are: " + choices);
}

}  // namespace

int Select::add_related(const ModelMeta& meta, const Field& field, bool backward, int parent, int table) {
    (void)meta;
    for (std::size_t i = 0; i < related.size(); ++i) {
        if (related[i].field == &field && related[i].parent == parent && related[i].backward == backward)
            return static_cast<int>(i);
    }
    const Field& key = field.target_field();
    const bool left = backward || field.null;
    const PathStep step = backward ? PathStep{&key, &field, field.model, false, false, left}
                                   : PathStep{&field, &key, &field.target(), true, false, left};
    const int joined = join(step, table, nullptr);
    // A join that conditions made INNER may stay so; one that select_related needs for rows without it is LEFT.
    related.push_back({&field, parent, joined, backward, {}});
    return static_cast<int>(related.size() - 1);
}

// The objects of a FilteredRelation; -1 where the name is no alias of one.
int Select::add_filtered_related(std::string_view alias) {
    const auto found = std::find_if(filtered.begin(), filtered.end(), [&](const FilteredRelation& one) { return one.alias == alias; });
    if (found == filtered.end()) return -1;
    for (std::size_t i = 0; i < related.size(); ++i) {
        if (related[i].alias == alias) return static_cast<int>(i);
    }
    const std::string_view name = found->alias.view();
    NameParts names;
    names.push_back(name);
    const JoinedPath joined = setup_joins(names, nullptr, true, true);
    Related& entry = related.emplace_back(Related{joined.path.final_field, -1, joined.joins.back()});
    entry.alias = name;
    entry.to = joined.path.steps.back().to;
    entry.one_hop = joined.path.steps.size() == 1;
    return static_cast<int>(related.size() - 1);
}

void Select::add_select_related(const std::vector<Name>& paths) {
    if (selection != Selection::model)
        throw TypeError("Cannot call select_related() after .values() or .values_list()");
    if (paths.empty()) clear_select_related();
    for (const Name& path : paths) {
        const ModelMeta* meta = &model;
        int parent = -1, table = base();
        for (const std::string_view name : split_path(path)) {
            const int by_condition = parent < 0 ? add_filtered_related(name) : -1;
            if (by_condition >= 0) {
                parent = by_condition;
            } else {
                const ToOne relation = find_to_one(*meta, name);
                if (!relation.field) refuse_related(*meta, name, parent >= 0);
                parent = add_related(*meta, *relation.field, relation.backward, parent, table);
            }
            table = related[static_cast<std::size_t>(parent)].table;
            meta = &related[static_cast<std::size_t>(parent)].target();
        }
    }
}

void Select::select_all_related(const ModelMeta& meta, int parent, int table, int depth) {
    constexpr int kDepthMax = 5;
    if (selection != Selection::model)
        throw TypeError("Cannot call select_related() after .values() or .values_list()");
    if (depth == kDepthMax) return;
    for (const Field* field : meta.columns()) {
        if (!field->is_foreign_key() || field->null) continue;
        const int block = add_related(meta, *field, false, parent, table);
        const Related entry = related[static_cast<std::size_t>(block)];
        select_all_related(entry.target(), block, entry.table, depth + 1);
    }
}

void Select::choose_columns(const steps::Names& step) {
    const bool only = step.kind == steps::Kind::only;
    if (selection != Selection::model)
        throw TypeError(std::string("Cannot call ") + (only ? "only" : "defer") +
                        "() after .values() or .values_list()");
    std::vector<std::string> names;
    for (const Name& name : step.names) {
        std::string text(name.view());
        if (only && text == "pk" && !model.pk().is_composite()) text = model.pk().name;
        if (std::find(names.begin(), names.end(), text) == names.end()) names.push_back(std::move(text));
    }
    const auto without = [](const std::vector<std::string>& from, const std::vector<std::string>& those) {
        std::vector<std::string> left;
        for (const std::string& name : from) {
            if (std::find(those.begin(), those.end(), name) == those.end()) left.push_back(name);
        }
        return left;
    };
    if (only) {
        deferral = {deferral.defer ? without(names, deferral.names) : names, false};
    } else if (names.empty()) {
        deferral = {};
    } else if (deferral.defer) {
        for (std::string& name : without(names, deferral.names)) deferral.names.push_back(std::move(name));
    } else {
        std::vector<std::string> left = without(deferral.names, names);
        if (!left.empty())
            deferral = {std::move(left), false};
        else
            deferral = {without(names, deferral.names), true};
    }
}

namespace {

struct Mask {
    std::vector<std::string> names;  // relative to the model
    bool defer;
};

// The columns of a model under a mask; `inner` gives the mask of a relation's own model.
std::vector<const Field*> masked(const ModelMeta& model, const Mask& mask) {
    std::vector<const Field*> whole;   // named without a path behind
    std::vector<const Field*> passed;  // on the way to a field of another model
    for (const std::string& name : mask.names) {
        const NameParts parts = split_path(name);
        const ToOne relation = parts.size() > 1 ? find_to_one(model, parts[0]) : ToOne{};
        if (relation.field && relation.backward) continue;
        const bool composite = parts[0] == "pk" && model.pk().is_composite() && !mask.defer;
        if (parts[0] == "pk" && !composite) throw FieldDoesNotExist(model.object_name + " has no field named 'pk'");
        if (composite) continue;
        const Field& field = model.field(parts[0]);
        (parts.size() > 1 && field.is_foreign_key() ? passed : whole).push_back(&field);
    }
    std::vector<const Field*> result;
    const auto listed = [](const std::vector<const Field*>& list, const Field* field) {
        return std::find(list.begin(), list.end(), field) != list.end();
    };
    for (const Field* field : model.columns()) {
        const bool wanted = mask.defer ? !listed(whole, field) : listed(whole, field) || listed(passed, field);
        if (wanted || model.is_pk_column(*field)) result.push_back(field);
    }
    return result;
}

Mask inner_mask(const Mask& mask, std::string_view relation) {
    Mask inner{{}, mask.defer};
    for (const std::string& name : mask.names) {
        if (name.size() > relation.size() + 2 && name.starts_with(relation) && name.compare(relation.size(), 2, "__") == 0)
            inner.names.push_back(name.substr(relation.size() + 2));
    }
    return inner;
}

}  // namespace

void Select::finish_columns() {
    if (selection != Selection::model) return;
    std::vector<Mask> masks;  // of each related block
    const Mask whole{deferral.names, deferral.defer};
    if (!deferral.empty()) chosen = masked(model, whole);
    for (Related& entry : related) {
        const Mask& outer_mask = entry.parent < 0 ? whole : masks[static_cast<std::size_t>(entry.parent)];
        std::string name = entry.field->name;
        if (entry.to) name = entry.alias;
        if (entry.backward && model.registry) {
            for (const ReverseRelation& relation : model.registry->relations_to(entry.field->target())) {
                if (relation.field == entry.field) name = relation.query_name;
            }
        }
        masks.push_back(inner_mask(outer_mask, name));
        const Mask& mask = masks.back();
        // only("author") without a path into the author reads all of it.
        const bool all = mask.names.empty();
        entry.columns = all ? entry.target().columns() : masked(entry.target(), mask);
        if (all) masks.back().defer = true;
        const ModelMeta& owner = entry.parent < 0 ? model : related[static_cast<std::size_t>(entry.parent)].target();
        const std::vector<const Field*>& read = entry.parent < 0 ? loaded() : related[static_cast<std::size_t>(entry.parent)].columns;
        if (!entry.backward && !entry.to && std::find(read.begin(), read.end(), entry.field) == read.end())
            throw FieldError("Field " + owner.object_name + "." + entry.field->name +
                             " cannot be both deferred and traversed using select_related at the same time.");
    }
}

void Select::clear_ordering() {
    ordering = nullptr;
    default_ordering = false;
    order.clear();
    hidden.clear();
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
    if (!path.empty() && (path.front() == '-' || path.front() == '+')) {
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
    if (!path.empty() && (path.front() == '-' || path.front() == '+')) path.remove_prefix(1);
    return path;
}

}  // namespace

void Select::finish_ordering() {
    if (ordering_done) return;
    ordering_done = true;
    const auto add = [&](const OrderBy& entry) {
        const std::size_t before = order.size();
        add_order(entry, model, 0, reversed, 0);
        if (entry.expression || order.size() != before + 1) return;
        const std::string_view name = without_sign(entry.path);
        if (selection == Selection::items) {
            int position = 0;
            for (const Item& item : items) {
                const std::vector<Expr>* parts = item.expression->as_tuple();
                position += parts ? static_cast<int>(parts->size()) : 1;
                if (item.alias == name && !parts) order.back().position = position;
            }
        } else if (selection == Selection::model) {
            int position = static_cast<int>(loaded().size());
            for (const Related& entry_related : related)
                position += static_cast<int>(entry_related.columns.size());
            for (const Annotation& annotation : annotations) {
                position += annotation.selected;
                if (annotation.selected && annotation.alias == name) order.back().position = position;
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
