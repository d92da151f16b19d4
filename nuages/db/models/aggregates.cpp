// Aggregates, from one table of their names.
#include <nuages/db/models/detail/functions.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <optional>

namespace nuages::db::models {

namespace {

/// An aggregate of Django's: its usual SQL name, and whether it may be DISTINCT.
struct Kind {
    std::string_view name;   // "StdDevSample": StdDev with sample=True
    std::string_view shown;  // Django's class name
    std::string_view sql;
    bool distinct = true;
};

constexpr Kind kKinds[] = {
    {"Count", "Count", "COUNT"},
    {"Sum", "Sum", "SUM"},
    {"Avg", "Avg", "AVG"},
    {"Min", "Min", "MIN"},
    {"Max", "Max", "MAX"},
    {"StdDev", "StdDev", "STDDEV_POP", false},
    {"StdDevSample", "StdDev", "STDDEV_SAMP", false},
    {"Variance", "Variance", "VAR_POP", false},
    {"VarianceSample", "Variance", "VAR_SAMP", false},
    {"AnyValue", "AnyValue", "ANY_VALUE", false},
    {"StringAgg", "StringAgg", "STRING_AGG"},
    {"BitAnd", "BitAnd", "BIT_AND", false},
};

const Kind& kind_named(std::string_view name) {
    for (const Kind& kind : kKinds) {
        if (kind.name == name) return kind;
    }
    throw TypeError("There is no aggregate " + repr(Literal(name)) + ".");
}

struct StarExpr final : Expression {
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override { out << '*'; }
    void group_by(std::vector<Expr>&) const override {}
};

struct AggregateExpr final : Expression {
    const Kind* kind;
    Expr operand;
    Expr delimiter;  // of StringAgg
    bool distinct = false;
    std::optional<QNode> filter;
    Expr filter_resolved;
    Expr default_;
    std::vector<OrderBy> order;
    std::vector<Expr> order_resolved;
    OutputType declared;
    Expr source;  // keeps the filter's literals

    AggregateExpr(const Kind& which, Expr inner) : kind(&which), operand(std::move(inner)) {}

    bool is(std::string_view name) const { return kind->name == name; }
    bool counts_rows() const { return dynamic_cast<const StarExpr*>(operand.get()) != nullptr; }

    Expr resolve(Resolver& resolver) const override {
        const bool was_inside = resolver.inside_aggregate;
        const std::string was_named = std::exchange(resolver.aggregate_name, std::string(kind->shown));
        resolver.inside_aggregate = true;
        auto resolved = make_ref<AggregateExpr>(*this);
        resolved->operand = resolver(operand);
        resolved->delimiter = resolver(delimiter);
        if (filter) {
            resolved->filter_resolved = resolver.condition(*filter);
            resolved->source = Expr(this);
        }
        resolve_order(resolver, *resolved);
        resolver.inside_aggregate = was_inside;
        resolver.aggregate_name = was_named;
        resolved->default_ = resolver(default_);
        check(*resolved, resolver.summarize);
        return resolved;
    }

    void resolve_order(Resolver& resolver, AggregateExpr& resolved) const {
        for (Expr& entry : resolved.order_resolved) entry = resolver(entry);  // resolved before, in what a lookup compares
        if (!resolved.order_resolved.empty()) return;
        for (OrderBy& entry : resolved.order) {
            std::string_view path = entry.path.view();
            if (!entry.expression && path.starts_with('-')) {
                entry.descending = true;
                path.remove_prefix(1);
            }
            resolved.order_resolved.push_back(entry.expression ? resolver(entry.expression) : resolver.column(path));
        }
    }

    void check(const AggregateExpr& resolved, bool summarize) const {
        if (resolved.operand->contains_aggregate() && !summarize)
            throw FieldError("Cannot compute " + shown() + ": '" + operand->default_alias() + "' is an aggregate");
        if (resolved.operand->contains_over() && !summarize && !resolved.operand->is_window())
            throw FieldError("Cannot compute " + shown() + ": '" + operand->default_alias() + "' is a window");
        const bool tuple = resolved.operand->as_tuple();
        if (tuple && !is("Count"))
            throw ValueError(std::string(kind->shown) + " expression does not support composite primary keys.");
        if (tuple && distinct) throw ValueError("COUNT(DISTINCT) doesn't support composite primary keys");
    }
    std::string shown() const { return std::string(kind->shown) + "('" + operand->default_alias() + "')"; }

    void write(SqlWriter& out) const override {
        if (!order.empty() && !out.features().supports_aggregate_order_by_clause)
            throw NotSupportedError("This database backend does not support specifying an order on aggregates.");
        if (distinct && delimiter && !out.features().supports_aggregate_distinct_multiple_argument)
            throw NotSupportedError(std::string(kind->shown) + " does not support distinct with multiple expressions on this database backend.");
        if (is("AnyValue") && !out.features().has_any_value())
            throw NotSupportedError("ANY_VALUE is not supported on this database backend.");
        const bool decimal = output().known && output().kind == FieldKind::decimal;
        const LookupOperator wrap = decimal ? out.operations().decimal_expression() : LookupOperator{};
        if (default_) out << "COALESCE(";
        out << wrap.before;
        const std::string_view name = out.operations().aggregate_sql(kind->name);
        out << (name.empty() ? kind->sql : name) << '(';
        if (distinct) out << "DISTINCT ";
        const bool native = out.features().supports_aggregate_filter_clause;
        const bool filtered = filter_resolved && filter_resolved->outcome() != Outcome::always;
        write_operand(out, filtered && !native);
        write_order(out);
        out << ')';
        if (filtered && native) {
            out << " FILTER (WHERE ";
            write_filter(out);
            out << ')';
        }
        out << wrap.after;
        if (default_) {
            out << ", ";
            default_->write(out);
            out << ')';
        }
    }

    void write_operand(SqlWriter& out, bool as_case) const {
        if (as_case) {
            out << "CASE WHEN ";
            write_filter(out);
            out << " THEN ";
        }
        const std::vector<Expr>* tuple = operand->as_tuple();
        if (as_case && counts_rows())
            out << '1';
        else
            (tuple ? tuple->front() : operand)->write(out);
        if (as_case) out << " ELSE NULL END";
        if (delimiter) {
            out << ", ";
            delimiter->write(out);
        }
    }

    void write_order(SqlWriter& out) const {
        for (std::size_t i = 0; i < order.size(); ++i) {
            out << (i ? ", " : " ORDER BY ");
            order_resolved[i]->write(out);
            out << (order[i].descending ? " DESC" : " ASC");
        }
    }

    void write_filter(SqlWriter& out) const {
        if (filter_resolved->outcome() == Outcome::never)
            out << "1 = 0";
        else
            filter_resolved->write(out);
    }

    OutputType output() const override {
        if (declared.known) return declared;
        if (is("Count")) return {FieldKind::big_integer, nullptr, true};
        if (is("StringAgg")) return {FieldKind::text, nullptr, true};
        OutputType type = operand->output();
        const bool statistic = is("Avg") || is("StdDev") || is("StdDevSample") || is("Variance") || is("VarianceSample");
        if (statistic || is("Sum")) {
            type.field = nullptr;
            type.decimal_places = -1;
        }
        const bool whole = type.kind <= FieldKind::positive_big_integer && type.kind != FieldKind::boolean;
        if (statistic && type.known && whole) type.kind = FieldKind::float_;
        return type;
    }
    bool contains_aggregate() const override { return true; }
    void visit(FunctionRef<void(const Expr&)> child) const override {
        child(operand);
        child(filter_resolved);
    }
    Literal empty_value() const override {
        if (is("Count")) return Literal(0);
        const auto* value = dynamic_cast<const ValueExpr*>(default_.get());
        return value ? value->literal : Literal();
    }
    void group_by(std::vector<Expr>&) const override {}
    bool conditional() const override { return output().known && output().kind == FieldKind::boolean; }
    std::string default_alias() const override {
        std::string name = delimiter ? std::string() : operand->default_alias();
        if (name.empty()) return {};
        name += "__";
        for (const char c : kind->shown) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return name;
    }
    std::string describe() const override {
        std::string text = std::string(kind->shown) + "(" + operand->describe();
        if (distinct) text += ", distinct=True";
        if (filter) text += ", filter=" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
        return text + ")";
    }
};

}  // namespace

Expr as_float_aggregate(const Expr& aggregate) {
    const auto* found = dynamic_cast<const AggregateExpr*>(aggregate.get());
    if (!found) return aggregate;
    auto made = make_ref<AggregateExpr>(*found);
    made->declared = {FieldKind::float_, nullptr, true};
    return made;
}

namespace expr {

Expr star() { return make_ref<StarExpr>(); }
Expr aggregate(std::string_view name, std::vector<Expr> arguments, const AggregateOptions& options) {
    const Kind& kind = kind_named(name);
    const std::size_t wanted = name == "StringAgg" ? 2 : 1;
    if (arguments.size() != wanted)
        throw TypeError("'" + std::string(kind.shown) + "' takes exactly " + std::to_string(wanted) +
                        (wanted == 1 ? " argument (" : " arguments (") + std::to_string(arguments.size()) + " given)");
    if (options.distinct && !kind.distinct) throw TypeError(std::string(kind.shown) + " does not allow distinct.");
    if (options.default_ && name == "Count") throw TypeError("Count does not allow default.");
    auto made = make_ref<AggregateExpr>(kind, std::move(arguments.front()));
    if (options.filter && made->counts_rows())
        throw ValueError("Star cannot be used with filter. Please specify a field.");
    if (wanted == 2) made->delimiter = std::move(arguments.back());
    made->distinct = options.distinct;
    if (options.filter && !options.filter->empty()) made->filter = *options.filter;
    made->default_ = options.default_;
    made->order = options.order_by;
    made->declared = options.output;
    return made;
}

Expr count(Expr operand, const AggregateOptions& options) { return aggregate("Count", {std::move(operand)}, options); }
Expr sum(Expr operand, const AggregateOptions& options) { return aggregate("Sum", {std::move(operand)}, options); }
Expr avg(Expr operand, const AggregateOptions& options) { return aggregate("Avg", {std::move(operand)}, options); }
Expr min(Expr operand, const AggregateOptions& options) { return aggregate("Min", {std::move(operand)}, options); }
Expr max(Expr operand, const AggregateOptions& options) { return aggregate("Max", {std::move(operand)}, options); }

}  // namespace expr

}  // namespace nuages::db::models
