// Window: a function over a partition of the rows (django.db.models.expressions.Window and its frames).
#include <nuages/db/models/window_frame.hpp>
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

std::string bound(std::int64_t offset) {
    if (offset == 0) return "CURRENT ROW";
    const std::int64_t distance = offset < 0 ? -offset : offset;
    return std::to_string(distance) + (offset < 0 ? " PRECEDING" : " FOLLOWING");
}

std::string frame_sql(const WindowFrame& frame) {
    static constexpr std::string_view kExclusions[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES",
                                                       " EXCLUDE NO OTHERS"};
    std::string text = frame.rows ? "ROWS BETWEEN " : "RANGE BETWEEN ";
    text += frame.start ? bound(*frame.start) : "UNBOUNDED PRECEDING";
    text += " AND ";
    text += frame.end ? bound(*frame.end) : "UNBOUNDED FOLLOWING";
    return text.append(kExclusions[static_cast<std::size_t>(frame.exclusion)]);
}

struct WindowExpr final : Expression {
    Expr function;
    std::vector<Expr> partition;
    std::vector<OrderBy> order;        // as written
    std::vector<Expr> order_resolved;  // in the same order
    std::optional<WindowFrame> frame;
    OutputType declared;

    Expr resolve(Resolver& resolver) const override {
        auto made = make_ref<WindowExpr>(*this);
        made->function = resolver(function);
        if (made->output().known && made->output().kind == FieldKind::decimal) {
            made->declared = made->output();
            made->function = as_float_aggregate(made->function);
        }
        for (Expr& part : made->partition) part = resolver(part);
        made->order_resolved.clear();
        for (OrderBy& entry : made->order) {
            std::string_view path = entry.path.view();
            if (entry.expression) {
                made->order_resolved.push_back(resolver(entry.expression));
                continue;
            }
            if (!path.empty() && (path.front() == '-' || path.front() == '+')) {
                entry.descending = path.front() == '-';
                path.remove_prefix(1);
            }
            made->order_resolved.push_back(resolver.column(path));
        }
        return made;
    }
    void write(SqlWriter& out) const override {
        if (out.scope && out.scope->summary && out.scope->summary->qualify) return out.scope->summary->write_window(out, Expr(this));
        if (frame && frame->start && frame->end && *frame->start > *frame->end) throw ValueError("start cannot be greater than end.");
        const bool decimal = output().known && output().kind == FieldKind::decimal;
        const LookupOperator wrap = decimal ? out.operations().decimal_expression() : LookupOperator{};
        out << wrap.before;
        function->write(out);
        out << " OVER (";
        for (std::size_t i = 0; i < partition.size(); ++i) {
            out << (i ? ", " : "PARTITION BY ");
            partition[i]->write(out);
        }
        for (std::size_t i = 0; i < order.size(); ++i) {
            out << (i ? ", " : partition.empty() ? "ORDER BY " : " ORDER BY ");
            order_resolved[i]->write(out);
            if (order[i].descending || order[i].expression) out << (order[i].descending ? " DESC" : " ASC");
            if (order[i].nulls != OrderBy::Nulls::unset)
                out << (order[i].nulls == OrderBy::Nulls::last ? " NULLS LAST" : " NULLS FIRST");
        }
        if (frame) out << (partition.empty() && order.empty() ? "" : " ") << frame_sql(*frame);
        out << ')' << wrap.after;
    }
    OutputType output() const override { return declared.known ? declared : function->output(); }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        child(function);
        for (const Expr& part : partition) child(part);
        for (const Expr& entry : order_resolved) child(entry);
    }
    bool contains_aggregate() const override { return false; }  // what stands inside is computed over the window
    bool is_window() const override { return true; }
    void group_by(std::vector<Expr>& out) const override {
        const auto add = [&](const Expr& part) {
            if (part->contains_aggregate()) return;
            part->group_by(out);
        };
        for (const Expr& part : partition) add(part);
        for (const Expr& part : order_resolved) add(part);
    }
    bool conditional() const override { return output().known && output().kind == FieldKind::boolean; }
    std::string describe() const override {
        std::string text = "<Window: " + function->describe() + " OVER (";
        for (std::size_t i = 0; i < partition.size(); ++i) text += (i ? ", " : "PARTITION BY ") + partition[i]->describe();
        for (std::size_t i = 0; i < order.size(); ++i) {
            const std::string by = order[i].expression ? order[i].expression->describe() : "F(" + std::string(order[i].path.view()) + ")";
            text += (i ? ", OrderBy(" : "OrderByList(OrderBy(") + by + ", descending=" + (order[i].descending ? "True)" : "False)");
        }
        return text + (order.empty() ? ")>" : "))>");
    }
};

}  // namespace

std::string repr(const WindowFrame& frame) {
    return std::string(frame.rows ? "<RowRange: " : "<ValueRange: ") + frame_sql(frame) + ">";
}

Expr row_number_over(const Expr& owner, const std::vector<OrderedExpr>& order) {
    auto made = make_ref<WindowExpr>();
    made->function = expr::call("RowNumber", {});
    made->partition = {owner};
    for (const OrderedExpr& entry : order) {
        made->order.emplace_back(entry.expression, entry.descending, entry.nulls);
        made->order_resolved.push_back(entry.expression);
    }
    return made;
}

namespace expr {

Expr window(Expr function, std::vector<Expr> partition_by, std::vector<OrderBy> order_by,
            std::optional<WindowFrame> frame, OutputType output) {
    if (!function->is_window() && !function->contains_aggregate()) {
        std::string name = function->describe();
        name.resize(std::min(name.size(), name.find('(')));
        throw ValueError("Expression '" + name + "' isn't compatible with OVER clauses.");
    }
    auto made = make_ref<WindowExpr>();
    made->function = std::move(function);
    made->partition = std::move(partition_by);
    made->order = std::move(order_by);
    made->frame = frame;
    made->declared = output;
    return made;
}

}  // namespace expr

}  // namespace nuages::db::models
