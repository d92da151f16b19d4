// Conditions: trees of Q become resolved trees, with the joins that they need.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <utility>

namespace nuages::db::models {

QNode::QNode(Name name, const Query& query) : op(Op::leaf), path(std::move(name)) {
    auto subquery = make_ref<SubqueryExpr>(query, false);
    subquery->bare = true;
    expression = subquery;
}

QNode::QNode(Name name, const Ref<Instance>& object)
    : op(Op::leaf), path(std::move(name)), value(object->meta().pk().get(object->object())), instance(object) {}

namespace {

// The key of an object as the end of a path wants it; ValueError for an object of another model.
Literal key_for(const Instance& object, const Path& path) {
    const Field& field = *path.final_field;
    if (!field.is_relation() || path.steps.empty()) return object.meta().pk().get(object.object());
    const ModelMeta& wanted = *path.steps.back().to;
    if (&wanted != &object.meta())
        throw ValueError("Cannot query \"" + object.meta().ops->str(object.meta(), object.object()) + "\": Must be \"" +
                         wanted.object_name + "\" instance.");
    const bool forward = field.is_foreign_key() && path.steps.back().direct;
    return (forward ? field.target_field() : wanted.pk()).get(object.object());
}

// Whether rows of `given` are rows of `wanted`: the same model, or one whose table extends the other's.
bool same_rows(const ModelMeta& given, const ModelMeta& wanted) {
    if (&given == &wanted) return true;
    for (const Field* link : given.parent_links()) {
        if (same_rows(link->target(), wanted)) return true;
    }
    return false;
}

// A query of objects on the right of a relation must be of the relation's model.
void check_rows_of(const Expr& rhs, const Path& path) {
    const auto* rows = dynamic_cast<const SubqueryExpr*>(rhs.get());
    if (!rows || !rows->bare || !rows->select || rows->select->compound || path.steps.empty()) return;
    if (rows->select->selection != Select::Selection::model) return;
    const ModelMeta &given = rows->select->model, &wanted = *path.steps.back().to;
    if (same_rows(given, wanted) || same_rows(wanted, given)) return;
    const Field& field = *path.final_field;
    if (field.primary_key && same_rows(given, *field.model)) return;
    throw ValueError("Cannot use QuerySet for \"" + given.object_name + "\": Use a QuerySet for \"" + wanted.object_name + "\".");
}

}  // namespace

QNode QNode::join(Op op, QNode a, QNode b) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    QNode result;
    result.op = op;
    const auto take = [&](QNode&& node) {
        if (node.op == op && !node.negated) {
            for (QNode& child : node.children) result.children.push_back(std::move(child));
        } else {
            result.children.push_back(std::move(node));
        }
    };
    if (op == Op::xor_) {  // chains of XOR are not flattened by Python's operators either, but mean the same
        result.children.push_back(std::move(a));
        result.children.push_back(std::move(b));
        return result;
    }
    result.children.reserve(2);
    take(std::move(a));
    take(std::move(b));
    return result;
}

QNode operator!(QNode a) {
    QNode result;
    result.negated = true;
    result.children.push_back(std::move(a));
    return result;
}

bool same_condition(const QNode& a, const QNode& b) {
    if (a.op != b.op || a.negated != b.negated || a.path.view() != b.path.view() || !(a.value == b.value) ||
        !same_expression(a.expression, b.expression) || a.children.size() != b.children.size())
        return false;
    for (std::size_t i = 0; i < a.children.size(); ++i) {
        if (!same_condition(a.children[i], b.children[i])) return false;
    }
    return true;
}

namespace {

// Which joins stay INNER when a connector has seen all its children (django.db.models.sql.query.JoinPromoter).
class JoinVotes {
public:
    JoinVotes(QNode::Op op, std::size_t children, bool negated) : children_(children) {
        effective_ = !negated ? op : op == QNode::Op::and_ ? QNode::Op::or_ : QNode::Op::and_;
    }
    void add(AliasSet tables) {
        while (tables) {
            const int table = __builtin_ctzll(tables);
            tables &= tables - 1;
            Vote* vote = nullptr;
            for (Vote& known : votes_) {
                if (known.table == table) vote = &known;
            }
            if (!vote) {
                votes_.push_back({table, 0});
                vote = &votes_.back();
            }
            ++vote->count;
        }
    }
    AliasSet decide(Select& select) const {
        AliasSet promoted = 0, demoted = 0;
        for (const Vote& vote : votes_) {
            const AliasSet bit = AliasSet(1) << vote.table;
            if (effective_ == QNode::Op::or_ && vote.count < children_) promoted |= bit;
            if (effective_ == QNode::Op::and_ || (effective_ == QNode::Op::or_ && vote.count == children_))
                demoted |= bit;
        }
        select.promote(promoted);
        select.demote(demoted);
        return demoted;
    }

private:
    struct Vote {
        int table;
        std::size_t count;
    };
    detail::InlineVector<Vote, 8> votes_;
    QNode::Op effective_;
    std::size_t children_;
};

AliasSet bits(const detail::InlineVector<int, 8>& tables) {
    AliasSet set = 0;
    for (const int table : tables) set |= AliasSet(1) << table;
    return set;
}

// The other side of a foreign key is known by its whole key, which may be composite.
const Field& whole_key(const Path& path, const Field& target) {
    if (!path.final_field->is_relation() || path.steps.empty() || path.steps.back().direct) return target;
    const ModelMeta& behind = *path.steps.back().to;
    return behind.pk().is_composite() && &target == behind.pk_columns().front() ? behind.pk() : target;
}

const Literal kTrue(true);

Expr is_null_lookup(Expr lhs, bool null) {
    auto lookup = make_ref<Lookup>(LookupKind::isnull, std::move(lhs));
    lookup->owned = Literal(null);
    lookup->literal = &lookup->owned;
    return lookup;
}

}  // namespace

void Select::add_q(const QNode& node) {
    if (node.empty()) return;
    AliasSet existing_inner = 0;
    for (std::size_t i = 1; i < joins.size(); ++i) {
        if (joins[i].type == JoinType::inner) existing_inner |= AliasSet(1) << i;
    }
    base();
    AliasSet reuse = std::exchange(combined_reuse, 0), inner = 0;
    Expr condition;
    if (node.op >= QNode::Op::and_) {
        condition = build_q(node, reuse, false, false, true, true, false, inner);
    } else {
        JoinVotes votes(QNode::Op::and_, 1, false);
        condition = build_leaf(node, reuse, false, false, true, true, false, inner);
        votes.add(inner);
        votes.decide(*this);
    }
    if (condition) {
        const auto* tree = dynamic_cast<const WhereNode*>(condition.get());
        if (tree && tree->op == QNode::Op::and_ && !tree->negated) {
            for (const Expr& child : tree->children) where.push_back(child);
        } else {
            where.push_back(std::move(condition));
        }
    }
    demote(existing_inner);
}

Expr Select::build_q(const QNode& node, AliasSet& reuse, bool branch_negated, bool current_negated, bool allow_joins,
                     bool split, bool summarize, AliasSet& inner) {
    current_negated ^= node.negated;
    branch_negated |= node.negated;
    JoinVotes votes(node.op, node.children.size(), current_negated);
    auto tree = make_ref<WhereNode>(node.op, node.negated);
    for (const QNode& child : node.children) {
        AliasSet needed = 0;
        Expr condition =
            child.op >= QNode::Op::and_
                ? build_q(child, reuse, branch_negated, current_negated, allow_joins, split, summarize, needed)
                : build_leaf(child, reuse, branch_negated, current_negated, allow_joins, split, summarize, needed);
        votes.add(needed);
        if (condition) tree->add(std::move(condition));
    }
    inner = votes.decide(*this);
    if (tree->children.empty()) return {};
    if (tree->children.size() == 1 && !tree->negated) return tree->children.front();
    return tree;
}

const Select::Annotation* Select::find_annotation(std::string_view name) const {
    for (const Annotation& annotation : annotations) {
        if (annotation.alias == name) return &annotation;
    }
    return nullptr;
}

Expr Select::build_leaf(const QNode& node, AliasSet& reuse, bool branch_negated, bool current_negated, bool allow_joins,
                        bool split, bool summarize, AliasSet& inner) {
    Resolver resolver(*this);
    resolver.allow_joins = allow_joins;
    resolver.summarize = summarize;
    resolver.reuse = &reuse;
    if (node.op == QNode::Op::expression) {
        if (!node.expression || !node.expression->conditional())
            throw TypeError("Cannot filter against a non-conditional expression.");
        Expr condition = resolver(node.expression);
        if (!condition->conditional()) throw TypeError("Cannot filter against a non-conditional expression.");
        if (dynamic_cast<const ValueExpr*>(condition.get()) || condition->as_column())
            condition = build_lookup(NameParts(), 0, std::move(condition), &kTrue, {});
        return condition;
    }
    if (node.path.empty()) throw FieldError("Cannot parse keyword query ''");
    const NameParts names = split_path(node.path);

    int references_before[64];
    const std::size_t joins_before = joins.size();
    for (std::size_t i = 0; i < joins_before; ++i) references_before[i] = joins[i].references;
    Expr rhs = resolver(node.expression);
    AliasSet used = 0;
    if (rhs) {
        for (std::size_t i = 0; i < joins.size(); ++i) {
            if (joins[i].references > (i < joins_before ? references_before[i] : 0)) used |= AliasSet(1) << i;
        }
    }
    const Literal* literal = rhs ? nullptr : &node.value;

    if (!annotations.empty()) {
        // The longest annotation that is a prefix of the path.
        for (std::size_t n = names.size(); n > 0; --n) {
            const char* end = names[n - 1].data() + names[n - 1].size();
            const std::string_view prefix(names[0].data(), static_cast<std::size_t>(end - names[0].data()));
            if (const Annotation* annotation = find_annotation(prefix)) {
                Expr lhs = annotation->expression;
                if (summarize)
                    lhs = make_ref<AnnotationRef>(static_cast<std::size_t>(annotation - annotations.data()), lhs);
                return build_lookup(names, n, std::move(lhs), literal, std::move(rhs));
            }
        }
    }

    JoinedPath joined = setup_joins(names, &reuse, !branch_negated || !split, false);
    if (joined.path.many_at >= 0) return split_exclude(node, reuse, names, joined.path, inner);
    if (!allow_joins && joined.path.names_used > 1)
        throw FieldError("Joined field references are not permitted in this query");
    if (rhs && joined.path.final_field->is_relation()) check_rows_of(rhs, joined.path);
    if (const auto* object = dynamic_cast<const Instance*>(node.instance.get())) {
        kept_literals.push_back(key_for(*object, joined.path));
        literal = &kept_literals.back();
    }
    used |= bits(joined.joins);
    const Field* target = trim_joins(joined);
    const AliasSet kept = bits(joined.joins);
    reuse |= kept;
    const int table = joined.joins.back();
    Expr column = this->column(table, whole_key(joined.path, *target), *joined.path.final_field);
    Expr condition = build_lookup(names, joined.path.names_used, column, literal, rhs);

    if (!condition) return {};
    const auto* lookup = dynamic_cast<const Lookup*>(condition.get());
    const bool is_null = lookup && lookup->kind == LookupKind::isnull;
    const bool null_value = is_null && lookup->literal && lookup->literal->integer() != 0;
    bool require_outer = is_null && null_value && !current_negated;
    if (current_negated && (!is_null || !null_value)) {
        require_outer = true;
        if (!is_null) condition = guarded_against_null(std::move(condition), *target, table, rhs);
    }
    inner = require_outer ? 0 : used & ~AliasSet(1);
    return condition;
}

// Under NOT a comparison with NULL must come out false, not unknown: the column IS NOT NULL is added where it can be.
Expr Select::guarded_against_null(Expr condition, const Field& target, int table, const Expr& rhs) const {
    auto both = make_ref<WhereNode>(QNode::Op::and_, false);
    both->add(std::move(condition));
    if (target.null || joins[static_cast<std::size_t>(table)].type == JoinType::left)
        both->add(is_null_lookup(make_ref<Col>(table, target, target), false));
    const Col* right = rhs ? rhs->as_column() : nullptr;
    if (right && right->target->null) both->add(is_null_lookup(rhs, false));
    return both->children.size() == 1 ? both->children.front() : Expr(both);
}

// exclude() over a to-many relation: NOT EXISTS of the rows that would match, tied to this query by the relation's key.
Expr Select::split_exclude(const QNode& node, AliasSet& reuse, const NameParts& names, const Path& path,
                           AliasSet& inner) {
    auto subquery = make_ref<SubqueryExpr>(Query(model), true);
    auto select = make_ref<Select>(model, this);
    subquery->select = select;
    QNode leaf = node;
    if (leaf.expression && !leaf.expression->as_query()) {
        // Names on the right side belong to the outer query; a query there is written where it is compared.
        Resolver resolver(*this);
        resolver.reuse = &reuse;
        leaf.expression = make_ref<OuterExpr>(resolver(leaf.expression));
    }
    select->kept_.push_back(std::move(leaf));
    select->add_q(select->kept_.back());

    // The hops before the first to-many one are done in the outer query.
    std::size_t trimmed = 0;
    while (!path.steps[trimmed].many) ++trimmed;
    const Field* key = path.steps[trimmed].left;  // on the model before the to-many hop
    bool contains_left = false;
    detail::InlineVector<int, 8> chain;  // the inner query's tables along the path
    chain.push_back(0);
    for (std::size_t i = 0; i <= trimmed; ++i) {
        int next = -1;
        for (std::size_t j = 1; j < select->joins.size(); ++j) {
            const Join& join = select->joins[j];
            if (join.parent == chain.back() && join.left == path.steps[i].left && join.right == path.steps[i].right)
                next = static_cast<int>(j);
        }
        if (next < 0) break;
        if (i < trimmed && select->joins[static_cast<std::size_t>(next)].type == JoinType::left) contains_left = true;
        chain.push_back(next);
    }
    std::string prefix;
    std::size_t steps = trimmed;
    for (std::size_t i = 0; i < path.steps_per_name.size(); ++i) {
        const auto width = static_cast<std::size_t>(path.steps_per_name[i]);
        if (width == 0 || steps < width) break;
        steps -= width;
        prefix += std::string(names[i]) + "__";
    }
    prefix += key->name;

    const auto first = static_cast<std::size_t>(chain.back());
    Expr column;
    if (select->joins[first].type != JoinType::left) {
        column = make_ref<Col>(static_cast<int>(first), *path.steps[trimmed].right, *path.steps[trimmed].right);
        select->root = first;
    } else {
        const auto before = static_cast<std::size_t>(chain[chain.size() - 2]);
        column = make_ref<Col>(static_cast<int>(before), *key, *key);
        select->root = before;
    }
    for (std::size_t i = 1; select->root != 0 && static_cast<std::size_t>(chain[i]) != select->root; ++i)
        select->joins[static_cast<std::size_t>(chain[i])].references = 0;  // the hops that the outer query does
    // Where the same filter() already joined the relation, the row itself is meant: Q(tags=1) & ~Q(tags__name="x").
    int shared = -1;
    for (std::size_t j = 1; j < joins.size(); ++j) {
        if (trimmed == 0 && joins[j].parent == 0 && joins[j].left == path.steps[0].left &&
            joins[j].right == path.steps[0].right && (reuse >> j & 1))
            shared = static_cast<int>(j);
    }
    Ref<Lookup> tie;
    if (shared >= 0 && select->root == first) {
        const Field& row = path.steps[0].to->pk();
        tie = make_ref<Lookup>(LookupKind::exact, make_ref<Col>(static_cast<int>(first), row, row));
        tie->rhs = make_ref<OuterExpr>(make_ref<Col>(shared, row, row));
    } else {
        Resolver resolver(*this);
        resolver.reuse = &reuse;
        tie = make_ref<Lookup>(LookupKind::exact, column);
        tie->rhs = make_ref<OuterExpr>(resolver.column(prefix));
    }
    select->where.push_back(tie);
    select->clear_to_one();

    Expr condition = subquery;
    inner = 0;
    if (contains_left) {
        QNode none(Name(prefix + "__isnull"), Literal(true));
        auto either = make_ref<WhereNode>(QNode::Op::or_, false);
        either->add(condition);
        kept_.push_back(std::move(none));
        AliasSet ignored = 0;
        either->add(build_leaf(kept_.back(), reuse, true, true, true, true, false, ignored));
        condition = either;
    }
    return condition;
}

Expr FilteredRelationExpr::resolve(Resolver&) const {
    throw ValueError("FilteredRelation expressions aren't supported outside of annotate() and alias().");
}

Expr Select::column(int table, const Field& target, const Field& output) const {
    if (!target.is_composite()) return make_ref<Col>(table, target, output);
    std::vector<Expr> parts;
    for (const Field* part : target.model->pk_columns()) parts.push_back(make_ref<Col>(table, *part, *part));
    return make_ref<TupleExpr>(std::move(parts), &target);
}

// `a & b`, `a | b`, `a ^ b` (django.db.models.sql.query.Query.combine): the other's conditions are built behind this
// query's. AND joins to-many relations anew; OR and XOR use each existing join once.
void Select::add_combined(const steps::Combined& step) {
    const bool conjunction = step.op == QNode::Op::and_;
    const auto as_tree = [](std::vector<Expr> conditions) -> Expr {
        if (conditions.size() == 1) return conditions.front();
        auto tree = make_ref<WhereNode>(QNode::Op::and_, false);
        for (Expr& condition : conditions) tree->add(std::move(condition));
        return tree;
    };
    JoinVotes votes(step.op, 2, false);
    AliasSet left_inner = 0, existing = 0;
    for (std::size_t i = 1; i < joins.size(); ++i) {
        if (joins[i].type == JoinType::inner && joins[i].references) left_inner |= AliasSet(1) << i;
        existing |= AliasSet(1) << i;
    }
    votes.add(left_inner);
    std::vector<Expr> mine = std::exchange(where, {});
    std::vector<int> before;
    for (const Join& join : joins) before.push_back(join.references);
    combined_reuse = conjunction ? 0 : existing;
    detail::InlineVector<const Query::Step*, 16> steps;
    for (const Query::Step* at = step.other.last(); at; at = at->before()) steps.push_back(at);
    for (std::size_t i = steps.size(); i-- > 0;) apply(*steps[i]);
    combined_reuse = 0;
    AliasSet right_inner = 0;
    for (std::size_t i = 1; i < joins.size(); ++i) {
        const bool used = i >= before.size() || joins[i].references > before[i];
        if (used && joins[i].type == JoinType::inner) right_inner |= AliasSet(1) << i;
    }
    votes.add(right_inner);
    votes.decide(*this);
    std::vector<Expr> other = std::exchange(where, std::move(mine));
    if (conjunction) {
        for (Expr& condition : other) where.push_back(std::move(condition));
        return;
    }
    // A side without conditions holds for every row.
    if (step.op == QNode::Op::or_ && (where.empty() || other.empty())) return where.clear();
    auto tree = make_ref<WhereNode>(step.op, false);
    for (std::vector<Expr>* side : {&where, &other}) {
        if (side->empty())
            tree->children.push_back(make_ref<WhereNode>(QNode::Op::and_, false));
        else
            tree->add(as_tree(*side));
    }
    where = {Expr(tree)};
}

Expr Resolver::column(std::string_view path) {
    const NameParts names = split_path(path);
    const Select::Annotation* annotation = select.find_annotation(path);
    std::size_t used = names.size();
    if (!annotation && (annotation = select.find_annotation(names[0]))) used = 1;
    if (annotation) {
        if (inside_aggregate && annotation->expression->contains_over() && !annotation->aggregate && !summarize)
            throw FieldError("Cannot compute " + aggregate_name + "('" + std::string(path) + "'): '" +
                             std::string(path) + "' is a window");
        if (inside_aggregate && annotation->aggregate && !summarize)
            throw FieldError("Cannot compute " + aggregate_name + "('" + std::string(path) + "'): '" +
                             std::string(path) + "' is an aggregate");
        if (summarize && !annotation->selected && used == names.size())
            throw FieldError("Cannot aggregate over the '" + std::string(path) + "' alias. Use annotate() to promote it.");
        Expr found = annotation->expression;
        if (summarize)
            found = make_ref<AnnotationRef>(static_cast<std::size_t>(annotation - select.annotations.data()), found);
        for (std::size_t i = used; i < names.size(); ++i) {
            Expr next = apply_transform(names[i], found);
            if (!next)
                throw FieldError("Unsupported lookup '" + std::string(names[i]) + "' for " +
                                 std::string(output_name(found->output())) + " or join on the field not permitted.");
            found = next;
        }
        return found;
    }
    JoinedPath joined = select.setup_joins(names, reuse, true, false);
    const Field* target = select.trim_joins(joined);
    if (!allow_joins && joined.joins.size() > 1)
        throw FieldError("Joined field references are not permitted in this query");
    if (reuse) *reuse |= bits(joined.joins);
    Expr found = select.column(joined.joins.back(), inside_aggregate ? whole_key(joined.path, *target) : *target, *joined.path.final_field);
    for (std::size_t i = joined.path.names_used; i < names.size(); ++i) {
        Expr next = apply_transform(names[i], found);
        if (!next) {
            if (i == joined.path.names_used && !joined.path.final_field->is_relation())
                throw FieldError("Cannot resolve keyword " + repr(Literal(names[i])) + " into field. Join on '" +
                                 std::string(names[i - 1]) + "' not permitted.");
            if (joined.path.final_field->is_relation()) select.unknown_name(names[i], *joined.path.steps.back().to);
            throw FieldError("Unsupported lookup '" + std::string(names[i]) + "' for " +
                             std::string(output_name(found->output())) + " or join on the field not permitted.");
        }
        found = next;
    }
    return found;
}

Expr Resolver::condition(const QNode& node) {
    AliasSet own = 0, inner = 0;
    AliasSet& shared = reuse ? *reuse : (own = ~AliasSet(0), own);
    QNode wrapper;
    const QNode* tree = &node;
    if (node.op < QNode::Op::and_) {
        wrapper.children.push_back(node);
        select.kept_.push_back(std::move(wrapper));
        tree = &select.kept_.back();
    }
    Expr result = select.build_q(*tree, shared, false, false, allow_joins, false, summarize, inner);
    select.promote(inner);
    return result;
}

}  // namespace nuages::db::models
