// Query: growing it, and asking it questions. Rows become objects in fetch.cpp, changes are made in writing.cpp.
#include <nuages/db/models/detail/select.hpp>

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
    refuse_sliced(*this, "filter a query");
    if (condition.empty()) return *this;
    return with(make_ref<steps::Filter>(steps::Kind::filter, std::move(condition)));
}

Query Query::exclude(QNode condition) const {
    refuse_sliced(*this, "filter a query");
    if (condition.empty()) return *this;
    return with(make_ref<steps::Filter>(steps::Kind::exclude, !std::move(condition)));
}

Query Query::annotate(Name alias, Expr expression) const {
    return with(make_ref<steps::Annotate>(steps::Kind::annotate, std::move(alias), std::move(expression)));
}

Query Query::alias(Name alias, Expr expression) const {
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
    refuse_sliced(*this, "create distinct fields");
    return with(make_ref<Step>(steps::Kind::distinct));
}

Query Query::slice(std::int64_t offset, std::int64_t limit) const {
    if (offset < 0) throw ValueError("Negative indexing is not supported.");
    if (offset == 0 && limit < 0) return *this;
    return with(make_ref<steps::Slice>(offset, limit));
}

Query Query::select_related(std::vector<Name> paths) const {
    return with(make_ref<steps::Names>(steps::Kind::select_related, std::move(paths)));
}

Query Query::prefetch_related(std::vector<Name> paths) const {
    return with(make_ref<steps::Names>(steps::Kind::prefetch, std::move(paths)));
}

Query Query::values(std::vector<Name> paths) const {
    return with(make_ref<steps::Names>(steps::Kind::values, std::move(paths)));
}

Query Query::only(std::vector<Name> names) const {
    return with(make_ref<steps::Names>(steps::Kind::only, std::move(names)));
}

Query Query::defer(std::vector<Name> names) const {
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

bool Query::is_sliced() const { return has_step(*this, steps::Kind::slice); }
bool Query::is_empty() const { return has_step(*this, steps::Kind::none); }

std::string_view Query::database() const {
    for (const Step* step = last(); step; step = step->before()) {
        if (step->kind == steps::Kind::using_) return static_cast<const steps::Using*>(step)->database;
    }
    return "default";
}

void Query::check() const {
    Select select(meta(), nullptr);
    select.build(*this);
    select.finish_ordering();
}

namespace {

std::string show(const Param& param) {
    switch (param.kind()) {
        case ParamKind::null: return "None";
        case ParamKind::boolean: return param.integer() ? "True" : "False";
        case ParamKind::integer: return std::to_string(param.integer());
        case ParamKind::real: return repr(Literal(param.real()));
        case ParamKind::text:
        case ParamKind::decimal:
        case ParamKind::uuid:
        case ParamKind::json: return repr(Literal(param.text()));
        case ParamKind::blob: return repr(Literal::blob(std::string(param.text())));
        case ParamKind::date: return repr(Literal(Date{param.integer()}));
        case ParamKind::time: return repr(Literal(Time{param.integer()}));
        case ParamKind::datetime: {
            std::string text = "'";
            DateTime{param.integer()}.append_iso(text, ' ', "");
            return text + "'";
        }
        case ParamKind::duration: return std::to_string(param.integer());
    }
    return {};
}

}  // namespace

SqlText Query::sql() const {
    Select select(meta(), nullptr);
    select.build(*this);
    SqlWriter out(connection(database()));
    select.write(out);
    SqlText result;
    result.text = out.text();
    for (const Param& param : out.params()) result.parameters.push_back(show(param));
    return result;
}

std::int64_t Query::count() const {
    std::int64_t rows = 0;
    aggregate({{Name::borrow("__count"), expr::count(expr::star())}}, [&](std::span<const Cell> cells) {
        if (!cells.empty()) rows = cells[0].integer();
    });
    return rows;
}

bool Query::exists() const {
    Select select(meta(), nullptr);
    select.build(*this);
    select.clear_select_related();
    if (select.is_empty()) return false;
    select.clear_to_one();
    const Connection connection = db::connection(database());
    SqlWriter out(connection);
    select.write(out);
    bool found = false;
    connection.execute(out.text(), out.params(), [&](std::span<const Cell>) { found = true; });
    return found;
}

std::size_t Query::each(FunctionRef<void(std::span<const Cell>)> row) const {
    Select select(meta(), nullptr);
    select.build(*this);
    if (select.is_empty()) return 0;
    const Connection connection = db::connection(database());
    SqlWriter out(connection);
    select.write(out);
    std::size_t count = 0;
    connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) {
        ++count;
        row(cells);
    });
    return count;
}

std::size_t Query::fetch_rows(FunctionRef<void*()> append, std::span<const ExtraColumn> columns) const {
    return each([&](std::span<const Cell> cells) {
        check_columns(cells.size(), columns.size());
        char* target = static_cast<char*>(append());
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].decode(target + columns[i].offset, cells[i]);
    });
}

namespace {

Cell cell_of(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::null: return {};
        case Literal::Kind::real: return Cell::from_real(value.real());
        case Literal::Kind::boolean:
        case Literal::Kind::integer:
        case Literal::Kind::duration: return Cell::from_integer(value.integer());
        default: return Cell::from_text(value.text());
    }
}

}  // namespace

void Query::aggregate(const std::vector<Assignment>& aggregates, FunctionRef<void(std::span<const Cell>)> row) const {
    Select select(meta(), nullptr);
    select.build(*this);
    select.clear_select_related();
    Resolver resolver(select);
    resolver.summarize = true;
    std::vector<std::pair<std::string_view, Expr>> resolved;
    const std::size_t annotated = select.annotations.size();
    for (const Assignment& aggregate : aggregates) {
        if (aggregate.name != "__count") select.check_alias(aggregate.name);
        Expr expression = resolver(aggregate.expression);
        if (!expression || !expression->contains_aggregate())
            throw TypeError(std::string(aggregate.name.view()) + " is not an aggregate expression");
        resolved.emplace_back(aggregate.name.view(), expression);
        // Later ones may use earlier ones by name.
        select.annotations.push_back({aggregate.name, expression, false, true});
    }
    std::vector<Select::Annotation> kept(select.annotations.begin() + static_cast<std::ptrdiff_t>(annotated),
                                         select.annotations.end());
    select.annotations.erase(select.annotations.begin() + static_cast<std::ptrdiff_t>(annotated),
                             select.annotations.end());
    if (select.is_empty()) {
        std::vector<Literal> values;
        for (const auto& entry : resolved) values.push_back(entry.second->empty_value());
        std::vector<Cell> cells;
        for (const Literal& value : values) cells.push_back(cell_of(value));
        row(cells);
        return;
    }
    const Connection connection = db::connection(database());
    SqlWriter out(connection);
    select.write_summary(out, resolved);
    connection.execute(out.text(), out.params(), row);
}

}  // namespace nuages::db::models
