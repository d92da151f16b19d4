// Query: growing it, and asking it questions. Rows become objects in fetch.cpp, changes are made in writing.cpp.
#include <nuages/db/models/detail/grouping.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/router.hpp>

#include <algorithm>
#include <utility>

namespace nuages::db::models {

namespace {

bool has_step(const Query& query, steps::Kind kind) {
    for (const Query::Step* step = query.last(); step; step = step->before()) {
        if (step->kind == kind) return true;
    }
    return false;
}

void refuse_sliced(const Query& query, const char* what) {
    if (query.is_sliced()) throw TypeError(std::string("Cannot ") + what + " once a slice has been taken.");
}

}  // namespace

namespace {

std::string_view compound_name(const Query& query) {
    for (const Query::Step* step = query.last(); step; step = step->before()) {
        if (step->kind != steps::Kind::compound) continue;
        switch (static_cast<const steps::Compound*>(step)->how) {
            case steps::CompoundKind::intersection: return "intersection";
            case steps::CompoundKind::difference: return "difference";
            default: return "union";
        }
    }
    return {};
}

void refuse_combined(const Query& query, const char* what) {
    if (const std::string_view name = compound_name(query); !name.empty())
        throw NotSupportedError(std::string("Calling QuerySet.") + what + "() after " + std::string(name) +
                                "() is not supported.");
}

}  // namespace

const Query::Step* Query::last() const { return static_cast<const Step*>(tail_.get()); }

Query Query::with(Ref<Step> step) const {
    Query longer;
    longer.meta_ = meta_;
    longer.resolve_ = resolve_;
    step->previous = tail_;
    longer.tail_ = Ref<const RefCounted>(step.get());
    return longer;
}

Query Query::filter(QNode condition) const {
    refuse_combined(*this, "filter");
    refuse_sliced(*this, "filter a query");
    if (condition.empty()) return *this;
    return with(make_ref<steps::Filter>(steps::Kind::filter, std::move(condition)));
}

Query Query::exclude(QNode condition) const {
    refuse_combined(*this, "exclude");
    refuse_sliced(*this, "filter a query");
    if (condition.empty()) return *this;
    return with(make_ref<steps::Filter>(steps::Kind::exclude, !std::move(condition)));
}

Query Query::annotate(Name alias, Expr expression) const {
    refuse_combined(*this, "annotate");
    return with(make_ref<steps::Annotate>(steps::Kind::annotate, std::move(alias), std::move(expression)));
}

Query Query::alias(Name alias, Expr expression) const {
    refuse_combined(*this, "alias");
    return with(make_ref<steps::Annotate>(steps::Kind::alias, std::move(alias), std::move(expression)));
}

Query Query::order_by(std::vector<OrderBy> ordering) const {
    refuse_sliced(*this, "reorder a query");
    return with(make_ref<steps::Order>(std::move(ordering)));
}

Query Query::reverse() const {
    refuse_sliced(*this, "reverse a query");
    return with(make_ref<Step>(steps::Kind::reverse));
}

Query Query::distinct() const {
    refuse_combined(*this, "distinct");
    refuse_sliced(*this, "create distinct fields");
    return with(make_ref<steps::Names>(steps::Kind::distinct, std::vector<Name>()));
}

Query Query::slice(std::int64_t offset, std::int64_t limit) const {
    if (offset < 0) throw ValueError("Negative indexing is not supported.");
    if (offset == 0 && limit < 0) return *this;
    return with(make_ref<steps::Slice>(offset, limit));
}

Query Query::select_related(std::vector<Name> paths) const {
    refuse_combined(*this, "select_related");
    return with(make_ref<steps::Names>(steps::Kind::select_related, std::move(paths)));
}

Query Query::distinct(std::vector<Name> fields) const {
    refuse_combined(*this, "distinct");
    refuse_sliced(*this, "create distinct fields");
    return with(make_ref<steps::Names>(steps::Kind::distinct, std::move(fields)));
}

Query Query::select_all_related() const {
    refuse_combined(*this, "select_related");
    return with(make_ref<steps::Names>(steps::Kind::select_related, std::vector<Name>{Name::borrow("*")}));
}

Query Query::prefetch_related(std::vector<Name> paths) const {
    std::vector<Prefetch> lookups;
    for (Name& path : paths) lookups.emplace_back(std::move(path));
    return prefetch_lookups(std::move(lookups));
}

Query Query::prefetch_lookups(std::vector<Prefetch> lookups) const {
    refuse_combined(*this, "prefetch_related");
    return with(make_ref<steps::Prefetches>(std::move(lookups)));
}

Query Query::select_for_update() const { return select_for_update(LockOptions{}); }
Query Query::select_for_update(LockOptions options) const {
    refuse_combined(*this, "select_for_update");
    if (options.nowait && options.skip_locked) throw ValueError("The nowait option cannot be used with skip_locked.");
    return with(make_ref<steps::Lock>(std::move(options)));
}

Query Query::unordered() const { return order_by({}); }

namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
    for (const std::string_view item : list) {
        if (item == text) return true;
    }
    return false;
}

// values_list(Trunc(field)) of the rows that have one, each once, in order.
Query moments(const Query& query, std::string_view field, std::string_view kind, std::string_view order, Expr cut) {
    if (order != "ASC" && order != "DESC") throw ValueError("'order' must be either 'ASC' or 'DESC'.");
    std::vector<Name> column{Name::borrow("datefield")};
    (void)kind;
    return query.annotate(Name::borrow("datefield"), std::move(cut))
        .alias(Name::borrow("plain_field"), expr::F(Name(field)))
        .values(std::move(column))
        .distinct()
        .filter(QNode(Name::borrow("plain_field__isnull"), Literal(false)))
        .order_by({OrderBy(order == "DESC" ? "-datefield" : "datefield")});
}

}  // namespace

Query Query::dates(std::string_view field, std::string_view kind, std::string_view order) const {
    if (!is_one_of(kind, {"year", "month", "week", "day"}))
        throw ValueError("'kind' must be one of 'year', 'month', 'week', or 'day'.");
    return moments(*this, field, kind, order,
                   expr::trunc(kind, expr::F(Name(field)), {}, OutputType{FieldKind::date, nullptr, true}));
}

Query Query::datetimes(std::string_view field, std::string_view kind, std::string_view order,
                       std::string_view zone) const {
    if (!is_one_of(kind, {"year", "month", "week", "day", "hour", "minute", "second"}))
        throw ValueError("'kind' must be one of 'year', 'month', 'week', 'day', 'hour', 'minute', or 'second'.");
    return moments(*this, field, kind, order,
                   expr::trunc(kind, expr::F(Name(field)), zone, OutputType{FieldKind::date_time, nullptr, true}));
}

Query Query::combine(int kind, std::vector<Query> parts) const {
    const auto how = static_cast<steps::CompoundKind>(kind);
    Query whole = Query(meta()).using_(database());
    whole = whole.with(make_ref<steps::Compound>(how, std::move(parts)));
    return fetch_mode() == FetchMode::peers ? whole : whole.fetch_mode(fetch_mode());
}

Query Query::union_(const std::vector<Query>& others, bool all) const {
    std::vector<Query> parts;
    if (!is_empty()) parts.push_back(*this);
    for (const Query& other : others) {
        if (!other.is_empty()) parts.push_back(other);
    }
    if (parts.empty()) return *this;
    if (parts.size() == 1 && is_empty()) return parts.front();
    if (is_empty())
        return parts.front().union_(std::vector<Query>(parts.begin() + 1, parts.end()), all);
    return combine(static_cast<int>(all ? steps::CompoundKind::union_all : steps::CompoundKind::union_), std::move(parts));
}

Query Query::intersection(const std::vector<Query>& others) const {
    if (is_empty()) return *this;
    std::vector<Query> parts{*this};
    for (const Query& other : others) {
        if (other.is_empty()) return other;
        parts.push_back(other);
    }
    return combine(static_cast<int>(steps::CompoundKind::intersection), std::move(parts));
}

Query Query::difference(const std::vector<Query>& others) const {
    if (is_empty()) return *this;
    std::vector<Query> parts{*this};
    parts.insert(parts.end(), others.begin(), others.end());
    return combine(static_cast<int>(steps::CompoundKind::difference), std::move(parts));
}

Query Query::combined(QNode::Op op, const Query& other) const {
    if (&meta() != &other.meta()) throw TypeError("Cannot combine queries on two different base models.");
    refuse_combined(*this, "filter");
    refuse_combined(other, "filter");
    if (op == QNode::Op::and_) {
        if (other.is_empty()) return other;
        if (is_empty()) return *this;
    } else {
        if (is_empty()) return other;
        if (other.is_empty()) return *this;
    }
    const auto whole = [&](const Query& query) {
        return query.is_sliced() && op != QNode::Op::and_
                   ? Query(meta()).using_(query.database()).filter(QNode(Name::borrow("pk__in"), query.values({Name::borrow("pk")})))
                   : query;
    };
    const Query left = whole(*this), right = whole(other);
    if (left.is_sliced() || right.is_sliced()) throw TypeError("Cannot combine queries once a slice has been taken.");
    if (has_step(left, steps::Kind::distinct) != has_step(right, steps::Kind::distinct))
        throw TypeError("Cannot combine a unique query with a non-unique query.");
    return left.with(make_ref<steps::Combined>(op, right));
}

Query Query::values(std::vector<Name> paths) const {
    return with(make_ref<steps::Names>(steps::Kind::values, std::move(paths)));
}

Query Query::only(std::vector<Name> names) const {
    refuse_combined(*this, "only");
    return with(make_ref<steps::Names>(steps::Kind::only, std::move(names)));
}

Query Query::defer(std::vector<Name> names) const {
    refuse_combined(*this, "defer");
    return with(make_ref<steps::Names>(steps::Kind::defer, std::move(names)));
}

Query Query::none() const { return with(make_ref<Step>(steps::Kind::none)); }
Query Query::using_(std::string_view database) const { return with(make_ref<steps::Using>(database)); }
Query Query::fetch_mode(FetchMode mode) const { return with(make_ref<steps::Mode>(mode)); }

bool Query::ordered() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::order_by) return !static_cast<const steps::Order*>(step)->ordering.empty();
    }
    return !meta().ordering.empty();
}

bool Query::is_sliced() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::slice) return true;
        if (step->kind == steps::Kind::per_owner) return false;
    }
    return false;
}
bool Query::distinct_on() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::distinct) return !static_cast<const steps::Names*>(step)->names.empty();
    }
    return false;
}

std::string Query::combined_by() const { return std::string(compound_name(*this)); }

bool Query::is_combined() const { return has_step(*this, steps::Kind::compound); }

bool Query::has_prefetches() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::prefetch) return !static_cast<const steps::Prefetches*>(step)->lookups.empty();
    }
    return false;
}

std::vector<Prefetch> Query::prefetches() const {
    Select select(meta(), nullptr);
    select.build(*this);
    std::vector<Prefetch> list;
    for (const Prefetch* lookup : select.prefetches) list.push_back(*lookup);
    return list;
}

std::vector<std::string> Query::order_names() const {
    std::vector<std::string> names;
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind != steps::Kind::order_by) continue;
        for (const OrderBy& entry : static_cast<const steps::Order*>(step)->ordering)
            names.push_back(entry.expression ? entry.expression->describe() : std::string(entry.path.view()));
        break;
    }
    return names;
}

bool Query::is_grouped() const {
    Select select(meta(), nullptr);
    select.build(*this);
    return select.grouping != Select::Grouping::none;
}

bool groups_without_key(const Query& query) {
    Select select(query.meta(), nullptr);
    select.build(query);
    if (select.grouping != Select::Grouping::by_items) return false;
    const std::vector<const Field*>& keys = query.meta().pk_columns();
    return !std::all_of(keys.begin(), keys.end(), [&](const Field* key) {
        return std::any_of(select.groups.begin(), select.groups.end(), [&](const Expr& group) {
            const Col* column = group->as_column();
            return column && column->target == key;
        });
    });
}

bool Query::ordered_rows() const {
    if (is_empty()) return true;
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::order_by) return !static_cast<const steps::Order*>(step)->ordering.empty();
    }
    return !meta().ordering.empty() && !is_combined() && !is_grouped();
}

bool Query::totally_ordered() const {
    if (is_empty()) return true;
    if (!ordered_rows()) return false;
    std::vector<std::string> names;
    const steps::Order* order = nullptr;
    for (const Step* step = last(); step && !order; step = step->before()) {
        if (step->kind == steps::Kind::order_by) order = static_cast<const steps::Order*>(step);
    }
    if (order) {
        for (const OrderBy& entry : order->ordering)
            names.push_back(entry.expression ? entry.expression->default_alias() : std::string(entry.path.view()));
    } else {
        names = meta().ordering;
    }
    std::vector<std::string> fields;
    for (std::string& name : names) {
        if (!name.empty() && name.front() == '-') name.erase(0, 1);
        const Field* field = meta().find(name);
        if (name == "pk" || (field && field->has_unique() && !field->null)) return true;
        if (field) fields.push_back(field->name);
    }
    const auto all_there = [&](const std::vector<std::string>& wanted) {
        for (const std::string& name : wanted) {
            const Field* field = meta().find(name);
            if (!field || field->null || std::find(fields.begin(), fields.end(), field->name) == fields.end()) return false;
        }
        return !wanted.empty();
    };
    for (const std::vector<std::string>& together : meta().unique_together) {
        if (all_there(together)) return true;
    }
    for (const Constraint& constraint : meta().constraints) {
        if (!constraint.condition && all_there(constraint.fields)) return true;
    }
    std::vector<std::string> key;
    for (const Field* part : meta().pk_columns()) key.push_back(part->name);
    return all_there(key);
}

FetchMode Query::fetch_mode() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::fetch_mode) return static_cast<const steps::Mode*>(step)->mode;
    }
    return FetchMode::peers;
}

std::vector<ColumnInfo> Query::columns() const {
    Select select(meta(), nullptr);
    select.build(*this);
    std::vector<ColumnInfo> list;
    if (select.selection == Select::Selection::items) {
        for (const Select::Item& item : select.items) list.push_back({std::string(item.alias), item.expression->output()});
    } else {
        for (const Select::Annotation& annotation : select.annotations) {
            if (annotation.selected) list.push_back({std::string(annotation.alias.view()), annotation.expression->output()});
        }
    }
    return list;
}

bool Query::is_empty() const { return has_step(*this, steps::Kind::none); }

std::string_view Query::database() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::using_) return static_cast<const steps::Using*>(step)->database;
    }
    return db_for_read(meta());
}

void Query::check() const {
    Select select(meta(), nullptr);
    select.checking = true;
    select.build(*this);
    select.finish_ordering();
}

}  // namespace nuages::db::models
