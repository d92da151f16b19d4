// Printing of SELECT: the clauses in their order, through the connection's operations.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>
#include <utility>

namespace nuages::db::models {

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
    if (columns.count() == 0) columns.column(0, *model.pk_columns().front());
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

void group_selected(const Expr& expression, std::vector<Expr>& out) {
    const bool condition = dynamic_cast<const WhereNode*>(expression.get()) || dynamic_cast<const Lookup*>(expression.get());
    if (!condition || expression->contains_aggregate()) return expression->group_by(out);
    std::vector<Expr> columns;
    expression->group_by(columns);
    if (!columns.empty()) out.push_back(expression);
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
        for (const Item& item : items) group_selected(item.expression, expressions);
    } else if (selection == Selection::model) {
        for (const Related& entry : related) {
            for (const Field* field : entry.columns)
                expressions.push_back(make_ref<Col>(entry.table, *field, *field));
        }
        for (const Annotation& annotation : annotations) {
            if (annotation.selected) group_selected(annotation.expression, expressions);
        }
    }
    if (!meta_ordering) {
        for (const Order& entry : order) {
            if (!entry.position) entry.expression->group_by(expressions);
        }
    }
    for (const Expr& condition : having) condition->group_by(expressions);

    std::vector<std::string> seen;
    const bool reused = std::exchange(out.reuse_params, true);
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
    out.reuse_params = reused;
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

namespace {

/// "author__publisher": how a block of select_related() is named in select_for_update(of=...).
std::string path_of(const std::vector<Select::Related>& related, std::size_t index) {
    const Select::Related& entry = related[index];
    std::string name = entry.field->name;
    if (entry.backward) {
        const std::string& own = entry.field->relation.related_name;
        name = own.empty() ? entry.field->model->model_name : own;
    }
    return entry.parent < 0 ? name : path_of(related, static_cast<std::size_t>(entry.parent)) + "__" + name;
}

}  // namespace

void Select::write_lock(SqlWriter& out) const {
    if (!lock || !out.features().has_select_for_update) return;
    out << (lock->no_key ? " FOR NO KEY UPDATE" : " FOR UPDATE");
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < related.size(); ++i) paths.push_back(path_of(related, i));
    std::string invalid;
    for (std::size_t i = 0; i < lock->of.size(); ++i) {
        out << (i ? ", " : " OF ");
        const auto found = std::find(paths.begin(), paths.end(), lock->of[i].view());
        if (lock->of[i] == "self") {
            write_table_name(out, 0);
        } else if (found != paths.end()) {
            write_table_name(out, static_cast<std::size_t>(related[static_cast<std::size_t>(found - paths.begin())].table));
        } else {
            invalid.append(invalid.empty() ? "" : ", ").append(lock->of[i].view());
        }
    }
    if (!invalid.empty()) {
        std::string choices = "self";
        for (const std::string& path : paths) choices += ", " + path;
        throw FieldError("Invalid field name(s) given in select_for_update(of=(...)): " + invalid +
                         ". Only relational fields followed in the query are allowed. Choices are: " + choices + ".");
    }
    if (lock->nowait) out << " NOWAIT";
    if (lock->skip_locked) out << " SKIP LOCKED";
}

void Select::write_tail(SqlWriter& out) {
    std::vector<Expr> conditions, having, windows;
    split_having(conditions, having, windows);
    write_from_where(out, conditions);
    write_group_by(out, having);
    const bool reused = std::exchange(out.reuse_params, out.reuse_params || says_twice());
    if (!having.empty()) {
        const std::size_t before = out.text().size();
        out << " HAVING ";
        if (!write_conditions(out, having)) out.text().resize(before);
    }
    write_order_by(out);
    out.reuse_params = reused;
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
    for (const Expr& column : through_columns) columns.named(column);
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
    const bool reused = std::exchange(out.reuse_params, out.reuse_params || says_twice());
    write_items(out, nullptr);
    out.reuse_params = reused;
    write_tail(out);
    out.scope = around;
}

}  // namespace nuages::db::models
