#include <nuages/db/models/detail/steps.hpp>
#include <nuages/management/detail/result_text.hpp>
#include <nuages/shell/detail/values.hpp>
#include <nuages/shell/interpreter.hpp>
#include <nuages/utils/value.hpp>

#include <algorithm>

namespace nuages::management::detail {

namespace {

using db::models::Field;
using db::models::Literal;
using db::models::Query;
using shell::Object;

constexpr std::size_t kCellMax = 40;  // characters

std::size_t width_of(std::string_view text) { return static_cast<std::size_t>(Value::borrow(text).size()); }

// The first WIDTH characters, an ellipsis for the rest; on one line.
std::string cut(std::string_view text, std::size_t width) {
    std::string out;
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 1;
        while (i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xc0) == 0x80) ++length;
        if (++count > width) {
            out += "\xe2\x80\xa6";
            return out;
        }
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x20 || first == 0x7f)
            out += first == '\n' || first == '\t' ? ' ' : '.';
        else
            out.append(text, i, length);
        i += length;
    }
    return out;
}

std::string cell_text(const Object& value) {
    if (value.is_none()) return "None";
    if (value.is_literal()) {
        const Literal& literal = value.literal();
        switch (literal.kind()) {
            case Literal::Kind::text:
            case Literal::Kind::decimal:
            case Literal::Kind::uuid: return literal.text();
            default: break;
        }
    }
    return shell::repr(value);
}

bool is_number(const Object& value) {
    if (!value.is_literal()) return false;
    const Literal::Kind kind = value.literal().kind();
    return kind == Literal::Kind::integer || kind == Literal::Kind::real || kind == Literal::Kind::decimal;
}

void add_row(Table& table, const std::vector<Object>& cells) {
    std::vector<std::string>& row = table.rows.emplace_back();
    if (table.numeric.empty()) table.numeric.assign(cells.size(), true);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i < table.numeric.size() && !cells[i].is_none()) table.numeric[i] = table.numeric[i] && is_number(cells[i]);
        row.push_back(cut(cell_text(cells[i]), kCellMax));
    }
}

// The columns of an object's row: those of its table, then what annotate() added.
std::vector<std::string> columns_of(const Query& query) {
    std::vector<std::string> names;
    for (const Field* field : query.meta().columns()) names.push_back(field->attname);
    std::vector<std::string> annotations;
    for (const Query::Step* step = query.last(); step; step = step->before()) {
        if (step->kind == db::models::steps::Kind::annotate)
            annotations.emplace_back(static_cast<const db::models::steps::Annotate*>(step)->alias.view());
    }
    names.insert(names.end(), annotations.rbegin(), annotations.rend());
    return names;
}

Table table_of(const shell::RowSet& rows) {
    using Shape = shell::RowSet::Shape;
    Table table;
    std::vector<Object> items;
    if (rows.cache) {
        items = *rows.cache;
    } else if (rows.raw) {
        shell::RowSet copy = rows;
        items = copy.fetched();
    } else {
        shell::RowSet part = rows;
        part.manager = false;
        part.cache.reset();
        part.query = rows.query.slice(0, static_cast<std::int64_t>(kRowsShown) + 1);
        items = part.fetched();
    }
    table.more = items.size() > kRowsShown;
    if (table.more) items.resize(kRowsShown);
    if (rows.shape == Shape::objects) table.titles = columns_of(rows.query);
    if (rows.shape == Shape::flat) table.titles = {rows.names.empty() ? "value" : rows.names.front()};
    for (const Object& item : items) {
        std::vector<Object> cells;
        if (rows.shape == Shape::objects) {
            for (const std::string& name : table.titles) cells.push_back(shell::attribute(item, name));
        } else if (const auto* mapping = item.as<shell::Mapping>()) {
            const bool first = table.titles.empty();
            for (const auto& [key, value] : mapping->items) {
                if (first) table.titles.push_back(cell_text(key));
                cells.push_back(value);
            }
        } else if (const auto* sequence = item.as<shell::Sequence>()) {
            cells = sequence->items;
            if (table.titles.empty()) table.titles = sequence->names.empty() ? rows.names : sequence->names;
        } else {
            cells.push_back(item);
        }
        add_row(table, cells);
    }
    if (!table.rows.empty()) {
        for (std::size_t i = table.titles.size(); i < table.rows[0].size(); ++i)
            table.titles.push_back("column " + std::to_string(i + 1));
    }
    return table;
}

}  // namespace

std::string Table::text(std::size_t width) const {
    if (rows.empty()) return "(no rows)\n";
    std::vector<std::size_t> widths;
    for (const std::string& title : titles) widths.push_back(width_of(title));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::size_t shown = 0, used = 0;
    while (shown < widths.size() && (shown == 0 || used + widths[shown] + 2 <= width)) used += widths[shown++] + 3;
    const auto line = [&](const std::vector<std::string>& cells, bool title) {
        std::string out;
        for (std::size_t i = 0; i < shown && i < cells.size(); ++i) {
            const std::string pad(widths[i] - std::min(widths[i], width_of(cells[i])), ' ');
            const bool right = !title && i < numeric.size() && numeric[i];
            out += (i ? " | " : " ") + (right ? pad + cells[i] : cells[i] + pad);
        }
        while (out.ends_with(' ')) out.pop_back();
        return out + "\n";
    };
    std::string out = line(titles, true);
    for (std::size_t i = 0; i < shown; ++i) out += (i ? "+" : "") + std::string(widths[i] + 2, '-');
    out += "\n";
    for (const auto& row : rows) out += line(row, false);
    out += "(" + std::to_string(rows.size()) + (rows.size() == 1 ? " row" : " rows");
    if (more) out += ", there are more: slice or filter to see them";
    if (shown < titles.size()) out += "; " + std::to_string(titles.size() - shown) + " columns do not fit: use values()";
    return out + ")\n";
}

std::string result_text(const Object& value, std::size_t width) {
    if (const auto* rows = value.as<shell::RowSet>(); rows && !rows->manager) return table_of(*rows).text(width);
    return shell::repr(value) + "\n";
}

std::string formatted_sql(const db::models::SqlText& sql) {
    static constexpr std::string_view kClauses[] = {
        " FROM ",  " INNER JOIN ", " LEFT OUTER JOIN ", " WHERE ", " GROUP BY ", " HAVING ", " WINDOW ", " ORDER BY ",
        " LIMIT ", " UNION ",      " INTERSECT ",       " EXCEPT ", " SET ",     " VALUES ", " RETURNING "};
    std::string out;
    std::size_t parameter = 0;
    int depth = 0;
    char quote = '\0';
    const std::string_view text = sql.text;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote) {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '(') {
            ++depth;
        } else if (c == ')') {
            --depth;
        } else if (c == '?' || (c == '$' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9')) {
            while (c == '$' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') ++i;
            out += parameter < sql.parameters.size() ? sql.parameters[parameter] : "?";
            ++parameter;
            continue;
        } else if (c == ' ' && depth == 0) {
            const auto clause = std::find_if(std::begin(kClauses), std::end(kClauses), [&](std::string_view known) {
                return text.substr(i).starts_with(known);
            });
            if (clause != std::end(kClauses)) {
                out += '\n';
                continue;
            }
        }
        out += c;
    }
    return out + "\n";
}

}  // namespace nuages::management::detail
