// What is read beside a query's own objects: select_related(), and what only() and defer() leave of all of them.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

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

void Select::add_parents(const ModelMeta& meta, int parent, int table) {
    if (selection != Selection::model) return;
    for (const Field* link : meta.parent_links()) {
        const int block = add_related(meta, *link, false, parent, table);
        const Related entry = related[static_cast<std::size_t>(block)];
        add_parents(entry.target(), block, entry.table);
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

}  // namespace nuages::db::models
