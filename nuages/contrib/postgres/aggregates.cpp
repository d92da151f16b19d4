#include <nuages/contrib/postgres/aggregates.hpp>
#include <nuages/contrib/postgres/detail/node.hpp>
#include <nuages/contrib/postgres/detail/own_lookups.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/q.hpp>

#include <optional>

namespace nuages::postgres {

namespace {

using namespace detail;

enum class Result : std::uint8_t { operand, list, json, boolean, text, real, count };
struct Kind {
    std::string_view name, sql;
    std::size_t arguments;
    Result result;
};
constexpr Kind kKinds[] = {
    {"ArrayAgg", "ARRAY_AGG", 1, Result::list},
    {"JSONBAgg", "JSONB_AGG", 1, Result::json},
    {"StringAgg", "STRING_AGG", 2, Result::text},
    {"BitAnd", "BIT_AND", 1, Result::operand},
    {"BitOr", "BIT_OR", 1, Result::operand},
    {"BitXor", "BIT_XOR", 1, Result::operand},
    {"BoolAnd", "BOOL_AND", 1, Result::boolean},
    {"BoolOr", "BOOL_OR", 1, Result::boolean},
    {"Corr", "CORR", 2, Result::real},
    {"CovarPop", "COVAR_POP", 2, Result::real},
    {"CovarSamp", "COVAR_SAMP", 2, Result::real},
    {"RegrAvgX", "REGR_AVGX", 2, Result::real},
    {"RegrAvgY", "REGR_AVGY", 2, Result::real},
    {"RegrCount", "REGR_COUNT", 2, Result::count},
    {"RegrIntercept", "REGR_INTERCEPT", 2, Result::real},
    {"RegrR2", "REGR_R2", 2, Result::real},
    {"RegrSlope", "REGR_SLOPE", 2, Result::real},
    {"RegrSXX", "REGR_SXX", 2, Result::real},
    {"RegrSXY", "REGR_SXY", 2, Result::real},
    {"RegrSYY", "REGR_SYY", 2, Result::real},
};

struct AggregateNode final : Node<AggregateNode> {
    const Kind* kind = nullptr;
    ArrayAggOptions options;
    std::vector<Expr> order;
    std::optional<db::models::QNode> filter;
    Expr filter_resolved, source;  // the source keeps the filter's literals

    Expr resolve(db::models::Resolver& resolver) const override {
        const bool was_inside = resolver.inside_aggregate;
        const std::string was_named = std::exchange(resolver.aggregate_name, std::string(kind->name));
        resolver.inside_aggregate = true;
        auto made = make_ref<AggregateNode>(*this);
        for (Expr& part : made->parts) part = resolver(part);
        if (filter) {
            made->filter_resolved = resolver.condition(*filter);
            made->source = Expr(this);
        }
        for (Expr& entry : made->order) entry = resolver(entry);  // resolved before, in what a lookup compares
        for (db::models::OrderBy& entry : made->options.order_by) {
            if (!order.empty()) break;
            std::string_view path = entry.path.view();
            if (!entry.expression && path.starts_with('-')) {
                entry.descending = true;
                path.remove_prefix(1);
            }
            made->order.push_back(entry.expression ? resolver(entry.expression) : resolver.column(path));
        }
        resolver.inside_aggregate = was_inside;
        resolver.aggregate_name = was_named;
        for (const Expr& part : made->parts) {
            if (part->contains_aggregate() && !resolver.summarize)
                throw db::models::FieldError("Cannot compute " + std::string(kind->name) + ": its argument is an aggregate");
        }
        return made;
    }
    void write(SqlWriter& out) const override {
        out << kind->sql << '(';
        if (options.distinct) out << "DISTINCT ";
        write_list(out, parts);
        for (std::size_t i = 0; i < order.size(); ++i) {
            out << (i ? ", " : " ORDER BY ");
            order[i]->write(out);
            if (options.order_by[i].descending) out << " DESC";
            using Nulls = db::models::OrderBy::Nulls;
            if (options.order_by[i].nulls != Nulls::unset)
                out << (options.order_by[i].nulls == Nulls::last ? " NULLS LAST" : " NULLS FIRST");
        }
        out << ')';
        if (!filter_resolved || filter_resolved->outcome() == db::models::Outcome::always) return;
        out << " FILTER (WHERE ";
        if (filter_resolved->outcome() == db::models::Outcome::never)
            out << "FALSE";
        else
            filter_resolved->write(out);
        out << ')';
    }
    OutputType output() const override {
        switch (kind->result) {
            case Result::operand: return parts[0]->output();
            case Result::list: return list_type(parts[0]->output());
            case Result::json: return type_of(FieldKind::json);
            case Result::boolean: return type_of(FieldKind::boolean);
            case Result::text: return type_of(FieldKind::text);
            case Result::real: return type_of(FieldKind::float_);
            case Result::count: return type_of(FieldKind::big_integer);
        }
        return {};
    }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        for (const Expr& part : parts) child(part);
        for (const Expr& part : order) child(part);
        if (filter_resolved) child(filter_resolved);
    }
    bool contains_aggregate() const override { return true; }
    void group_by(std::vector<Expr>&) const override {}
    db::models::Literal empty_value() const override {
        return kind->result == Result::count ? db::models::Literal(0) : db::models::Literal();
    }
    std::string default_alias() const override {
        std::string name = parts.size() == 1 ? parts[0]->default_alias() : std::string();
        if (name.empty()) return {};
        name += "__";
        for (const char c : kind->name) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return name;
    }
};

}  // namespace

Expr aggregate(std::string_view name, std::vector<Expr> arguments, const ArrayAggOptions& options,
               const db::models::QNode* filter) {
    for (const Kind& kind : kKinds) {
        if (kind.name != name) continue;
        if (arguments.size() != kind.arguments)
            throw db::models::TypeError(std::string(name) + " takes " + std::to_string(kind.arguments) + " arguments (" +
                                        std::to_string(arguments.size()) + " given)");
        auto made = make_ref<AggregateNode>();
        made->kind = &kind;
        made->parts = std::move(arguments);
        made->options = options;
        if (filter && !filter->empty()) made->filter = *filter;
        return made;
    }
    throw db::models::TypeError("There is no aggregate '" + std::string(name.substr(0, 40)) + "'.");
}

}  // namespace nuages::postgres
