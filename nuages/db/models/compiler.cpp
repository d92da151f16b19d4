// Printing of SELECT: the clauses in their order, through the connection's operations.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

struct SqlWriter::Holder : RefCounted {
    Literal literal;
    explicit Holder(Literal value) : literal(std::move(value)) {}
};

const Literal& SqlWriter::keep(Literal value) {
    auto holder = make_ref<Holder>(std::move(value));
    owners_.push_back(holder);
    return holder->literal;
}

void SqlWriter::owned_param(std::string text) { param(keep(Literal(std::move(text)))); }

namespace {

bool same_value(const Param& a, const Param& b) {
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case ParamKind::null: return true;
        case ParamKind::real: return a.real() == b.real();
        case ParamKind::text:
        case ParamKind::blob:
        case ParamKind::decimal:
        case ParamKind::uuid:
        case ParamKind::json: return a.text() == b.text();
        default: return a.integer() == b.integer();
    }
}

}  // namespace

void SqlWriter::param(const Param& value) {
    if (reuse_params && features_.has_numbered_placeholders) {
        const auto found = std::find_if(params_.begin(), params_.end(), [&](const Param& each) { return same_value(each, value); });
        if (found != params_.end())
            return operations_.placeholder(text_, static_cast<std::size_t>(found - params_.begin()) + 1);
    }
    params_.push_back(value);
    operations_.placeholder(text_, params_.size());
}

void SqlWriter::param(const Literal& value) {
    if (inline_literals) return inline_literal(value);
    switch (value.kind()) {
        case Literal::Kind::null: return param(Param());
        case Literal::Kind::boolean: return param(Param(value.integer() != 0));
        case Literal::Kind::integer: return param(Param(value.integer()));
        case Literal::Kind::real: return param(Param(value.real()));
        case Literal::Kind::text: return param(Param(value.text()));
        case Literal::Kind::decimal: return param(Param(TypedText{ParamKind::decimal, value.text()}));
        case Literal::Kind::uuid: return param(Param(TypedText{ParamKind::uuid, value.text()}));
        case Literal::Kind::json: return param(Param(TypedText{ParamKind::json, value.text()}));
        case Literal::Kind::blob: return param(Param(Blob{value.text()}));
        case Literal::Kind::date: return param(Param(Date{value.integer()}));
        case Literal::Kind::time: return param(Param(Time{value.integer()}));
        case Literal::Kind::datetime: return param(Param(DateTime{value.integer()}));
        case Literal::Kind::duration: return param(Param(Duration{value.integer()}));
        case Literal::Kind::expression:
        case Literal::Kind::list: throw ValueError("A list can only stand on the right of `in` and `range`.");
    }
}

// For constraints and conditions of indexes, whose values stand in the table's definition.
void SqlWriter::inline_literal(const Literal& value) {
    const auto quoted = [&](std::string_view text) {
        text_ += '\'';
        for (const char c : text) {
            if (c == '\0') throw ValueError("A value in a constraint must not hold NUL bytes.");
            text_ += c;
            if (c == '\'') text_ += c;
        }
        text_ += '\'';
    };
    switch (value.kind()) {
        case Literal::Kind::null: text_ += "NULL"; break;
        case Literal::Kind::boolean:
            if (features_.has_native_boolean) {
                text_ += value.integer() ? "true" : "false";
                break;
            }
            [[fallthrough]];
        case Literal::Kind::integer:
        case Literal::Kind::duration: text_ += std::to_string(value.integer()); break;
        case Literal::Kind::real: text_ += repr(value); break;
        case Literal::Kind::date: quoted(Date{value.integer()}.iso()); break;
        case Literal::Kind::time: quoted(Time{value.integer()}.iso()); break;
        case Literal::Kind::datetime: {
            std::string text;
            DateTime{value.integer()}.append_iso(text, ' ', "");
            quoted(text);
            break;
        }
        case Literal::Kind::blob: throw ValueError("A constraint cannot hold binary values.");
        case Literal::Kind::expression:
        case Literal::Kind::list: throw ValueError("A list can only stand on the right of `in` and `range`.");
        default: quoted(value.text());
    }
}

void Select::split_having(std::vector<Expr>& where_part, std::vector<Expr>& having_part,
                          std::vector<Expr>& windows) const {
    for (const Expr& condition : where)
        (condition->contains_over()        ? windows
         : condition->contains_aggregate() ? having_part
                                           : where_part)
            .push_back(condition);
}

bool Select::is_empty() const {
    if (compound) {
        const auto empty = [](const Ref<Select>& part) { return part->is_empty(); };
        const std::vector<Ref<Select>>& parts = compound->parts;
        const bool some = std::any_of(parts.begin(), parts.end(), empty);
        if (compound->how == steps::CompoundKind::intersection && some) return true;
        if (compound->how == steps::CompoundKind::difference && empty(parts.front())) return true;
        if (std::all_of(parts.begin(), parts.end(), empty)) return true;
    }
    return nothing || WhereNode::combine(QNode::Op::and_, false, where) == Outcome::never;
}

void Select::write_from_where(SqlWriter& out, const std::vector<Expr>& conditions) const {
    out << " FROM ";
    out.name(joins[root].model->db_table);
    if (outer) {
        out << ' ';
        write_table_name(out, root);
    }
    for (std::size_t i = 1; i < joins.size(); ++i) {
        const Join& join = joins[i];
        if (i == root || join.references == 0) continue;
        out << (join.type == JoinType::left ? " LEFT OUTER JOIN " : " INNER JOIN ");
        out.name(join.model->db_table);
        if (outer || table_name(i) != join.model->db_table) {
            out << ' ';
            write_table_name(out, i);
        }
        write_on(out, join, i);
    }
    const std::size_t before = out.text().size();
    out << " WHERE ";
    if (!write_conditions(out, conditions)) out.text().resize(before);
}

void Select::write_on(SqlWriter& out, const Join& join, std::size_t index) const {
    out << " ON (";
    write_table_name(out, static_cast<std::size_t>(join.parent));
    out << '.';
    out.name(join.left->column);
    out << " = ";
    write_table_name(out, index);
    out << '.';
    out.name(join.right->column);
    if (join.filtered >= 0) {
        const Expr& condition = filtered[static_cast<std::size_t>(join.filtered)].resolved;
        if (condition && condition->outcome() == Outcome::never) {
            out << " AND 1 = 0";
        } else if (condition && condition->outcome() == Outcome::varies) {
            out << " AND (";
            condition->write(out);
            out << ')';
        }
    }
    out << ')';
}

namespace {

/// Puts commas between the columns of a SELECT.
class Columns {
public:
    Columns(SqlWriter& out, const Select& select) : out_(out), select_(select) {}

    void column(std::size_t table, const Field& field) {
        next();
        select_.write_table_name(out_, table);
        out_ << '.';
        out_.name(field.column);
    }
    void expression(const Expr& value, std::string_view alias) {
        if (const std::vector<Expr>* parts = value->as_tuple()) {
            for (const Expr& part : *parts) expression(part, {});
            return;
        }
        next();
        const bool empty = value->outcome() != Outcome::varies && value->conditional();
        if (empty)
            out_.boolean(value->outcome() == Outcome::always);
        else
            value->write(out_);
        if (!alias.empty()) as(alias);
    }
    /// An expression, or each part of one, as "colN".
    void named(const Expr& value) {
        if (const std::vector<Expr>* parts = value->as_tuple()) {
            for (const Expr& part : *parts) named(part);
            return;
        }
        expression(value, "col" + std::to_string(count_ + 1));
    }
    void as(std::string_view alias) {
        out_ << " AS ";
        out_.name(alias);
    }
    std::size_t count() const { return count_; }

private:
    void next() {
        if (count_++) out_ << ", ";
    }
    SqlWriter& out_;
    const Select& select_;
    std::size_t count_ = 0;
};

bool contains(const std::vector<std::size_t>& list, std::size_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

void Select::write_items(SqlWriter& out, const Summary* wrapped) {
    if (selection == Selection::one) {
        out << "1 AS ";
        out.name("a");
        return;
    }
    if (wrapped) return write_wrapped_items(out, *wrapped);
    Columns columns(out, *this);
    if (selection == Selection::model) {
        for (const Field* field : loaded()) columns.column(0, *field);
    }
    if (selection == Selection::items) {
        for (const Item& item : items) columns.expression(item.expression, item.alias);
    }
    for (const Related& entry : related) {
        for (const Field* field : entry.columns) columns.column(static_cast<std::size_t>(entry.table), *field);
    }
    if (selection == Selection::model) {
        for (const Annotation& annotation : annotations) {
            if (annotation.selected) columns.expression(annotation.expression, annotation.alias);
        }
    }
    for (const Expr& expression : through_columns) columns.expression(expression, {});
    for (const Expr& expression : hidden) columns.expression(expression, {});
}

// The inside of an aggregate's subquery: what makes rows distinct, and the columns that the aggregates use.
void Select::write_wrapped_items(SqlWriter& out, const Summary& wrapped) const {
    Columns columns(out, *this);
    if (selection == Selection::model && distinct) {
        for (const Field* field : loaded()) {
            columns.column(0, *field);
            columns.as("col" + std::to_string(columns.count()));
        }
    }
    if (selection == Selection::items) {
        for (const Item& item : items) columns.expression(item.expression, item.alias);
    }
    for (std::size_t i = 0; i < annotations.size(); ++i) {
        const Annotation& annotation = annotations[i];
        const bool there = std::any_of(items.begin(), items.end(),
                                       [&](const Item& item) { return item.alias == annotation.alias.view(); });
        const bool makes_distinct = selection == Selection::model && distinct && annotation.selected;
        if (makes_distinct || (!there && contains(wrapped.used_annotations, i)))
            columns.expression(annotation.expression, annotation.alias);
    }
    for (std::size_t i = 0; i < wrapped.columns.size(); ++i) {
        columns.column(static_cast<std::size_t>(wrapped.columns[i].first), *wrapped.columns[i].second);
        columns.as("__col" + std::to_string(i + 1));
    }
    if (columns.count() == 0) columns.column(0, model.pk());
    for (const Expr& expression : hidden) columns.expression(expression, {});
}

int Select::position_of(const Expr& expression) const {
    if (selection != Selection::items) return 0;
    const Col* column = expression->as_column();
    int position = 0;
    for (const Item& item : items) {
        const std::vector<Expr>* parts = item.expression->as_tuple();
        position += parts ? static_cast<int>(parts->size()) : 1;
        const Col* other = item.expression->as_column();
        if (!parts && (item.expression == expression ||
                       (column && other && column->alias == other->alias && column->target == other->target)))
            return position;
    }
    return 0;
}

void Select::write_group_by(SqlWriter& out, const std::vector<Expr>& having) {
    if (grouping == Grouping::none && !has_aggregates() && having.empty()) return;
    std::vector<Expr> expressions;
    if (grouping == Grouping::by_items) {
        expressions = groups;
    } else {
        for (const Field* field : model.columns()) expressions.push_back(make_ref<Col>(0, *field, *field));
    }
    if (selection == Selection::items) {
        for (const Item& item : items) item.expression->group_by(expressions);
    } else if (selection == Selection::model) {
        for (const Related& entry : related) {
            for (const Field* field : entry.columns)
                expressions.push_back(make_ref<Col>(entry.table, *field, *field));
        }
        for (const Annotation& annotation : annotations) {
            if (annotation.selected) annotation.expression->group_by(expressions);
        }
    }
    if (!meta_ordering) {
        for (const Order& entry : order) {
            if (!entry.position) entry.expression->group_by(expressions);
        }
    }
    for (const Expr& condition : having) condition->group_by(expressions);

    std::vector<std::string> seen;
    out.reuse_params = true;  // an expression is grouped by only if it is the one of the SELECT list to the letter
    for (const Expr& expression : expressions) {
        const std::size_t text_before = out.text().size(), params_before = out.params().size();
        out << (seen.empty() ? " GROUP BY " : ", ");
        const std::size_t start = out.text().size();
        if (const int position = position_of(expression)) {
            out.number(position);
        } else {
            expression->write(out);
        }
        std::string text = out.text().substr(start);
        // A bound parameter makes no column: grouping by it would be an error or a position.
        const bool constant = dynamic_cast<const ValueExpr*>(expression.get()) != nullptr ||
                              dynamic_cast<const OuterExpr*>(expression.get()) != nullptr;
        if (constant ||
            (out.params().size() == params_before && std::find(seen.begin(), seen.end(), text) != seen.end())) {
            out.truncate(text_before, params_before);
            continue;
        }
        seen.push_back(std::move(text));
    }
    out.reuse_params = false;
}

void Select::write_order_by(SqlWriter& out) const {
    bool first = true;
    detail::InlineVector<int, 8> positions;
    std::vector<std::pair<int, const Field*>> columns;
    for (const Order& entry : order) {
        if (dynamic_cast<const ValueExpr*>(entry.expression.get())) continue;
        if (entry.position) {
            if (std::find(positions.begin(), positions.end(), entry.position) != positions.end()) continue;
            positions.push_back(entry.position);
        } else if (const Col* column = entry.expression->as_column()) {
            const std::pair key(column->alias, column->target);
            if (std::find(columns.begin(), columns.end(), key) != columns.end()) continue;
            columns.push_back(key);
        }
        out << (first ? " ORDER BY " : ", ");
        first = false;
        const bool modifier = out.features().supports_order_by_nulls_modifier;
        if (entry.nulls != OrderBy::Nulls::unset && !modifier) {
            entry.expression->write(out);
            out << (entry.nulls == OrderBy::Nulls::last ? " IS NULL, " : " IS NOT NULL, ");
        }
        if (entry.position) {
            out.number(entry.position);
        } else {
            entry.expression->write(out);
        }
        out << (entry.descending ? " DESC" : " ASC");
        if (entry.nulls != OrderBy::Nulls::unset && modifier)
            out << (entry.nulls == OrderBy::Nulls::last ? " NULLS LAST" : " NULLS FIRST");
    }
}

void Select::write_lock(SqlWriter& out) const {
    if (!lock || !out.features().has_select_for_update) return;
    out << (lock->no_key ? " FOR NO KEY UPDATE" : " FOR UPDATE");
    for (std::size_t i = 0; i < lock->of.size(); ++i) {
        out << (i ? ", " : " OF ");
        const std::string_view name = lock->of[i];
        if (name == "self") {
            write_table_name(out, 0);
            continue;
        }
        const auto entry = std::find_if(related.begin(), related.end(),
                                        [&](const Related& one) { return one.field->name == name; });
        if (entry == related.end())
            throw FieldError("Invalid field name(s) given in select_for_update(of=(...)): " + std::string(name) +
                             ". Only relational fields followed in the query are allowed.");
        write_table_name(out, static_cast<std::size_t>(entry->table));
    }
    if (lock->nowait) out << " NOWAIT";
    if (lock->skip_locked) out << " SKIP LOCKED";
}

void Select::write_tail(SqlWriter& out) {
    std::vector<Expr> conditions, having, windows;
    split_having(conditions, having, windows);
    write_from_where(out, conditions);
    write_group_by(out, having);
    if (!having.empty()) {
        const std::size_t before = out.text().size();
        out << " HAVING ";
        if (!write_conditions(out, having)) out.text().resize(before);
    }
    write_order_by(out);
    if (is_sliced())
        out.operations().limit_offset(out.text(), low, high < 0 ? std::nullopt : std::optional<std::int64_t>(high));
    write_lock(out);
}

void Select::Summary::write_window(SqlWriter& out, const Expr& window) {
    std::size_t i = 0;
    while (i < windows.size() && windows[i] != window) ++i;
    if (i == windows.size()) windows.push_back(window);
    out.name("qual" + std::to_string(i));
}

// Conditions on windows stand around the query that computes them: SELECT ... FROM (SELECT ...) "qualify" WHERE ...
void Select::write_qualified(SqlWriter& out, const std::vector<Expr>& conditions, const std::vector<Expr>& having,
                             const std::vector<Expr>& qualify) {
    Summary asked;
    asked.inner = this;
    asked.qualify = true;
    Select around(model, nullptr);
    around.summary = &asked;
    SqlWriter ignored(out.operations(), out.features());
    ignored.scope = &around;
    write_conditions(ignored, qualify);
    std::vector<Order> ordering_outside = std::exchange(order, {});
    for (const Order& entry : ordering_outside) {
        if (!entry.position) entry.expression->write(ignored);
    }
    const auto shown = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            if (i) out << ", ";
            out.name("col" + std::to_string(i + 1));
        }
    };
    out << "SELECT ";
    const std::size_t list_at = out.text().size();
    out << " FROM (" << (distinct ? "SELECT DISTINCT " : "SELECT ");
    out.scope = this;
    Columns columns(out, *this);
    if (selection == Selection::model) {
        for (const Field* field : loaded()) columns.named(make_ref<Col>(0, *field, *field));
    }
    if (selection == Selection::items) {
        for (const Item& item : items) columns.named(item.expression);
    }
    for (const Related& entry : related) {
        for (const Field* field : entry.columns) columns.named(make_ref<Col>(entry.table, *field, *field));
    }
    if (selection == Selection::model) {
        for (const Annotation& annotation : annotations) {
            if (annotation.selected) columns.named(annotation.expression);
        }
    }
    if (selection == Selection::one) columns.named(make_ref<ValueExpr>(Literal(1)));
    const std::size_t count = columns.count();
    for (std::size_t i = 0; i < asked.windows.size(); ++i) columns.expression(asked.windows[i], "qual" + std::to_string(i));
    for (std::size_t i = 0; i < asked.columns.size(); ++i)
        columns.expression(make_ref<Col>(asked.columns[i].first, *asked.columns[i].second, *asked.columns[i].second),
                           "__col" + std::to_string(i + 1));
    write_from_where(out, conditions);
    write_group_by(out, having);
    if (!having.empty()) {
        out << " HAVING ";
        write_conditions(out, having);
    }
    out << ") ";
    out.name("qualify");
    std::string list;
    std::swap(list, out.text());
    const std::string rest = list.substr(list_at);
    out.text() = list.substr(0, list_at);
    shown(count);
    out << rest << " WHERE ";
    out.scope = &around;
    write_conditions(out, qualify);
    order = std::move(ordering_outside);
    write_order_by(out);
    if (is_sliced())
        out.operations().limit_offset(out.text(), low, high < 0 ? std::nullopt : std::optional<std::int64_t>(high));
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
    } else if (!path.empty() && (path.front() == '-' || path.front() == '+')) {
        made.descending ^= path.front() == '-';
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
        if (!order_in_compound(entry, made)) throw DatabaseError("ORDER BY term does not match any column in the result set.");
        out << (first ? " ORDER BY " : ", ");
        first = false;
        out.number(made.position);
        out << (made.descending ? " DESC" : " ASC");
        if (made.nulls != OrderBy::Nulls::unset)
            out << (made.nulls == OrderBy::Nulls::last ? " NULLS LAST" : " NULLS FIRST");
    }
}

void Select::write(SqlWriter& out) {
    if (compound) return write_compound(out);
    finish_ordering();
    const Select* around = out.scope;
    out.scope = this;
    std::vector<Expr> conditions, having, windows;
    split_having(conditions, having, windows);
    if (!windows.empty()) {
        write_qualified(out, conditions, having, windows);
        out.scope = around;
        return;
    }
    if (!distinct_names.empty()) {
        if (!out.features().can_distinct_on_fields)
            throw NotSupportedError("DISTINCT ON fields is not supported by this database backend");
        out << "SELECT DISTINCT ON (";
        for (std::size_t i = 0; i < distinct_names.size(); ++i) {
            if (i) out << ", ";
            Resolver resolver(*this);
            resolver.column(distinct_names[i])->write(out);
        }
        out << ") ";
    } else {
        out << (distinct ? "SELECT DISTINCT " : "SELECT ");
    }
    write_items(out, nullptr);
    write_tail(out);
    out.scope = around;
}

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
