// How resolved lookups and the conditions that hold them are printed.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/own_operator.hpp>

#include <algorithm>

namespace nuages::db::models {

void Lookup::group_by(std::vector<Expr>& out) const {
    lhs->group_by(out);
    if (rhs) rhs->group_by(out);
}

Outcome Lookup::outcome() const {
    if (kind == LookupKind::in && literal && literal->list().empty()) return Outcome::never;
    if (rhs && rhs->as_query()) return rhs->outcome();
    return Outcome::varies;
}

void Lookup::write_lhs(SqlWriter& out) const {
    const OutputType type = lhs->output();
    const Wrap cast = out.operations().lookup_cast(lookup_name(kind), type.known ? output_name(type) : std::string_view());
    out << cast.before;
    lhs->write(out);
    out << cast.after;
}

void Lookup::write_pattern(SqlWriter& out) const {
    write_lhs(out);
    const std::string_view name = lookup_name(kind);
    if (rhs) {
        const LookupOperator sides = out.operations().pattern_operator(name);
        if (sides.before.empty()) {
            const LookupOperator plain = out.operations().lookup_operator(name);
            out << ' ' << plain.before;
            rhs->write(out);
            out << plain.after;
            return;
        }
        const LookupOperator escape = out.operations().pattern_escape();
        out << ' ' << sides.before << escape.before;
        rhs->write(out);
        out << escape.after << sides.after;
        return;
    }
    const LookupOperator sides = out.operations().lookup_operator(name);
    std::string pattern;
    pattern.reserve(literal->text().size() + 4);
    const bool open_start = kind == LookupKind::contains || kind == LookupKind::icontains ||
                            kind == LookupKind::endswith || kind == LookupKind::iendswith;
    const bool open_end = kind == LookupKind::contains || kind == LookupKind::icontains ||
                          kind == LookupKind::startswith || kind == LookupKind::istartswith;
    if (open_start) pattern += '%';
    std::string text(literal->text());
    if (const OutputType type = lhs->output(); type.known && type.kind == FieldKind::uuid && !out.features().has_native_uuid_field)
        std::erase(text, '-');
    out.operations().escape_like(pattern, text);
    if (open_end) pattern += '%';
    out << ' ' << sides.before;
    out.owned_param(std::move(pattern));
    out << sides.after;
}

void Lookup::write_in(SqlWriter& out) const {
    lhs->write(out);
    if (rhs) {
        out << " IN ";
        rhs->write(out);
        return;
    }
    if (!items.empty()) {
        out << " IN (";
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (i) out << ", ";
            items[i]->write(out);
        }
        out << ')';
        return;
    }
    out << " IN (";
    // Repeated values are sent once, in the order of their first appearance.
    const std::vector<Literal>& values = literal->list();
    bool first = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values.size() <= 16 && std::find(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(i),
                                             values[i]) != values.begin() + static_cast<std::ptrdiff_t>(i))
            continue;
        if (!first) out << ", ";
        first = false;
        out.param(values[i]);
    }
    out << ')';
}

void Lookup::write(SqlWriter& out) const {
    switch (kind) {
        case LookupKind::iexact:
        case LookupKind::contains:
        case LookupKind::icontains:
        case LookupKind::startswith:
        case LookupKind::istartswith:
        case LookupKind::endswith:
        case LookupKind::iendswith: return write_pattern(out);
        case LookupKind::in: return write_in(out);
        case LookupKind::isnull:
            lhs->write(out);
            out << (literal->integer() ? " IS NULL" : " IS NOT NULL");
            return;
        case LookupKind::range:
            lhs->write(out);
            out << " BETWEEN ";
            if (items.size() == 2) {
                items[0]->write(out);
                out << " AND ";
                items[1]->write(out);
                return;
            }
            out.param(literal->list()[0]);
            out << " AND ";
            out.param(literal->list()[1]);
            return;
        case LookupKind::exact:
            if (literal && literal->kind() == Literal::Kind::boolean && lhs->conditional()) {
                if (!literal->integer()) out << "NOT ";
                lhs->write(out);
                return;
            }
            break;
        default: break;
    }
    write_lhs(out);
    LookupOperator sides = out.operations().lookup_operator(lookup_name(kind));
    if (const auto* own = kind == LookupKind::exact && rhs ? dynamic_cast<const OwnOperator*>(rhs.get()) : nullptr)
        sides = {own->equals(), ""};
    out << ' ' << sides.before;
    if (rhs) {
        const bool wrap = (!rhs->as_column() || out.inline_literals) && !rhs->as_query() && !dynamic_cast<const CombinedExpr*>(rhs.get());
        if (wrap) out << '(';
        rhs->write(out);
        if (wrap) out << ')';
    } else {
        out.param(*literal);
    }
    out << sides.after;
}

void WhereNode::add(Expr condition) {
    const auto* tree = dynamic_cast<const WhereNode*>(condition.get());
    if (tree && !tree->negated && (tree->op == op || tree->children.size() == 1) && op != QNode::Op::xor_) {
        for (const Expr& child : tree->children) children.push_back(child);
    } else {
        children.push_back(std::move(condition));
    }
}

void WhereNode::group_by(std::vector<Expr>& out) const {
    for (const Expr& child : children) child->group_by(out);
}

Outcome WhereNode::combine(QNode::Op op, bool negated, const std::vector<Expr>& children) {
    std::size_t always = 0, never = 0;
    for (const Expr& child : children) {
        const Outcome outcome = child->outcome();
        always += outcome == Outcome::always;
        never += outcome == Outcome::never;
    }
    Outcome result = Outcome::varies;
    const std::size_t count = children.size();
    if (op == QNode::Op::and_) {
        result = never ? Outcome::never : always == count ? Outcome::always : Outcome::varies;
    } else if (op == QNode::Op::or_) {
        result = always ? Outcome::always : never == count ? Outcome::never : Outcome::varies;
    } else if (always + never == count) {
        result = always % 2 ? Outcome::always : Outcome::never;
    }
    if (negated && result != Outcome::varies) result = result == Outcome::never ? Outcome::always : Outcome::never;
    return result;
}

Outcome WhereNode::outcome() const { return combine(op, negated, children); }

void WhereNode::write(SqlWriter& out) const {
    if (op == QNode::Op::xor_) {
        // Databases without XOR: an odd number of the conditions holds.
        if (negated) out << "NOT ";
        out << "(";
        for (std::size_t i = 0; i < children.size(); ++i) {
            out << (i ? " + (CASE WHEN " : "((CASE WHEN ");
            switch (children[i]->outcome()) {
                case Outcome::varies: children[i]->write(out); break;
                case Outcome::never: out << "1 = 0"; break;
                case Outcome::always: out << "1 = 1"; break;
            }
            out << " THEN 1 ELSE 0 END)";
        }
        out << ") % 2 = 1)";
        return;
    }
    std::size_t shown = 0;
    for (const Expr& child : children) shown += child->outcome() == Outcome::varies;
    const bool parentheses = negated || shown > 1;
    if (negated) out << "NOT ";
    if (parentheses) out << '(';
    bool first = true;
    for (const Expr& child : children) {
        if (child->outcome() != Outcome::varies) continue;
        if (!first) out << (op == QNode::Op::and_ ? " AND " : " OR ");
        first = false;
        child->write(out);
    }
    if (parentheses) out << ')';
}

bool write_conditions(SqlWriter& out, const std::vector<Expr>& conditions) {
    std::size_t shown = 0;
    for (const Expr& condition : conditions) shown += condition->outcome() == Outcome::varies;
    if (shown == 0) return false;
    if (shown > 1) out << '(';
    bool first = true;
    for (const Expr& condition : conditions) {
        if (condition->outcome() != Outcome::varies) continue;
        if (!first) out << " AND ";
        first = false;
        condition->write(out);
    }
    if (shown > 1) out << ')';
    return true;
}

}  // namespace nuages::db::models
