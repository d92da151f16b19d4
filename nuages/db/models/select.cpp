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
    for (std::size_t i = steps.size(); i-- > 0;) apply(*steps[i]);
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
        case steps::Kind::distinct: distinct = true; break;
        case steps::Kind::slice: {
            const auto& slice = static_cast<const steps::Slice&>(step);
            set_limits(slice.offset, slice.limit);
            break;
        }
        case steps::Kind::select_related: add_select_related(static_cast<const steps::Names&>(step).names); break;
        case steps::Kind::prefetch: {
            const auto& names = static_cast<const steps::Names&>(step);
            if (names.names.empty())
                prefetches.clear();
            else
                prefetches.push_back(&names);
            break;
        }
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
    if (step.select_key)
        annotations.push_back({Name("_prefetch_related_val_" + step.own.attname), column, true, false});
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
    Resolver resolver(*this);
    Annotation annotation{alias, resolver(expression), selected, false};
    if (const auto* combined = dynamic_cast<const CombinedExpr*>(annotation.expression.get());
        combined && !combined->output().known && combined->left->output().known && combined->right->output().known)
        throw FieldError("Cannot infer type of '" + std::string(1, combined->operation) +
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
        if (grouping == Grouping::by_items && !annotation.aggregate) groups.push_back(annotation.expression);
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
    selection = Selection::items;
    items.clear();
    related.clear();
    if (names.empty()) {
        for (const Field* field : model.columns()) items.push_back({make_ref<Col>(0, *field, *field), field->attname});
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
        Resolver resolver(*this);
        items.push_back({resolver.column(name), name.view()});
    }
}

void Select::clear_select_related() {
    for (const Related& entry : related) --joins[static_cast<std::size_t>(entry.table)].references;
    related.clear();
}

void Select::add_select_related(const std::vector<Name>& paths) {
    if (selection != Selection::model)
        throw TypeError("Cannot call select_related() after .values() or .values_list()");
    if (paths.empty()) clear_select_related();
    for (const Name& path : paths) {
        const ModelMeta* meta = &model;
        int parent = -1, table = base();
        const NameParts names = split_path(path);
        for (const std::string_view name : names) {
            const Field* field = meta->find(name);
            if (!field || !field->is_foreign_key() || name == "pk" || name != field->name) {
                std::string choices;
                for (const Field* column : meta->columns()) {
                    if (column->is_foreign_key()) choices += (choices.empty() ? "" : ", ") + column->name;
                }
                if (field && !field->is_relation() && parent >= 0)
                    throw FieldError("Non-relational field given in select_related: '" + std::string(name) +
                                     "'. Choices are: " + (choices.empty() ? "(none)" : choices));
                throw FieldError("Invalid field name(s) given in select_related: '" + std::string(name) +
                                 "'. Choices are: " + (choices.empty() ? "(none)" : choices));
            }
            int block = -1;
            for (std::size_t i = 0; i < related.size(); ++i) {
                if (related[i].field == field && related[i].parent == parent) block = static_cast<int>(i);
            }
            if (block < 0) {
                const Field& target = field->target_field();
                table = join({field, &target, &field->target(), true, false, field->null}, table, nullptr);
                related.push_back({field, parent, table});
                block = static_cast<int>(related.size() - 1);
            }
            parent = block;
            table = related[static_cast<std::size_t>(block)].table;
            meta = &field->target();
        }
    }
}

void Select::choose_columns(const steps::Names& step) {
    const bool only = step.kind == steps::Kind::only;
    if (selection != Selection::model)
        throw TypeError(std::string("Cannot call ") + (only ? "only" : "defer") +
                        "() after .values() or .values_list()");
    std::vector<const Field*> named;
    for (const Name& name : step.names) {
        if (name == "pk" && !only) throw FieldDoesNotExist(model.object_name + " has no field named 'pk'");
        const Field& field = name == "pk" ? model.pk() : model.field(name);
        if (field.concrete()) named.push_back(&field);
    }
    std::vector<const Field*> result;
    for (const Field* field : model.columns()) {
        const bool listed = std::find(named.begin(), named.end(), field) != named.end();
        const bool before = chosen.empty() || std::find(chosen.begin(), chosen.end(), field) != chosen.end();
        if (field->primary_key || (only ? listed : before && !listed)) result.push_back(field);
    }
    chosen = std::move(result);
}

void Select::clear_ordering() {
    ordering = nullptr;
    default_ordering = false;
    order.clear();
    hidden.clear();
}

void Select::clear_to_one() {
    if (!(distinct && is_sliced())) {
        selection = Selection::one;
        distinct = false;
        related.clear();
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
    made.expression = make_ref<Col>(joined.joins.back(), *target, *final_field);
    for (std::size_t i = joined.path.names_used; i < names.size(); ++i) {
        Expr next = apply_transform(names[i], made.expression);
        if (!next) {
            if (final_field->is_relation()) unknown_name(names[i], *joined.path.steps.back().to);
            throw FieldError("Cannot resolve keyword " + repr(Literal(names[i])) + " into field. Join on '" +
                             std::string(names[i - 1]) + "' not permitted.");
        }
        made.expression = next;
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
            for (std::size_t i = 0; i < items.size(); ++i) {
                if (items[i].alias == name) order.back().position = static_cast<int>(i + 1);
            }
        } else if (selection == Selection::model) {
            int position = static_cast<int>(loaded().size());
            for (const Related& entry_related : related)
                position += static_cast<int>(entry_related.field->target().columns().size());
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
