// Count, Sum, Avg, Min, Max.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/errors.hpp>

#include <optional>

namespace nuages::db::models {

namespace {

enum class Kind : std::uint8_t { count, sum, avg, min, max };

struct StarExpr final : Expression {
    Expr resolve(Resolver&) const override { return Expr(this); }
    void write(SqlWriter& out) const override { out << '*'; }
    void group_by(std::vector<Expr>&) const override {}
};

struct AggregateExpr final : Expression {
    Kind kind;
    Expr operand;
    bool distinct = false;
    std::optional<QNode> filter;
    Expr filter_resolved;
    Expr default_;
    Expr source;  // keeps the filter's literals

    AggregateExpr(Kind which, Expr inner) : kind(which), operand(std::move(inner)) {}

    std::string_view class_name() const {
        switch (kind) {
            case Kind::count: return "Count";
            case Kind::sum: return "Sum";
            case Kind::avg: return "Avg";
            case Kind::min: return "Min";
            default: return "Max";
        }
    }
    std::string_view sql_name() const {
        switch (kind) {
            case Kind::count: return "COUNT";
            case Kind::sum: return "SUM";
            case Kind::avg: return "AVG";
            case Kind::min: return "MIN";
            default: return "MAX";
        }
    }

    Expr resolve(Resolver& resolver) const override {
        const bool was_inside = resolver.inside_aggregate;
        const std::string was_named = std::exchange(resolver.aggregate_name, std::string(class_name()));
        resolver.inside_aggregate = true;
        auto resolved = make_ref<AggregateExpr>(kind, resolver(operand));
        resolved->distinct = distinct;
        if (filter) {
            resolved->filter_resolved = resolver.condition(*filter);
            resolved->source = Expr(this);
        }
        resolver.inside_aggregate = was_inside;
        resolver.aggregate_name = was_named;
        resolved->default_ = resolver(default_);
        if (resolved->operand->contains_aggregate() && !resolver.summarize)
            throw FieldError("Cannot compute " + std::string(class_name()) + "('" + operand->default_alias() + "'): '" +
                             operand->default_alias() + "' is an aggregate");
        return resolved;
    }

    void write(SqlWriter& out) const override {
        if (default_) out << "COALESCE(";
        const bool native = out.features().supports_aggregate_filter_clause;
        const bool filtered = filter_resolved && filter_resolved->outcome() != Outcome::always;
        out << sql_name() << '(';
        if (distinct) out << "DISTINCT ";
        if (filtered && !native) {
            out << "CASE WHEN ";
            write_filter(out);
            out << " THEN ";
            if (dynamic_cast<const StarExpr*>(operand.get()))
                out << '1';
            else
                operand->write(out);
            out << " ELSE NULL END";
        } else {
            operand->write(out);
        }
        out << ')';
        if (filtered && native) {
            out << " FILTER (WHERE ";
            write_filter(out);
            out << ')';
        }
        if (default_) {
            out << ", ";
            default_->write(out);
            out << ')';
        }
    }

    void write_filter(SqlWriter& out) const {
        if (filter_resolved->outcome() == Outcome::never)
            out << "1 = 0";
        else
            filter_resolved->write(out);
    }

    OutputType output() const override {
        if (kind == Kind::count) return {FieldKind::big_integer, nullptr, true};
        OutputType type = operand->output();
        type.field = nullptr;
        if (kind == Kind::avg && type.known && type.kind != FieldKind::decimal && type.kind != FieldKind::duration)
            type.kind = FieldKind::float_;
        return type;
    }
    bool contains_aggregate() const override { return true; }
    Literal empty_value() const override {
        if (kind == Kind::count) return Literal(0);
        const auto* value = dynamic_cast<const ValueExpr*>(default_.get());
        return value ? value->literal : Literal();
    }
    void group_by(std::vector<Expr>&) const override {}
    bool conditional() const override { return false; }
    std::string default_alias() const override {
        std::string name = operand->default_alias();
        if (name.empty()) return {};
        for (const char c : class_name()) {
            if (c >= 'A' && c <= 'Z') {
                name += "__";
                name += static_cast<char>(c + 32);
            } else {
                name += c;
            }
        }
        return name;
    }
};

Expr make(Kind kind, Expr operand, const AggregateOptions& options) {
    auto made = make_ref<AggregateExpr>(kind, std::move(operand));
    made->distinct = options.distinct;
    if (options.filter && !options.filter->empty()) made->filter = *options.filter;
    made->default_ = options.default_;
    return made;
}

}  // namespace

namespace expr {

Expr star() { return make_ref<StarExpr>(); }
Expr count(Expr operand, const AggregateOptions& options) {
    if (options.default_) throw TypeError("Count does not allow default.");
    if (options.filter && dynamic_cast<const StarExpr*>(operand.get()))
        throw ValueError("Star cannot be used with filter. Please specify a field.");
    return make(Kind::count, std::move(operand), options);
}
Expr sum(Expr operand, const AggregateOptions& options) { return make(Kind::sum, std::move(operand), options); }
Expr avg(Expr operand, const AggregateOptions& options) { return make(Kind::avg, std::move(operand), options); }
Expr min(Expr operand, const AggregateOptions& options) { return make(Kind::min, std::move(operand), options); }
Expr max(Expr operand, const AggregateOptions& options) { return make(Kind::max, std::move(operand), options); }

}  // namespace expr

}  // namespace nuages::db::models
