// Paths and joins: from "author__name" to tables, and when a join is LEFT.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

NameParts split_path(std::string_view path) {
    NameParts parts;
    std::size_t start = 0;
    for (;;) {
        const std::size_t end = path.find("__", start);
        if (end == path.npos) break;
        parts.push_back(path.substr(start, end - start));
        start = end + 2;
    }
    parts.push_back(path.substr(start));
    return parts;
}

ThroughKeys through_keys(const Field& field) {
    const ModelMeta& through = field.model->through(field);
    ThroughKeys keys{nullptr, nullptr};
    if (!field.relation.through_source.empty()) keys.source = &through.field(field.relation.through_source);
    if (!field.relation.through_target.empty()) keys.target = &through.field(field.relation.through_target);
    for (const Field* column : through.columns()) {
        if (!column->is_foreign_key()) continue;
        const ModelMeta& target = column->target();
        if (!keys.source && &target == field.model && column != keys.target) {
            keys.source = column;
        } else if (!keys.target && &target == &field.target() && column != keys.source) {
            keys.target = column;
        }
    }
    if (!keys.source || !keys.target)
        throw ImproperlyConfigured("The through model " + through.label() + " of " + field.model->label() + "." +
                                   field.name + " has no foreign keys to both sides.");
    return keys;
}

const Field& reversed_field(const Field& reverse) {
    const ModelMeta& other = reverse.target();
    if (!reverse.relation.via.empty()) return other.field(reverse.relation.via);
    for (const Field& field : other.fields) {
        if (field.is_relation() && field.kind != FieldKind::reverse && &field.target() == reverse.model) return field;
    }
    throw ImproperlyConfigured(other.label() + " has no relation to " + reverse.model->label() + ".");
}

int Select::add_base() {
    Join base;
    base.model = &model;
    base.references = 1;
    joins.push_back(base);
    return 0;
}

namespace {

void add_forward(Path& path, const Field& field) {
    const Field& target = field.target_field();
    path.steps.push_back({&field, &target, &field.target(), true, false, field.null});
    path.target = &target;
}

void add_backward(Path& path, const Field& field) {
    path.steps.push_back({&field.target_field(), &field, field.model, false, !field.unique, true});
    path.target = &field.model->pk();
    if (path.target->is_composite()) path.target = field.model->pk_columns().front();
}

void add_relation(Path& path, const Field& field, bool backward) {
    if (field.kind == FieldKind::many_to_many) {
        const ThroughKeys keys = through_keys(field);
        add_backward(path, backward ? *keys.target : *keys.source);
        add_forward(path, backward ? *keys.source : *keys.target);
    } else if (backward) {
        add_backward(path, field);
    } else {
        add_forward(path, field);
    }
    path.final_field = &field;
}

const ReverseRelation* find_reverse(const ModelMeta& meta, std::string_view name) {
    if (!meta.registry || name.empty()) return nullptr;
    for (const ReverseRelation& relation : meta.registry->relations_to(meta)) {
        if (relation.query_name == name) return &relation;
    }
    return nullptr;
}

/// A field of META, or a relation that leads to it.
struct NamedField {
    const Field* field = nullptr;
    bool backward = false;
};

NamedField named(const ModelMeta& meta, std::string_view name) {
    const Field* field = meta.find(name);
    if (field && field->kind == FieldKind::reverse) return {&reversed_field(*field), true};
    if (field) return {field, false};
    if (const ReverseRelation* reverse = find_reverse(meta, name)) return {reverse->field, true};
    return {};
}

/// The same of a model that META extends; the path goes there first.
NamedField inherited(Path& path, const ModelMeta*& meta, std::string_view name) {
    for (const Field* link : meta->parent_links()) {
        const std::size_t before = path.steps.size();
        const Field* const target = path.target;
        const ModelMeta* parent = &link->target();
        add_forward(path, *link);
        NamedField found = named(*parent, name);
        if (!found.field) found = inherited(path, parent, name);
        if (found.field) {
            meta = parent;
            return found;
        }
        path.steps.resize_down(before);
        path.target = target;
    }
    return {};
}

}  // namespace

Path Select::names_to_path(const NameParts& names, bool allow_many, bool fail_on_missing, const ModelMeta* from) const {
    Path path;
    const ModelMeta* meta = from ? from : &model;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i == 0 && (!from || from == &model) && !filtered.empty() && begin_filtered(names[0], path, meta)) continue;
        const std::size_t before = path.steps.size();
        NamedField found = named(*meta, names[i]);
        if (!found.field) found = inherited(path, meta, names[i]);
        const auto [field, backward] = found;
        if (!field) {
            if (i == 0 || fail_on_missing) unknown_name(names[i], *meta);
            break;
        }
        path.names_used = i + 1;
        if (!field->is_relation()) {
            path.final_field = path.target = field;
            path.steps_per_name.push_back(static_cast<int>(path.steps.size() - before));
            if (fail_on_missing && i + 1 != names.size())
                throw FieldError("Cannot resolve keyword " + repr(Literal(names[i + 1])) + " into field. Join on '" +
                                 std::string(names[i]) + "' not permitted.");
            break;
        }
        add_relation(path, *field, backward);
        path.steps_per_name.push_back(static_cast<int>(path.steps.size() - before));
        if (!allow_many) {
            for (std::size_t s = before; s < path.steps.size(); ++s) {
                if (path.steps[s].many) {
                    path.steps.resize_down(s + 1);
                    path.steps_per_name.back() = static_cast<int>(s + 1 - before);
                    path.many_at = static_cast<int>(i + 1);
                    return path;
                }
            }
        }
        meta = path.steps.back().to;
    }
    return path;
}

// A path that begins with the alias of a filtered relation goes along that relation.
bool Select::begin_filtered(std::string_view name, Path& path, const ModelMeta*& meta) const {
    for (std::size_t i = 0; i < filtered.size(); ++i) {
        if (filtered[i].alias != name) continue;
        const Path inner = names_to_path(split_path(filtered[i].relation), true, true, &model);
        path = inner;
        path.filtered = static_cast<int>(i);
        path.steps_per_name.clear();
        path.steps_per_name.push_back(static_cast<int>(inner.steps.size()));
        path.names_used = 1;
        meta = inner.steps.back().to;
        return true;
    }
    return false;
}

// The condition's paths begin with the relation's name, and mean the join itself.
void Select::resolve_filtered(std::size_t index, AliasSet* reuse) {
    if (filtered[index].resolved || filtered[index].resolving || filtered[index].condition->empty()) return;
    filtered[index].resolving = true;
    QNode condition = *filtered[index].condition;
    const std::string relation(filtered[index].relation.view()), alias(filtered[index].alias.view());
    const auto rename = [&](auto& self, QNode& node) -> void {
        if (node.op == QNode::Op::leaf) {
            const std::string_view path = node.path.view();
            const bool inside = path == relation || (path.starts_with(relation) && path.substr(relation.size()).starts_with("__"));
            if (inside) {
                node.path = Name(alias + std::string(path.substr(relation.size())));
            } else {
                const std::string head(path.substr(0, path.find("__")));
                throw ValueError("FilteredRelation's condition doesn't support relations outside the " +
                                 repr(Literal(relation)) + " (got " + repr(Literal(path)) + ").");
            }
        }
        for (QNode& child : node.children) self(self, child);
    };
    rename(rename, condition);
    kept_.push_back(std::move(condition));
    Resolver resolver(*this);
    resolver.reuse = reuse;
    const JoinType type = joins[static_cast<std::size_t>(filtered[index].table)].type;
    Expr resolved = resolver.condition(kept_.back());
    joins[static_cast<std::size_t>(filtered[index].table)].type = type;
    filtered[index].resolved = resolved;
}

void Select::unknown_name(std::string_view name, const ModelMeta& where) const {
    std::vector<std::string> choices;
    for (const Field& field : where.fields) {
        if (field.kind == FieldKind::reverse) continue;  // by the relation's name in queries, below
        choices.push_back(field.name);
        if (field.is_foreign_key()) choices.push_back(field.attname);
    }
    if (where.registry) {
        for (const ReverseRelation& relation : where.registry->relations_to(where)) {
            if (!relation.query_name.empty()) choices.push_back(relation.query_name);
        }
    }
    for (const Annotation& annotation : annotations) {
        if (annotation.selected) choices.emplace_back(annotation.alias.view());
    }
    for (const FilteredRelation& relation : filtered) choices.emplace_back(relation.alias.view());
    std::sort(choices.begin(), choices.end());
    choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
    std::string text = "Cannot resolve keyword " + repr(Literal(name)) + " into field. Choices are: ";
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i) text += ", ";
        text += choices[i];
    }
    throw FieldError(std::move(text));
}

int Select::join(const PathStep& step, int parent, AliasSet* reuse, int filtered_relation) {
    for (std::size_t i = joins.size(); i-- > 1;) {
        Join& known = joins[i];
        if (known.filtered == filtered_relation && known.parent == parent && known.left == step.left && known.right == step.right &&
            (!step.many || !reuse || (*reuse >> i & 1) || filtered_relation >= 0)) {
            ++known.references;
            return static_cast<int>(i);
        }
    }
    if (joins.size() >= 64) throw NotSupportedError("A query can join at most 64 tables.");
    Join added;
    added.model = step.to;
    added.parent = parent;
    added.left = step.left;
    added.right = step.right;
    added.nullable = step.nullable;
    added.type = step.nullable || joins[static_cast<std::size_t>(parent)].type == JoinType::left ? JoinType::left
                                                                                                 : JoinType::inner;
    added.references = 1;
    added.filtered = filtered_relation;
    joins.push_back(added);
    const auto index = static_cast<int>(joins.size() - 1);
    if (filtered_relation >= 0) {
        filtered[static_cast<std::size_t>(filtered_relation)].table = index;
        resolve_filtered(static_cast<std::size_t>(filtered_relation), reuse);
    }
    return index;
}

JoinedPath Select::setup_joins(const NameParts& names, AliasSet* reuse, bool allow_many, bool fail_on_missing,
                               const ModelMeta* from, int table) {
    JoinedPath joined;
    joined.path = names_to_path(names, allow_many, fail_on_missing, from);
    if (joined.path.many_at >= 0) return joined;
    base();
    joined.joins.push_back(table);
    const int behind = joined.path.filtered >= 0 ? joined.path.steps_per_name[0] - 1 : -1;
    for (std::size_t i = 0; i < joined.path.steps.size(); ++i) {
        const PathStep& step = joined.path.steps[i];
        table = join(step, table, step.many ? reuse : nullptr, static_cast<int>(i) == behind ? joined.path.filtered : -1);
        joined.joins.push_back(table);
    }
    return joined;
}

const Field* Select::trim_joins(JoinedPath& joined) {
    const Field* target = joined.path.target;
    for (std::size_t i = joined.path.steps.size(); i-- > 0;) {
        const PathStep& step = joined.path.steps[i];
        const bool conditional = joins[static_cast<std::size_t>(joined.joins.back())].filtered >= 0;
        if (joined.joins.size() == 1 || !step.direct || step.right != target || conditional) break;
        target = step.left;
        --joins[static_cast<std::size_t>(joined.joins.back())].references;
        joined.joins.pop_back();
    }
    return target;
}

void Select::promote(AliasSet tables) {
    while (tables) {
        const int i = __builtin_ctzll(tables);
        tables &= tables - 1;
        Join& join = joins[static_cast<std::size_t>(i)];
        if (join.type != JoinType::inner) continue;
        const bool parent_left = joins[static_cast<std::size_t>(join.parent)].type == JoinType::left;
        if (!join.nullable && !parent_left) continue;
        join.type = JoinType::left;
        for (std::size_t child = 1; child < joins.size(); ++child) {
            if (joins[child].parent == i) tables |= AliasSet(1) << child;
        }
    }
}

void Select::demote(AliasSet tables) {
    while (tables) {
        const int i = __builtin_ctzll(tables);
        tables &= tables - 1;
        Join& join = joins[static_cast<std::size_t>(i)];
        if (join.type != JoinType::left) continue;
        join.type = JoinType::inner;
        if (joins[static_cast<std::size_t>(join.parent)].type != JoinType::base) tables |= AliasSet(1) << join.parent;
    }
}

std::string Select::table_name(std::size_t index) const {
    if (outer) {
        char prefix = 'T';
        for (const Select* around = outer; around; around = around->outer) ++prefix;
        return prefix + std::to_string(index);
    }
    const Join& join = joins[index];
    if (join.filtered >= 0) return std::string(filtered[static_cast<std::size_t>(join.filtered)].alias.view());
    for (std::size_t i = 0; i < index; ++i) {
        if (joins[i].model->db_table == join.model->db_table) return "T" + std::to_string(index + 1);
    }
    return join.model->db_table;
}

void Select::write_table_name(SqlWriter& out, std::size_t index) const {
    if (!outer && index == 0) {
        out.name(joins[0].model->db_table);
    } else {
        out.name(table_name(index));
    }
}

}  // namespace nuages::db::models
