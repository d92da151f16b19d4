// Queries asked: their SQL, rows, counts, aggregates and plans.
#include <nuages/db/models/detail/extra_reader.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>

#include <utility>

namespace nuages::db::models {

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
    aggregate({{Name::borrow("__count"), expr::count(expr::star())}}, [&](std::span<const Cell> cells, const auto&) {
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

std::size_t Query::each(FunctionRef<void(Slice<const Cell>)> row) const {
    Select select(meta(), nullptr);
    select.build(*this);
    if (select.is_empty()) return 0;
    const Connection connection = db::connection(database());
    check_lock(select, connection);
    SqlWriter out(connection);
    select.write(out);
    std::size_t count = 0;
    connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) {
        ++count;
        row(cells);
    });
    return count;
}

std::size_t Query::fetch_rows(FunctionRef<void*()> append, ExtraColumns columns) const {
    const ExtraReader reader(*this, columns);
    return each([&](std::span<const Cell> cells) {
        check_columns(cells.size(), columns.size());
        reader.read(append(), cells.data());
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

std::vector<std::pair<std::string, Literal>> Query::aggregate(const std::vector<Assignment>& aggregates) const {
    std::vector<std::pair<std::string, Literal>> values;
    if (aggregates.empty()) return values;
    aggregate(aggregates, [&](std::span<const Cell> cells, const std::vector<OutputType>& types) {
        for (std::size_t i = 0; i < aggregates.size(); ++i)
            values.emplace_back(std::string(aggregates[i].name.view()), literal_of(cells[i], types[i]));
    });
    if (values.empty()) {
        for (const Assignment& aggregate : aggregates) values.emplace_back(std::string(aggregate.name.view()), Literal());
    }
    return values;
}

void Query::aggregate(const std::vector<Assignment>& aggregates,
                      FunctionRef<void(Slice<const Cell>, const std::vector<OutputType>&)> row) const {
    if (distinct_on()) throw NotSupportedError("aggregate() + distinct(fields) not implemented.");
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
        select.annotations.push_back({aggregate.name, expression, true, true});
    }
    std::vector<Select::Annotation> kept(select.annotations.begin() + static_cast<std::ptrdiff_t>(annotated),
                                         select.annotations.end());
    select.annotations.erase(select.annotations.begin() + static_cast<std::ptrdiff_t>(annotated),
                             select.annotations.end());
    std::vector<OutputType> types;
    for (const auto& entry : resolved) types.push_back(entry.second->output());
    if (select.is_empty()) {
        std::vector<Literal> values;
        for (const auto& entry : resolved) values.push_back(entry.second->empty_value());
        std::vector<Cell> cells;
        for (const Literal& value : values) cells.push_back(cell_of(value));
        row(cells, types);
        return;
    }
    const Connection connection = db::connection(database());
    SqlWriter out(connection);
    select.write_summary(out, resolved);
    connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) { row(cells, types); });
}

std::string Query::explain(std::string_view format) const { return explain(format, {}); }
std::string Query::explain(std::string_view format,
                           const std::vector<std::pair<std::string, std::string>>& options) const {
    Select select(meta(), nullptr);
    select.build(*this);
    if (select.is_empty()) return {};
    const Connection connection = db::connection(database());
    SqlWriter out(connection);
    // The words come from the vendor's own list: nothing that was passed in becomes SQL.
    try {
        out << connection.operations().explain_prefix(format, options) << ' ';
    } catch (const NotSupportedError& error) {
        throw ValueError(error.message());
    }
    select.write(out);
    std::string text;
    connection.execute(out.text(), out.params(), [&](std::span<const Cell> cells) {
        if (!text.empty()) text += '\n';
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i) text += ' ';
            const Literal value = literal_of(cells[i], {});
            text += value.kind() == Literal::Kind::text ? value.text() : repr(value);
        }
    });
    return text;
}

}  // namespace nuages::db::models
